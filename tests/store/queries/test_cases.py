"""The queue: leased to one, settled once, never forgotten."""

import contextlib
import threading
from collections import Counter as Tally

import pytest
from sqlalchemy import select

from secondsight.clock import ManualClock
from secondsight.records import Action, Case, CaseState, Verification
from secondsight.store import AttachClip, OpenCandidate, Store
from secondsight.store.database.database import Database
from secondsight.store.database.schema import verdicts
from tests.store.samples import candidate, clip, decision, key_frames, verdict


def queue(store: Store, id: str = "c", triggered: float = 990.0, **decided: object) -> None:
    store.apply([OpenCandidate(candidate(id, triggered), decision(**decided))])  # type: ignore[arg-type]
    store.apply([AttachClip(id, clip(id), key_frames(id))])


def lease(store: Store, worker: str = "w", seconds: float = 60.0) -> Case:
    case = store.cases.lease(worker, seconds)
    assert case is not None
    return case


def test_a_case_waits_for_its_clip(store: Store) -> None:
    store.apply([OpenCandidate(candidate(), decision())])
    assert store.cases.lease("w", 60) is None
    assert [case.id for case in store.cases.find(CaseState.RECORDING)] == ["c"]
    store.apply([AttachClip("c", clip(), key_frames())])
    case = lease(store)
    assert (case.id, case.state, case.attempts, case.clip) == ("c", CaseState.LEASED, 1, clip())
    assert store.cases.find(CaseState.RECORDING) == []
    assert store.cases.lease("other", 60) is None


def test_order_is_priority_then_newest(store: Store) -> None:
    for id, triggered, priority in (("old", 1, 0), ("new", 3, 0), ("mid", 2, 0), ("first", 0, 9)):
        queue(store, id, float(triggered), priority=priority)
    assert [lease(store).id for _ in range(4)] == ["first", "new", "mid", "old"]


def test_lease_ends_and_another_worker_takes_over(store: Store, clock: ManualClock) -> None:
    queue(store)
    lease(store, "slow", 60)
    clock.advance(59.9)
    assert store.cases.lease("quick", 60) is None
    clock.advance(0.1)
    case = lease(store, "quick")
    assert case.attempts == 2
    assert not store.cases.settle("c", Verification.REJECTED, verdict(Verification.REJECTED), worker="slow")
    assert not store.cases.release("c", 0.0, "late", worker="slow")
    unsettled = store.events.get("c")
    assert unsettled is not None
    assert (unsettled.settled, unsettled.verdict) == (False, None)
    assert store.cases.settle("c", Verification.CONFIRMED, verdict(), worker="quick")
    settled = store.events.get("c")
    assert settled is not None
    assert (settled.verification, settled.verdict) == (Verification.CONFIRMED, verdict())


def test_every_verdict_is_kept_once(store: Store, where: str, clock: ManualClock) -> None:
    queue(store)
    lease(store, "slow", 60)
    clock.advance(60)
    lease(store, "quick", 60)
    early = verdict(Verification.REJECTED)
    for _ in range(2):  # a call is made again when its answer was lost
        assert not store.cases.settle("c", Verification.REJECTED, early, worker="slow")
    assert store.cases.settle("c", Verification.CONFIRMED, verdict(), worker="quick")
    assert not store.cases.settle("c", Verification.CONFIRMED, verdict(), worker="quick")
    database = Database(where)
    kept = database.read(lambda c: c.execute(select(verdicts.c.worker, verdicts.c.verification)).all())
    database.close()
    assert sorted(kept) == [("quick", "confirmed"), ("slow", "rejected")]


def test_owner_of_an_ended_lease_may_settle_while_nobody_took_over(store: Store, clock: ManualClock) -> None:
    queue(store)
    lease(store, "w", 10)
    clock.advance(20)
    assert store.cases.settle("c", Verification.CONFIRMED, verdict(), worker="w")


def test_a_case_is_settled_once(store: Store) -> None:
    queue(store)
    lease(store)
    assert store.cases.settle("c", Verification.CONFIRMED, verdict(), "seen", worker="w")
    assert not store.cases.settle("c", Verification.REJECTED, verdict(Verification.REJECTED), worker="w")
    assert not store.cases.settle("c", Verification.REJECTED)
    assert not store.cases.settle("unknown", Verification.REJECTED)
    event = store.events.get("c")
    assert event is not None
    assert (event.verification, event.note) == (Verification.CONFIRMED, "seen")
    assert store.cases.lease("w", 60) is None


def test_without_a_worker_only_idle_cases_are_settled(store: Store, clock: ManualClock) -> None:
    queue(store)
    lease(store, "w", 10)
    assert not store.cases.settle("c", Verification.UNVERIFIED)
    clock.advance(10)
    assert store.cases.settle("c", Verification.UNVERIFIED, None, "no brain")
    assert not store.cases.settle("c", Verification.CONFIRMED, verdict(), worker="w")


@pytest.mark.parametrize("without_brain", [True, False])
@pytest.mark.parametrize("verification", list(Verification))
def test_who_is_told(store: Store, verification: Verification, without_brain: bool) -> None:
    queue(store, alert_without_brain=without_brain)
    lease(store)
    store.cases.settle("c", verification, worker="w")
    event = store.events.get("c")
    assert event is not None
    decided = {Verification.CONFIRMED: True, Verification.UNSURE: True, Verification.REJECTED: False}
    assert event.alert is decided.get(verification, without_brain)


def test_released_case_waits_until_not_before(store: Store, clock: ManualClock) -> None:
    queue(store)
    lease(store)
    asked = "429 from https://user:secret@api.example/v1"
    assert store.cases.release("c", clock.now() + 5, asked, worker="w")
    assert store.cases.lease("w", 60) is None
    waiting = store.cases.get("c")
    assert waiting is not None
    assert waiting.error == "429 from https://***@api.example/v1"
    clock.advance(5)
    assert lease(store).attempts == 2


def test_release_without_an_error_is_no_attempt(store: Store) -> None:
    queue(store)
    lease(store)
    assert store.cases.release("c", None, None)
    assert not store.cases.release("c", None, None)
    assert lease(store).attempts == 1


def test_expiry_takes_every_idle_case_past_its_deadline(store: Store, clock: ManualClock) -> None:
    store.apply([OpenCandidate(candidate("recording"), decision(deadline=1_100.0))])
    queue(store, "abandoned", deadline=1_100.0, priority=9)
    queue(store, "busy", deadline=1_100.0, priority=8)
    assert [lease(store, "w", 50.0).id, lease(store, "w", 150.0).id] == ["abandoned", "busy"]
    queue(store, "queued", deadline=1_100.0, alert_without_brain=False)
    queue(store, "later", deadline=1_200.0)
    queue(store, "never", deadline=None)
    clock.advance(99.0)
    assert store.cases.expire_due() == []
    clock.advance(1.0)
    assert sorted(store.cases.expire_due()) == ["abandoned", "queued", "recording"]
    assert store.cases.expire_due() == []
    for id in ("recording", "queued"):
        event = store.events.get(id)
        assert event is not None
        assert (event.verification, event.settled, event.alert) == (
            Verification.EXPIRED,
            True,
            id == "recording",
        )
        assert event.note == "no verdict before the deadline"
    assert store.cases.settle("busy", Verification.CONFIRMED, verdict(), worker="w")
    assert not store.cases.settle("queued", Verification.CONFIRMED)


def test_past_its_deadline_no_case_is_leased(store: Store, clock: ManualClock) -> None:
    queue(store, deadline=1_001.0)
    clock.advance(1.0)
    assert store.cases.lease("w", 60) is None


def test_many_cases_expire_at_once(store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondsight.store.database.mapping.CHUNK", 4)
    for number in range(9):
        store.apply([OpenCandidate(candidate(f"c{number}"), decision(deadline=1_001.0))])
    clock.advance(5)
    assert len(store.cases.expire_due()) == 9
    assert store.cases.counts()[CaseState.SETTLED] == 9


def test_recovery_takes_cases_from_the_dead_and_lists_what_was_not_recorded(store: Store) -> None:
    for id in ("a", "b", "c"):
        queue(store, id)
    store.apply([OpenCandidate(candidate("half"), decision())])
    store.apply([OpenCandidate(candidate("quick"), decision(Action.ACCEPT))])
    leased = {lease(store, worker).id for worker in ("site_1", "site_2", "sites-1")}
    assert leased == {"a", "b", "c"}
    assert len(store.cases.requeue("site_")) == 2
    assert [event.id for event in store.events.unrecorded()] == ["half", "quick"]
    assert len(store.cases.requeue()) == 1
    assert store.cases.counts() == {
        CaseState.RECORDING: 1,
        CaseState.QUEUED: 3,
        CaseState.LEASED: 0,
        CaseState.SETTLED: 0,
    }
    assert not store.cases.settle("a", Verification.CONFIRMED, worker="site_1")


@pytest.mark.parametrize("apart", [False, True], ids=["one store", "a store each"])
def test_no_case_goes_to_two_workers(store: Store, where: str, clock: ManualClock, apart: bool) -> None:
    for number in range(40):
        queue(store, f"c{number:02}", 900.0 + number)
    taken: list[str] = []
    settled: list[bool] = []
    gate = threading.Barrier(8)

    def work(name: str) -> None:
        # A store of its own is to the database what another process is.
        with contextlib.ExitStack() as stack:
            mine = stack.enter_context(Store.open(where, clock, patience=60)) if apart else store
            gate.wait()
            while (case := mine.cases.lease(name, 60)) is not None:
                taken.append(case.id)
                settled.append(mine.cases.settle(case.id, Verification.CONFIRMED, verdict(), worker=name))

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
        assert not thread.is_alive()
    assert max(Tally(taken).values()) == 1
    assert len(taken) == 40
    assert all(settled)
    assert len(store.events.find(verification="confirmed")) == 40
