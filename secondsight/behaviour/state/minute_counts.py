"""Counts per minute: what rules note of everybody, whether or not there is a candidate.

Minutes are those of the looks' own time, so a recording gives the same counts on any machine. Everything is a sum, so
that parts of a minute, of an hour or of a day add up; means are quotients of two of them.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from secondsight.records import Counter

MINUTE = 60.0


@runtime_checkable
class CountingBehaviour(Protocol):
    """A behaviour that also counts."""

    def counts(self, *, over: bool = False) -> list[Counter]:
        """What has been counted in the minutes that are past, each part once.

        Args:
            over: the present minute too, since nothing follows.
        """
        ...


class MinuteCounter:
    """Sums by minute and name of one rule on one camera.

    Args:
        camera: name of the camera.
        suffix: what names end with: the rule's name, since two rules may count at one place.

    Examples:
        >>> from secondsight.behaviour import MinuteCounter
        >>> counter = MinuteCounter("hall", "entrance")
        >>> counter.add(1_767_254_405.0, "in")
        >>> counter.add(1_767_254_418.0, "in")
        >>> for count in counter.take(over=True):
        ...     print(count.minute, count.name, count.value)
        1767254400 in:entrance 2.0
    """

    def __init__(self, camera: str, suffix: str) -> None:
        self._camera, self._suffix = camera, suffix
        self._sums: dict[int, dict[str, float]] = {}
        self._now = float("-inf")

    def add(self, time: float, name: str, value: float = 1.0) -> None:
        """Count `value` at a moment, UTC seconds."""
        self._minute(time)[name] += value
        self.reach(time)

    def span(self, begin: float, end: float, name: str, value: float = 1.0) -> None:
        """Count `value` for every second from `begin` to `end`, each in its minute."""
        self.spans(begin, end, {name: value})

    def spans(self, begin: float, end: float, values: Mapping[str, float]) -> None:
        """As `span`, for several names at once."""
        while begin < end:
            until = min(end, (begin // MINUTE + 1) * MINUTE)
            sums = self._minute(begin)
            for name, value in values.items():
                sums[name] += value * (until - begin)
            begin = until
        self.reach(end)

    def reach(self, time: float) -> None:
        """Time has come so far, whether or not there was anything to count."""
        self._now = max(self._now, time)

    def _minute(self, time: float) -> dict[str, float]:
        """The sums of the minute of a moment."""
        minute = int(time // MINUTE * MINUTE)
        sums = self._sums.get(minute)
        if sums is None:
            sums = self._sums[minute] = defaultdict(float)
        return sums

    def take(self, *, over: bool = False) -> list[Counter]:
        """As `CountingBehaviour.counts`, oldest first; they are forgotten here."""
        past = sorted(minute for minute in self._sums if over or minute + MINUTE <= self._now)
        return [
            Counter(self._camera, minute, f"{name}:{self._suffix}", round(value, 6))
            for minute in past
            for name, value in sorted(self._sums.pop(minute).items())
        ]
