"""Low visibility: fog, dirt, cover and darkness in painted views."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour.road.low_visibility import cause
from secondsight.records import Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, look, play, rule

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
