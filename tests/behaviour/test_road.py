"""Jam, pedestrian, low visibility: vehicles and people in metres, and painted views."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour.road.low_visibility import cause
from secondsight.behaviour.road.pedestrian import seated
from secondsight.records import Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, Being, look, play, rule
from tests.behaviour.yard import Path, going, looks, still

PLACES = [(x, 14.0 + 9 * row) for row in range(2) for x in (-2.0, 2.0)]


def traffic(seconds: float, *paths: Path) -> list[Observation]:
    return looks(seconds, *paths, labels=["truck"] * len(paths))


STANDING = [still(*place) for place in PLACES]
DRIVING = [going(x, away, 0.0, 9.0) for x, away in PLACES]
SETTINGS: dict[str, object] = {"zone": "frame", "duration": 5, "min_vehicles": 4}


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (STANDING, True),
        ([going(x, away, 0.0, 0.8) for x, away in PLACES], True),
        (STANDING[:1], False),
        (STANDING[:2], False),
        (DRIVING, False),
        ([*STANDING, *(going(x + 0.5, 10.0, 0.0, 4.0) for x in (-4, -3, 3, 4))], False),
    ],
    ids=["all stand", "all creep", "one stopped", "two wait", "all move", "half of them move"],
)
def test_jam(paths: list[Path], found: bool) -> None:
    reports = play(rule("jam", **SETTINGS), traffic(10, *paths), close=True)
    assert [one.end is None for one in reports] == ([True, False] if found else [])
    if found:
        assert len(reports[0].tracks) == 4
        assert reports[1].scores["share"] == 1.0


def test_a_short_halt_is_no_jam() -> None:
    paths = [lambda time, x=x, away=away: (x, away + 9 * max(time - 4, 0)) for x, away in PLACES]
    assert not play(rule("jam", **SETTINGS), traffic(9, *paths), close=True)


def test_a_jam_at_rest_goes_on_while_nothing_moves() -> None:
    """The camera's gate holds what does not move; the jam is there still when it is looked at again."""
    shown = traffic(3, *STANDING)
    rest = [replace(shown[-1], time=T0 + 3 + i / FPS, held=True) for i in range(40)]
    again = [replace(look, time=look.time + 11) for look in shown[:10]]
    reports = play(rule("jam", **SETTINGS), [*shown, *rest, *again], close=True)
    assert [one.end is None for one in reports] == [True, False]
    assert reports[1].end == pytest.approx(T0 + 11 + 9 / FPS)


def on_road(*beings: Being, seconds: float = 3.0) -> list[Observation]:
    return [look(T0 + i / FPS, *beings) for i in range(round(seconds * FPS))]


WALKER = Being(1, 0.6, 0.6, 0.05, 0.2)


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ([], True),
        ([Being(2, 0.6, 0.65, 0.08, 0.12, label="bicycle")], False),
        ([Being(2, 0.6, 0.75, 0.3, 0.45, label="car")], False),
        ([Being(2, 0.6, 0.6, 0.3, 0.3, label="car")], True),
        ([Being(2, 0.3, 0.6, 0.2, 0.2, label="truck")], True),
    ],
    ids=["walks", "rides", "sits in a car", "stands before a car", "car elsewhere"],
)
def test_pedestrian(others: list[Being], found: bool) -> None:
    reports = play(rule("pedestrian"), on_road(WALKER, *others), close=True)
    assert [one.end is None for one in reports] == ([True, False] if found else [])


def as_ride(speed: float, width: float) -> list[Observation]:
    """A box that the detector calls a motorcycle, `speed` in picture widths a second."""
    path = [Being(1, 0.45 + speed * i / FPS, 0.6, width, 0.2, label="motorcycle") for i in range(18)]
    return [look(T0 + i / FPS, being) for i, being in enumerate(path)]


@pytest.mark.parametrize(
    ("speed", "width", "found"), [(0.03, 0.05, True), (0.3, 0.05, False), (0.03, 0.15, False)]
)
def test_a_slow_and_narrow_motorcycle_is_somebody_on_foot(speed: float, width: float, found: bool) -> None:
    assert bool(play(rule("pedestrian"), as_ride(speed, width))) is found


@pytest.mark.parametrize(
    ("share", "found"), [(1, True), (2, True), (4, False)], ids=["always", "now and then", "hardly ever"]
)
def test_a_person_whom_the_detector_sees_as_one_now_and_then(share: int, found: bool) -> None:
    """Looks at most 0.3 s apart are judged; of those one in `share` shows a person, the others a suitcase."""
    times = [0.4 * i for i in range(14)]
    labels = ["suitcase" if i % share else "person" for i in range(len(times))]
    path = [replace(WALKER, label=label) for label in labels]
    shown = [look(T0 + time, being) for time, being in zip(times, path, strict=True)]
    assert bool(play(rule("pedestrian"), shown)) is found


def test_whoever_leaves_the_road_is_not_on_it_any_more() -> None:
    shown = on_road(WALKER) + [
        replace(one, time=one.time + 3) for one in on_road(replace(WALKER, x=0.2), seconds=3)
    ]
    _, last = play(rule("pedestrian"), shown, close=True)
    assert last.end is not None
    assert last.end < T0 + 3


def test_who_is_beside_the_road_is_not_on_it() -> None:
    assert not play(rule("pedestrian"), on_road(Being(1, 0.2, 0.6, 0.05, 0.2)))


def test_seated_without_vehicles() -> None:
    assert not seated(np.zeros((2, 4)), np.zeros((0, 4))).any()


_BLOCKS = np.random.default_rng(5).integers(30, 200, (18, 32, 3), dtype=np.uint8)
VIEW = np.asarray(cv2.resize(_BLOCKS, (320, 180), interpolation=0), np.uint8)
"""Hard-edged blocks, ten pixels wide: something to see everywhere."""
Picture = NDArray[np.uint8]


def veil(strength: float, rows: slice = slice(None)) -> Picture:
    """The view behind fog: contrast falls, the airlight comes instead."""
    picture = VIEW.astype(np.float64)
    picture[rows] = picture[rows] * (1 - strength) + 190 * strength
    return picture.astype(np.uint8)


def seen(*parts: tuple[Picture, float]) -> list[Observation]:
    """Looks at pictures, each for so many seconds."""
    shown: list[Observation] = []
    rng = np.random.default_rng(5)
    for picture, seconds in parts:
        for _ in range(round(seconds * FPS)):
            noisy = np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
            time = T0 + len(shown) / FPS
            shown.append(look(time, frame=Painted(noisy, time)))
    return shown


BLACK = np.zeros_like(VIEW)
DIRTY = VIEW.copy()
DIRTY[:, :200] = cv2.GaussianBlur(VIEW, (0, 0), 20)[:, :200]
SMEARED = VIEW.copy()
SMEARED[:, :120] = cv2.GaussianBlur(VIEW, (0, 0), 2.5)[:, :120]
FILMED = VIEW.copy()
FILMED[:, :100], FILMED[:, 100:120] = DIRTY[:, :100], SMEARED[:, 100:120]
PASSING = VIEW.copy()
PASSING[40:140, 60:160] = (20, 30, 90)


@pytest.mark.parametrize(
    ("picture", "label"),
    [
        (veil(0.75), "fog"),
        (BLACK, "covered"),
        (DIRTY, "dirt"),
        (SMEARED, "dirt"),
        (FILMED, "dirt"),
        ((VIEW * 0.25).astype(np.uint8), None),
        (veil(0.3), None),
        (veil(0.9, slice(0, 60)), None),
        (PASSING, None),
        (VIEW, None),
    ],
    ids=[
        "fog",
        "covered",
        "dirt",
        "dirt that leaves contrast",
        "dirt that leaves little",
        "dark",
        "haze",
        "fog far away",
        "a truck",
        "clear",
    ],
)
def test_low_visibility(picture: Picture, label: str | None) -> None:
    reports = play(rule("low_visibility", zone="frame", duration=4), seen((VIEW, 4), (picture, 8), (VIEW, 4)))
    assert [one.label for one in reports] == ([label, label] if label else [])
    if label:
        assert 4.0 <= reports[0].start - T0 <= 5.0
        assert 11.0 <= (reports[1].end or 0) - T0 <= 13.0
        assert reports[0].box is not None


def test_darkness_if_asked_for() -> None:
    made = rule("low_visibility", zone="frame", duration=4, causes=["darkness"])
    dark = (VIEW * 0.25).astype(np.uint8)
    assert [one.label for one in play(made, seen((VIEW, 4), (dark, 8)))] == ["darkness"]


def test_dirt_that_shows_when_fog_lifts_is_told_of_by_itself() -> None:
    made = rule("low_visibility", zone="frame", duration=4, cooldown=0)
    shown = seen((VIEW, 4), (veil(0.75), 8), (SMEARED, 8), (VIEW, 4))
    assert [one.label for one in play(made, shown)] == ["fog", "fog", "dirt", "dirt"]


def test_fog_that_comes_up_after_a_second() -> None:
    made = rule("low_visibility", zone="frame", duration=4)
    assert [one.label for one in play(made, seen((VIEW, 1), (veil(0.55), 8)))] == ["fog"]


def smeared(rows: int, columns: int = 2) -> Picture:
    """The view with so many blocks of it blurred, of 9 x 16."""
    picture, height, width = VIEW.copy(), VIEW.shape[0] * rows // 9, VIEW.shape[1] * columns // 16
    picture[:height, :width] = cv2.GaussianBlur(VIEW, (0, 0), 2.5)[:height, :width]
    return picture


def test_dirt_lasts_while_it_is_only_a_little_less_than_what_begins_it() -> None:
    """Of 144 blocks 26 are more than 12%, sixteen are less."""
    one, other = (rule("low_visibility", zone="frame", duration=4) for _ in range(2))
    assert not play(one, seen((VIEW, 4), (smeared(8), 10)))
    first, last = play(other, seen((VIEW, 4), (smeared(9, 3), 3), (smeared(8), 6), (VIEW, 4)))
    assert first.label == "dirt"
    assert 12.0 <= (last.end or 0) - T0 <= 14.0


def test_fog_lasts_while_it_lifts() -> None:
    """In the nearer half of the view and a little more it has gone already."""
    made = rule("low_visibility", zone="frame", duration=4)
    first, last = play(made, seen((VIEW, 4), (veil(0.75), 3), (veil(0.75, slice(0, 80)), 6), (VIEW, 4)))
    assert first.label == "fog"
    assert 12.0 <= (last.end or 0) - T0 <= 14.0


def test_a_short_cloud_is_none() -> None:
    made = rule("low_visibility", zone="frame", duration=4)
    assert not play(made, seen((VIEW, 4), (veil(0.8), 2), (VIEW, 4)))


@pytest.mark.parametrize(
    ("kept", "light", "word"),
    [
        ([0.3, 0.4, 0.45, 0.6], 1.1, "fog"),
        ([0.3, 0.3, 0.3, 0.95, 1.0], 1.0, "dirt"),
        ([0.05, 0.02, 0.1, 0.0], 1.0, "covered"),
        ([0.3, 0.2, 0.4, 0.3], 0.2, "darkness"),
    ],
)
def test_cause(kept: list[float], light: float, word: str) -> None:
    assert cause(np.array(kept), light, 0.5) == word
