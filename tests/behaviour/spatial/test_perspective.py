"""The scale that people's heights give: on a computed scene with people who mislead, and on a real pavement."""

import math
from pathlib import Path

import numpy as np
import pytest
from supervision import Detections

from secondsight.behaviour.spatial.perspective import Perspective
from secondsight.records import Observation
from tests.behaviour.scene import T0, Being, look

ASPECT, TILT, CAMERA, STATURE = 16 / 9, math.radians(20), 4.0, 1.7
FOCAL = 1.5
"""Picture heights; what the perspective takes it for."""


def shown(x: float, away: float, up: float) -> tuple[float, float]:
    """Where a camera 4 m up, tilted by 20 degrees, shows a point (metres): relative to the picture."""
    down = CAMERA - up
    depth = away * math.cos(TILT) + down * math.sin(TILT)
    below = down * math.cos(TILT) - away * math.sin(TILT)
    return 0.5 + FOCAL * x / depth / ASPECT, 0.5 + FOCAL * below / depth


def person(number: int, x: float, away: float, *, stature: float = STATURE, width: float = 0.55) -> Being:
    """Someone who stands on the floor; `width` in metres."""
    foot_x, foot_y = shown(x, away, 0)
    top = shown(x, away, stature)[1]
    return Being(number, foot_x, foot_y, width * (foot_y - top) / stature / ASPECT, foot_y - top)


def learnt(*misleading: Being, seconds: int = 60) -> Perspective:
    """A minute of two who walk to and fro and away, with people who do not stand or are not seen whole."""
    plane = Perspective()
    for step in range(seconds * 5):
        time = step / 5
        across = person(1, 4 * math.sin(0.3 * time), 9.0)
        along = person(2, 1.0, 12 + 5 * math.sin(0.25 * time))
        plane.learn(look(T0 + time, across, along, *misleading))
    return plane


def metres(plane: Perspective, one: tuple[float, float], other: tuple[float, float]) -> float:
    return math.dist(plane.metres(*shown(*one, 0)), plane.metres(*shown(*other, 0)))


SITS = person(11, -2, 7.0, stature=1.2, width=0.5)
HIDDEN = tuple(person(12 + n, -3 + n, 16.0 + n / 2, stature=1.0, width=0.5) for n in range(3))
CUT = Being(20, 0.02, 0.7, 0.08, 0.1)


@pytest.mark.parametrize(
    "misleading",
    [(), (SITS,), HIDDEN, (CUT,), (SITS, *HIDDEN, CUT)],
    ids=["none", "sits", "hidden", "cut", "all"],
)
def test_ways_have_their_length_whoever_sits_there(misleading: tuple[Being, ...]) -> None:
    plane = learnt(*misleading)
    for away in (8.0, 12.0, 16.0):
        assert metres(plane, (-1, away), (1, away)) == pytest.approx(2, rel=0.15)
        assert metres(plane, (0, away - 1), (0, away + 1)) == pytest.approx(2, rel=0.3)


def test_a_camera_that_was_moved_is_learnt_anew() -> None:
    """Two walk across, one behind the other, for as long as it takes; then nearer to the camera for half of that."""
    plane = Perspective()
    for step in range(300):
        x, scale = 0.2 + 0.6 * (step % 8) / 8, 1.0 if step < 200 else 1.5
        far, near = (
            Being(n, x, foot, 0.05, scale * tall) for n, foot, tall in ((1, 0.5, 0.16), (2, 0.8, 0.28))
        )
        plane.learn(look(T0 + step / 5, far, near))
    assert plane.tall(0.5) == pytest.approx(0.24, rel=0.05)
    assert plane.tall(0.8) == pytest.approx(0.42, rel=0.05)


def test_detections_without_tracks_are_no_error() -> None:
    found = Detections(xyxy=np.array([[1.0, 1, 20, 60]]), confidence=np.array([0.9]), class_id=np.array([0]))
    plane, usual = Perspective(), Perspective()
    plane.learn(Observation("hall", 0, T0, 100, 100, found, ("person",)))
    assert plane.tall(0.7) == usual.tall(0.7)


def test_walkers_on_a_real_pavement_walk() -> None:
    """Boxes of YOLOX-Nano, five looks a second, in `pavement-toc-ped` (see docs/real.md); nobody in it runs.

    Adults walk at 0.94 to 1.43 m/s (Bohannon and Andrews 2011).
    """
    rows = np.genfromtxt(Path(__file__).with_name("pavement.csv"), delimiter=",", skip_header=1)
    plane = Perspective()
    for time in np.unique(rows[:, 0]).tolist():
        present = rows[rows[:, 0] == time]
        boxes, numbers = present[:, 2:] * (626, 360, 626, 360), present[:, 1].astype(int)
        found = Detections(
            boxes, confidence=np.full(len(boxes), 0.9), class_id=numbers * 0, tracker_id=numbers
        )
        plane.learn(Observation("pavement", 0, T0 + time, 626, 360, found, ("person",)))
    speeds = []
    for number in np.unique(rows[:, 1]).tolist():
        way = rows[rows[:, 1] == number]
        if len(way) >= 10:
            first, last = (plane.metres((x1 + x2) / 2, y2) for _, _, x1, _, x2, y2 in (way[0], way[-1]))
            speeds.append(math.dist(first, last) / (way[-1, 0] - way[0, 0]))
    assert len(speeds) == 4
    assert all(0.9 <= speed <= 1.5 for speed in speeds), speeds
