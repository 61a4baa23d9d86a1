"""Smoke, fire, debris, landslides: painted pictures whose truth is known pixel by pixel."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour.signals.background import FIRST_LOOKS, Background
from secondsight.behaviour.signals.change import covered
from secondsight.records import Box, Candidate, Observation
from tests.approx import approx
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, Being, look, play, rule, times

Picture = NDArray[np.uint8]
RNG = np.random.default_rng(3)
WIDTH, HEIGHT = 320, 180
ROAD = np.clip(RNG.normal(100, 5, (HEIGHT, WIDTH, 1)) + np.zeros(3), 0, 255).astype(np.uint8)
NOISE = [RNG.normal(0, 2, (HEIGHT, WIDTH, 3)) for _ in range(7)]
CLEAR = 3.0
"""Seconds of the empty road at the beginning of every film: the background is learnt in two."""
INSIDE_BOX = Box(0.55, 0.5, 0.59, 0.55)
"""Within the zone `yard`."""


def film(
    seconds: float, paint: Callable[[Picture, float], None], beings: Sequence[Being] = ()
) -> list[Observation]:
    """Looks at a road onto which `paint` draws what is there, from CLEAR on; its time begins there at 0."""
    shown = []
    for step in range(round((CLEAR + seconds) * FPS)):
        time = step / FPS
        picture = ROAD.copy()
        if time >= CLEAR:
            paint(picture, time - CLEAR)
        picture = np.clip(picture + NOISE[step % 7], 0, 255).astype(np.uint8)
        shown.append(look(T0 + time, *beings, frame=Painted(picture, T0 + time)))
    return shown


def block(picture: Picture, box: Box, bgr: tuple[int, int, int]) -> None:
    rows = slice(round(box.y1 * HEIGHT), round(box.y2 * HEIGHT))
    picture[rows, round(box.x1 * WIDTH) : round(box.x2 * WIDTH)] = bgr


def nothing(picture: Picture, time: float) -> None:
    """An empty road."""


def thing(picture: Picture, time: float) -> None:
    block(picture, INSIDE_BOX, (30, 60, 90))


def passing(picture: Picture, time: float) -> None:
    x = 0.3 + 0.15 * time
    block(picture, Box(x, 0.5, x + 0.05, 0.56), (30, 60, 90))


def lamp(picture: Picture, time: float) -> None:
    block(picture, INSIDE_BOX, (40, 150, 250))


def flames(picture: Picture, time: float) -> None:
    rng = np.random.default_rng(int(time * 100))
    for _ in range(12):
        x, y = rng.uniform(0.555, 0.595), rng.uniform(0.48, 0.55)
        tone = rng.uniform(0.2, 1)
        cv2.circle(picture, (int(x * WIDTH), int(y * HEIGHT)), 4, (20, int(90 + 150 * tone), 255), -1)


def orange_truck(picture: Picture, time: float) -> None:
    x = 0.4 + 0.05 * time
    block(picture, Box(x, 0.4, x + 0.08, 0.55), (30, 120, 240))


def cloud(picture: Picture, time: float, *, still: bool = False, grow: float = 0.02) -> None:
    rng = np.random.default_rng(0 if still else int(time * 100))
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    size = WIDTH * (0.03 + grow * time)
    far = np.hypot(columns - 190, (rows - 90) * 1.2) / size
    cover = np.clip(1.2 - far, 0, 0.7)
    rough = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH)), (0, 0), 6) * 2
    cover = np.clip(cover * (1 + rough), 0, 0.8)[..., None]
    picture[...] = (picture * (1 - cover) + 225 * cover).astype(np.uint8)


def still_cloud(picture: Picture, time: float) -> None:
    cloud(picture, time, still=True, grow=0.0)


def grey_car(picture: Picture, time: float) -> None:
    side = 0.04 + 0.02 * time
    block(picture, Box(0.5, 0.4, 0.5 + side, 0.4 + side), (190, 190, 190))


def earth(picture: Picture, time: float) -> None:
    share = min(time / 3, 1.0)
    block(picture, Box(0.5, 0.4, 0.5 + 0.2 * share, 0.4 + 0.2 * share), (50, 78, 104))


@pytest.mark.parametrize(
    ("kind", "paint", "found"),
    [
        ("debris", thing, True),
        ("debris", nothing, False),
        ("debris", passing, False),
        ("debris", flames, False),
        ("fire", flames, True),
        ("fire", lamp, False),
        ("fire", orange_truck, False),
        ("fire", cloud, False),
        ("smoke", cloud, True),
        ("smoke", grey_car, False),
        ("smoke", thing, False),
        ("smoke", still_cloud, False),
        ("smoke", flames, False),
        ("landslide", earth, True),
        ("landslide", thing, False),
        ("landslide", passing, False),
        ("landslide", cloud, False),
    ],
)
def test_what_is_found(kind: str, paint: Callable[[Picture, float], None], found: bool) -> None:
    reports = play(rule(kind, zone="frame"), film(9, paint), close=True)
    assert bool(reports) is found
    for report in reports:
        assert report.tracks == ()
        assert report.kind == kind
        assert report.box is not None
        assert report.start >= T0 + CLEAR


def reports_of(kind: str, film: list[Observation], **settings: object) -> list[Candidate]:
    return play(rule(kind, **settings), film, close=True)


def test_where_and_when() -> None:
    first, last = reports_of("debris", film(6, thing))
    assert first.box is not None
    assert first.box == pytest.approx(INSIDE_BOX, abs=0.01)
    assert first.triggered == pytest.approx(T0 + CLEAR + 3, abs=0.5)
    assert (last.id, last.box, last.end) == (first.id, first.box, approx(T0 + CLEAR + 5.8))
    assert first.scores["dwell"] < last.scores["dwell"]


def test_two_things_of_one_moment_are_two_suspicions() -> None:
    def two(picture: Picture, time: float) -> None:
        thing(picture, time)
        block(picture, Box(0.7, 0.3, 0.74, 0.36), (230, 230, 230))

    assert len({report.id for report in reports_of("debris", film(6, two))}) == 2


def test_the_same_film_gives_the_same_ids() -> None:
    assert [r.id for r in reports_of("debris", film(6, thing))] == [
        r.id for r in reports_of("debris", film(6, thing))
    ]


def test_only_in_the_zone() -> None:
    outside = lambda picture, time: block(picture, Box(0.1, 0.5, 0.15, 0.56), (30, 60, 90))  # noqa: E731
    assert not reports_of("debris", film(6, outside))
    assert reports_of("debris", film(6, outside), zone="frame")


def test_what_is_tracked_is_no_debris() -> None:
    parked = Being(1, 0.57, 0.56, 0.06, 0.08, label="car")
    assert not reports_of("debris", film(6, thing, [parked]))
    assert reports_of("debris", film(6, thing, [parked]), ignore_tracks=False)


def test_a_heap_of_earth_that_is_taken_for_a_truck_is_a_landslide_still() -> None:
    taken_for = Being(1, 0.6, 0.6, 0.2, 0.2, confidence=0.44, label="truck")
    assert reports_of("landslide", film(9, earth, [taken_for]), zone="frame")
    assert not reports_of("landslide", film(9, earth, [taken_for]), zone="frame", ignore_tracks=True)


@pytest.mark.parametrize(("key", "value"), [("min_area", 0.02), ("max_area", 0.0005)])
def test_size(key: str, value: float) -> None:
    assert not reports_of("debris", film(6, thing), **{key: value})


def test_a_change_of_light_is_no_object() -> None:
    def evening(picture: Picture, time: float) -> None:
        picture[...] = np.clip(picture * max(0.5, 1 - 0.1 * time), 0, 255).astype(np.uint8)

    for kind in ("debris", "smoke", "landslide", "fire"):
        assert not reports_of(kind, film(8, evening), zone="frame"), kind


def test_lights_that_go_out_and_a_camera_that_is_turned() -> None:
    def turned(picture: Picture, time: float) -> None:
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] // 16
        picture[...] = np.where((rows + columns) % 2, 30, 220)[..., None]

    for kind in ("debris", "smoke", "landslide", "fire"):
        assert not reports_of(kind, film(8, turned), zone="frame"), kind


def test_time_runs_while_nothing_moves() -> None:
    shown = film(4, thing)
    last = shown[-1]
    shown += [look(last.time + i, held=True) for i in range(1, 8)]
    ((_, _, end),) = times(reports_of("debris", shown, duration=8))
    assert end == round((last.time + 7 - T0) * FPS)
    assert not reports_of("debris", film(4, thing), duration=8)


def test_it_ends_when_it_is_taken_away_and_its_place_is_silent() -> None:
    def there_and_gone(picture: Picture, time: float) -> None:
        if time < 5 or 10 < time < 16:
            thing(picture, time)

    assert len(times(reports_of("debris", film(18, there_and_gone), cooldown=60))) == 1
    assert len(times(reports_of("debris", film(18, there_and_gone), cooldown=1))) == 2


def test_what_passes_in_front_does_not_end_it() -> None:
    def behind_a_truck(picture: Picture, time: float) -> None:
        thing(picture, time)
        if 5 < time < 6.5:
            block(picture, Box(0.45, 0.3, 0.7, 0.7), (200, 60, 60))

    assert len(times(reports_of("debris", film(12, behind_a_truck)))) == 1


def test_what_was_covered_from_the_start_leaves_no_ghost() -> None:
    """A parked car is there while the background is learnt, once missed by the detector, and drives away."""
    car = Being(1, 0.6, 0.6, 0.1, 0.15, label="car")
    shown = []
    for step in range(60):
        picture = ROAD.copy()
        if step < 30:
            block(picture, Box(0.55, 0.45, 0.65, 0.6), (200, 60, 60))
        time = T0 + step / FPS
        shown.append(look(time, *([car] if step < 30 and step != 20 else []), frame=Painted(picture, time)))
    for kind in ("debris", "landslide"):
        assert not reports_of(kind, shown, zone="frame"), kind


def test_background_is_shared_and_learnt_once() -> None:
    background = Background()
    shown = film(3, thing)
    changes = [background.compare(one) for one in shown]
    apart = [change is not None for change in changes[FIRST_LOOKS:]]
    assert not any(changes[:FIRST_LOOKS])
    assert apart == [i % 3 == 2 for i in range(len(apart))], (
        "at 5 looks a second, every third one is compared"
    )
    last = next(change for change in reversed(changes) if change is not None)
    assert background.compare(shown[-1]) is changes[-1]
    assert last.shape == (180, 320)
    where = slice(91, 98), slice(178, 187)
    assert last.changed[where].all()
    assert last.changed.mean() < 0.006
    assert not last.moving.any() or last.moving.mean() < 1e-3
    assert 1 < last.noise < 6


def test_a_picture_is_scaled_once_for_all_backgrounds_of_a_camera() -> None:
    first = Background()
    slow = first.another(apart=0.95)
    with patch.object(Painted, "resized", autospec=True, side_effect=Painted.resized) as scale:
        shown = film(3, thing)
        quick = [one.time for one in shown if first.compare(one) is not None]
        seldom = [one.time for one in shown if slow.compare(one) is not None]
        together = scale.call_count
        both, again = Background(), film(3, thing)
        other = both.another(apart=0.95)
        for one in again:
            both.compare(one)
            other.compare(one)
    assert {round(gap, 3) for gap in np.diff(quick).tolist()} == {0.6}
    assert {round(gap, 3) for gap in np.diff(seldom).tolist()} == {1.0}
    assert scale.call_count - together < together - FIRST_LOOKS


def test_pictures_that_change_their_size_or_go_back_in_time() -> None:
    background = Background()
    for one in film(2, thing):
        background.compare(one)
    small = look(T0 + 100, frame=Painted(np.zeros((90, 160, 3), np.uint8), T0 + 100), size=(160, 90))
    assert background.compare(small) is None
    assert background.compare(film(0, thing)[0]) is None


def test_covered() -> None:
    mask = covered(look(T0, Being(1, 0.5, 0.6, 0.2, 0.2)), (100, 100), margin=0.0)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (40, 60, 40, 60)
    assert not covered(look(T0), (10, 10)).any()


def test_all_of_a_burning_front_is_one_event() -> None:
    """Three fires begin one after the other, each as far from the last as it is long; a fourth burns elsewhere."""

    def front(picture: Picture, time: float) -> None:
        rng = np.random.default_rng(int(time * 100))
        for number, left in enumerate((0.3, 0.41, 0.52, 0.9)):
            if time < 3 * number:
                continue
            for _ in range(12):
                x, y, tone = left + rng.uniform(0, 0.04), rng.uniform(0.48, 0.55), rng.uniform(0.2, 1)
                cv2.circle(picture, (int(x * WIDTH), int(y * HEIGHT)), 4, (20, int(90 + 150 * tone), 255), -1)

    reports = reports_of("fire", film(15, front), zone="frame")
    first, other = {report.id: report for report in reports}.values()
    assert first.box is not None
    assert other.box is not None
    assert first.box.x1 < 0.36
    assert other.box.x1 > 0.8


@pytest.mark.parametrize(
    ("seen_until", "found"), [(0.0, True), (4.0, False)], ids=["nobody was there", "somebody stood there"]
)
def test_who_lies_down_and_is_no_longer_found_is_no_debris(seen_until: float, found: bool) -> None:
    """Somebody stands where the thing appears, and is not found from then on."""
    standing = Being(1, 0.575, 0.56, 0.06, 0.4)
    shown = [
        replace(one, detections=look(one.time, standing).detections)
        if CLEAR <= one.time - T0 < CLEAR + seen_until
        else one
        for one in film(9, lambda picture, time: thing(picture, time) if time >= 3 else None)
    ]
    assert bool(reports_of("debris", shown, zone="frame")) is found


def test_screens_that_flicker_all_over_are_no_fire() -> None:
    def screens(picture: Picture, time: float) -> None:
        flames(picture, time)
        rng = np.random.default_rng(int(time * 100))
        picture[...] = np.clip(
            picture + rng.integers(-20, 21, (HEIGHT // 4, WIDTH // 4, 1)).repeat(4, 0).repeat(4, 1), 0, 255
        )

    assert reports_of("fire", film(9, flames), zone="frame")
    assert not reports_of("fire", film(9, screens), zone="frame")
