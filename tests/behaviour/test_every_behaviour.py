"""What holds for every behaviour: one report of what it watches for, whatever odd looks come."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from supervision import Detections

from secondsight.behaviour import Behaviour, CountingBehaviour
from secondsight.config import rule_settings
from secondsight.records import Observation
from tests.behaviour.plays import play_of
from tests.behaviour.scene import INSIDE, LABELS, T0, Being, look, pattern, play, rule, times

KINDS = [kind for kind in rule_settings() if kind != "combined"]


def outcome(behaviour: Behaviour, looks: Sequence[Observation]) -> list[object]:
    """What a behaviour makes of some looks: its reports, and its counts but for how long it watched."""
    reports = play(behaviour, looks, close=True)
    counts = behaviour.counts(over=True) if isinstance(behaviour, CountingBehaviour) else []
    return [
        *((r.start, r.triggered, r.end, r.tracks, r.label, r.score) for r in reports),
        *((one.name, one.value) for one in counts if "watched:" not in one.name),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_it_reports_what_it_watches_for_once(kind: str) -> None:
    shown = play_of(kind)
    reports = play(shown.cast(kind), shown.looks, close=True)
    assert [report.end is not None for report in reports] == ([] if kind == "counting" else [False, True])
    assert outcome(shown.cast(kind), shown.looks), "a play without an outcome proves nothing"
    assert not play(shown.cast(kind), [look(one.time, held=one.held) for one in shown.looks], close=True)


def with_odd_rows(observation: Observation) -> Observation:
    """The same look with rows that no sane detector sends, none of which shows an object that counts."""
    rows = [  # box, confidence, class
        ((1, 1, 9, 9), 0.9, 999),
        ((1, 1, 9, 9), 0.9, -5),
        ((5, 5, 5, 5), 0.9, 0),
        ((50, 50, 5, 5), 0.9, 0),
        ((1e30, 1e30, -1e30, -1e30), 0.9, 0),
        ((1, 1, 9, 9), 0.0, 0),
    ]
    boxes, confidence, classes = zip(*rows, strict=True)
    odd = Detections(
        xyxy=np.array(boxes, dtype=np.float32),
        confidence=np.array(confidence, dtype=np.float32),
        class_id=np.array(classes),
        tracker_id=np.arange(900, 900 + len(rows)),
    )
    return replace(observation, detections=Detections.merge([observation.detections, odd]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("error")
def test_odd_rows_of_a_look_change_nothing(kind: str) -> None:
    shown = play_of(kind)
    plain = outcome(shown.cast(kind), shown.looks)
    assert outcome(shown.cast(kind), [with_odd_rows(one) for one in shown.looks]) == plain


def odd(**change: object) -> Observation:
    """A look long before a play that no sane detector sends."""
    fields: dict[str, object] = {
        "xyxy": np.array([[10, 10, 200, 200]], dtype=np.float32),
        "confidence": np.array([0.9], dtype=np.float32),
        "class_id": np.array([0]),
        "tracker_id": np.array([77]),
    }
    return Observation("hall", 0, T0 - 30, 640, 360, Detections(**{**fields, **change}), LABELS)  # type: ignore[arg-type]


ODD = [
    Observation("hall", 0, T0 - 30, 640, 360, Detections.empty(), LABELS),
    odd(class_id=np.array([999])),
    odd(class_id=None),
    odd(confidence=None),
    odd(tracker_id=None),
    Observation("hall", 0, T0 - 30, 0, 0, Detections.empty(), ()),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("error")
def test_odd_looks_before_change_nothing(kind: str) -> None:
    """Looks without classes, confidences, numbers, size or anything at all."""
    shown = play_of(kind)
    plain = outcome(shown.cast(kind), shown.looks)
    assert outcome(shown.cast(kind), [*ODD, *shown.looks]) == plain


def test_a_missing_confidence_is_no_certainty() -> None:
    reports = rule("intrusion", inertia=1, zone="frame", min_score=0).update(odd(confidence=None))
    assert [c.score for c in reports] == [0.0]
    assert not rule("intrusion", inertia=1, zone="frame").update(odd(confidence=None))


def doubled(observation: Observation) -> Observation:
    """The same look with every row twice, under the same number."""
    found = observation.detections
    return replace(observation, detections=Detections.merge([found, found]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_comes_twice_counts_once(kind: str) -> None:
    shown = play_of(kind)
    plain = outcome(shown.cast(kind), shown.looks)
    assert outcome(shown.cast(kind), [doubled(one) for one in shown.looks]) == plain


def test_time_that_steps_back_stands_still() -> None:
    looks = [*pattern("iii"), look(T0 - 5, Being(1, *INSIDE))]
    assert times(play(rule("intrusion"), looks, close=True)) == [(0, 2, 2)]
    there, back = look(T0, Being(1, 0.5, 0.3)), look(T0 - 1, Being(1, 0.5, 0.8))
    assert times(play(rule("line_crossing"), [there, back])) == [(0, 0, 0)]


beings = st.builds(
    Being,
    number=st.integers(0, 3),
    x=st.floats(-0.2, 1.2),
    y=st.floats(-0.2, 1.2),
    width=st.floats(0, 0.5),
    height=st.floats(0, 0.5),
    confidence=st.floats(0, 1, width=32),
    label=st.sampled_from(LABELS),
)
looks_of_anything = st.lists(
    st.tuples(st.floats(-0.5, 3), st.lists(beings, max_size=4, unique_by=lambda b: b.number), st.booleans()),
    max_size=25,
)


@pytest.mark.parametrize("kind", KINDS)
@given(script=looks_of_anything)
def test_whatever_comes_reports_are_sound(kind: str, script: list[tuple[float, list[Being], bool]]) -> None:
    behaviour, now, looks = rule(kind, cooldown=1), T0, []
    for step, shown, held in script:
        now += step
        looks.append(look(now, *shown, held=held))
    reports = play(behaviour, looks, close=True)
    times(reports)
    for report in reports:
        assert report.start <= report.triggered
        assert report.start <= report.peak
        assert 0 <= report.score <= 1
        assert report.label in LABELS
        assert all(np.isfinite(value) for value in report.scores.values())
        if report.end is not None:
            assert report.start <= report.end
    moments = [report.triggered for report in reports if report.end is None]
    assert all(a <= b for a, b in pairwise(moments))
