"""Sums for reports, by hand and on both databases."""

from dataclasses import replace

import pytest

from secondsight.clock import ManualClock
from secondsight.records import Action, Counter, StepKind, Verification, Word
from secondsight.store import (
    AddCounters,
    AlertResponse,
    CloseCandidate,
    CountedHour,
    EventCount,
    FeedbackEntry,
    OpenCandidate,
    Store,
)
from tests.store.samples import candidate, decision

HOUR = 3600.0


def opened(store: Store, id: str, at: float, **changes: object) -> None:
    store.apply([OpenCandidate(candidate(id, triggered=at, **changes), decision(Action.ACCEPT))])


def test_events_are_counted_by_hour_in_a_half_open_span(store: Store) -> None:
    for id, at in (
        ("before", 7199.9),
        ("first", 7200.0),
        ("second", 10799.9),
        ("third", 10800.0),
        ("end", 14400.0),
    ):
        opened(store, id, at)
    rows = store.figures.events(7200.0, 14400.0)
    assert [(row.hour, row.events, row.alerts) for row in rows] == [(0, 2, 2), (1, 1, 1)]
    assert rows[0] == EventCount(
        "hall", "night", "intrusion", "yard", None, Verification.UNVERIFIED, None, 0, 2, 2
    )


def test_the_newest_word_of_people_and_the_product_tell_events_apart(store: Store) -> None:
    opened(store, "a", 10.0, attributes={"product": "tea"})
    opened(store, "b", 20.0, attributes={"product": "tea"})
    for truth in (True, False):
        store.feedback.add([FeedbackEntry("b", truth, "guard")])
    found = {row.truth: (row.product, row.events) for row in store.figures.events(0.0, HOUR)}
    assert found == {None: ("tea", 1), False: ("tea", 1)}


def test_a_camera_that_is_not_asked_for_is_not_counted(store: Store) -> None:
    opened(store, "a", 10.0)
    opened(store, "b", 10.0, camera="yard")
    assert [row.camera for row in store.figures.events(0.0, HOUR, ("yard",))] == ["yard"]
    assert store.figures.events(0.0, HOUR, ()) == []


def test_a_response_is_from_the_first_alert_to_the_first_person(store: Store, clock: ManualClock) -> None:
    for id in ("taken", "open", "silent"):
        opened(store, id, 500.0)
    steps = [step for step in store.steps.unpublished() if step.event != "silent"]
    store.steps.publish([replace(step, word=Word.ALERT) for step in steps])
    clock.advance(90.0)
    store.steps.acknowledge("taken", "ann")
    clock.advance(90.0)
    store.steps.acknowledge("taken", "bob")
    assert store.steps.of("taken")[1].kind is StepKind.ACKNOWLEDGED
    found = store.figures.responses(0.0, 1000.0)
    assert sorted(found, key=lambda one: one.seconds or 0) == [
        AlertResponse("hall", "intrusion", None),
        AlertResponse("hall", "intrusion", 90.0),
    ]


def test_counts_are_summed_by_hour_and_heat_by_camera(store: Store) -> None:
    store.apply(
        [
            AddCounters(
                tuple(
                    Counter("hall", minute, name, value)
                    for minute, name, value in (
                        (3540, "in:door", 9.0),
                        (3600, "in:door", 1.0),
                        (7140, "in:door", 2.0),
                        (7200, "in:door", 4.0),
                        (7200, "heat.1.2:paths", 30.0),
                        (3600, "heat.1.2:paths", 30.0),
                        (10800, "in:door", 9.0),
                    )
                )
            )
        ]
    )
    assert store.figures.counts(3600.0, 10800.0) == [
        CountedHour("hall", "in:door", 0, 3.0),
        CountedHour("hall", "in:door", 1, 4.0),
    ]
    assert store.figures.heat(3600.0, 10800.0) == [CountedHour("hall", "heat.1.2:paths", 0, 60.0)]
    assert store.figures.watched_minutes(3600.0, 10800.0) == {"hall": [3600, 7140, 7200]}


@pytest.mark.parametrize(
    ("start", "over", "there"),
    [
        (50.0, 99.0, False),
        (50.0, 101.0, True),
        (150.0, None, True),
        (50.0, None, False),
        (200.0, 210.0, False),
    ],
)
def test_what_lasts_into_the_span_is_found(
    store: Store, start: float, over: float | None, there: bool
) -> None:
    made = candidate("fog", triggered=start, start=start, kind="low_visibility")
    store.apply([OpenCandidate(made, decision(Action.ACCEPT))])
    if over is not None:
        store.apply([CloseCandidate(replace(made, end=over))])
    assert bool(store.figures.spans(["low_visibility"], 100.0, 200.0)) is there
    assert store.figures.spans(["stopped"], 100.0, 200.0) == []
