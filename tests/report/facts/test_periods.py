"""Periods by the clock on the wall: half-open, without holes, right when clocks change."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.config import ReportSettings
from secondsight.records import ReportKind, ReportPeriod
from secondsight.report import due_periods, kinds_of, period_at, previous
from secondsight.report.facts.periods import hours_of

SHIFTS = ReportSettings(
    hourly=True, daily=True, weekly=True, shift={"early": "06:00", "late": "14:00", "night": "22:00"}, delay=0
)
ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


def at(zone: str, text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def the_day(zone: str, text: str) -> ReportPeriod:
    found = period_at(SHIFTS, ReportKind.DAILY, "", at(zone, text), zone)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Asia/Shanghai", "2026-03-29", 24),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ],
)
def test_a_day_lasts_from_midnight_to_midnight(zone: str, day: str, hours: float) -> None:
    period = the_day(zone, f"{day}T12:00")
    assert period.start == at(zone, f"{day}T00:00")
    assert period.end - period.start == hours * 3600
    assert len(list(hours_of(period))) == -(-hours // 1)


def test_an_hour_that_comes_twice_is_two_hours() -> None:
    shown = [f"{begin:%H:%M%z}" for begin in hours_of(the_day("Europe/Berlin", "2026-10-25T12:00"))]
    assert shown[1:5] == ["01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100"]


def test_a_week_begins_on_monday() -> None:
    week = period_at(SHIFTS, ReportKind.WEEKLY, "", at("Asia/Shanghai", "2026-01-04T23:59"), "Asia/Shanghai")
    assert week is not None
    assert (week.start, week.end) == (at("Asia/Shanghai", "2025-12-29"), at("Asia/Shanghai", "2026-01-05"))


def test_a_night_shift_goes_on_after_midnight_and_is_compared_with_that_of_the_night_before() -> None:
    night = period_at(
        SHIFTS, ReportKind.SHIFT, "night", at("Europe/Berlin", "2026-03-29T03:30"), "Europe/Berlin"
    )
    assert night is not None
    assert (night.start, night.end) == (
        at("Europe/Berlin", "2026-03-28T22:00"),
        at("Europe/Berlin", "2026-03-29T06:00"),
    )
    assert night.end - night.start == 7 * 3600
    before = previous(SHIFTS, night)
    assert (before.shift, before.end - before.start) == ("night", 8 * 3600)
    assert (
        period_at(SHIFTS, ReportKind.SHIFT, "early", at("Europe/Berlin", "2026-03-29T03:30"), "Europe/Berlin")
        is None
    )


@given(
    moment=st.floats(1.0e9, 2.0e9),
    zone=st.sampled_from(ZONES),
    sort=st.sampled_from(kinds_of(SHIFTS)),
    back=st.integers(1, 4),
)
def test_periods_follow_each_other_without_holes(
    moment: float, zone: str, sort: tuple[ReportKind, str], back: int
) -> None:
    kind, shift = sort
    period = period_at(SHIFTS, kind, shift, moment, zone)
    if period is None:
        assert any(period_at(SHIFTS, kind, other, moment, zone) for other in SHIFTS.shifts)
        return
    assert period.start <= moment < period.end
    for _ in range(back):
        earlier = previous(SHIFTS, period)
        assert earlier.end == period.start if kind is not ReportKind.SHIFT else earlier.end <= period.start
        assert earlier.id != period.id
        again = period_at(SHIFTS, kind, shift, earlier.start, zone)
        assert again == earlier
        period = earlier


def test_a_span_is_compared_with_one_as_long() -> None:
    assert previous(SHIFTS, ReportPeriod(ReportKind.SPAN, 100.0, 160.0, "UTC")).start == 40.0


def test_a_period_is_due_once_it_is_over_and_the_delay_too() -> None:
    settings = ReportSettings(hourly=True, delay="10min")
    start = at("UTC", "2026-01-01T08:00")

    def due(now: float, since: float = start) -> list[float]:
        found = due_periods(settings, ReportKind.HOURLY, "", now=now, since=since, timezone="UTC")
        return [(one.start - start) / 3600 for one in found]

    assert due(start + 3600 + 599) == []
    assert due(start + 3600 + 600) == [0]
    assert due(start + 3 * 3600 + 600) == [0, 1, 2]
    assert due(start + 3 * 3600 + 600, since=start + 7200) == [2]
    assert len(due(start + 100 * 3600)) == 24


def test_shifts_are_due_like_all_others() -> None:
    now = at("Asia/Shanghai", "2026-01-02T07:00")
    since = (datetime(2026, 1, 1, 5, 0, tzinfo=ZoneInfo("Asia/Shanghai")) - timedelta(hours=1)).timestamp()
    due = {
        shift: [
            datetime.fromtimestamp(one.start, ZoneInfo("Asia/Shanghai")).strftime("%d %H:%M")
            for one in due_periods(SHIFTS, kind, shift, now=now, since=since, timezone="Asia/Shanghai")
        ]
        for kind, shift in kinds_of(SHIFTS)
        if shift
    }
    assert due == {"early": ["01 06:00"], "late": ["01 14:00"], "night": ["31 22:00", "01 22:00"]}
