"""A question as typed data. The grammar makes it and `execute` counts by it; it contains no figure of an
answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


class Measure(StrEnum):
    """What is measured.

    EVENTS: how many events. LATEST: when the last one was. PEOPLE: how many different people made visits. VISITS: how
    many visits there were. DWELL: how long a visit is, on average. AT_ONCE: the most people at the same moment.
    PASSAGES: how many crossed a counting line. WAIT: how long people wait in a queue, on average. COST, CALLS: of the
    large model. UNSEEN: how long a camera was not watched. UNPAID: how many goods were carried out without the till.
    """

    EVENTS = "events"
    LATEST = "latest"
    PEOPLE = "people"
    VISITS = "visits"
    DWELL = "dwell"
    AT_ONCE = "at_once"
    PASSAGES = "passages"
    WAIT = "wait"
    COST = "cost"
    CALLS = "calls"
    UNSEEN = "unseen"
    UNPAID = "unpaid"


ABOUT_EVENTS = frozenset({Measure.EVENTS, Measure.LATEST, Measure.UNPAID})
LISTABLE = frozenset({Measure.EVENTS, Measure.UNPAID})
"""Measures whose events can be listed, and looked at."""
ABOUT_VISITS = frozenset({Measure.PEOPLE, Measure.VISITS, Measure.DWELL, Measure.AT_ONCE})
SECONDS = frozenset({Measure.DWELL, Measure.WAIT, Measure.UNSEEN})
"""Measures whose values are seconds."""


class EventStanding(StrEnum):
    """What is known of an event, as questions tell it apart: unsure, expired and failed ones are unverified."""

    CONFIRMED = "confirmed"
    UNVERIFIED = "unverified"
    REJECTED = "rejected"


class GroupBy(StrEnum):
    """What values are split by; hours and days are those of the site's clock."""

    HOUR = "hour"
    DAY = "day"
    CAMERA = "camera"
    ZONE = "zone"
    PRODUCT = "product"
    RULE = "rule"
    KIND = "kind"


class Direction(StrEnum):
    """Which way people pass a counting line."""

    IN = "in"
    OUT = "out"


_STRICT = {"extra": "forbid"}
"""For plans that come from outside: what is not known is refused, never left out."""


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A stretch of time, [since, until) in UTC seconds."""

    __pydantic_config__: ClassVar[Any] = _STRICT

    since: float
    until: float


@dataclass(frozen=True, slots=True)
class AskedPlace:
    """Where; empty: everywhere that the asker may see. All that is given holds at once.

    Attributes:
        cameras, zones, rules: names in the site file.
        product: what lies in the zones, where it was asked for by that.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT

    cameras: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    product: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionPlan:
    """What is asked for.

    Attributes:
        kinds: of events; none: of all.
        labels: class names of those who visit; none: of all.
        lacking: kind of the events that say what people lack, such as `no_helmet`; for visits.
        longer: least seconds of a visit.
        direction: of passages; None: both.
        when: None: as far back as anything is stored.
        compare: a second time, to set beside the first.
        standing: only events of which this is known.
        answers: what the verdict must have answered, as pairs of the question's key and the answer.
        group: None: one value.
        top: only the largest group is wanted.
        listed: the events themselves are wanted.
        open: what is asked can only be seen in the pictures of these events, such as why something happened.

    Examples:
        >>> from secondsight.ask import Measure, QuestionPlan
        >>> QuestionPlan(Measure.EVENTS, kinds=("fall",)).when is None
        True
    """

    __pydantic_config__: ClassVar[Any] = _STRICT

    measure: Measure
    kinds: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    lacking: str | None = None
    longer: float | None = None
    direction: Direction | None = None
    where: AskedPlace = AskedPlace()
    when: TimeSpan | None = None
    compare: TimeSpan | None = None
    standing: EventStanding | None = None
    answers: tuple[tuple[str, str], ...] = ()
    group: GroupBy | None = None
    top: bool = False
    listed: bool = False
    open: bool = False
