"""Steps are published in one order, at once; what is due because nothing came becomes a step; a new run goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from secondsight.clock import ManualClock, SystemClock
from secondsight.config import SiteConfig
from secondsight.errors import StoreError
from secondsight.records import Action, Verification
from secondsight.site.services.publisher import Publisher
from secondsight.store import AttachClip, FeedbackEntry, OpenCandidate, Store
from tests.store.samples import candidate, clip, decision, key_frames


def config(**rules: dict[str, Any]) -> SiteConfig:
    given = {name: {"behaviour": "intrusion", "zone": "frame", **rule} for name, rule in rules.items()}
    cameras = {name: {"source": "x"} for name in ("hall", "gate")}
    return SiteConfig.model_validate({"cameras": cameras, "rules": given})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000.0)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with Store.open(tmp_path, clock) as opened:
        yield opened


def publisher(store: Store, clock: ManualClock, **rules: dict[str, Any]) -> Publisher:
    return Publisher(store, config(**rules), clock, lambda: None)


def raise_event(store: Store, id: str = "c", rule: str = "night", **changes: Any) -> None:
    store.apply([OpenCandidate(candidate(id, rule=rule, **changes), decision())])


def told(store: Store) -> list[str]:
    return [
        f"{step.event} {step.kind}: {step.word if not step.why else step.why}"
        for step in store.steps.after(0)
    ]


def test_words_follow_the_rule_of_each_event(store: Store, clock: ManualClock) -> None:
    here = publisher(store, clock, night={"announce": "both"}, day={"announce": "after_verdict"})
    raise_event(store, "a", "night")
    raise_event(store, "b", "day")
    raise_event(store, "c", "gone")
    here.publish()
    for id in ("a", "b"):
        store.cases.settle(id, Verification.CONFIRMED)
    here.publish()
    assert told(store) == [
        "a raised: alert",
        "b raised: told after the verdict",
        "c raised: told after the verdict",
        "a verified: update",
        "b verified: alert",
    ]
    assert here.position == 5


def test_no_verdict_in_time_is_told_once_and_corrected(store: Store, clock: ManualClock) -> None:
    here = publisher(store, clock, night={"announce": {"patience": "15s"}})
    raise_event(store, "a")
    raise_event(store, "b")
    here.publish()
    clock.advance(14.9)
    here.publish()
    assert len(told(store)) == 2
    store.cases.settle("b", Verification.CONFIRMED)
    clock.advance(0.2)
    here.publish()
    clock.advance(60)
    here.publish()
    store.cases.settle("a", Verification.REJECTED)
    here.publish()
    assert told(store)[2:] == ["b verified: alert", "a late: alert", "a verified: withdrawal"]
    late = store.steps.of("a")[1]
    assert late.note == "not verified: no verdict within 15 s"


@pytest.mark.parametrize(
    "rule",
    [{"announce": "at_once"}, {"policy": {"on_brain_failure": "closed"}, "announce": "after_verdict"}],
)
def test_nothing_is_late_where_people_know_or_want_no_unverified_alerts(
    store: Store, clock: ManualClock, rule: dict[str, Any]
) -> None:
    here = publisher(store, clock, night=rule)
    raise_event(store)
    here.publish()
    clock.advance(60)
    here.publish()
    assert len(told(store)) == 1


def test_what_nobody_takes_is_escalated(store: Store, clock: ManualClock) -> None:
    rule = {"announce": {"when": "at_once", "escalate_after": "5min"}}
    here = publisher(store, clock, night=rule)
    for id in ("alone", "taken", "false"):
        raise_event(store, id)
    here.publish()
    store.steps.acknowledge("taken", "ann")
    store.feedback.add([FeedbackEntry("false", False)])
    clock.advance(299)
    here.publish()
    assert "alone escalated: escalation" not in told(store)
    clock.advance(2)
    for _ in range(2):
        here.publish()
    assert [line for line in told(store) if "escalated" in line] == ["alone escalated: escalation"]


def test_a_new_run_goes_on_where_the_last_one_stopped(store: Store, clock: ManualClock) -> None:
    rules: dict[str, dict[str, Any]] = {
        "night": {"announce": "after_verdict"},
        "day": {"announce": {"when": "at_once", "escalate_after": "1min"}},
    }
    raise_event(store, "waiting", "night")
    raise_event(store, "alone", "day")
    publisher(store, clock, **rules).publish()
    raise_event(store, "unpublished", "day")
    clock.advance(61)
    here = publisher(store, clock, **rules)
    here.publish()
    assert told(store)[2:] == [
        "unpublished raised: alert",
        "waiting late: alert",
        "alone escalated: escalation",
    ]


def test_cooldown_and_incidents_hold_within_one_round_and_after_a_restart(
    store: Store, clock: ManualClock
) -> None:
    rules = {"night": {"announce": {"when": "at_once", "cooldown": "60s", "group": {"within": "30s"}}}}
    raise_event(store, "a", triggered=990.0)
    raise_event(store, "b", triggered=995.0)
    raise_event(store, "c", triggered=996.0, camera="gate")
    publisher(store, clock, **rules).publish()
    raise_event(store, "d", triggered=1_000.0, camera="gate")
    publisher(store, clock, **rules).publish()
    assert told(store) == ["a raised: alert", "b raised: cooldown", "c raised: update", "d raised: cooldown"]
    assert store.steps.of("c")[0].incident == "a"


def test_a_store_that_is_away_loses_no_step(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = publisher(store, clock, night={"announce": {"patience": "1s"}})
    raise_event(store)
    here.publish()
    clock.advance(2)
    with monkeypatch.context() as away:

        def refuse(*_: object) -> bool:
            raise StoreError("away", retryable=True)

        away.setattr(store.steps, "late", refuse)
        with pytest.raises(StoreError):
            here.publish()
    here.publish()
    assert told(store)[1:] == ["c late: alert"]


@contextmanager
def running(store: Store, **rules: dict[str, Any]) -> Iterator[Publisher]:
    here = Publisher(store, config(**rules), SystemClock(), lambda: None)
    here.start()
    try:
        yield here
    finally:
        here.stop(5.0)


def until(store: Store, count: int, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while store.steps.last() < count:
        assert time.monotonic() < end, told(store)
        time.sleep(0.001)


def test_it_is_woken_by_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Publisher, "_pause", lambda self: 600.0)  # by itself it would look far too late
    with Store.open(tmp_path) as store, running(store, night={"announce": "at_once"}):
        raise_event(store, "warm-up")
        until(store, 1)
        for number in range(5):
            raise_event(store, f"c{number}")
            until(store, 2 + number)


def test_it_notices_what_another_program_writes_and_ends_with_all_published(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, Store.open(tmp_path) as other:
        with running(store, night={"announce": "at_once"}):
            raise_event(other, "theirs")
            until(store, 1)
            store.apply([OpenCandidate(candidate("last", rule="night"), decision(Action.ACCEPT))])
            store.apply([AttachClip("last", clip("last"), key_frames("last"))])
        assert store.steps.unpublished() == []
        assert store.steps.last() == 4
