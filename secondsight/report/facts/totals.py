"""Totals that follow from the rows of a period: pure functions, used by sentences and tables alike."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TypeVar

from secondsight.records import Verification
from secondsight.report.facts.report_facts import PeriodFacts, ReportFacts, ResponseTimes
from secondsight.store import CountedHour, EventCount, EventSpan

K = TypeVar("K")

TRADE = frozenset({"take", "put_back"})
"""Behaviours whose events are what customers do, and no alarms."""
SAFETY = frozenset(
    {"no_helmet", "no_vest", "forbidden_operation", "vehicle_near_person", "lone_worker", "man_down"}
)
"""Behaviours whose events are breaches of the rules of work."""
_COLUMNS, _ROWS = 16, 9
"""Of the grid that heat maps are counted in."""


class AlarmStanding(StrEnum):
    """What is to be thought of an event: people's word counts before the brain's."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    OPEN = "open"


def standing(row: EventCount) -> AlarmStanding:
    """Whether events are true, false alarms, or neither is known."""
    if row.truth is not None:
        return AlarmStanding.CONFIRMED if row.truth else AlarmStanding.REJECTED
    known = {Verification.CONFIRMED: AlarmStanding.CONFIRMED, Verification.REJECTED: AlarmStanding.REJECTED}
    return known.get(row.verification, AlarmStanding.OPEN)


def alarms(facts: ReportFacts, period: PeriodFacts) -> list[EventCount]:
    """The rows of events that are alarms."""
    return [row for row in period.events if facts.behaviour_of(row.rule, row.kind) not in TRADE]


def breaches(facts: ReportFacts, period: PeriodFacts) -> list[EventCount]:
    """The rows of breaches of the rules of work that were not rejected."""
    return [
        row
        for row in period.events
        if facts.behaviour_of(row.rule, row.kind) in SAFETY and standing(row) is not AlarmStanding.REJECTED
    ]


def events_by(rows: Iterable[EventCount], key: Callable[[EventCount], K]) -> Counter[K]:
    """How many events there are of each sort."""
    found: Counter[K] = Counter()
    for row in rows:
        found[key(row)] += row.events
    return found


def top(counts: "Counter[K]") -> tuple[K, int] | None:
    """The most frequent; of equals the first in order of its text."""
    if not counts:
        return None
    best = min(counts, key=lambda one: (-counts[one], str(one)))
    return best, counts[best]


@dataclass(frozen=True, slots=True)
class LineFlow:
    """Who crossed one counted line: `inward` and `outward` in each hour."""

    camera: str
    rule: str
    place: str
    inward: tuple[float, ...]
    outward: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ZoneUse:
    """Who was in one counted zone.

    Attributes:
        visits: in each hour.
        dwell: seconds of presence of all visitors together.
        watched: seconds for which it was counted.
    """

    camera: str
    rule: str
    place: str
    visits: tuple[float, ...]
    dwell: float
    watched: float

    @property
    def stay(self) -> float | None:
        """Mean seconds of a visit."""
        total = sum(self.visits)
        return self.dwell / total if total else None

    @property
    def occupancy(self) -> float | None:
        """Mean number of people in it."""
        return self.dwell / self.watched if self.watched else None


@dataclass(frozen=True, slots=True)
class QueueUse:
    """Who waited in one queue.

    Attributes:
        left: people whose wait was over.
        waited: seconds that they waited, all together; `hours` are mean waits by the hour, None where nobody left.
        length: mean number of people who waited.
    """

    camera: str
    rule: str
    place: str
    left: float
    waited: float
    length: float | None
    hours: tuple[float | None, ...]

    @property
    def wait(self) -> float | None:
        """Mean wait in seconds."""
        return self.waited / self.left if self.left else None


@dataclass(frozen=True, slots=True)
class ProductUse:
    """What was taken and put back at one place.

    Attributes:
        stay: mean seconds of a visit to that place, where it is counted.
        peak: the hour in which most was taken.
        unpaid: takes whose goods were carried out without the till; None where goods are not followed.
    """

    camera: str
    product: str
    takes: int
    put_backs: int
    stay: float | None
    peak: int | None
    unpaid: int | None = None

    @property
    def kept(self) -> int:
        """Takes that were not put back."""
        return max(0, self.takes - self.put_backs)


def hours_in(period: PeriodFacts) -> int:
    """How many hours a period has; the last may be a part of one."""
    return max(1, int(-(-(period.period.end - period.period.start) // 3600)))


def flows(facts: ReportFacts, period: PeriodFacts) -> list[LineFlow]:
    """Every counted line."""
    names = _by_rule(period.counts, ("in", "out"))
    return [
        LineFlow(
            camera,
            rule,
            facts.place_of(rule) or rule,
            _hours(period, rows["in"]),
            _hours(period, rows["out"]),
        )
        for (camera, rule), rows in names
    ]


def zones(facts: ReportFacts, period: PeriodFacts) -> list[ZoneUse]:
    """Every counted zone."""
    names = _by_rule(period.counts, ("visits", "dwell", "watched"))
    return [
        ZoneUse(
            camera,
            rule,
            facts.place_of(rule) or rule,
            _hours(period, rows["visits"]),
            sum(row.value for row in rows["dwell"]),
            sum(row.value for row in rows["watched"]),
        )
        for (camera, rule), rows in names
    ]


def queues(facts: ReportFacts, period: PeriodFacts) -> list[QueueUse]:
    """Every counted queue."""
    found = []
    for (camera, rule), rows in _by_rule(period.counts, ("waited", "left", "waiting", "queue_watched")):
        waited, left = _hours(period, rows["waited"]), _hours(period, rows["left"])
        waiting, watched = (sum(row.value for row in rows[name]) for name in ("waiting", "queue_watched"))
        found.append(
            QueueUse(
                camera,
                rule,
                facts.place_of(rule) or rule,
                sum(left),
                sum(waited),
                waiting / watched if watched else None,
                tuple(a / b if b else None for a, b in zip(waited, left, strict=True)),
            )
        )
    return found


def products(facts: ReportFacts, period: PeriodFacts) -> list[ProductUse]:
    """What customers took and put back, by product or, where a rule names none, by shelf; the most taken first."""
    rows: dict[tuple[str, str], list[EventCount]] = defaultdict(list)
    for row in period.events:
        trade = facts.behaviour_of(row.rule, row.kind) in TRADE
        if trade and standing(row) is not AlarmStanding.REJECTED:
            rows[row.camera, row.product or row.zone or row.rule].append(row)
    stays = {(zone.camera, zone.place): zone.stay for zone in zones(facts, period)}
    found = []
    for (camera, name), own in rows.items():
        by_behaviour = events_by(own, lambda row: facts.behaviour_of(row.rule, row.kind))
        taken = [row for row in own if facts.behaviour_of(row.rule, row.kind) == "take"]
        peak = top(events_by(taken, lambda row: row.hour))
        stay = stays.get((camera, own[0].zone or name))
        goods = [one for one in period.unpaid or () if (one.camera, one.product) == (camera, name)]
        unpaid = None if period.unpaid is None else sum(one.confirmed + one.open for one in goods)
        found.append(
            ProductUse(
                camera,
                name,
                by_behaviour["take"],
                by_behaviour["put_back"],
                stay,
                None if peak is None else peak[0],
                unpaid,
            )
        )
    return sorted(found, key=lambda one: (-one.takes, -one.kept, one.camera, one.product))


def lasted(period: PeriodFacts, kind: str) -> list[tuple[EventSpan, float]]:
    """Events of a kind that were not rejected, with the seconds for which they lasted within the period; one that is
    not over lasts until its end."""
    begin, end = period.period.start, period.period.end
    found = []
    for span in period.spans:
        if span.kind == kind and span.verification is not Verification.REJECTED:
            until = end if span.end is None else min(span.end, end)
            found.append((span, max(0.0, until - max(span.start, begin))))
    return found


@dataclass(frozen=True, slots=True)
class HeatGrid:
    """Seconds of presence on one camera, by rows from the top and columns from the left."""

    camera: str
    cells: tuple[tuple[float, ...], ...]


def heat_grids(period: PeriodFacts) -> list[HeatGrid]:
    """One heat map for each camera that has any heat."""
    cells: dict[str, dict[tuple[int, int], float]] = defaultdict(lambda: defaultdict(float))
    for row in period.heat:
        parts = row.name.partition(":")[0].split(".")
        if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal():
            cells[row.camera][int(parts[2]), int(parts[1])] += row.value
    return [
        HeatGrid(camera, tuple(tuple(found[y, x] for x in range(_COLUMNS)) for y in range(_ROWS)))
        for camera, found in sorted(cells.items())
    ]


def middle(times: Iterable[ResponseTimes]) -> float | None:
    """Median response in seconds; None where nobody responded."""
    seconds = [one for row in times for one in row.seconds]
    return median(seconds) if seconds else None


def by_hour(period: PeriodFacts, rows: Iterable[EventCount]) -> tuple[float, ...]:
    """Events in each hour."""
    sums = [0.0] * hours_in(period)
    for row in rows:
        if 0 <= row.hour < len(sums):
            sums[row.hour] += row.events
    return tuple(sums)


def peak(values: Sequence[float]) -> int | None:
    """Position of the first of the largest; None where all are 0."""
    best = max(range(len(values)), key=lambda at: (values[at], -at), default=0)
    return best if values and values[best] > 0 else None


def _by_rule(
    counts: Iterable[CountedHour], names: Sequence[str]
) -> list[tuple[tuple[str, str], dict[str, list[CountedHour]]]]:
    """Rows of these counts, by camera and rule and then by name; rules without any of the names are left out."""
    found: dict[tuple[str, str], dict[str, list[CountedHour]]] = {}
    for row in counts:
        name, _, rule = row.name.partition(":")
        if name in names:
            of_rule = found.setdefault((row.camera, rule), {name: [] for name in names})
            of_rule[name].append(row)
    return sorted(found.items())


def _hours(period: PeriodFacts, rows: Iterable[CountedHour]) -> tuple[float, ...]:
    sums = [0.0] * hours_in(period)
    for row in rows:
        if 0 <= row.hour < len(sums):
            sums[row.hour] += row.value
    return tuple(sums)
