"""What a plan gives: figures with their bounds, in groups, and what they rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secondsight.ask.coverage import Gap
from secondsight.ask.plan import EventStanding, TimeSpan
from secondsight.records import Event

MOST_EVENTS = 20
"""Events that an answer shows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its bounds; all None where there was nothing to measure.

    Attributes:
        low, high: between these the truth lies, as far as cameras saw.
        confirmed, unverified, rejected: what is known of what was counted; rejected ones are not in `value`.
    """

    value: float | None
    low: float | None
    high: float | None
    confirmed: int = 0
    unverified: int = 0
    rejected: int = 0

    @classmethod
    def exactly(cls, value: float | None) -> "Figure":
        return cls(value, value, value)


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the answer: `key` is a name, or a local hour or day as ISO 8601."""

    key: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Result:
    """What a plan gave.

    Attributes:
        when: the time that was looked at.
        total: over all groups.
        groups: in their order, or only the largest ones; `compared` those of the second time.
        other: the total of the second time; None without one.
        events: the newest that were counted, at most `MOST_EVENTS`.
        gaps: when cameras that the question is about were not watched.
        noted: since when it was noted whether cameras were watched; None: never.
        whole_since: retention has removed what the question is about, as far as it is older; None where it has not.
        by_totals: whether totals of that are counted.
    """

    when: TimeSpan
    total: Figure
    groups: tuple[Group, ...] = ()
    other: Figure | None = None
    compared: tuple[Group, ...] = ()
    events: tuple[Event, ...] = ()
    gaps: tuple[Gap, ...] = ()
    noted: float | None = None
    whole_since: float | None = None
    by_totals: bool = False


def figure_of(count: Mapping[EventStanding, int], asked: EventStanding | None) -> Figure:
    """Events by what is known of them as one figure; `asked`: only those count."""
    confirmed, unverified, rejected = (count[one] for one in EventStanding)
    if asked is not None:
        value = float(count[asked])
        return Figure(value, value, value, confirmed, unverified, rejected)
    return Figure(confirmed + unverified, confirmed, confirmed + unverified, confirmed, unverified, rejected)


def largest(groups: Sequence[Group]) -> Sequence[Group]:
    """Those whose value no other has more of."""
    most = max((one.figure.value or 0.0 for one in groups), default=0.0)
    return [one for one in groups if one.figure.value == most and most > 0]
