"""Pedestrian: people on a road who do not ride or drive."""

from dataclasses import replace

import numpy as np
import pytest

from secondsight.behaviour.road.pedestrian import seated
from secondsight.records import Observation
from tests.behaviour.scene import FPS, T0, Being, look, play, rule


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


def test_a_person_who_leaves_the_road_is_not_on_it_any_more() -> None:
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
