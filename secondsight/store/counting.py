"""Counts per minute, summed up over minutes, hours or days, and the means that follow from them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from secondsight.records import Counter

HEAT = "heat."
MEANS = {
    "occupancy": ("dwell", "watched"),
    "queue": ("waiting", "queue_watched"),
    "wait": ("waited", "left"),
}
"""What is a quotient of two sums: the mean number in a zone, the mean length of a queue, the mean wait in seconds."""


class TimeGrouping(StrEnum):
    """How long a stretch of time is summed up."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """Its length."""
        return {TimeGrouping.MINUTE: 60, TimeGrouping.HOUR: 3600, TimeGrouping.DAY: 86400}[self]

    @property
    def added_up(self) -> int:
        """Seconds over which the database may add up beforehand: every zone's clock differs by quarters of hours."""
        return min(self.seconds, 900)


@dataclass(frozen=True, slots=True)
class Count:
    """One line: a sum, or a mean over the stretch of time that begins at `time`, UTC seconds."""

    camera: str
    time: int
    name: str
    value: float

    def is_of(self, name: str | None) -> bool:
        """Whether it is called so, or is of the rule called so; None: of any."""
        return name is None or self.name == name or self.name.partition(":")[2] == name


def summed(counters: Iterable[Counter], seconds: int, zone: tzinfo = UTC) -> list[Count]:
    """Sums over stretches of `seconds` by the clock of `zone`, and the means that follow from them; no heat maps.

    Means are quotients of sums, so that of an hour is not the mean of its minutes' means.
    """
    sums: dict[tuple[int, str, str], float] = defaultdict(float)
    for one in counters:
        if ":" in one.name and not one.name.startswith(HEAT):
            sums[_begin(one.minute, seconds, zone), one.camera, one.name] += one.value
    for (time, camera, name), whole in list(sums.items()):
        what, _, rule = name.partition(":")
        for mean, (over, under) in MEANS.items():
            if what == under and whole > 0:
                sums[time, camera, f"{mean}:{rule}"] = sums.get((time, camera, f"{over}:{rule}"), 0.0) / whole
    return [Count(camera, time, name, value) for (time, camera, name), value in sorted(sums.items())]


def _begin(minute: float, seconds: int, zone: tzinfo) -> int:
    """UTC seconds at which the stretch begins that holds a minute."""
    ahead = datetime.fromtimestamp(minute, zone).utcoffset()
    offset = int(ahead.total_seconds()) if ahead else 0
    return int((minute + offset) // seconds * seconds) - offset
