"""When fewer looks do: objects on their way, at borders, meeting, and such as the detector is not sure of."""

import numpy as np
import pytest
from numpy.typing import NDArray
from supervision import Detections

from secondsight.records import Box
from secondsight.sentinel.attention.adaptive_rate import AdaptiveRate, Forecast, LookNeeds
from secondsight.sentinel.tracking.tracker import TrackerView

SIZE = (800, 400)
NOWHERE = np.empty((0, 4), np.float32)
FREE = LookNeeds(np.empty((0, 2, 2)))
DOOR = LookNeeds(np.array([[[0.5, 0.0], [0.5, 1.0]]]))


def person(x: float, y: float = 200.0) -> tuple[float, float, float, float]:
    """A box of 40 x 120 pixels whose foot is at `x`, `y`."""
    return (x - 20, y - 120, x + 20, y)


def rows(*boxes: tuple[float, float, float, float], score: float = 0.8, label: int = 0) -> Detections:
    count = len(boxes)
    return Detections(
        xyxy=np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.full(count, score, np.float32),
        class_id=np.full(count, label),
        tracker_id=np.arange(count),
    )


def update(
    rate: AdaptiveRate, tracked: Detections, time: float, *, young: bool = False, cut: bool = False
) -> Forecast | None:
    """Show one look."""
    return rate.update(
        tracked, TrackerView(np.asarray(tracked.xyxy, np.float32), NOWHERE, cut, young), time, SIZE
    )


def follow(rate: AdaptiveRate, *looks: Detections, later: float = 0.0) -> list[Box] | None:
    """Show looks one after the other, five a second; what is expected some seconds after the last."""
    forecast = None
    for number, tracked in enumerate(looks):
        forecast = update(rate, tracked, number / 5)
    return forecast.at((len(looks) - 1) / 5 + later) if forecast is not None else None


def walk(start: float, step: float, looks: int = 8) -> list[Detections]:
    return [rows(person(start + step * n)) for n in range(looks)]


def middle(box: NDArray[np.float64]) -> float:
    return float(box[0] + box[2]) / 2 * SIZE[0]


def test_a_walker_is_foreseen_after_some_looks_and_not_before() -> None:
    for number in range(1, 9):
        expected = follow(AdaptiveRate(1.0, FREE), *walk(100, 8, number))
        assert (expected is not None) == (number > FREE.looks)
    (box,) = follow(AdaptiveRate(1.0, FREE), *walk(100, 8), later=0.5) or []
    assert middle(np.array(box)) == pytest.approx(156 + 20, abs=2), "40 pixels a second, half a second later"
    assert box.x1 * SIZE[0] <= 176 - 20 - 8
    assert box.y2 * SIZE[1] >= 200 + 30 - 1


def test_a_picture_without_objects_holds_none() -> None:
    assert follow(AdaptiveRate(1.0, FREE), rows(), rows()) == []


def test_rules_that_need_every_look_get_it() -> None:
    assert follow(AdaptiveRate(1.0, None), *walk(100, 8)) is None


@pytest.mark.parametrize("what", ["young", "cut"])
def test_what_the_tracker_is_not_sure_of_is_looked_at(what: str) -> None:
    rate = AdaptiveRate(1.0, FREE)
    assert follow(rate, *walk(100, 8)) is not None
    assert update(rate, rows(person(164)), 1.6, young=what == "young", cut=what == "cut") is None


def test_somebody_new_is_looked_at() -> None:
    assert follow(AdaptiveRate(1.0, FREE), *walk(100, 8), rows(person(164), person(600))) is None


@pytest.mark.parametrize(
    "odd",
    [rows(person(230)), rows(person(164), label=1), rows(person(164), score=0.42), rows(person(164, y=290))],
    ids=["a leap", "another class", "a weak score", "a fall"],
)
def test_a_surprise_begins_anew(odd: Detections) -> None:
    assert follow(AdaptiveRate(1.0, FREE), *walk(100, 8), odd) is None


def test_a_walker_near_a_border_is_looked_at_until_well_past_it() -> None:
    rate, known = AdaptiveRate(1.0, DOOR), []
    for number, tracked in enumerate(walk(200, 8, 50)):
        if update(rate, tracked, 0.2 * number) is not None:
            known.append(200 + 8 * number)
    assert known[0] < 280
    assert not [x for x in known if 320 < x < 480 + 8 * (DOOR.looks - 1)], (
        "80 pixels are the way of two seconds"
    )
    assert known[-1] == 200 + 8 * 49


def test_a_border_far_to_the_side_does_not_matter() -> None:
    beside = LookNeeds(np.array([[[0.5, 0.0], [0.5, 0.2]]]))
    assert follow(AdaptiveRate(1.0, beside), *walk(350, 8, 10)) is not None


def test_what_stands_at_a_border_with_a_weak_score_is_no_matter() -> None:
    chair = [rows(person(400), score=0.3, label=n % 2) for n in range(8)]
    assert follow(AdaptiveRate(1.0, DOOR), *chair) is not None


def test_two_who_meet_may_be_taken_for_each_other() -> None:
    rate, near = AdaptiveRate(1.0, FREE), []
    for number in range(40):
        tracked = rows(person(100 + 10 * number), person(500 - 10 * number))
        forecast = update(rate, tracked, 0.2 * number)
        if forecast is None or forecast.at(0.2 * number) is None:
            near.append(400 - 20 * number)
    assert near[: FREE.looks] == [400 - 20 * number for number in range(FREE.looks)]
    assert {-60, -40, -20, 0, 20, 40, 60} <= set(near)
    assert 200 not in near
    assert -200 not in near
