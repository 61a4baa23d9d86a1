"""Each change of an event leaves a step, once; steps are published in one order, and readers lose none."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from secondsight.clock import ManualClock
from secondsight.records import Action, Step, StepKind, Verification, Word
from secondsight.store import (
    AttachClip,
    CloseCandidate,
    DueStep,
    FeedbackEntry,
    OpenCandidate,
    Store,
    ToldEvent,
)
from tests.conftest import ROOT
from tests.store.samples import candidate, clip, decision, key_frames, verdict

K, V, W = StepKind, Verification, Word


def kinds(store: Store, event: str = "c") -> list[str]:
    found = store.steps.of(event)
    assert [step.number for step in found] == list(range(1, len(found) + 1))
    return [step.kind.value for step in found]


def publish_all(store: Store, word: Word = W.NONE) -> list[Step]:
    return store.steps.publish([replace(step, word=word) for step in store.steps.unpublished()])


def test_the_life_of_a_reviewed_event(store: Store, clock: ManualClock) -> None:
    store.apply([OpenCandidate(candidate(), decision())])
    clock.advance(1)
    store.apply([AttachClip("c", clip(), key_frames(), "short")])
    clock.advance(1)
    assert store.cases.lease("w", 60)
    assert store.cases.settle("c", V.CONFIRMED, verdict(), "seen", worker="w")
    clock.advance(1)
    store.apply([CloseCandidate(candidate(end=1_020.0))])
    assert store.steps.acknowledge("c", "ann", "on my way")
    clock.advance(1)
    assert store.feedback.add([FeedbackEntry("c", False, "ben", "a cat")]) == []
    assert store.steps.of("c") == (
        Step("c", 1, K.RAISED, 1_000.0, V.UNVERIFIED, False),
        Step("c", 2, K.RECORDED, 1_001.0, V.UNVERIFIED, False, note="short"),
        Step("c", 3, K.VERIFIED, 1_002.0, V.CONFIRMED, True, note="seen"),
        Step("c", 4, K.ENDED, 1_003.0, V.CONFIRMED, True),
        Step("c", 5, K.ACKNOWLEDGED, 1_003.0, V.CONFIRMED, True, by="ann", note="on my way"),
        Step("c", 6, K.CORRECTED, 1_004.0, V.CONFIRMED, True, by="ben", note="a cat", truth=False),
    )


def test_the_life_of_other_events(store: Store, clock: ManualClock) -> None:
    store.apply([OpenCandidate(candidate("dropped"), decision(Action.DROP))])
    store.apply([CloseCandidate(candidate("dropped", end=1_020.0))])
    assert kinds(store, "dropped") == []
    store.apply([OpenCandidate(candidate("accepted"), decision(Action.ACCEPT))])
    store.apply([AttachClip("accepted", None, (), "no clip")])
    assert kinds(store, "accepted") == ["raised", "recorded", "verified"]
    assert [step.settled for step in store.steps.of("accepted")] == [False, False, True]
    for id in ("late-a", "late-b"):
        store.apply([OpenCandidate(candidate(id), decision(deadline=1_100.0))])
    clock.advance(200)
    store.cases.expire_due()
    store.apply([AttachClip("late-a", clip(), key_frames())])
    assert kinds(store, "late-a") == ["raised", "verified", "recorded"]
    assert kinds(store, "late-b") == ["raised", "verified"]
    assert store.steps.of("late-b")[-1].verification is V.EXPIRED


def test_what_is_done_again_leaves_no_second_step(store: Store) -> None:
    over = candidate(end=1_020.0)
    for _ in range(2):
        store.apply([OpenCandidate(candidate(), decision()), AttachClip("c", clip(), key_frames())])
        store.apply([CloseCandidate(over)])
        store.cases.settle("c", V.REJECTED)
        store.feedback.add([FeedbackEntry("c", True, "ann")])
        store.steps.acknowledge("c", "ann")
        store.steps.late("c", "not verified")
    assert kinds(store) == ["raised", "recorded", "ended", "verified", "corrected", "acknowledged"]
    assert not store.steps.acknowledge("c", "ann", "again")
    assert store.steps.acknowledge("c", "ben"), "another person"
    assert not store.steps.acknowledge("nobody", "ann")
    assert store.feedback.add([FeedbackEntry("nobody", True)]) == ["nobody"]


def test_a_change_that_fails_leaves_no_step(store: Store) -> None:
    class Unspeakable:
        pass

    broken = candidate("broken", score=Unspeakable())
    with pytest.raises(Exception, match="cannot be stored"):
        store.apply([OpenCandidate(candidate(), decision()), OpenCandidate(broken, decision())])
    assert kinds(store) == []


def test_positions_have_no_gaps_and_never_go_back(store: Store) -> None:
    store.apply([OpenCandidate(candidate(id), decision()) for id in ("a", "b", "c")])
    assert (store.steps.last(), store.steps.after(0)) == (0, [])
    first, second, third = store.steps.unpublished()
    assert [step.event for step in store.steps.unpublished(limit=2)] == ["a", "b"]
    told = replace(second, word=W.ALERT, incident="b")
    assert [step.position for step in store.steps.publish([told])] == [1]
    silent = replace(first, why="cooldown")
    (done,) = store.steps.publish([told, silent])
    assert done == replace(silent, position=2), "what is published stays"
    assert store.steps.after(0) == [replace(told, position=1), replace(silent, position=2)]
    assert store.steps.after(1) == [done]
    assert (store.steps.last(), store.steps.unpublished()) == (2, [third])
    publish_all(store)
    assert [step.position for step in store.steps.after(0, limit=2)] == [1, 2]
    assert store.steps.last() == 3
    assert store.steps.earlier(["b", "x"]) == {"b": (replace(told, position=1),), "x": ()}


def test_a_cursor_never_goes_back(store: Store) -> None:
    assert store.steps.cursor("hook") == 0
    for position in (3, 2):
        store.steps.move_cursor("hook", position)
    assert (store.steps.cursor("hook"), store.steps.cursor("mail")) == (3, 0)
    store.steps.move_cursor("hook", 4)
    assert store.steps.cursor("hook") == 4


def test_late_once_and_only_while_there_is_no_verdict(store: Store) -> None:
    store.apply([OpenCandidate(candidate("open", rule="fall"), decision())])
    store.apply([OpenCandidate(candidate("closed"), decision(alert_without_brain=False))])
    store.apply([OpenCandidate(candidate("settled"), decision())])
    store.cases.settle("settled", V.CONFIRMED)
    assert store.steps.undecided() == [DueStep("open", "fall", 1_000.0)]
    assert store.steps.late("open", "not verified within 15 s")
    assert not store.steps.late("open", "not verified within 15 s")
    assert not store.steps.late("settled", "not verified within 15 s")
    assert store.steps.undecided() == []
    assert kinds(store, "open") == ["raised", "late"]
    event = store.events.get("open")
    assert event is not None
    assert (event.alert, event.settled) == (True, False)
    store.cases.settle("open", V.REJECTED)
    event = store.events.get("open")
    assert event is not None
    assert not event.alert


def test_escalated_once_unless_somebody_has_taken_it_or_it_was_taken_back(store: Store) -> None:
    ids = ("alone", "taken", "corrected", "withdrawn", "untold")
    store.apply([OpenCandidate(candidate(id, rule="fall"), decision()) for id in ids])
    untold = store.steps.unpublished()[-1]
    store.steps.publish([replace(s, word=W.ALERT) for s in store.steps.unpublished() if s != untold])
    publish_all(store)
    store.steps.acknowledge("taken", "ann")
    store.feedback.add([FeedbackEntry("corrected", True)])
    store.cases.settle("withdrawn", V.REJECTED)
    store.steps.publish(
        [
            replace(s, word=W.WITHDRAWAL if s.event == "withdrawn" else W.UPDATE)
            for s in store.steps.unpublished()
        ]
    )
    assert store.steps.unacknowledged(0.0) == [
        DueStep("alone", "fall", 1_000.0),
        DueStep("withdrawn", "fall", 1_000.0),
    ]
    assert store.steps.unacknowledged(1_001.0) == []
    done = [id for id in ids if store.steps.escalate(id, "nobody has taken it for 5 min")]
    assert done == ["alone"]
    assert not store.steps.escalate("alone", "again")
    assert kinds(store, "alone") == ["raised", "escalated"]
    assert [due.event for due in store.steps.unacknowledged(0.0)] == ["withdrawn"]


def test_what_people_were_told_lately(store: Store, clock: ManualClock) -> None:
    store.apply([OpenCandidate(candidate("a", 990.0), decision())])
    publish_all(store, W.ALERT)
    clock.advance(10)
    store.apply([OpenCandidate(candidate("b", 991.0, camera="gate", rule="fall"), decision())])
    store.apply([OpenCandidate(candidate("silent"), decision())])
    first, second = store.steps.unpublished()
    store.steps.publish([replace(first, word=W.UPDATE, incident="a"), second])
    store.cases.settle("a", V.REJECTED)
    publish_all(store, W.WITHDRAWAL)
    assert store.steps.told(0.0) == [
        ToldEvent("a", "hall", "night", 990.0, None, stands=False),
        ToldEvent("b", "gate", "fall", 991.0, "a", stands=True),
    ]
    assert [told.event for told in store.steps.told(1_005.0)] == ["b"]


def test_killed_while_it_publishes(where: str) -> None:
    """`kill -9` in the middle of the transaction: all is published once, in order, without gaps."""
    program = f"""
import os, signal
from secondsight.store import OpenCandidate, Store
from sqlalchemy import Transaction
from tests.store.samples import candidate, decision

store = Store.open({where!r})
store.apply([OpenCandidate(candidate(id), decision()) for id in ("a", "b", "c")])
store.steps.publish(store.steps.unpublished(1))
waiting = store.steps.unpublished()
Transaction.commit = lambda self: os.kill(os.getpid(), signal.SIGKILL)
store.steps.publish(waiting)
"""
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    with Store.open(where) as store:
        assert [step.event for step in store.steps.after(0)] == ["a"]
        assert [step.event for step in store.steps.unpublished()] == ["b", "c"]
        publish_all(store)
        assert [(step.event, step.position) for step in store.steps.after(0)] == [
            ("a", 1),
            ("b", 2),
            ("c", 3),
        ]


def test_two_who_change_one_event_at_once_get_two_numbers(store: Store) -> None:
    store.apply([OpenCandidate(candidate(), decision())])
    start = threading.Barrier(8)

    def acknowledge(number: int) -> None:
        start.wait()
        store.steps.acknowledge("c", f"person {number}")

    threads = [threading.Thread(target=acknowledge, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds(store) == ["raised"] + 8 * ["acknowledged"]
