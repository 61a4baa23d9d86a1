"""The facts of a report: one frozen value, computed once. All pages and sentences of the report follow from it.

Each row names its camera, and all totals are made of rows: so a person who may see some cameras gets the report of
those (`restricted`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from secondsight.event_words import Language, one_line
from secondsight.records import Box, ReportPeriod, Verification
from secondsight.report.facts.coverage import CameraWatch
from secondsight.store import AgedRows, CountedHour, EventCount, EventSpan


@dataclass(frozen=True, slots=True)
class RulePlace:
    """What a rule of the site watches: its behaviour, and the name of its zone or line if it has one."""

    rule: str
    behaviour: str
    place: str | None


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """Alerts of one camera and kind, and after how many seconds people took them, shortest first.

    Attributes:
        alerts: alerts that were sent; more than `seconds` has where some were never acknowledged.
    """

    camera: str
    kind: str
    alerts: int
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CallCost:
    """What large models have cost for one camera (empty for several) and purpose; `money` in the site's currency."""

    camera: str
    purpose: str
    calls: int
    money: float
    unpriced: int


@dataclass(frozen=True, slots=True)
class Incident:
    """One event that the report tells of.

    Attributes:
        words: what the brain said of it, in its own words; empty without a verdict.
        picture: path of a key frame in the data folder; None where there is none.
        box: where in that picture.
    """

    event: str
    camera: str
    kind: str
    zone: str | None
    triggered: float
    end: float | None
    verification: Verification
    truth: bool | None
    words: str
    picture: str | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class UnpaidGoods:
    """Goods that were carried out without the till, of takes that were not rejected.

    Attributes:
        product: name of the product, or of the shelf where it has none.
        unknown: takes of which nothing tells what became of the goods.
    """

    camera: str
    product: str
    confirmed: int
    open: int
    unknown: int


@dataclass(frozen=True, slots=True)
class DifferentPeople:
    """How many different people one camera saw, or all together (`camera` is empty): between `low` and `high`."""

    camera: str
    low: int
    value: int
    high: int


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """What is stored of one stretch of time; `hour` of its rows counts from its beginning.

    Attributes:
        unpaid: None where no camera follows goods from the shelf to the door.
    """

    period: ReportPeriod
    watch: tuple[CameraWatch, ...] = ()
    events: tuple[EventCount, ...] = ()
    responses: tuple[ResponseTimes, ...] = ()
    counts: tuple[CountedHour, ...] = ()
    heat: tuple[CountedHour, ...] = ()
    spans: tuple[EventSpan, ...] = ()
    calls: tuple[CallCost, ...] = ()
    unpaid: tuple[UnpaidGoods, ...] | None = None
    people: tuple[DifferentPeople, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything that a report may say.

    Attributes:
        site: name of the site.
        whole_since: for kinds of rows that retention has removed within the period or the one before: until when.
        titles: what people call its cameras, by name; the name where there is none.
        rules: of the site, by name.
        now: of the period itself.
        before: of the period before, to compare with.
        incidents: the events that are listed one by one.
    """

    site: str
    language: Language
    rules: tuple[RulePlace, ...]
    now: PeriodFacts
    before: PeriodFacts
    incidents: tuple[Incident, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    whole_since: Mapping[AgedRows, float] = field(default_factory=dict)

    def title_of(self, camera: str) -> str:
        """What people call a camera, on one line."""
        return one_line(self.titles.get(camera, camera))

    @property
    def period(self) -> ReportPeriod:
        """What it is about."""
        return self.now.period

    def behaviour_of(self, rule: str, kind: str) -> str:
        """The behaviour behind events of a rule; their kind where the rule is gone."""
        return next((one.behaviour for one in self.rules if one.rule == rule), kind)

    def place_of(self, rule: str) -> str | None:
        """Name of the zone or line of a rule."""
        return next((one.place for one in self.rules if one.rule == rule), None)


_FORM = TypeAdapter(ReportFacts)


def facts_to_json(facts: ReportFacts) -> str:
    """Facts as JSON text; the same facts give the same text."""
    return _FORM.dump_json(facts).decode()


def facts_from_json(text: str) -> ReportFacts:
    """Facts from JSON text. Raises ValueError for what is none."""
    return _FORM.validate_json(text)


def restricted(facts: ReportFacts, cameras: Collection[str] | None) -> ReportFacts:
    """The same report of some cameras alone; of all with None. What belongs to several at once is left out."""
    if cameras is None:
        return facts
    seen = frozenset(cameras)
    rules = {row.rule for period in (facts.now, facts.before) for row in period.events if row.camera in seen}
    rules |= {
        row.name.partition(":")[2]
        for period in (facts.now, facts.before)
        for row in period.counts
        if row.camera in seen
    }
    return replace(
        facts,
        rules=tuple(rule for rule in facts.rules if rule.rule in rules),
        now=_only(facts.now, seen),
        before=_only(facts.before, seen),
        incidents=tuple(one for one in facts.incidents if one.camera in seen),
        titles={name: title for name, title in facts.titles.items() if name in seen},
    )


def _only(period: PeriodFacts, seen: frozenset[str]) -> PeriodFacts:
    return PeriodFacts(
        period.period,
        watch=tuple(row for row in period.watch if row.camera in seen),
        events=tuple(row for row in period.events if row.camera in seen),
        responses=tuple(row for row in period.responses if row.camera in seen),
        counts=tuple(row for row in period.counts if row.camera in seen),
        heat=tuple(row for row in period.heat if row.camera in seen),
        spans=tuple(row for row in period.spans if row.camera in seen),
        calls=tuple(row for row in period.calls if row.camera in seen),
        unpaid=None if period.unpaid is None else tuple(row for row in period.unpaid if row.camera in seen),
        people=tuple(row for row in period.people if row.camera in seen),
    )


def rules_by_behaviour(facts: ReportFacts, behaviours: Iterable[str]) -> Mapping[str, RulePlace]:
    """The rules of these behaviours, by name."""
    wanted = set(behaviours)
    return {one.rule: one for one in facts.rules if one.behaviour in wanted}
