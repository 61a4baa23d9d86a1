"""When a rule watches: weekdays and hours as people write them, such as `Mon-Fri 18:00-06:00`, by the clock on the
site's wall. So a change to summer time shortens one night shift and lengthens another, as it does for the guard.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
_HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")
_FORM = "write Mon-Fri 18:00-06:00, or Sat,Sun, or daily 22:00-05:30"
_MOST_WINDOWS = 50


@dataclass(frozen=True, slots=True)
class Schedule:
    """Windows of a week.

    Attributes:
        windows: (first minute, minute after the last) since Monday 00:00; the last may end in the next week.
        text: as it was written.
    """

    windows: tuple[tuple[int, int], ...]
    text: str

    def holds(self, time: float, timezone: str) -> bool:
        """Whether a moment lies in a window.

        Args:
            time: UTC seconds.
            timezone: whose wall clock counts, by its name in the time zone database.
        """
        local = datetime.fromtimestamp(time, _zone(timezone))
        minute = local.weekday() * _DAY + local.hour * 60 + local.minute
        week = len(DAYS) * _DAY
        return any(first <= at < end for first, end in self.windows for at in (minute, minute + week))


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def parse_schedule(value: Any) -> Schedule:
    """A schedule from `DAYS`, `HOURS` or `DAYS HOURS`, or from a list of such texts, any of which may hold.

    Days are `daily`, a day (`Mon`), a range (`Fri-Mon`) or several with commas. Hours are `HH:MM-HH:MM`; an end that
    is not after the beginning is on the next day: hours belong to the day on which they begin. Raises ValueError.
    """
    if isinstance(value, Schedule):
        return value
    texts = value if isinstance(value, list | tuple) else [value]
    if not texts or len(texts) > _MOST_WINDOWS or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"not a schedule; {_FORM}")
    windows = sorted({window for text in texts for window in _windows(text)})
    return Schedule(tuple(windows), "; ".join(" ".join(text.split()) for text in texts))


def _windows(text: str) -> list[tuple[int, int]]:
    found = _HOURS.search(text)
    first, length = _hours(found) if found else (0, _DAY)
    days = (text[: found.start()] if found else text).strip().lower()
    if found and text[found.end() :].strip():
        raise ValueError(f"hours stand at the end of a schedule, and once; {_FORM}")
    if not days and not found:
        raise ValueError(f"not a schedule; {_FORM}")
    return [(day * _DAY + first, day * _DAY + first + length) for day in _days(days or "daily")]


def _hours(found: "re.Match[str]") -> tuple[int, int]:
    """First minute of the day, and for how many minutes."""
    hour, minute, end_hour, end_minute = map(int, found.groups())
    first, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or first >= _DAY or end > _DAY:
        raise ValueError("no such time of the day; hours are 00:00 to 24:00")
    return first, end - first if end > first else end + _DAY - first


def _days(text: str) -> list[int]:
    if text in ("daily", "every day"):
        return list(range(len(DAYS)))
    days = []
    for part in text.split(","):
        ends = [_day(name) for name in part.split("-")]
        if len(ends) > 2:
            raise ValueError(f"a range of days has two ends, such as Mon-Fri; {_FORM}")
        count = (ends[-1] - ends[0]) % len(DAYS) + 1
        days += [(ends[0] + i) % len(DAYS) for i in range(count)]
    return days


def _day(name: str) -> int:
    word = name.strip()
    for number, day in enumerate(DAYS):
        if len(word) >= 3 and day.startswith(word):
            return number
    raise ValueError(f"not a day of the week: Mon, Tue, Wed, Thu, Fri, Sat, Sun; {_FORM}")


When = Annotated[Schedule, BeforeValidator(parse_schedule)]
"""A schedule as text or a list of texts."""
