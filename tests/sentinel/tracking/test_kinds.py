"""Tracks keep to things of their kind, vote on their class, and follow fast things from the first look."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import supervision as sv

from secondsight.records import Frame, Group
from secondsight.sentinel.tracking.tracker import Kind, Tracker, make_tracker
from tests.table import table

LABELS = ("person", "car", "truck", "bed", "bicycle")
GROUPS: tuple[Group, ...] = ("people", "vehicles", "vehicles", "furniture", "two-wheelers")
PERSON, CAR, TRUCK, BED, BICYCLE = range(5)
KINDS: tuple[Kind, ...] = ("bytetrack", "ocsort", "sort", "botsort")
every_kind = pytest.mark.parametrize("kind", KINDS)
UPRIGHT, LYING = (100.0, 100.0, 160.0, 260.0), (60.0, 190.0, 220.0, 260.0)
GREY = np.full((256, 256, 3), 128, np.uint8)

Row = tuple[int, tuple[float, float, float, float]]


def found(*rows: Row, score: float = 0.8) -> sv.Detections:
    return sv.Detections(
        xyxy=np.array([box for _, box in rows], np.float32).reshape(-1, 4),
        confidence=np.full(len(rows), score, np.float32),
        class_id=np.array([label for label, _ in rows], int),
    )


def follow(tracker: Tracker, looks: list[list[Row]], start: float = 0.0) -> list[list[tuple[int, int]]]:
    """Numbers and classes of each look, five a second."""
    seen = []
    for number, rows in enumerate(looks):
        tracked = tracker.update(found(*rows), start + number / 5)
        assert tracked.tracker_id is not None
        assert tracked.class_id is not None
        seen.append(sorted(zip(tracked.tracker_id.tolist(), tracked.class_id.tolist(), strict=True)))
    return seen


@every_kind
def test_a_person_is_never_the_car_at_the_same_place(kind: Kind) -> None:
    tracker = make_tracker(kind, 5, groups=GROUPS)
    seen = follow(tracker, [[(PERSON, UPRIGHT)]] * 4 + [[(CAR, UPRIGHT)]] * 4)
    assert seen[3] == [(0, PERSON)]
    assert seen[-1] == [(1, CAR)]


@every_kind
def test_within_a_group_the_class_is_voted_and_boxes_are_what_was_found(kind: Kind) -> None:
    tracker = make_tracker(kind, 5, groups=GROUPS)
    seen = follow(tracker, [[(TRUCK, UPRIGHT)]] * 4 + [[(CAR, UPRIGHT)]] * 2)
    assert [look for look in seen if look] == [[(0, TRUCK)]] * len([look for look in seen if look])
    rows = tracker.update(found((CAR, UPRIGHT)), 3.0)
    assert rows.xyxy.tolist() == [list(UPRIGHT)]


@table(
    ("before", "number", "label"),
    [
        # Who lies where they stood is still there, whatever the detector calls them.
        ([[(PERSON, LYING)]] * 4, 0, PERSON),
        # The bed was there before anybody lay on it.
        ([[(PERSON, LYING), (BED, LYING)]] * 4, 1, BED),
    ],
    ids=["a person called a bed", "a bed beside a person"],
)
def test_who_lies_down_is_not_lost_to_furniture(before: list[list[Row]], number: int, label: int) -> None:
    tracker = make_tracker("bytetrack", 5, groups=GROUPS)
    *_, last = follow(tracker, [*before, *[[(BED, LYING)]] * 3])
    assert last == [(number, label)]


def test_furniture_becomes_nobody_where_the_person_is_still_seen_or_long_gone() -> None:
    tracker = make_tracker("bytetrack", 5, groups=GROUPS)
    aside = (100.0, 195.0, 250.0, 260.0)  # the bed lies where the person was
    seen = follow(tracker, [[(PERSON, LYING)]] * 4 + [[(PERSON, aside), (BED, LYING)]] * 3)
    assert seen[4:] == [[(0, PERSON)], [(0, PERSON), (1, BED)], [(0, PERSON), (1, BED)]]
    late = make_tracker("bytetrack", 5, groups=GROUPS)
    follow(late, [[(PERSON, LYING)]] * 4 + [[]] * 8)
    *_, last = follow(late, [[(BED, LYING)]] * 3, start=12 / 5)
    assert last == [(1, BED)]


@every_kind
@pytest.mark.parametrize("step", [0.9, 1.5, 1.9])
def test_what_moves_by_more_than_its_length_is_one_track_from_its_first_look(kind: Kind, step: float) -> None:
    tracker = make_tracker(kind, 5, groups=GROUPS)
    looks: list[list[Row]] = [[(CAR, (x, 200.0, x + 100, 250.0))] for x in (100 * step * n for n in range(6))]
    seen = follow(tracker, looks)
    assert seen[1:] == [[(0, CAR)]] * 5 if kind != "ocsort" else seen[2:] == [[(0, CAR)]] * 4
    assert tracker.view.alive == 1


@table(
    "second",
    [(450.0, 200.0, 550.0, 250.0), (150.0, 100.0, 400.0, 350.0)],
    ids=["too far", "of another size"],
)
def test_what_is_too_far_or_of_another_size_is_another_thing(
    second: tuple[float, float, float, float],
) -> None:
    tracker = make_tracker("bytetrack", 5, groups=GROUPS)
    assert follow(tracker, [[(CAR, (0.0, 200.0, 100.0, 250.0))], [(CAR, second)]]) == [[], []]


def test_the_first_look_at_a_track_is_told_when_it_is_confirmed() -> None:
    tracker = make_tracker("bytetrack", 5, groups=GROUPS)
    looks: list[list[Row]] = [[(CAR, (150.0 * n, 200.0, 150.0 * n + 100, 250.0))] for n in range(3)]
    follow(tracker, looks[:2])
    (first,) = tracker.view.first.values()
    assert first.time == 0
    assert first.box == pytest.approx(looks[0][0][1], abs=0.5)
    tracker.update(found(looks[2][0]), 0.4)
    assert not tracker.view.first


def test_without_groups_everything_is_of_one_kind() -> None:
    tracker = make_tracker("bytetrack", 5)
    *_, last = follow(tracker, [[(PERSON, UPRIGHT)]] * 4 + [[(CAR, UPRIGHT)]] * 2)
    assert [number for number, _ in last] == [0]


@every_kind
def test_a_thing_that_is_two_classes_in_one_look_is_one_thing(kind: Kind) -> None:
    """A van that is a car and a truck at once would cross a line twice."""
    tracker = make_tracker(kind, 5, groups=GROUPS)
    van, same, behind = (
        (100.0, 100.0, 200.0, 160.0),
        (102.0, 98.0, 203.0, 160.0),
        (150.0, 100.0, 250.0, 160.0),
    )
    *_, last = follow(tracker, [[(CAR, van), (TRUCK, same), (TRUCK, behind), (PERSON, van)]] * 4)
    assert sorted(label for _, label in last) == [PERSON, CAR, TRUCK]


def test_one_thing_of_two_unsure_classes_is_surer_than_either() -> None:
    tracker = make_tracker("bytetrack", 5, groups=GROUPS)
    box = (100.0, 100.0, 200.0, 160.0)
    for number in range(2):
        rows = tracker.update(found((CAR, box), (TRUCK, box), score=0.3), number / 5)
    assert rows.confidence == pytest.approx([1 - 0.7 * 0.7])
    alone = make_tracker("bytetrack", 5, groups=GROUPS)
    for number in range(2):
        rows = alone.update(found((CAR, box), score=0.3), number / 5)
    assert not len(rows)


@pytest.mark.parametrize("kind", [*KINDS, "deepsort"])
def test_a_fast_thing_that_slows_down_with_distance_is_followed(kind: Kind) -> None:
    """It is expected beyond where it is, and nothing overlaps there."""
    frame = cast("Frame", SimpleNamespace(width=1200, height=400, crop=lambda box, w, h: GREY[:h, :w]))
    tracker = make_tracker(kind, 5, groups=GROUPS)
    seen: set[int] = set()
    for number, x in enumerate((0, 190, 280, 360)):
        rows = tracker.update(
            found((CAR, (x, 200.0, x + 100.0, 250.0))), number / 5, still=False, frame=frame
        )
        assert rows.tracker_id is not None
        seen |= set(rows.tracker_id.tolist())
    assert seen == {0}


def test_what_is_aside_of_the_course_of_a_fast_thing_is_another_thing() -> None:
    tracker = make_tracker("bytetrack", 5, groups=GROUPS)
    places = (0.0, 200.0), (190.0, 200.0), (280.0, 260.0), (360.0, 260.0)
    *_, last = follow(tracker, [[(CAR, (x, y, x + 100, y + 50))] for x, y in places])
    assert last == [(1, CAR)]
