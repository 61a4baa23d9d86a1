"""The ledger: what is added is there once, whole, and sums to what it should."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from secondsight.records import Call, Egress, Outcome, Purpose
from secondsight.store import Store

BEGIN = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""


def call(after: float = 0.0, **changes: Any) -> Call:
    made = Call(
        time=BEGIN + after,
        purpose=Purpose.VERIFY,
        case_id="c",
        camera="hall",
        kind="fall",
        backend="openai:some-vlm",
        destination="https://brain.example/v1",
        remote=True,
        outcome=Outcome.ANSWERED,
        egress=Egress.REDACTED,
        frames=6,
        digest="00112233445566778899aabbccddeeff",
        seconds=1.5,
        tokens_in=1000,
        tokens_out=50,
        cost=0.004,
    )
    return replace(made, **changes)


BARE = call(2.25, case_id="", camera="", kind="", purpose=Purpose.ANSWER, destination="", remote=False,
            outcome=Outcome.FAILED, digest="", tokens_in=None, tokens_out=None, cost=None)  # fmt: skip


def test_calls_come_back_as_they_went_in(store: Store) -> None:
    made = [BARE, call(), call(1.125, egress=Egress.FULL, outcome=Outcome.MALFORMED)]
    store.ledger.add(made)
    assert store.ledger.find() == sorted(made, key=lambda c: c.time)
    assert store.ledger.find(since=BEGIN + 1, until=BEGIN + 2) == [made[2]]
    assert store.ledger.find(limit=1) == [BARE]


@pytest.mark.parametrize("weeks", [0, 60])
def test_days_are_those_of_the_zone_across_changes_of_its_clock(store: Store, weeks: int) -> None:
    """Berlin put its clock forward on 29 March 2026 at 01:00 UTC; that day had 23 hours."""
    berlin, first = ZoneInfo("Europe/Berlin"), datetime(2026, 3, 28, 23, 30, tzinfo=UTC).timestamp()
    for hours in (-1, 0, 22, 23, 24 * 7 * weeks):
        store.ledger.add([call(first + 3600 * hours - BEGIN)])
    sums = {int(one.key[0]): one.calls for one in store.ledger.costs(("day",), zone=berlin)}
    days: dict[int, int] = {}
    for one in store.ledger.find():
        begin = datetime.fromtimestamp(one.time, berlin).replace(hour=0, minute=0, second=0, microsecond=0)
        days[int(begin.timestamp())] = days.get(int(begin.timestamp()), 0) + 1
    assert sums == days


def test_a_batch_may_be_added_again(store: Store) -> None:
    batch = [call(), BARE]
    store.ledger.add(batch)
    store.ledger.add([*batch, call(3)])
    assert len(store.ledger.find()) == 3
    store.ledger.add([])
    assert len(store.ledger.find()) == 3


def test_sums(store: Store) -> None:
    store.ledger.add([call(), call(1, camera="yard", case_id="d"), call(2, outcome=Outcome.MALFORMED), BARE])
    (total,) = store.ledger.costs()
    assert (total.key, total.calls, total.cases, total.unanswered, total.unpriced) == ((), 4, 2, 2, 1)
    assert (total.tokens_in, total.tokens_out, total.seconds) == (3000, 150, 6.0)
    assert total.money == pytest.approx(0.012)
    assert (total.first, total.last) == (BEGIN, BEGIN + 2.25)
    assert {c.key: c.calls for c in store.ledger.costs(["camera"])} == {("",): 1, ("hall",): 2, ("yard",): 1}
    both = store.ledger.costs(["camera", "purpose"])
    assert {c.key: c.calls for c in both} == {
        ("", "answer"): 1,
        ("hall", "verify"): 2,
        ("yard", "verify"): 1,
    }
    assert {c.key: c.calls for c in store.ledger.costs(["remote"])} == {(False,): 1, (True,): 3}
    assert store.ledger.costs(since=BEGIN + 100) == []
    assert store.ledger.costs(["kind"], since=BEGIN + 100) == []


def test_counts_that_add_up_beyond_64_bits_are_summed(store: Store) -> None:
    store.ledger.add([call(number, tokens_in=9 * 10**18) for number in range(3)])
    (total,) = store.ledger.costs()
    assert total.tokens_in == pytest.approx(27e18)


@pytest.mark.parametrize(("span", "seconds"), [("hour", 3600), ("day", 86400)])
def test_hours_and_days_begin_where_they_do(store: Store, span: str, seconds: float) -> None:
    store.ledger.add([call(t) for t in (0.0, seconds - 0.25, seconds, 2 * seconds - 1e-3, 2.5 * seconds)])
    found = {c.key[0]: c.calls for c in store.ledger.costs([span])}
    assert found == {int(BEGIN): 2, int(BEGIN + seconds): 2, int(BEGIN + 2 * seconds): 1}


@pytest.mark.parametrize("by", ["kind", "backend", "outcome", "destination", "egress"])
def test_every_other_split(store: Store, by: str) -> None:
    store.ledger.add([call(), BARE])
    assert sum(c.calls for c in store.ledger.costs([by])) == 2


def test_no_other_column_is_reached(store: Store) -> None:
    with pytest.raises(ValueError, match="digest"):
        store.ledger.costs(["digest"])
