"""Periods by the clock on a wall: hours, days, weeks and shifts, half-open, right on days on which clocks change.

A day runs from midnight to midnight and has 23 or 25 hours when clocks change. A shift begins and ends when the wall
clock says so. An hour that the wall clock shows twice is two hours.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from secondsight.config import ReportSettings
from secondsight.records import ReportKind, ReportPeriod

_HOUR = 3600.0
_CATCH_UP = {ReportKind.HOURLY: 24, ReportKind.SHIFT: 21, ReportKind.DAILY: 7, ReportKind.WEEKLY: 4}
"""Most reports of a kind that are made up after a stop; what is older can be asked for by hand."""


def kinds_of(settings: ReportSettings) -> list[tuple[ReportKind, str]]:
    """Every sort of report that a site writes of itself, with the name of its shift."""
    chosen = [
        (ReportKind.HOURLY, settings.hourly),
        (ReportKind.DAILY, settings.daily),
        (ReportKind.WEEKLY, settings.weekly),
    ]
    return [
        *((kind, "") for kind, on in chosen if on),
        *((ReportKind.SHIFT, name) for name in settings.shifts),
    ]


def period_at(
    settings: ReportSettings, kind: ReportKind, shift: str, moment: float, timezone: str
) -> ReportPeriod | None:
    """The period of this kind that holds a moment; None where another shift is on."""
    begins = [begin for begin in _begins(settings, kind, shift, moment, timezone) if begin[0] <= moment]
    if not begins or begins[-1][1] <= moment:
        return None
    return ReportPeriod(kind, *begins[-1], timezone, shift)


def previous(settings: ReportSettings, period: ReportPeriod) -> ReportPeriod:
    """The period before of the same kind: of a shift the same shift of the day before; of a span one as long."""
    if period.kind is ReportKind.SPAN:
        return replace(period, start=period.start - (period.end - period.start), end=period.start)
    earlier = [
        begin
        for begin in _begins(settings, period.kind, period.shift, period.start - 1.0, period.timezone)
        if begin[1] <= period.start
    ]
    return replace(period, start=earlier[-1][0], end=earlier[-1][1])


def due_periods(
    settings: ReportSettings,
    kind: ReportKind,
    shift: str,
    *,
    now: float,
    since: float,
    timezone: str,
) -> list[ReportPeriod]:
    """Periods that are over and of which there is no report yet, oldest first, the newest of them at most.

    Args:
        now: UTC seconds; a period is over `settings.delay` after its end.
        since: from when on there is something to report: the end of the last period that has a report, or when the
            site was first started.
    """
    found: list[ReportPeriod] = []
    at = now - settings.delay
    current = period_at(settings, kind, shift, at, timezone)
    before = current if current is not None else ReportPeriod(kind, at, at, timezone, shift)
    while len(found) < _CATCH_UP[kind]:
        before = previous(settings, before)
        if before.end <= since:
            break
        found.append(before)
    return found[::-1]


def _begins(
    settings: ReportSettings, kind: ReportKind, shift: str, moment: float, timezone: str
) -> list[tuple[float, float]]:
    """Begins and ends of the periods around a moment, in order: the one that holds it, and those before it."""
    zone = ZoneInfo(timezone)
    if kind is ReportKind.HOURLY:
        begin = _hour_of(moment, zone)
        return [(begin - _HOUR, begin), (begin, begin + _HOUR)]
    today = datetime.fromtimestamp(moment, zone).date()
    if kind is ReportKind.WEEKLY:
        monday = today - timedelta(days=today.weekday())
        weeks = [_at(monday + timedelta(days=7 * weeks), 0, zone) for weeks in (-1, 0, 1)]
        return list(pairwise(weeks))
    if kind is ReportKind.DAILY:
        return list(pairwise(_at(today + timedelta(days=days), 0, zone) for days in (-1, 0, 1)))
    names = list(settings.shifts)
    following = settings.shifts[names[(names.index(shift) + 1) % len(names)]]
    start = settings.shifts[shift]
    later = 1 if following <= start else 0
    days = [today + timedelta(days=days) for days in (-2, -1, 0)]
    return [(_at(day, start, zone), _at(day + timedelta(days=later), following, zone)) for day in days]


def _hour_of(moment: float, zone: ZoneInfo) -> float:
    """Begin of the full hour of the wall clock; zones may lie half an hour apart."""
    local = datetime.fromtimestamp(moment, zone)
    offset = local.utcoffset()
    assert offset is not None
    past = (moment + offset.total_seconds()) % _HOUR
    return moment - past


def _at(day: date, minute: int, zone: ZoneInfo) -> float:
    """The moment at which the wall clock of a place shows a time of a day, the first one if it does so twice."""
    return datetime.combine(day, time(minute // 60, minute % 60), zone).timestamp()


def hours_of(period: ReportPeriod) -> Iterator[datetime]:
    """Begin of every hour of a period, by the clock on the wall."""
    zone, count = ZoneInfo(period.timezone), int(-(-(period.end - period.start) // _HOUR))
    for hour in range(count):
        yield datetime.fromtimestamp(period.start + hour * _HOUR, UTC).astimezone(zone)
