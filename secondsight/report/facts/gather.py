"""Computes the facts of a report from the store."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator, Sequence

from secondsight.config import FRAME, ReportSettings, SiteConfig, shop_layout
from secondsight.event_words import Language
from secondsight.media import is_recording
from secondsight.records import Event, ReportPeriod, ShopLayout, Verification
from secondsight.report.facts.coverage import CountedMinutes, CoverageSource
from secondsight.report.facts.periods import previous
from secondsight.report.facts.report_facts import (
    CallCost,
    DifferentPeople,
    Incident,
    PeriodFacts,
    ReportFacts,
    ResponseTimes,
    RulePlace,
    UnpaidGoods,
)
from secondsight.store import AgedRows, EventSearch, Store, TakeFate, TakenGoods, TakeSearch, VisitSearch

LASTING = ("low_visibility", "stopped", "jam")
"""Kinds of which it counts how long they last."""
_MOST_INCIDENTS = 20
_TELLING = (Verification.CONFIRMED, Verification.UNVERIFIED, Verification.UNSURE)
"""Verifications of incidents that a report tells of, the most telling first."""


def gather(
    store: Store,
    period: ReportPeriod,
    *,
    site: str,
    language: Language,
    config: SiteConfig | None = None,
    settings: ReportSettings | None = None,
    coverage: CoverageSource | None = None,
) -> ReportFacts:
    """Everything that a report about a period may say.

    Args:
        site: name of the site.
        config: the site file, which knows the places of rules; None where only its data are known.
        settings: for the period before that it is compared with; the site file's by default.
        coverage: knows when cameras were watched; the counts per minute do by default.

    Raises:
        StoreError: the store cannot be asked.
    """
    settings = settings or (config.report if config else None) or ReportSettings()
    known = coverage or CountedMinutes(store, _recordings(config) if config is not None else ())
    names = list(config.cameras) if config is not None else list(store.observations.cameras())
    layout = shop_layout(config) if config is not None else None
    return ReportFacts(
        site=site,
        language=language,
        rules=_rules(config) if config is not None else (),
        now=_period(store, period, known, names, layout),
        before=_period(store, previous(settings, period), known, names, layout),
        incidents=tuple(map(_incident, _told(store, period))),
        titles={name: config.title_of(name) for name in names} if config is not None else {},
        whole_since={
            rows: until
            for rows, until in store.aging.horizons(names).items()
            if until > previous(settings, period).start and rows is not AgedRows.TRACKS
        },
    )


def _recordings(config: SiteConfig) -> list[str]:
    return [name for name, camera in config.cameras.items() if is_recording(name, camera)]


def _rules(config: SiteConfig) -> tuple[RulePlace, ...]:
    return tuple(
        RulePlace(name, rule.behaviour, next(iter(rule.places.values()), None))
        for name, rule in sorted(config.rules.items())
    )


def _period(
    store: Store,
    period: ReportPeriod,
    coverage: CoverageSource,
    cameras: Sequence[str],
    layout: ShopLayout | None,
) -> PeriodFacts:
    start, end, figures = period.start, period.end, store.figures
    return PeriodFacts(
        period,
        watch=tuple(coverage.watched(cameras, start, end)),
        events=tuple(figures.events(start, end)),
        responses=_responses(store, start, end),
        counts=tuple(row for row in figures.counts(start, end) if ":" in row.name),
        heat=tuple(figures.heat(start, end)),
        spans=tuple(figures.spans(LASTING, start, end)),
        calls=tuple(
            CallCost(str(one.key[0]), str(one.key[1]), one.calls, one.money, one.unpriced)
            for one in store.ledger.costs(("camera", "purpose"), since=start, until=end)
        ),
        unpaid=None if layout is None else _unpaid(store.taken.find(TakeSearch(start, end, layout))),
        people=tuple(_people(store, start, end, cameras)),
    )


def _unpaid(taken: Sequence[TakenGoods]) -> tuple[UnpaidGoods, ...]:
    counts: dict[tuple[str, str], Tally[str]] = defaultdict(Tally)
    for one in taken:
        if one.verification is Verification.REJECTED:
            continue
        known = "confirmed" if one.verification is Verification.CONFIRMED else "open"
        what = {TakeFate.UNPAID: known, TakeFate.UNKNOWN: "unknown"}.get(one.fate)
        if what is not None:
            counts[one.camera, one.product or one.zone or ""][what] += 1
    return tuple(
        UnpaidGoods(camera, product, count["confirmed"], count["open"], count["unknown"])
        for (camera, product), count in sorted(counts.items())
    )


def _people(store: Store, start: float, end: float, cameras: Sequence[str]) -> Iterator[DifferentPeople]:
    """Of each camera that saw any, and of all together where these are several."""
    seen = 0
    for camera in (*cameras, ""):
        if camera == "" and seen < 2:
            return
        wanted = VisitSearch(
            start, end, cameras=(camera,) if camera else tuple(cameras), zones=(FRAME,), labels=("person",)
        )
        found = store.tallies.people(wanted)
        if found.high:
            seen += 1
            yield DifferentPeople(camera, found.low, found.value, found.high)


def _responses(store: Store, start: float, end: float) -> tuple[ResponseTimes, ...]:
    alerts: dict[tuple[str, str], list[float | None]] = defaultdict(list)
    for one in store.figures.responses(start, end):
        alerts[one.camera, one.kind].append(one.seconds)
    return tuple(
        ResponseTimes(*key, len(seconds), tuple(sorted(round(one, 1) for one in seconds if one is not None)))
        for key, seconds in sorted(alerts.items())
    )


def _told(store: Store, period: ReportPeriod) -> list[Event]:
    """The events that are listed one by one, in order of time: chosen by verification, then the newest."""
    chosen: list[Event] = []
    for verification in _TELLING:
        wanted = EventSearch(since=period.start, until=period.end, verifications=(verification,))
        page = store.search.page(wanted, limit=_MOST_INCIDENTS - len(chosen))
        chosen += [event for event in page.events if event.alert and event.truth is not False]
        if len(chosen) >= _MOST_INCIDENTS:
            break
    return sorted(chosen, key=lambda event: (event.triggered, event.id))


def _incident(event: Event) -> Incident:
    shown = next((frame for frame in event.key_frames if frame.box is not None), None)
    frame = shown or next(iter(event.key_frames), None)
    return Incident(
        event=event.id,
        camera=event.camera,
        kind=event.kind,
        zone=event.zone,
        triggered=event.triggered,
        end=event.end,
        verification=event.verification,
        truth=event.truth,
        words=event.verdict.summary if event.verdict is not None else "",
        picture=frame.path if frame is not None else None,
        box=frame.box if frame is not None else None,
    )
