"""The second stage: who is looked at, when, and what the looks together say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
import supervision as sv
from hypothesis import given
from hypothesis import strategies as st

from secondsight.config import SecondStageSettings
from secondsight.records import Attribute, Box, Frame, Region
from secondsight.sentinel.inference.detector import POINTS
from secondsight.sentinel.second.second_stage import FORGET, MOST, SecondStage, SecondStageModel, part_of
from tests.approx import approx
from tests.table import table

LABELS = ("person", "car")
ANSWERS = ("bare", "helmet")
BARE, HELMET = np.array([0.9, 0.1], np.float32), np.array([0.2, 0.8], np.float32)


@dataclass
class Model:
    """A model that says what it is told to and remembers what it was shown; the seam of `CropModel`."""

    task: str = "classify"
    says: list[np.ndarray] = field(default_factory=list)
    shown: list[Box] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    labels: tuple[str, ...] = ANSWERS
    trouble: str | None = None

    @property
    def family(self) -> SimpleNamespace:
        return SimpleNamespace(task=self.task)

    def _show(self, frame: Frame, boxes: Sequence[Box]) -> None:
        self.shown.extend(boxes)
        self.times.append(frame.time)

    def vectors(self, frame: Frame, boxes: Sequence[Box]) -> list[np.ndarray]:
        self._show(frame, boxes)
        return [self.says.pop(0) if self.says else BARE for _ in boxes]

    def poses(self, frame: Frame, boxes: Sequence[Box]) -> list[np.ndarray]:
        self._show(frame, boxes)
        return [np.full((17, 3), frame.time, np.float32) for _ in boxes]

    def regions(self, frame: Frame) -> tuple[Region, ...]:
        self._show(frame, [])
        return (Region("smoke", Box(0, 0, 0.5, 0.5), 0.2),)


def frame(time: float) -> Frame:
    return SimpleNamespace(time=time, width=200, height=100)


def tracked(*numbers: int, height: float = 50.0, class_id: int = 0) -> sv.Detections:
    boxes = [(10.0 * n, 20.0, 10.0 * n + 20, 20.0 + height) for n in numbers]
    return sv.Detections(
        xyxy=np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.full(len(numbers), 0.8, np.float32),
        class_id=np.full(len(numbers), class_id),
        tracker_id=np.array(numbers, int),
    )


def everybody(boxes: np.ndarray) -> np.ndarray:
    return np.ones(len(boxes), bool)


def close_look(model: Model, wanted=everybody, **settings: object) -> SecondStage:
    stage = SecondStageSettings.model_validate({"model": "m", **settings})
    return SecondStage([(SecondStageModel("helmet", stage, model), wanted)], LABELS)  # type: ignore[arg-type]


def test_a_track_is_looked_at_once_in_every_interval_and_its_answer_stays() -> None:
    model = Model()
    look = close_look(model, every="1s")
    for step in range(21):
        seen = look.look(frame(step / 5), tracked(3))
        assert seen.attributes[3]["helmet"].label == "bare"
    assert model.times == [0, 1, 2, 3, 4]
    assert look.crops == 5


def test_the_looks_of_a_track_vote() -> None:
    model = Model(says=[BARE, HELMET, HELMET, HELMET, BARE])
    look = close_look(model, every="1s", votes=3)
    said = [look.look(frame(t), tracked(3)).attributes[3]["helmet"] for t in range(5)]
    assert [one.label for one in said] == ["bare", "bare", "helmet", "helmet", "helmet"]
    assert [one.votes for one in said] == [1, 2, 3, 3, 3]
    assert said[2] == Attribute("helmet", approx((0.1 + 0.8 + 0.8) / 3), 3)


@given(
    st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=9), st.integers(1, 5)
)
def test_the_vote_is_the_mean_of_the_last_probabilities(raw: list[list[float]], votes: int) -> None:
    rows = [np.array(row, np.float32) / np.float32(sum(row)) for row in raw]
    model = Model(says=list(rows), labels=("a", "b", "c"))
    look = close_look(model, every="1s", votes=votes)
    for time in range(len(rows)):
        seen = look.look(frame(time), tracked(0)).attributes[0]["helmet"]
    last = rows[-votes:]
    means = [sum(float(row[number]) for row in last) / len(last) for number in range(3)]
    assert seen.score == pytest.approx(max(means), abs=1e-5)
    assert means["abc".index(seen.label)] == pytest.approx(max(means), abs=1e-5)
    assert seen.votes == len(last)


@table(
    ("settings", "detections", "looked"),
    [
        ({}, tracked(1, 2), 2),
        ({}, tracked(1, height=20), 0),
        ({"min_height": 10}, tracked(1, height=20), 1),
        ({}, tracked(1, class_id=1), 0),
        ({"classes": ["car"]}, tracked(1, class_id=1), 1),
        ({"classes": []}, tracked(1, class_id=1), 1),
        ({}, tracked(), 0),
    ],
)
def test_only_those_who_matter_are_looked_at(settings, detections, looked) -> None:
    model = Model()
    seen = close_look(model, **settings).look(frame(0), detections)
    assert len(model.shown) == len(seen.attributes) == looked


def test_only_those_whom_a_rule_could_count_are_looked_at() -> None:
    model, asked = Model(), []

    def left(boxes: np.ndarray) -> np.ndarray:
        asked.append(boxes)
        return boxes[:, 0] < 0.1

    seen = close_look(model, left).look(frame(0), tracked(1, 5))
    assert asked[0][1] == pytest.approx((0.25, 0.2, 0.35, 0.7))
    assert set(seen.attributes) == {1}


def test_a_crowd_takes_turns() -> None:
    model = Model()
    look = close_look(model, every="1s")
    crowd = tracked(*range(MOST + 10))
    assert len(look.look(frame(0), crowd).attributes) == MOST
    assert len(look.look(frame(0.2), crowd).attributes) == MOST + 10
    assert len(model.shown) == MOST + 10
    # From now on those who waited longest go first.
    look.look(frame(2.0), crowd)
    assert model.shown[-MOST].x1 == pytest.approx(0.0)


def test_the_lost_are_remembered_for_a_while_and_then_forgotten() -> None:
    model = Model(says=[HELMET])
    look = close_look(model, every="10s", votes=5)
    look.look(frame(0), tracked(3))
    assert look.look(frame(5), tracked()).attributes == {}
    assert look.look(frame(6), tracked(3)).attributes[3]["helmet"].label == "helmet"
    look.look(frame(7 + FORGET), tracked(4))
    assert look.look(frame(8 + FORGET), tracked(3)).attributes[3]["helmet"] == Attribute(
        "bare", approx(0.9), 1
    )


def test_poses_and_regions_have_their_own_rates() -> None:
    poses, regions = Model("pose"), Model("regions")
    look = SecondStage(
        [
            (SecondStageModel("pose", SecondStageSettings(model="p", every=0.4), poses), everybody),  # type: ignore[arg-type]
            (SecondStageModel("scene", SecondStageSettings(model="s", every=2.0), regions), everybody),  # type: ignore[arg-type]
        ],
        LABELS,
    )
    for step in range(11):
        seen = look.look(frame(step / 5), tracked(3))
        assert [region.label for region in seen.regions] == ["smoke"]
    assert poses.times == pytest.approx([0, 0.4, 0.8, 1.2, 1.6, 2.0])
    assert regions.times == [0, 2]
    assert seen.poses[3][0, 0] == 2
    assert seen.attributes == {}


def test_a_detectors_own_poses_are_passed_on() -> None:
    detections = tracked(3, 4)
    points = np.zeros((2, 17, 3), np.float32)
    points[1] = (100, 25, 0.7)
    detections.data[POINTS] = points
    seen = SecondStage([], LABELS).look(frame(0), detections)
    assert seen.poses[4][16] == pytest.approx((0.5, 0.25, 0.7))


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("whole", (0.2, 0.2, 0.4, 0.8)),
        ("torso", (0.2, 0.29, 0.4, 0.56)),
        ("upper", (0.2, 0.2, 0.4, 0.53)),
        # A quarter of 60 pixels of height, as wide: 15 of 200 pixels.
        ("head", (0.2625, 0.2, 0.3375, 0.35)),
    ],
)
def test_parts_of_a_person(region: str, expected: tuple[float, ...]) -> None:
    assert part_of(Box(0.2, 0.2, 0.4, 0.8), region, 2.0) == pytest.approx(expected)


def test_a_narrow_head_is_as_wide_as_the_box() -> None:
    assert part_of(Box(0.2, 0.2, 0.22, 0.8), "head", 2.0) == pytest.approx((0.2, 0.2, 0.22, 0.35))
