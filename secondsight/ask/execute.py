"""A plan on a store: figures with their bounds, what they rest on, and what nobody could see. All counting is SQL."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from secondsight.ask.coverage import Gap, Unseen, gaps_of
from secondsight.ask.grammar import SiteClock
from secondsight.ask.plan import (
    ABOUT_EVENTS,
    Direction,
    EventStanding,
    GroupBy,
    Measure,
    QuestionPlan,
    TimeSpan,
)
from secondsight.ask.refusal import MisunderstoodError, Why
from secondsight.ask.results import MOST_EVENTS, Figure, Group, Result, figure_of, largest
from secondsight.ask.scope import BY_CLOCK, PlanScope
from secondsight.ask.vocabulary import Vocabulary
from secondsight.config import FRAME
from secondsight.records import Event, Verification
from secondsight.store import (
    Absence,
    AgedRows,
    EventSearch,
    FactGroup,
    Store,
    TakeFate,
    TakenGoods,
    TakeSearch,
    VisitSearch,
)

_STANDING = {Verification.CONFIRMED: EventStanding.CONFIRMED, Verification.REJECTED: EventStanding.REJECTED}
_VERIFICATIONS = {
    EventStanding.CONFIRMED: (Verification.CONFIRMED,),
    EventStanding.REJECTED: (Verification.REJECTED,),
    EventStanding.UNVERIFIED: (
        Verification.UNVERIFIED,
        Verification.UNSURE,
        Verification.EXPIRED,
        Verification.FAILED,
    ),
}
_FACTS = {
    GroupBy.CAMERA: (FactGroup.CAMERA,),
    GroupBy.ZONE: (FactGroup.ZONE,),
    GroupBy.PRODUCT: (FactGroup.CAMERA, FactGroup.ZONE),
    GroupBy.RULE: (FactGroup.RULE,),
    GroupBy.KIND: (FactGroup.KIND,),
    GroupBy.HOUR: (FactGroup.QUARTER,),
    GroupBy.DAY: (FactGroup.QUARTER,),
}
_AGED = {
    **dict.fromkeys((Measure.EVENTS, Measure.LATEST), AgedRows.EVENTS),
    **dict.fromkeys(
        (Measure.PEOPLE, Measure.AT_ONCE, Measure.VISITS, Measure.DWELL, Measure.UNSEEN, Measure.UNPAID),
        AgedRows.FACTS,
    ),
}
"""What a measure rests on, where that is removed in time; counts are only added up."""
_COUNTS = {Direction.IN: ("in",), Direction.OUT: ("out",), None: ("in", "out")}


class Executor:
    """Executes plans for people who may see some cameras.

    Args:
        cameras: those; None for all.
    """

    def __init__(
        self, store: Store, vocabulary: Vocabulary, clock: SiteClock, cameras: tuple[str, ...] | None = None
    ) -> None:
        self._store, self._vocabulary, self._clock = store, vocabulary, clock
        self._scope = PlanScope(vocabulary, clock, cameras)

    def run(self, plan: QuestionPlan) -> Result:
        """The figures of a plan. Raises StoreError, or MisunderstoodError for more parts than can be measured."""
        when = plan.when or self._all_time()
        total, groups = self._measured(plan, when)
        other, compared = (None, ()) if plan.compare is None else self._measured(plan, plan.compare)
        if plan.top:
            groups = largest(groups)
        gaps, noted = self._gaps(plan, when)
        whole_since = self._whole_since(plan, when)
        return Result(
            when=when,
            total=total,
            groups=tuple(groups),
            other=other,
            compared=tuple(compared),
            events=self._events(plan, when),
            gaps=gaps,
            noted=noted,
            whole_since=whole_since,
            by_totals=plan.measure is Measure.EVENTS and not plan.answers,
        )

    def _whole_since(self, plan: QuestionPlan, when: TimeSpan) -> float | None:
        """Until when retention has removed rows of the time that is asked about."""
        rows = _AGED.get(plan.measure)
        begin = min(when.since, plan.compare.since if plan.compare else when.since)
        until = None if rows is None else self._store.aging.horizons(self._scope.cameras(plan)).get(rows)
        return until if until is not None and begin < until else None

    def _all_time(self) -> TimeSpan:
        known = [
            moment
            for moment in (self._store.presence.first(), (self._store.tallies.span() or (None,))[0])
            if moment is not None
        ]
        return TimeSpan(min(known, default=self._clock.now), self._clock.now)

    def _measured(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Figure, Sequence[Group]]:
        match plan.measure:
            case Measure.EVENTS:
                return self._event_counts(plan, when)
            case Measure.LATEST:
                return self._latest(plan, when), ()
            case Measure.PEOPLE | Measure.AT_ONCE:
                return self._split(
                    plan, when, self._people if plan.measure is Measure.PEOPLE else self._at_once
                )
            case Measure.VISITS | Measure.DWELL:
                return self._visit_sums(plan, when)
            case Measure.PASSAGES:
                return self._passages(plan, when)
            case Measure.WAIT:
                return self._waits(plan, when)
            case Measure.COST | Measure.CALLS:
                return self._calls(plan, when)
            case Measure.UNSEEN:
                return self._unseen(plan, when)
            case Measure.UNPAID:
                return self._unpaid(plan, when)

    # -- events

    def search_of(self, plan: QuestionPlan, when: TimeSpan) -> EventSearch:
        """The events that a plan is about."""
        return EventSearch(
            cameras=self._scope.cameras(plan),
            kinds=plan.kinds or ((plan.lacking,) if plan.lacking else ()),
            rules=plan.where.rules,
            zones=plan.where.zones or self._zones_of(plan.where.product),
            verifications=_VERIFICATIONS[plan.standing] if plan.standing else (),
            since=when.since,
            until=when.until,
        )

    def _zones_of(self, product: str | None) -> tuple[str, ...]:
        return () if product is None else tuple(one.zone for one in self._vocabulary.zones_of(product))

    def _event_counts(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Figure, Sequence[Group]]:
        by = _FACTS[plan.group] if plan.group else ()
        found = self._store.tallies.events(self.search_of(plan, when), by, answers=dict(plan.answers) or None)
        counts: dict[str, dict[EventStanding, int]] = defaultdict(lambda: dict.fromkeys(EventStanding, 0))
        whole = dict.fromkeys(EventStanding, 0)
        for one in found:
            standing = _STANDING.get(one.verification, EventStanding.UNVERIFIED)
            whole[standing] += one.events
            if plan.group:
                key = self._scope.key(plan.group, one.key)
                if key is not None:
                    counts[key][standing] += one.events
        groups = [Group(key, figure_of(count, plan.standing)) for key, count in counts.items()]
        if plan.standing is not EventStanding.REJECTED:
            groups = [one for one in groups if one.figure.value]
        total = figure_of(whole, plan.standing)
        if plan.answers and plan.standing is None:
            # Nobody has asked the second look about these yet, so any of them may be meant.
            everything = self._store.tallies.events(self.search_of(plan, when))
            unasked = (
                sum(one.events for one in everything if one.verification not in _STANDING) - total.unverified
            )
            total = replace(total, high=(total.high or 0.0) + unasked, unverified=total.unverified + unasked)
        return total, self._scope.in_order(plan, groups)

    def _latest(self, plan: QuestionPlan, when: TimeSpan) -> Figure:
        newest = self._store.search.page(self._standing_ones(plan, when), limit=1).events
        return Figure.exactly(newest[0].triggered if newest else None)

    def _standing_ones(self, plan: QuestionPlan, when: TimeSpan) -> EventSearch:
        """As `search_of`, without those that were rejected, unless they are asked for."""
        wanted = self.search_of(plan, when)
        if plan.standing is None:
            kept = (*_VERIFICATIONS[EventStanding.CONFIRMED], *_VERIFICATIONS[EventStanding.UNVERIFIED])
            wanted = replace(wanted, verifications=kept)
        return wanted

    def _events(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Event, ...]:
        if plan.measure is Measure.UNPAID:
            carried = [one.event for one in self._taken(plan, when) if _counts(one, plan.standing)]
            found = self._store.search.some(carried[: -MOST_EVENTS - 1 : -1])
            return tuple(found[id] for id in carried[::-1] if id in found)
        if plan.measure not in ABOUT_EVENTS and plan.lacking is None:
            return ()
        page = self._store.search.page(self._standing_ones(plan, when), limit=MOST_EVENTS)
        return page.events if plan.measure is not Measure.LATEST else page.events[:1]

    # -- goods

    def _taken(self, plan: QuestionPlan, when: TimeSpan) -> list[TakenGoods]:
        layout = self._vocabulary.shop
        if layout is None:
            raise MisunderstoodError(Why.NOT_WATCHED, (Measure.UNPAID.value,))
        zones = plan.where.zones or self._zones_of(plan.where.product)
        wanted = TakeSearch(when.since, when.until, layout, cameras=self._scope.cameras(plan), zones=zones)
        return self._store.taken.find(wanted)

    def _unpaid(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Figure, Sequence[Group]]:
        taken = self._taken(plan, when)
        groups: dict[str, list[TakenGoods]] = defaultdict(list)
        for one in taken:
            keys = {
                GroupBy.CAMERA: (one.camera,),
                GroupBy.ZONE: (one.zone,),
                GroupBy.PRODUCT: (one.camera, one.zone),
            }
            if plan.group and (
                key := self._scope.key(plan.group, keys.get(plan.group, (int(one.triggered),)))
            ):
                groups[key].append(one)
        found = [Group(key, _of_goods(some, plan.standing)) for key, some in groups.items()]
        kept = [one for one in found if one.figure.value]
        return _of_goods(taken, plan.standing), self._scope.in_order(plan, kept)

    # -- visits

    def _visits_of(self, plan: QuestionPlan, when: TimeSpan) -> VisitSearch:
        lacking = None
        if plan.lacking is not None:
            lacking = self._vocabulary.absences.get(plan.lacking, Absence(plan.lacking))
        return VisitSearch(
            when.since,
            when.until,
            cameras=self._scope.cameras(plan),
            zones=plan.where.zones or (FRAME,),
            labels=plan.labels,
            lacking=lacking,
            longer=plan.longer,
        )

    def _people(self, plan: QuestionPlan, when: TimeSpan) -> Figure:
        found = self._store.tallies.people(self._visits_of(plan, when))
        if plan.lacking is None:
            return Figure(found.value, found.low, found.high)
        return Figure(found.value, found.low, found.high, found.confirmed, found.unverified, found.rejected)

    def _at_once(self, plan: QuestionPlan, when: TimeSpan) -> Figure:
        return Figure.exactly(self._store.tallies.most_at_once(self._visits_of(plan, when)))

    def _split(
        self, plan: QuestionPlan, when: TimeSpan, measured: Callable[[QuestionPlan, TimeSpan], Figure]
    ) -> tuple[Figure, Sequence[Group]]:
        """What cannot be added up is measured for each group by itself."""
        total = measured(plan, when)
        if plan.group is None:
            return total, ()
        if plan.group in BY_CLOCK:
            parts = [(key, measured(plan, span)) for key, span in self._scope.stretches(plan.group, when)]
        elif plan.group is GroupBy.CAMERA:
            parts = [
                (name, measured(replace(plan, where=replace(plan.where, cameras=(name,))), when))
                for name in self._scope.seen(plan)
            ]
        else:
            parts = [
                (zone, measured(replace(plan, where=replace(plan.where, zones=(zone,))), when))
                for zone in dict.fromkeys(one.zone for one in self._vocabulary.zones)
            ]
        return total, [Group(key, figure) for key, figure in parts if figure.high]

    def _visit_sums(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Figure, Sequence[Group]]:
        by = _FACTS[plan.group] if plan.group else ()
        sums: dict[str | None, list[float]] = defaultdict(lambda: [0, 0.0])
        for one in self._store.tallies.visits(self._visits_of(plan, when), by):
            for key in {None, self._scope.key(plan.group, one.key) if plan.group else None}:
                sums[key][0] += one.visits
                sums[key][1] += one.dwell
        dwell = plan.measure is Measure.DWELL

        def figure(visits: float, seconds: float) -> Figure:
            return Figure.exactly((seconds / visits if visits else None) if dwell else visits)

        groups = [Group(key, figure(*both)) for key, both in sums.items() if key is not None]
        return figure(*sums[None]), self._scope.in_order(plan, groups)

    # -- counts per minute

    def _passages(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Figure, Sequence[Group]]:
        rules = plan.where.rules or tuple(one.rule for one in self._vocabulary.counting)
        names = [f"{way}:{rule}" for rule in rules for way in _COUNTS[plan.direction]]
        found = self._store.tallies.counted(names, when.since, when.until, cameras=self._scope.cameras(plan))
        sums: dict[str, float] = defaultdict(float)
        for (camera, _, begin), value in found.items():
            if plan.group:
                key = self._scope.key(plan.group, (begin,) if plan.group in BY_CLOCK else (camera,))
                assert key is not None
                sums[key] += value
        groups = [Group(key, Figure.exactly(value)) for key, value in sums.items()]
        return Figure.exactly(sum(found.values())), self._scope.in_order(plan, groups)

    def _waits(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Figure, Sequence[Group]]:
        rules = plan.where.rules or self._vocabulary.queues
        names = [f"{what}:{rule}" for rule in rules for what in ("waited", "left")]
        found = self._store.tallies.counted(names, when.since, when.until, cameras=self._scope.cameras(plan))
        sums: dict[str | None, dict[str, float]] = defaultdict(lambda: {"waited": 0.0, "left": 0.0})
        for (camera, name, begin), value in found.items():
            key = (
                self._scope.key(plan.group, (begin,) if plan.group in BY_CLOCK else (camera,))
                if plan.group
                else None
            )
            for one in {None, key}:
                sums[one][name.partition(":")[0]] += value

        def mean(both: Mapping[str, float]) -> Figure:
            return Figure.exactly(both["waited"] / both["left"] if both["left"] else None)

        groups = [Group(key, mean(both)) for key, both in sums.items() if key is not None and both["left"]]
        return mean(sums[None]), self._scope.in_order(plan, groups)

    # -- the large model, and what was not seen

    def _calls(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Figure, Sequence[Group]]:
        def figure(span: TimeSpan, cameras: tuple[str, ...] | None) -> Figure:
            found = self._store.ledger.costs(cameras=cameras, since=span.since, until=span.until)
            if plan.measure is Measure.CALLS:
                return Figure.exactly(found[0].calls if found else 0)
            return Figure.exactly(found[0].money if found else 0.0)

        total = figure(when, self._scope.cameras(plan))
        if plan.group is GroupBy.DAY:
            parts = [
                (key, figure(span, self._scope.cameras(plan)))
                for key, span in self._scope.stretches(plan.group, when)
            ]
        elif plan.group is GroupBy.CAMERA:
            parts = [(name, figure(when, (name,))) for name in self._scope.seen(plan)]
        else:
            parts = []
        return total, [Group(key, one) for key, one in parts if one.value]

    def _unseen(self, plan: QuestionPlan, when: TimeSpan) -> tuple[Figure, Sequence[Group]]:
        gaps, _ = self._gaps(plan, when)
        sums: dict[str, float] = defaultdict(float)
        for gap in gaps:
            if gap.why is Unseen.LOW_VISIBILITY:
                continue
            sums[gap.camera] += gap.until - gap.since
        groups = [Group(name, Figure.exactly(value)) for name, value in sums.items()] if plan.group else []
        return Figure.exactly(sum(sums.values())), self._scope.in_order(plan, groups)

    def _gaps(self, plan: QuestionPlan, when: TimeSpan) -> tuple[tuple[Gap, ...], float | None]:
        if plan.measure in (Measure.COST, Measure.CALLS):
            return (), None
        noted = self._store.presence.first()
        if noted is None:
            return (), None
        cameras = self._scope.seen(plan)
        spans = self._store.presence.coverage(when.since, when.until, cameras=cameras)
        gaps = gaps_of(spans, cameras, max(when.since, noted), when.until)
        return (*gaps, *self._dim(cameras, when)), noted

    def _dim(self, cameras: tuple[str, ...], when: TimeSpan) -> Iterable[Gap]:
        """When there was little to see, by the rules that watch for that."""
        wanted = EventSearch(
            cameras=cameras,
            kinds=("low_visibility",),
            verifications=(
                *_VERIFICATIONS[EventStanding.CONFIRMED],
                *_VERIFICATIONS[EventStanding.UNVERIFIED],
            ),
            since=when.since,
            until=when.until,
        )
        for event in self._store.search.page(wanted, limit=MOST_EVENTS).events:
            end = event.end if event.end is not None else when.until
            yield Gap(event.camera, Unseen.LOW_VISIBILITY, event.start, min(end, when.until))


def _counts(one: TakenGoods, asked: EventStanding | None) -> bool:
    """Whether goods were carried out unpaid, as far as that is asked for."""
    standing = _STANDING.get(one.verification, EventStanding.UNVERIFIED)
    return one.fate is TakeFate.UNPAID and (
        standing is asked if asked else standing is not EventStanding.REJECTED
    )


def _of_goods(taken: Iterable[TakenGoods], asked: EventStanding | None) -> Figure:
    """Goods carried out unpaid; what became of others is not known, so these may be more."""
    counts = dict.fromkeys(EventStanding, 0)
    unknown = 0
    for one in taken:
        standing = _STANDING.get(one.verification, EventStanding.UNVERIFIED)
        counts[standing] += one.fate is TakeFate.UNPAID
        meant = standing is asked if asked else standing is not EventStanding.REJECTED
        unknown += one.fate is TakeFate.UNKNOWN and meant
    figure = figure_of(counts, asked)
    return replace(figure, high=(figure.high or 0.0) + unknown)
