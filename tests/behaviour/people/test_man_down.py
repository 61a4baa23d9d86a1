"""Man down: who lies for long, by box and by pose."""

from dataclasses import replace

import numpy as np
import pytest

from secondsight.records import Observation, Posture
from tests.behaviour.scene import FPS, T0, Being, look, play, rule, staying

LYING, UP = Being(1, 0.6, 0.6, 0.2, 0.1), Being(1, 0.6, 0.6, 0.07, 0.35)


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (staying(10, LYING), True),
        (staying(10, UP), False),
        (staying(3, UP) + staying(4, LYING, start=3) + staying(3, UP, start=7), False),
        (staying(3, UP) + staying(9, LYING, start=3), True),
        ([look(T0 + i / FPS, replace(LYING, x=0.55 + 0.02 * (i % 4))) for i in range(50)], True),
    ],
    ids=["lies", "stands", "gets up", "goes down", "lies and moves"],
)
def test_man_down(shown: list[Observation], found: bool) -> None:
    assert bool(play(rule("man_down", duration=6), shown)) is found


def test_who_lies_under_a_machine_works() -> None:
    assert not play(rule("man_down", duration=6, exclude_zone="yard"), staying(10, LYING))


@pytest.mark.parametrize(("lying", "found"), [(0.9, True), (0.1, False)])
def test_what_key_points_say_over_time_goes_before_the_box(lying: float, found: bool) -> None:
    said = Posture(1 - lying, 0.0, lying, 0.0)
    for box in (LYING, UP):
        shown = [replace(one, postures={1: said}) for one in staying(10, box)]
        assert bool(play(rule("man_down", duration=6), shown)) is found


def test_where_key_points_are_judged_boxes_are_not() -> None:
    first = replace(staying(1, UP)[0], postures={1: Posture(1.0, 0.0, 0.0, 0.0)})
    chair = [replace(one, time=one.time + 1) for one in staying(10, replace(LYING, number=2))]
    assert play(rule("man_down", duration=6), chair)
    assert not play(rule("man_down", duration=6), [first, *chair])


def pose(angle: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Key points of a body at an angle to the vertical, degrees, at the middle of the yard."""
    points = np.zeros((17, 3), np.float32)
    turn = np.radians(angle)
    for pair, along in (((5, 6), 0.1), ((11, 12), 0.0), ((15, 16), -0.14)):
        for index in pair:
            points[index] = 0.6 + along * np.sin(turn) * 9 / 16, 0.5 - along * np.cos(turn), 0.9
    return points


@pytest.mark.parametrize(("angle", "found"), [(0.0, False), (30.0, False), (80.0, True)])
def test_the_pose_decides(angle: float, found: bool) -> None:
    """The box is that of somebody low; whether the torso lies is for the pose to say."""
    low = Being(1, 0.6, 0.6, 0.09, 0.2)
    shown = staying(3, UP) + staying(9, low, start=3)
    shown = [
        replace(one, poses={1: pose(0.0 if step < 3 * FPS else angle)}) for step, one in enumerate(shown)
    ]
    assert bool(play(rule("man_down", duration=6), shown)) is found
    fallen = rule("fall", stillness=1)
    assert bool(play(fallen, shown)) is found
