"""The outbox's rows, on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest

from secondsight.clock import ManualClock
from secondsight.records import Action, Step, Word
from secondsight.store import Delivery, DeliveryState, OpenCandidate, Store
from tests.store.samples import candidate, decision


@pytest.fixture
def steps(store: Store) -> list[Step]:
    """The first steps of the events a and b, and another one of each."""
    for id in ("a", "b"):
        store.apply([OpenCandidate(candidate(id), decision(Action.ACCEPT))])
    for id in ("a", "b"):
        store.steps.acknowledge(id, "Ann")
    waiting = store.steps.unpublished()
    words = [Word.ALERT, Word.NONE, Word.NONE, Word.UPDATE]
    told = [replace(step, word=word) for step, word in zip(waiting, words, strict=True)]
    return store.steps.publish(told)


def ids(found: list[Delivery]) -> list[str]:
    return [one.id for one in found]


def test_cursor_begins_once_and_never_goes_back(store: Store, steps: list[Step]) -> None:
    assert store.deliveries.begin("ops", 2) == 2
    assert store.deliveries.begin("ops", 4) == 2
    store.deliveries.route("ops", 3, [])
    store.deliveries.route("ops", 1, [])
    assert store.deliveries.begin("ops", 0) == 3
    assert store.steps.cursor("ops") == 0  # a reader of that name is another one


def test_each_event_one_by_one(store: Store, steps: list[Step], clock: ManualClock) -> None:
    store.deliveries.begin("ops", 0)
    store.deliveries.route("ops", 4, steps)
    store.deliveries.route("ops", 4, steps)  # again, as after a broken connection
    first, second = store.deliveries.due("ops", 10)
    assert ids([first, second]) == ["a-1", "b-1"]
    assert store.deliveries.due("other", 10) == []
    store.deliveries.postpone(first, clock.now() + 50, "away")
    assert ids(store.deliveries.due("ops", 10)) == ["b-1"]
    store.deliveries.sent(second)
    assert ids(store.deliveries.due("ops", 10)) == ["b-2"]
    assert store.deliveries.next_at("ops") == clock.now()
    store.deliveries.sent(store.deliveries.due("ops", 10)[0])
    assert store.deliveries.due("ops", 10) == []
    assert store.deliveries.next_at("ops") == clock.now() + 50
    clock.advance(50)
    (again,) = store.deliveries.due("ops", 10)
    assert (again.id, again.attempts, again.error) == ("a-1", 1, "away")
    store.deliveries.bury(again, "no more")
    assert ids(store.deliveries.due("ops", 10)) == ["a-2"]


def test_dead_letters(store: Store, steps: list[Step], clock: ManualClock) -> None:
    for channel in ("ops", "mail"):
        store.deliveries.begin(channel, 0)
        store.deliveries.route(channel, 4, steps)
        for one in store.deliveries.due(channel, 10):
            store.deliveries.bury(one, "never, password=hunter2222")
    assert [(one.channel, one.id) for one in store.deliveries.dead()] == [
        ("mail", "a-1"),
        ("mail", "b-1"),
        ("ops", "a-1"),
        ("ops", "b-1"),
    ]
    (dead,) = store.deliveries.dead("ops", 1)
    assert (dead.state, dead.attempts) == (DeliveryState.DEAD, 1)
    assert dead.error is not None
    assert "hunter" not in dead.error
    clock.advance(9)
    assert store.deliveries.resend(channel="ops", positions=[dead.position]) == 1
    assert store.deliveries.resend(channel="mail") == 2
    assert store.deliveries.resend() == 1
    assert store.deliveries.resend() == 0
    (first, _) = store.deliveries.due("ops", 10)
    assert (first.id, first.attempts, first.created_at) == ("a-1", 0, clock.now())


def test_what_a_channel_was_told(store: Store, steps: list[Step]) -> None:
    store.deliveries.begin("ops", 0)
    store.deliveries.route("ops", 4, [steps[0], steps[2]])
    assert store.deliveries.told("ops", {"a", "b", "c"}) == {"a"}
    assert store.deliveries.told("mail", {"a"}) == set()
    assert store.deliveries.told("ops", set()) == set()
    assert store.deliveries.had_word("ops", {"a"}, 3)
    assert not store.deliveries.had_word("ops", {"a"}, 1)
    assert not store.deliveries.had_word("ops", {"b"}, 9)


def test_totals_and_sweep(store: Store, steps: list[Step], clock: ManualClock) -> None:
    store.deliveries.begin("ops", 0)
    store.deliveries.begin("quiet", 4)
    store.deliveries.route("ops", 4, steps)
    first, second = store.deliveries.due("ops", 10)
    store.deliveries.sent(first)
    store.deliveries.postpone(second, clock.now() + 5, "away")
    ops, quiet = store.deliveries.totals()
    assert (ops.channel, ops.position, ops.waiting, ops.sent, ops.dead) == ("ops", 4, 3, 1, 0)
    assert (ops.oldest, ops.last_sent, ops.error) == (clock.now(), clock.now(), "away")
    assert (quiet.channel, quiet.waiting, quiet.oldest, quiet.error) == ("quiet", 0, None, None)
    assert [one.sent for one in store.deliveries.totals(sent=False)] == [0, 0]
    assert store.deliveries.sweep(clock.now()) == 0
    assert store.deliveries.sweep(clock.now() + 1) == 1
    assert [one.waiting for one in store.deliveries.totals()] == [3, 0]
