"""The values of reports that the store speaks of; free of SQLAlchemy, so that importing them costs nothing."""

from dataclasses import dataclass

from secondsight.records import ReportPeriod, Verification
from secondsight.store.values import DeliveryState


@dataclass(frozen=True, slots=True)
class EventCount:
    """Events that have all of this in common.

    Attributes:
        product: what was taken or put back, as its rule names it; None where it names none.
        truth: what people last said about them; None where nobody has said anything.
        hour: hours of 3600 s since the beginning of the stretch of time, from 0.
        events: how many.
        alerts: those for which an alert was due.
    """

    camera: str
    rule: str
    kind: str
    zone: str | None
    product: str | None
    verification: Verification
    truth: bool | None
    hour: int
    events: int
    alerts: int


@dataclass(frozen=True, slots=True)
class CountedHour:
    """The sum of one count of a camera in one hour; `hour` as of `EventCount`."""

    camera: str
    name: str
    hour: int
    value: float


@dataclass(frozen=True, slots=True)
class AlertResponse:
    """An event of which people were told: seconds until somebody took it, None where nobody did."""

    camera: str
    kind: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class EventSpan:
    """From when to when an event lasted, UTC seconds; `end` is None while it goes on."""

    camera: str
    kind: str
    zone: str | None
    verification: Verification
    start: float
    end: float | None


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report as it is kept: all it says follows from this.

    Attributes:
        language: `en` or `zh`.
        facts: figures and names, in the JSON form of the room `report`.
        prose: sentences with slots for them, as JSON; empty text for the template's.
        writer: name of the brain that wrote the sentences; empty for the template.
        created_at: when it was made, UTC seconds.
    """

    period: ReportPeriod
    language: str
    facts: str
    prose: str
    writer: str
    created_at: float

    @property
    def id(self) -> str:
        """As of the period."""
        return self.period.id


@dataclass(frozen=True, slots=True)
class ReportHeading:
    """What a list of reports shows of one.

    Attributes:
        waiting, sent, dead: to how many channels it goes, went, and cannot go.
    """

    period: ReportPeriod
    language: str
    writer: str
    created_at: float
    waiting: int
    sent: int
    dead: int

    @property
    def id(self) -> str:
        """As of the period."""
        return self.period.id


@dataclass(frozen=True, slots=True)
class ReportDelivery:
    """A report on its way to one channel's receiver; attributes as of `Delivery`."""

    channel: str
    report: str
    state: DeliveryState
    attempts: int
    next_at: float
    error: str | None
    created_at: float
    sent_at: float | None

    @property
    def id(self) -> str:
        """The same whenever it is sent."""
        return self.report
