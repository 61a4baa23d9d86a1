"""Whose turn it is, who may not be served, who joins whom, and who is let go."""

import pytest

from secondsight.clock import ManualClock
from secondsight.records import CaseState, Verification
from secondsight.store import AttachClip, LeaseTerms, OpenCandidate, Store
from tests.store.samples import candidate, clip, decision, key_frames, verdict


def queue(
    store: Store,
    id: str,
    *,
    value: float = 1.0,
    priority: int = 0,
    deadline: float | None = 2_000.0,
    triggered: float = 990.0,
    camera: str = "hall",
    kind: str = "intrusion",
) -> None:
    made = decision(value=value, priority=priority, deadline=deadline)
    store.apply([OpenCandidate(candidate(id, triggered, camera=camera, kind=kind), made)])
    store.apply([AttachClip(id, clip(id), key_frames(id))])


def order(store: Store, terms: LeaseTerms | None = None) -> list[str]:
    found = []
    while (case := store.cases.lease("w", 1e6, terms or LeaseTerms())) is not None:
        found.append(case.id)
    return found


def test_priority_first_then_value_then_newest(store: Store) -> None:
    queue(store, "low", value=0.1)
    queue(store, "old", value=0.5, triggered=980.0)
    queue(store, "new", value=0.5)
    queue(store, "high", value=0.9)
    queue(store, "first", value=0.01, priority=1)
    assert order(store) == ["first", "high", "new", "old", "low"]


def test_value_fades_towards_the_deadline(store: Store, clock: ManualClock) -> None:
    queue(store, "fading", value=1.0, deadline=1_100.0)
    queue(store, "lasting", value=0.6, deadline=2_000.0)
    queue(store, "for ever", value=0.59, deadline=None)
    case = store.cases.lease("w", 1e6)
    assert case is not None
    assert case.id == "fading"
    assert case.decision.value == 1.0
    store.cases.release("fading", None, None)
    clock.advance(50)  # half of its value is left, of the other's 95 %
    assert order(store) == ["for ever", "lasting", "fading"]


def test_cameras_behind_go_last_within_a_priority(store: Store) -> None:
    queue(store, "noisy", value=1.0, camera="noisy")
    queue(store, "quiet", value=0.1)
    queue(store, "urgent", value=0.1, camera="noisy", priority=1)
    assert order(store, LeaseTerms(over_share=["noisy"])) == ["urgent", "quiet", "noisy"]


def test_who_is_barred_waits(store: Store) -> None:
    queue(store, "a", camera="hall", kind="intrusion")
    queue(store, "b", camera="yard", kind="intrusion", value=0.5)
    queue(store, "c", camera="yard", kind="fall", value=0.1)
    assert order(store, LeaseTerms(cameras=["hall"], kinds=["fall"])) == ["b"]
    assert order(store) == ["a", "c"]


def test_what_cannot_be_done_in_time_is_not_begun(store: Store, clock: ManualClock) -> None:
    queue(store, "soon", deadline=1_005.0)
    queue(store, "later", deadline=1_006.0)
    assert order(store, LeaseTerms(margin=5.0)) == ["later"]
    assert order(store, LeaseTerms(margin=4.5)) == ["soon"]


def test_near_are_the_waiting_cases_of_one_camera(store: Store) -> None:
    queue(store, "a", triggered=900.0)
    queue(store, "b", triggered=910.0)
    queue(store, "other", triggered=905.0, camera="yard")
    queue(store, "late", triggered=950.0)
    store.apply([OpenCandidate(candidate("recording", 905.0), decision())])
    assert [case.id for case in store.cases.near("hall", 890.0, 910.0)] == ["a", "b"]
    store.cases.lease("w", 60, LeaseTerms())
    assert {case.id for case in store.cases.near("hall", 0.0, 1e9)} == {"a", "b"}, "late is leased"


def test_joined_cases_go_with_their_leader(store: Store, clock: ManualClock) -> None:
    for id in ("leader", "joined", "taken", "over"):
        queue(store, id, value=1.0 if id == "leader" else 0.5, deadline=1_001.0 if id == "over" else 2_000.0)
    store.cases.lease("w", 60)
    taken = store.cases.lease("other", 60)
    assert taken is not None
    clock.advance(2)
    waiting = [id for id in ("joined", "taken", "over") if id != taken.id]
    joined = store.cases.join("leader", ["joined", "taken", "over", "unknown"], "w", 60)
    assert joined == [id for id in waiting if id != "over"]
    case = store.cases.get(joined[0])
    assert case is not None
    assert (case.state, case.merged_into, case.attempts) == (CaseState.LEASED, "leader", 1)
    assert store.cases.settle(joined[0], Verification.REJECTED, verdict(), worker="w")
    settled = store.cases.get(joined[0])
    assert settled is not None
    assert settled.merged_into == "leader", "the trace stays"


@pytest.mark.parametrize("how", ["release", "crash", "run out"])
def test_a_joined_case_that_is_given_back_is_free(store: Store, clock: ManualClock, how: str) -> None:
    queue(store, "leader", value=1.0)
    queue(store, "joined", value=0.5)
    store.cases.lease("w", 1e6)
    assert store.cases.join("leader", ["joined"], "w", 60) == ["joined"]
    if how == "release":
        assert store.cases.release("joined", None, None, worker="w")
    elif how == "crash":
        store.cases.requeue()
        store.cases.lease("leader's", 1e6)
    else:
        clock.advance(60)
    case = store.cases.lease("again", 60)
    assert case is not None
    assert (case.id, case.merged_into) == ("joined", None)


def test_the_last_in_line_are_let_go(store: Store, clock: ManualClock) -> None:
    for number in range(10):
        queue(store, f"c{number}", value=1.0 - number / 20, deadline=1_000.0 + 30.0)
    queue(store, "no deadline", value=0.01, deadline=None)
    queue(store, "barred", value=0.001, camera="yard", deadline=1_001.0)
    # One in ten seconds: four begin before 30 s are over, at 0, 10, 20 and 30.
    gone = store.cases.let_go(0.1, LeaseTerms(cameras=["yard"]))
    assert gone == [f"c{number}" for number in range(9, 3, -1)], "the least valuable first"
    event = store.events.get("c9")
    assert event is not None
    assert (event.verification, event.settled) == (Verification.EXPIRED, True)
    assert event.note == "let go: too many better cases before it"
    assert store.cases.let_go(0.1, LeaseTerms(cameras=["yard"])) == []
    assert store.cases.counts()[CaseState.QUEUED] == 6


def test_a_review_s_own_time_counts_as_well(store: Store) -> None:
    for number in range(4):
        queue(store, f"c{number}", value=1.0 - number / 20, deadline=1_030.0)
    assert store.cases.let_go(0.1, LeaseTerms(margin=15.0)) == ["c3", "c2"]


def test_while_the_brain_is_away_open_policies_alert(store: Store, clock: ManualClock) -> None:
    for id, openly in (("open", True), ("closed", False), ("leased", True)):
        store.apply(
            [OpenCandidate(candidate(id), decision(alert_without_brain=openly, value=float(id == "leased")))]
        )
        store.apply([AttachClip(id, clip(id), key_frames(id), "no sound")])
    assert (case := store.cases.lease("w", 60)) is not None
    assert case.id == "leased"
    assert store.cases.alert_waiting() == ["open"]
    assert store.cases.alert_waiting() == [], "once"
    event = store.events.get("open")
    assert event is not None
    assert (event.alert, event.settled) == (True, False)
    assert event.note == "no sound; unverified: the brain is away"
    store.cases.settle("open", Verification.REJECTED, verdict(Verification.REJECTED))
    event = store.events.get("open")
    assert event is not None
    assert not event.alert
    assert event.note == "no sound", "a verdict takes back that the brain is away"
