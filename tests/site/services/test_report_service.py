"""Reports come when their periods are over, each exactly once, across stops and a store that fails."""

import threading
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from secondsight.cascade import BudgetGate, Ledger
from secondsight.clock import ManualClock
from secondsight.config import SiteConfig
from secondsight.errors import StoreError
from secondsight.records import Purpose, ReportKind, Verification
from secondsight.report import Report
from secondsight.site import ReportService
from secondsight.store import KeptReport, Store
from tests.report.days import add_event, config
from tests.report.words.test_prose import GOOD, said
from tests.servers.brain import BrainServer

ZONE = ZoneInfo("Asia/Shanghai")
RULES = {"helmets": {"behaviour": "no_helmet", "zone": "yard"}}
MAIL = {"mail": {"type": "webhook", "url": "http://127.0.0.1:9/x"}}


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at("2026-01-05T08:30"))


@pytest.fixture
def make(tmp_path: Path, clock: ManualClock) -> Callable[..., tuple[ReportService, Store]]:
    """Makes the service of a run, over the database of the run before."""
    opened: list[Store] = []

    def run(report: dict[str, Any], **sections: Any) -> tuple[ReportService, Store]:
        site = config(tmp_path, RULES, report={"delay": 0, **report}, **{"alerts": MAIL, **sections})
        for before in opened:
            before.close()
        opened[:] = [store := Store.open(tmp_path / "test.db", clock)]
        store.observations.upsert_camera("hall")
        return service(site, store, clock), store

    return run


def service(site: SiteConfig, store: Store, clock: ManualClock) -> ReportService:
    budget = BudgetGate(site.budget, {}, clock, zone=site.site.timezone, ledger=store.ledger)
    ledger = Ledger(store.ledger, budget, site.brain.cost)
    assert site.report is not None
    return ReportService(site, site.report, store, clock, {}, budget, ledger)


def ids(store: Store) -> list[str]:
    return sorted(one.id for one in store.reports.headings())


def test_an_hour_gets_its_report_when_it_is_over_and_one_only(make: Any, clock: ManualClock) -> None:
    reports, store = make({"hourly": True})
    assert reports.make_due() == []
    clock.advance(1799.0)
    assert reports.make_due() == []
    clock.advance(1.0)
    (period,) = reports.make_due()
    assert (period.kind, period.start, period.end) == (
        ReportKind.HOURLY,
        at("2026-01-05T08:00"),
        at("2026-01-05T09:00"),
    )
    assert reports.make_due() == []
    assert ids(store) == [period.id]


def test_a_run_makes_up_for_what_the_one_before_missed_and_sends_the_newest(
    make: Any, clock: ManualClock
) -> None:
    reports, store = make({"hourly": True, "send": ["mail"]})
    clock.advance(1800.0)
    reports.make_due()
    clock.advance(3 * 3600.0)
    again, store = make({"hourly": True, "send": ["mail"]})
    made = again.make_due()
    assert [datetime.fromtimestamp(one.start, ZONE).hour for one in made] == [9, 10, 11]
    waiting = {one.id: one.waiting for one in store.reports.headings()}
    assert waiting == {
        made[0].id: 0,
        made[1].id: 0,
        made[2].id: 1,
        f"hourly-{int(at('2026-01-05T08:00'))}": 1,
    }
    assert again.make_due() == []


def test_what_was_killed_before_the_first_report_is_made_up_for(make: Any, clock: ManualClock) -> None:
    make({"hourly": True})
    clock.advance(2.2 * 3600.0)
    again, _ = make({"hourly": True})
    assert [datetime.fromtimestamp(one.start, ZONE).hour for one in again.make_due()] == [8, 9]


def test_every_sort_has_its_own_periods(make: Any, clock: ManualClock) -> None:
    reports, _ = make({"daily": True, "weekly": True, "shift": {"early": "06:00", "late": "18:00"}})
    clock.advance(7 * 86400.0)
    kinds = [(one.kind.value, one.shift) for one in reports.make_due()]
    assert kinds.count(("daily", "")) == 7
    assert kinds.count(("weekly", "")) == 1
    assert (kinds.count(("shift", "early")), kinds.count(("shift", "late"))) == (7, 7)


def test_a_store_that_fails_loses_no_report_and_doubles_none(
    make: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports, store = make({"hourly": True})
    clock.advance(2 * 3600.0)
    keep, tries = store.reports.keep, []

    def failing(*arguments: Any) -> bool:
        tries.append(1)
        if len(tries) == 2:
            raise StoreError("away", retryable=True)
        return bool(keep(*arguments))

    monkeypatch.setattr(store.reports, "keep", failing)
    with pytest.raises(StoreError):
        reports.make_due()
    assert len(ids(store)) == 1
    reports.make_due()
    assert len(ids(store)) == 2


def test_a_report_counts_the_events_of_its_hour(make: Any, clock: ManualClock) -> None:
    reports, store = make({"hourly": True})
    begin = at("2026-01-05T08:00")
    for number, moment in enumerate((begin - 0.1, begin, begin + 3599.9, begin + 3600)):
        add_event(store, number, moment, Verification.CONFIRMED, kind="no_helmet", rule="helmets")
    clock.advance(1800.0)
    (period,) = reports.make_due()
    kept = store.reports.get(period.id)
    assert Report.of(kept).sentences[0] == "Alarms raised: 2, which is 1 more than in the period before."


def test_a_brain_writes_within_its_own_budget(make: Any, clock: ManualClock) -> None:
    with BrainServer(default=said("The site had {alarms} alarms.")) as server:
        brain = {"backend": "openai", "base_url": server.url, "model": "test-vl"}
        reports, store = make({"hourly": True, "text": "brain", "budget": {"calls_per_day": 1}}, brain=brain)
        clock.advance(3 * 3600.0)
        reports.make_due()
        writers = [one.writer for one in store.reports.headings()]
        assert writers.count("openai:test-vl") == 1
        assert len(server.requests) == 1
    (cost,) = store.ledger.costs(("purpose",))
    assert (cost.key, cost.calls) == ((Purpose.REPORT.value,), 1)


def test_a_brain_that_is_away_delays_nothing(make: Any, clock: ManualClock) -> None:
    with BrainServer(default=GOOD) as server:
        url = server.url
    brain = {"backend": "openai", "base_url": url, "model": "test-vl"}
    reports, store = make({"hourly": True, "text": "brain"}, brain=brain)
    clock.advance(1800.0)
    assert len(reports.make_due()) == 1
    assert store.reports.headings()[0].writer == ""


def test_the_thread_writes_and_ends(make: Any, clock: ManualClock) -> None:
    reports, store = make({"hourly": True})
    clock.advance(1800.0)
    kept = _signal(store)
    reports.start()
    assert kept()
    reports.ask_to_stop()


def _signal(store: Store) -> Callable[[], bool]:
    done = threading.Event()
    keep = store.reports.keep

    def keeping(report: KeptReport, channels: Collection[str] = ()) -> bool:
        result = keep(report, channels)
        done.set()
        return result

    store.reports.keep = keeping  # type: ignore[method-assign]
    return lambda: done.wait(60.0)
