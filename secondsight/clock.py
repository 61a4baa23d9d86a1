"""Time as a dependency: what waits or stamps takes a `Clock`, so that tests decide what time it is."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A wall clock and a steady one, both in seconds."""

    def now(self) -> float:
        """UTC wall clock, seconds since 1970-01-01."""
        ...

    def monotonic(self) -> float:
        """A clock that never jumps; only differences mean something."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to; wall and steady time advance together."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move time forward by `seconds` (>= 0)."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += seconds


def iso(time: float) -> str:
    """UTC seconds as ISO 8601 with milliseconds, such as `2026-01-31T08:00:00.250Z`."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
