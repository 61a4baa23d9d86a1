"""What people say, calibrations in versions, and the life of a filter, on both databases."""

from dataclasses import replace
from typing import Any

import pytest

from secondsight.clock import ManualClock
from secondsight.records import Box, CaseState, Usage, Verification
from secondsight.store import (
    Appearance,
    AttachClip,
    Calibration,
    CameraFilter,
    FeedbackEntry,
    FilterState,
    OpenCandidate,
    Screening,
    Shadow,
    Store,
)
from tests.store.samples import candidate, clip, decision, key_frames, verdict

SEEN = Appearance(Box(0.1, 0.2, 0.3, 0.4), (1.0, 0.0))
CONFIRMED, REJECTED = Verification.CONFIRMED, Verification.REJECTED
DAY = 86400.0


def queued(store: Store, id: str, screening: Screening | None = None, **changes: Any) -> None:
    store.apply([OpenCandidate(candidate(id, **changes), decision(deadline=1e9))])
    assert store.apply([AttachClip(id, clip(id), key_frames(id), None, screening)])[0]


def reviewed(store: Store, id: str, said: Verification, calls: int = 1, **changes: object) -> None:
    given = verdict(said, usage=Usage(calls), **changes)
    assert store.cases.settle(id, said, given)


def camera_filter(state: FilterState = FilterState.ACTIVE, id: str = "f") -> CameraFilter:
    return CameraFilter(
        id, "hall", "intrusion", state, SEEN, 0.5, 0.1, ("a", "b", "c"), Shadow(3, 3), 7 * DAY, 0.0, 0.0
    )


# -- feedback


def test_the_newest_word_counts_and_the_older_ones_stay(store: Store, clock: ManualClock) -> None:
    queued(store, "a")
    for word in (
        FeedbackEntry("a", True, "kim", "clear"),
        FeedbackEntry("a", True, "kim", "clear"),
        FeedbackEntry("a", False),
    ):
        assert store.feedback.add([word]) == []
        clock.advance(1.0)
    assert [(said.entry.truth, said.time) for said in store.feedback.find()] == [
        (True, 1000.0),
        (False, 1002.0),
    ]
    event = store.events.get("a")
    assert event is not None
    assert event.truth is False
    assert [event.truth for event in store.events.find()] == [False]


def test_unknown_events_are_named_and_the_others_taken_down(store: Store) -> None:
    queued(store, "a")
    assert store.feedback.add(
        [FeedbackEntry("x", True), FeedbackEntry("a", True), FeedbackEntry("y", False)]
    ) == ["x", "y"]
    assert [said.entry.event for said in store.feedback.find()] == ["a"]


def test_samples_are_the_verdicts_that_counted_once_each(store: Store) -> None:
    for id, calls, raw in (("a", 1, 0.7), ("b", 0, 0.6), ("c", 2, None), ("d", 1, 0.5), ("e", 1, 0.4)):
        queued(store, id, kind="fall" if id == "e" else "intrusion")
        reviewed(store, id, REJECTED, calls, raw=raw, model="m", probability_source="clip")
    store.feedback.add([FeedbackEntry(id, id != "a") for id in "abce"])
    found = [(s.kind, s.model, s.source, s.raw, s.truth) for s in store.feedback.samples()]
    assert found == [("intrusion", "m", "clip", 0.7, False), ("fall", "m", "clip", 0.4, True)]
    assert [s.kind for s in store.feedback.samples("fall")] == ["fall"]


def test_calibrations_are_kept_in_versions(store: Store, clock: ManualClock) -> None:
    first = Calibration("fall", "m", "clip", "platt", ((0.5, -0.25),), 40, 0.2, 0.1)
    assert store.calibrations.newest("fall", "m", "clip") is None
    assert store.calibrations.add(first).version == 1
    clock.advance(5.0)
    second = store.calibrations.add(replace(first, method="isotonic", parameters=((0.0, 0.1), (1.0, 0.9))))
    assert (second.version, second.time) == (2, 1005.0)
    other = store.calibrations.add(replace(first, source="logprobs"))
    assert other.version == 1
    assert store.calibrations.newest("fall", "m", "clip") == second
    assert store.calibrations.newest("fall", "n", "clip") is None
    assert store.calibrations.all_newest() == [second, other]


# -- filters


def test_a_filter_comes_back_as_it_was(store: Store) -> None:
    assert store.filters.propose(camera_filter(), [])
    expected = replace(camera_filter(), created_at=1000.0, expires_at=1000.0 + 7 * DAY)
    assert store.filters.get("f") == expected
    assert store.filters.active("hall", "intrusion") == [expected]
    assert store.filters.active("hall", "fall") == []
    assert store.filters.find("yard") == []


def test_a_rival_that_came_meanwhile_keeps_a_filter_out(store: Store) -> None:
    assert store.filters.propose(camera_filter(), [])
    assert not store.filters.propose(camera_filter(id="g"), [])
    assert store.filters.propose(camera_filter(id="g"), ["f"])


def test_what_is_held_back_is_settled_stored_and_never_queued(store: Store) -> None:
    store.filters.propose(camera_filter(), [])
    queued(store, "a", Screening(SEEN, "f", True, 0.9))
    event = store.events.get("a")
    assert event is not None
    assert (event.verification, event.settled, event.alert) == (REJECTED, True, False)
    assert event.note is not None
    assert "filter f" in event.note
    assert event.clip is not None
    assert event.key_frames
    assert store.cases.lease("w", 60.0) is None
    (stored,) = store.events.candidates()
    assert stored.decision.reason == "inside the band; held back by filter f"
    assert stored.decision.probability == pytest.approx(0.45), "the policy's 0.5 times the filter's 0.9"
    (kept,) = store.filters.find()
    assert kept.hits == 1


def test_an_audit_goes_to_the_brain_and_its_rejection_proves_the_filter(
    store: Store, clock: ManualClock
) -> None:
    store.filters.propose(camera_filter(), [])
    clock.advance(3 * DAY)
    queued(store, "a", Screening(SEEN, "f", False, 0.1))
    (stored,) = store.events.candidates()
    assert stored.decision.reason == "inside the band; audit of filter f"
    assert stored.decision.probability == pytest.approx(0.05)
    assert store.cases.lease("w", 60.0) is not None
    assert store.cases.settle("a", REJECTED, verdict(REJECTED), worker="w")
    (proven,) = store.filters.find()
    assert proven.expires_at == clock.now() + 7 * DAY


def test_a_verdict_that_cost_no_call_proves_nothing(store: Store, clock: ManualClock) -> None:
    store.filters.propose(camera_filter(), [])
    clock.advance(DAY)
    queued(store, "a", Screening(SEEN, "f", False, 0.1))
    reviewed(store, "a", REJECTED, calls=0)
    (filter,) = store.filters.find()
    assert filter.expires_at == 1000.0 + 7 * DAY


def test_a_confirmed_audit_ends_the_filter_at_once(store: Store) -> None:
    store.filters.propose(camera_filter(), [])
    queued(store, "a", Screening(SEEN, "f", False, 0.1))
    reviewed(store, "a", CONFIRMED)
    (filter,) = store.filters.find()
    assert (filter.state, filter.ended_at) == (FilterState.REVOKED, 1000.0)
    assert filter.note == "a: confirmed by the brain"


def test_a_word_of_people_ends_the_filter_that_held_back_what_was_true(store: Store) -> None:
    store.filters.propose(camera_filter(), [])
    queued(store, "a", Screening(SEEN, "f", True, 0.9))
    store.feedback.add([FeedbackEntry("a", False)])
    assert [one.state for one in store.filters.find()] == [FilterState.ACTIVE]
    store.feedback.add([FeedbackEntry("a", True)])
    assert [one.state for one in store.filters.find()] == [FilterState.REVOKED]


@pytest.mark.parametrize("how", ["revoked", "expired", "proposed", "gone"])
def test_a_filter_that_does_not_hold_any_more_holds_nothing_back(
    store: Store, clock: ManualClock, how: str
) -> None:
    """It was found to match a moment before."""
    if how != "gone":
        store.filters.propose(
            camera_filter(FilterState.PROPOSED if how == "proposed" else FilterState.ACTIVE), []
        )
    if how == "revoked":
        assert store.filters.revoke("f", "by hand")
        assert not store.filters.revoke("f", "again")
    if how == "expired":
        clock.advance(7 * DAY)
    queued(store, "a", Screening(SEEN, "f", True, 0.9))
    assert store.cases.counts()[CaseState.QUEUED] == 1
    (stored,) = store.events.candidates()
    assert stored.decision.reason == "inside the band"
    assert [one.hits for one in store.filters.find()] in ([], [0])
    assert store.filters.active("hall", "intrusion") == []


def test_a_case_that_expired_while_it_was_recorded_is_no_hit(store: Store, clock: ManualClock) -> None:
    store.filters.propose(camera_filter(), [])
    store.apply([OpenCandidate(candidate("a"), decision(deadline=1001.0))])
    clock.advance(2.0)
    assert store.cases.expire_due() == ["a"]
    store.apply([AttachClip("a", clip("a"), key_frames("a"), None, Screening(SEEN, "f", True, 0.9))])
    event = store.events.get("a")
    assert event is not None
    assert event.verification is Verification.EXPIRED
    assert [one.hits for one in store.filters.find()] == [0]


def test_approval_begins_the_filter_s_life(store: Store, clock: ManualClock) -> None:
    store.filters.propose(camera_filter(FilterState.PROPOSED), [])
    clock.advance(DAY)
    assert store.filters.approve("f", Shadow(9, 4))
    assert not store.filters.approve("f", Shadow(9, 4)), "it holds already"
    (filter,) = store.filters.find()
    assert (filter.state, filter.expires_at, filter.shadow) == (
        FilterState.ACTIVE,
        clock.now() + 7 * DAY,
        Shadow(9, 4),
    )
    clock.advance(7 * DAY)
    assert [one.state for one in store.filters.find()] == [FilterState.EXPIRED]
    assert store.filters.approve("f", Shadow())
    assert not store.filters.approve("g", Shadow())


def test_a_filter_refused_in_shadow_is_never_approved(store: Store) -> None:
    store.filters.propose(camera_filter(FilterState.REFUSED), [])
    assert not store.filters.approve("f", Shadow())
    assert not store.filters.revoke("f", "no")


def test_seen_cases_are_the_settled_ones_with_a_look(store: Store) -> None:
    looks = {
        id: Appearance(Box(0.1 * n, 0.0, 0.5, 0.5), (0.6, 0.8))
        for n, id in enumerate(("a", "b", "c", "d", "e"))
    }
    for n, (id, seen) in enumerate(looks.items()):
        camera = "yard" if id == "d" else "hall"
        queued(store, id, None if id == "e" else Screening(seen), camera=camera, triggered=990.0 + n)
    reviewed(store, "a", REJECTED)
    reviewed(store, "b", CONFIRMED, calls=0)
    for id in "de":
        reviewed(store, id, REJECTED)
    store.feedback.add([FeedbackEntry("a", True)])
    found = store.filters.seen_cases("hall", "intrusion")
    assert [(one.id, one.seen, one.verification, one.calls, one.truth) for one in found] == [
        ("a", looks["a"], REJECTED, 1, True),
        ("b", looks["b"], CONFIRMED, 0, None),
    ]
    assert [one.id for one in store.filters.seen_cases("hall", "intrusion", since=991.0)] == ["b"]
    assert [one.id for one in store.filters.seen_cases("hall", "intrusion", until=990.0)] == ["a"]
