"""What questions ask of the facts, and what they get; free of SQLAlchemy."""

from dataclasses import dataclass
from enum import StrEnum

from secondsight.records import ShopLayout, Verification

QUARTER = 900
"""Seconds of the stretches into which times are grouped: every time zone's hours and days are made of them."""


class AgedRows(StrEnum):
    """Kinds of rows that retention removes. MINUTES: counts, which are added up to quarters of an hour; of EVENTS
    totals stay; FACTS are visits and coverage."""

    TRACKS = "tracks"
    MINUTES = "minutes"
    EVENTS = "events"
    FACTS = "facts"


class FactGroup(StrEnum):
    """What sums are split by. QUARTER: the quarter of an hour, by the UTC seconds of its beginning."""

    CAMERA = "camera"
    ZONE = "zone"
    RULE = "rule"
    KIND = "kind"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Absence:
    """Something that people lack, such as a helmet.

    Attributes:
        kind: of the events that report it.
        attributes: second-stage models with the answers that mean it, as pairs of a model's name and an answer.
    """

    kind: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class VisitSearch:
    """Conditions, all of which a visit meets; an empty tuple or None is no condition.

    Attributes:
        since, until: entered in [since, until), UTC seconds.
        cameras: names; None for all cameras, an empty tuple for none at all: rights are given so.
        labels: class names, in small letters.
        line: crossed it when entering.
        lacking: only of people who lack this.
        longer: stayed at least so many seconds.
    """

    since: float
    until: float
    cameras: tuple[str, ...] | None = None
    zones: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    line: str | None = None
    lacking: Absence | None = None
    longer: float | None = None


@dataclass(frozen=True, slots=True)
class EventGroup:
    """How many events have a verification in common, and what they were grouped by.

    Attributes:
        verification: what a person said of them, as confirmed or rejected; else the verdict.
    """

    key: tuple[str | int | None, ...]
    verification: Verification
    events: int


@dataclass(frozen=True, slots=True)
class VisitGroup:
    """How many visits there were, and how many seconds they took together."""

    key: tuple[str | int | None, ...]
    visits: int
    dwell: float


@dataclass(frozen=True, slots=True)
class PeopleEstimate:
    """How many different people made some visits.

    Tracks break and people come back, so a count of tracks is too high. `low` were in one place at the same moment,
    hence are different; `high` is the number of tracks; `value` takes two stays for one person's where the second
    begins a moment after the first ended, at the same spot.

    Attributes:
        confirmed, unverified, rejected: tracks by what is known of the events that say what they lack; those
            rejected are in no other number. All are unverified where nothing was asked for.
    """

    low: int
    value: int
    high: int
    confirmed: int = 0
    unverified: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class TakeSearch:
    """Takes that were triggered in [since, until), UTC seconds; an empty tuple or None is no condition.

    Attributes:
        cameras: names; None for all cameras, an empty tuple for none at all.
        zones: shelves.
    """

    since: float
    until: float
    layout: ShopLayout
    cameras: tuple[str, ...] | None = None
    zones: tuple[str, ...] = ()


class TakeFate(StrEnum):
    """What became of goods. UNPAID: who took them crossed an exit last, without a till and without putting them back.
    UNKNOWN: the track ended elsewhere, the stay at the till was too short, or a put-back is not verified."""

    PUT_BACK = "put_back"
    PAID = "paid"
    UNPAID = "unpaid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TakenGoods:
    """One take.

    Attributes:
        event: its id.
        product: as its event names it; None where it names none.
        verification: what is known of the take itself; people's word before the verdict's.
    """

    event: str
    camera: str
    zone: str | None
    product: str | None
    triggered: float
    verification: Verification
    fate: TakeFate
