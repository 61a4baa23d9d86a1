"""Reports stay, one for each period, and go out through an outbox of their own."""

from dataclasses import replace

from secondsight.clock import ManualClock
from secondsight.records import ReportKind, ReportPeriod
from secondsight.store import DeliveryState, KeptReport, Store

PERIOD = ReportPeriod(ReportKind.HOURLY, 0.0, 3600.0, "UTC")


def report(period: ReportPeriod = PERIOD, facts: str = '{"a": "数"}') -> KeptReport:
    return KeptReport(period, "zh", facts, "[]", "", 1_000.0)


def test_of_a_period_the_first_report_stays(store: Store) -> None:
    assert store.reports.keep(report(), ["mail"])
    assert not store.reports.keep(report(facts="another"), ["mail", "hook"])
    assert store.reports.get(PERIOD.id) == report()
    assert [one.channel for one in store.reports.deliveries(PERIOD.id)] == ["mail"]
    assert store.reports.get("none") is None


def test_shifts_and_kinds_are_apart(store: Store) -> None:
    early = replace(PERIOD, kind=ReportKind.SHIFT, shift="early")
    late = replace(early, shift="late", start=3600.0, end=7200.0)
    for period in (PERIOD, early, late):
        assert store.reports.keep(report(period))
    assert store.reports.newest(ReportKind.SHIFT, "early") == early
    assert store.reports.newest(ReportKind.HOURLY) == PERIOD
    assert store.reports.newest(ReportKind.DAILY) is None
    assert [one.period for one in store.reports.headings()] == [late, PERIOD, early]
    assert [one.period for one in store.reports.headings(kind=ReportKind.SHIFT)] == [late, early]


def test_a_delivery_waits_is_tried_and_ends(store: Store, clock: ManualClock) -> None:
    store.reports.keep(report(), ["mail", "hook"])
    first = store.reports.due("mail")
    assert first is not None
    store.reports.postpone(first, clock.now() + 60.0, "away")
    assert store.reports.due("mail") is None
    assert store.reports.next_at("mail") == clock.now() + 60.0
    clock.advance(60.0)
    again = store.reports.due("mail")
    assert again is not None
    assert (again.attempts, again.error) == (1, "away")
    store.reports.sent(again)
    other = store.reports.due("hook")
    assert other is not None
    store.reports.bury(other, "refused")
    states = {one.channel: (one.state, one.attempts) for one in store.reports.deliveries(PERIOD.id)}
    assert states == {"mail": (DeliveryState.SENT, 2), "hook": (DeliveryState.DEAD, 1)}
    (heading,) = store.reports.headings()
    assert (heading.waiting, heading.sent, heading.dead) == (0, 1, 1)
    assert store.reports.next_at("mail") is None


def test_old_reports_go_but_not_those_that_wait(store: Store) -> None:
    store.reports.keep(report(), ["mail"])
    other = replace(PERIOD, start=3600.0, end=7200.0)
    store.reports.keep(replace(report(other), created_at=500.0))
    assert store.reports.forget(5_000.0) == 1
    assert [one.id for one in store.reports.headings()] == [PERIOD.id]
    waiting = store.reports.due("mail")
    assert waiting is not None
    store.reports.sent(waiting)
    assert store.reports.forget(5_000.0) == 1
    assert store.reports.forget(5_000.0) == 0
