"""From facts to the sections of a report. A section is there where there is something to count."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from secondsight.event_words import kind_in_words, one_line
from secondsight.report.facts.periods import hours_of
from secondsight.report.facts.report_facts import Incident, PeriodFacts, ReportFacts
from secondsight.report.facts.totals import (
    AlarmStanding,
    alarms,
    breaches,
    by_hour,
    events_by,
    flows,
    heat_grids,
    lasted,
    peak,
    products,
    queues,
    standing,
    zones,
)
from secondsight.report.pages.document import (
    BarChart,
    Block,
    HeatMap,
    Paragraph,
    PictureBlock,
    ReportDocument,
    ReportSection,
    TableBlock,
)
from secondsight.report.words.figures import figures_of, place_key
from secondsight.report.words.prose import Prose, filled
from secondsight.report.words.texts import ReportWords

_MOST_GAPS = 3
"""Gaps of one camera that are told one by one."""
_HOURS_ON_A_CHART = 49
_MOST_ROWS = 50


def document_of(facts: ReportFacts, prose: Prose, pictures: int = 6) -> ReportDocument:
    """The report of these facts.

    Args:
        pictures: most key frames.
    """
    period = facts.period
    words = ReportWords(facts.language, period.timezone)
    title = words(f"title.{period.kind.value}", shift=period.shift)
    made = words("made", start=words.moment(period.start), end=words.moment(period.end), zone=period.timezone)
    parts: Sequence[Callable[[ReportFacts, ReportWords], Iterator[ReportSection]]] = (
        _alarms,
        _responses,
        _safety,
        _flows,
        _people,
        _zones,
        _products,
        _queues,
        _heat,
        _road,
    )
    return ReportDocument(
        language=facts.language,
        title=title,
        subtitle=f"{one_line(facts.site)} · {made}",
        note=words("written_by", writer=one_line(prose.writer)) if prose.writer else "",
        sections=(
            _summary(facts, prose, words),
            *(section for part in parts for section in part(facts, words)),
            *_incidents(facts, words, pictures),
            _coverage(facts, words),
            *_costs(facts, words),
        ),
    )


def _summary(facts: ReportFacts, prose: Prose, words: ReportWords) -> ReportSection:
    gaps = any(one.blind > 0 for one in facts.now.watch)
    warning = [Paragraph(words("coverage.warning"), warning=True)] if gaps else []
    return ReportSection(words("summary"), (*warning, *(Paragraph(one) for one in filled(prose, facts))))


def _coverage(facts: ReportFacts, words: ReportWords) -> ReportSection:
    told: list[str] = []
    for watch in facts.now.watch:
        camera = facts.title_of(watch.camera)
        if not watch.known:
            told.append(words("coverage.unknown", camera=camera))
        for gap in watch.gaps[:_MOST_GAPS]:
            begin, end = words.moment(gap.start), words.moment(gap.end, "%H:%M")
            if gap.end - gap.start > 12 * 3600:
                end = words.moment(gap.end)
            told.append(words("coverage.gap", camera=camera, start=begin, end=end))
        rest = watch.gaps[_MOST_GAPS:]
        if rest:
            lost = words.lasted(sum(gap.end - gap.start for gap in rest))
            told.append(words("coverage.more", camera=camera, count=len(rest), seconds=lost))
    told = told or [words("coverage.whole")]
    told += [words(f"kept.{rows}", until=words.moment(until)) for rows, until in facts.whole_since.items()]
    return ReportSection(words("coverage"), tuple(map(Paragraph, told)))


def _alarms(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    rows = alarms(facts, facts.now)
    if not rows:
        return
    counts = events_by(rows, lambda row: (row.kind, standing(row)))
    kinds = sorted(
        {row.kind for row in rows}, key=lambda kind: -sum(counts[kind, one] for one in AlarmStanding)
    )
    before = events_by(alarms(facts, facts.before), lambda row: row.kind)
    rows_of_kinds = (
        (
            kind_in_words(kind, words.language),
            *(str(counts[kind, one]) for one in AlarmStanding),
            str(sum(counts[kind, one] for one in AlarmStanding)),
            str(before[kind]),
        )
        for kind in kinds
    )
    heads = ("kind", *(one.value for one in AlarmStanding), "all", "before")
    table = _table(words, "alarms.by_kind", heads, rows_of_kinds, figures=5)
    yield ReportSection(
        words("alarms"), (table, *_over_time("alarms.by", facts.now, by_hour(facts.now, rows), words))
    )


def _responses(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    times = [row for row in facts.now.responses if row.alerts]
    if not times:
        return
    rows = (
        (
            facts.title_of(row.camera),
            kind_in_words(row.kind, words.language),
            str(row.alerts),
            str(len(row.seconds)),
            words.lasted(row.seconds[len(row.seconds) // 2]) if row.seconds else "–",
            words.lasted(row.seconds[-1]) if row.seconds else "–",
        )
        for row in times[:_MOST_ROWS]
    )
    heads = ("camera", "kind", "told", "taken", "median", "longest")
    table = _table(words, "responses.caption", heads, rows, figures=4)
    yield ReportSection(words("responses"), (table,))


def _safety(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    rows, earlier = breaches(facts, facts.now), breaches(facts, facts.before)
    if not rows and not earlier:
        return
    places = events_by(rows, lambda row: (*place_key(row), row.kind))
    before = events_by(earlier, lambda row: (*place_key(row), row.kind))
    ranked = sorted(places, key=lambda one: (-places[one], one))

    def table(caption: str, chosen: Sequence[tuple[str, str, str]]) -> TableBlock:
        rows = (
            (
                facts.title_of(camera),
                one_line(place),
                kind_in_words(kind, words.language),
                str(places[camera, place, kind]),
                str(before[camera, place, kind]),
            )
            for camera, place, kind in chosen[:_MOST_ROWS]
        )
        return _table(words, caption, ("camera", "place", "kind", "breaches", "before"), rows, figures=2)

    again = [one for one in ranked if before[one]]
    tables = [table("safety.caption", ranked), *([table("safety.repeat", again)] if again else [])]
    chart = _over_time("safety", facts.now, by_hour(facts.now, rows), words)
    yield ReportSection(words("safety"), (*tables, *chart))


def _flows(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    lines = flows(facts, facts.now)
    if not lines:
        return
    before = {(line.camera, line.rule): sum(line.inward) for line in flows(facts, facts.before)}
    rows = (
        (
            facts.title_of(line.camera),
            one_line(line.place),
            f"{sum(line.inward):.0f}",
            f"{sum(line.outward):.0f}",
            _hour(facts.now, peak(line.inward), words),
            f"{before.get((line.camera, line.rule), 0.0):.0f}",
        )
        for line in lines
    )
    heads = ("camera", "place", "in", "out", "busiest", "before")
    table = _table(words, "flows.caption", heads, rows, figures=4)
    inward = [sum(values) for values in zip(*(line.inward for line in lines), strict=True)]
    yield ReportSection(words("flows"), (table, *_over_time("flows", facts.now, inward, words)))


def _people(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    if not facts.now.people:
        return
    before = {one.camera: one.value for one in facts.before.people}
    rows = (
        (
            facts.title_of(one.camera) if one.camera else words("people.all"),
            str(one.value),
            str(one.low),
            str(one.high),
            str(before.get(one.camera, 0)),
        )
        for one in facts.now.people
    )
    table = _table(words, "people.caption", ("camera", "about", "least", "most", "before"), rows, figures=4)
    yield ReportSection(words("people"), (table,))


def _zones(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    used = [zone for zone in zones(facts, facts.now) if sum(zone.visits) or zone.watched]
    if not used:
        return
    before = {(zone.camera, zone.rule): sum(zone.visits) for zone in zones(facts, facts.before)}
    rows = (
        (
            facts.title_of(zone.camera),
            one_line(zone.place),
            f"{sum(zone.visits):.0f}",
            "–" if zone.stay is None else words.lasted(zone.stay),
            "–" if zone.occupancy is None else f"{zone.occupancy:.1f}",
            _hour(facts.now, peak(zone.visits), words),
            f"{before.get((zone.camera, zone.rule), 0.0):.0f}",
        )
        for zone in used
    )
    heads = ("camera", "place", "visits", "stay", "occupancy", "busiest", "before")
    table = _table(words, "zones.caption", heads, rows, figures=5)
    yield ReportSection(words("zones"), (table,))


def _products(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    found = products(facts, facts.now)
    if not found:
        return
    before = {(one.camera, one.product): one.takes for one in products(facts, facts.before)}
    rows = (
        (
            one_line(one.product),
            facts.title_of(one.camera),
            str(one.takes),
            str(one.put_backs),
            str(one.kept),
            "–" if one.unpaid is None else str(one.unpaid),
            "–" if one.stay is None else words.lasted(one.stay),
            _hour(facts.now, one.peak, words),
            str(before.get((one.camera, one.product), 0)),
        )
        for one in found[:_MOST_ROWS]
    )
    heads = ("product", "camera", "takes", "put_backs", "kept", "unpaid", "stay", "busiest", "before")
    table = _table(words, "products.caption", heads, rows, figures=7)
    note = [Paragraph(words("unpaid.note"))] if facts.now.unpaid is not None else []
    yield ReportSection(words("products"), (table, *note))


def _queues(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    found = queues(facts, facts.now)
    if not found:
        return
    before = {(one.camera, one.rule): one.wait for one in queues(facts, facts.before)}
    rows = []
    for one in found:
        earlier = before.get((one.camera, one.rule))
        rows.append(
            (
                facts.title_of(one.camera),
                one_line(one.place),
                f"{one.left:.0f}",
                "–" if one.wait is None else words.lasted(one.wait),
                "–" if one.length is None else f"{one.length:.1f}",
                "–" if earlier is None else words.lasted(earlier),
            )
        )
    charts = [
        BarChart(
            words("queues.hours", place=one_line(one.place)),
            _labels(facts.now),
            tuple(hour or 0.0 for hour in one.hours),
        )
        for one in found
        if 1 < len(one.hours) <= _HOURS_ON_A_CHART and one.left
    ]
    heads = ("camera", "place", "left", "wait", "length", "before")
    table = _table(words, "queues.caption", heads, rows, figures=4)
    yield ReportSection(words("queues"), (table, *charts))


def _heat(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    grids = heat_grids(facts.now)
    if not grids:
        return
    pictures = {one.camera: one.picture for one in facts.incidents if one.picture is not None}
    maps = []
    for grid in grids:
        minutes = f"{sum(map(sum, grid.cells)) / 60:.0f}"
        caption = words("heat.caption", camera=facts.title_of(grid.camera), minutes=minutes)
        maps.append(HeatMap(caption, grid.camera, grid.cells, pictures.get(grid.camera)))
    yield ReportSection(words("heat"), tuple(maps))


def _road(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    blocks: list[Block] = []
    for kind, caption in (
        ("low_visibility", "road.visibility"),
        ("stopped", "road.stops"),
        ("jam", "road.jams"),
    ):
        cameras: dict[str, list[float]] = {}
        for span, seconds in lasted(facts.now, kind):
            cameras.setdefault(span.camera, []).append(seconds)
        if cameras:
            rows = (
                (facts.title_of(camera), str(len(times)), words.lasted(sum(times)), words.lasted(max(times)))
                for camera, times in sorted(cameras.items())
            )
            blocks.append(_table(words, caption, ("camera", "count", "lasted", "longest"), rows, figures=3))
    if blocks:
        yield ReportSection(words("road"), tuple(blocks))


def _incidents(facts: ReportFacts, words: ReportWords, pictures: int) -> Iterator[ReportSection]:
    shown = [one for one in facts.incidents if one.picture is not None][:pictures]
    if not facts.incidents:
        return
    rows = (
        (
            words.moment(one.triggered, "%Y-%m-%d %H:%M:%S"),
            facts.title_of(one.camera),
            one_line(one.zone or ""),
            kind_in_words(one.kind, words.language),
            _verdict(one, words),
            one_line(one.words),
        )
        for one in facts.incidents
    )
    heads = ("time", "camera", "place", "kind", "verdict", "words")
    table = _table(words, "incidents", heads, rows, figures=0)
    frames = [
        PictureBlock(_caption(one, facts, words), one.camera, str(one.picture), one.box) for one in shown
    ]
    yield ReportSection(words("incidents"), (table, *frames))


def _caption(one: Incident, facts: ReportFacts, words: ReportWords) -> str:
    return words(
        "picture.caption",
        time=words.moment(one.triggered, "%Y-%m-%d %H:%M:%S"),
        camera=facts.title_of(one.camera),
        kind=kind_in_words(one.kind, words.language),
        verdict=_verdict(one, words),
    )


def _verdict(one: Incident, words: ReportWords) -> str:
    if one.truth is not None:
        return words("confirmed" if one.truth else "rejected")
    return words(f"verification.{one.verification.value}")


def _costs(facts: ReportFacts, words: ReportWords) -> Iterator[ReportSection]:
    if not facts.now.calls:
        return
    purposes = sorted({one.purpose for one in facts.now.calls})
    rows = []
    for purpose in purposes:
        own = [one for one in facts.now.calls if one.purpose == purpose]
        rows.append((purpose, str(sum(one.calls for one in own)), f"{sum(one.money for one in own):.4f}"))
    unpriced = sum(one.unpriced for one in facts.now.calls)
    table = _table(words, "costs", ("purpose", "calls", "money"), rows, figures=2)
    note = [Paragraph(words("unpriced", count=unpriced))] if unpriced else []
    yield ReportSection(words("costs"), (table, *note))


def _table(
    words: ReportWords, caption: str, heads: Sequence[str], rows: Iterable[tuple[str, ...]], figures: int
) -> TableBlock:
    """A table whose caption and heads are keys of the words."""
    return TableBlock(words(caption), tuple(words(head) for head in heads), tuple(rows), figures=figures)


def _over_time(
    key: str, period: PeriodFacts, values: Sequence[float], words: ReportWords
) -> Iterator[BarChart]:
    """A chart by the hour, or by the day where there are many hours; none of a single hour."""
    if len(values) <= 1 or not any(values):
        return
    dotted = {"alarms.by": ("alarms.by_hour", "alarms.by_day")}
    by_hours, by_days = dotted.get(key, (f"{key}.hours", f"{key}.days"))
    if len(values) <= _HOURS_ON_A_CHART:
        yield BarChart(words(by_hours), _labels(period), tuple(values))
        return
    days: dict[str, float] = {}
    for begin, value in zip(hours_of(period.period), values, strict=True):
        day = begin.strftime("%m-%d")
        days[day] = days.get(day, 0.0) + value
    yield BarChart(words(by_days), tuple(days), tuple(days.values()))


def _labels(period: PeriodFacts) -> tuple[str, ...]:
    return tuple(begin.strftime("%H:%M") for begin in hours_of(period.period))


def _hour(period: PeriodFacts, hour: int | None, words: ReportWords) -> str:
    if hour is None:
        return "–"
    return list(hours_of(period.period))[hour].strftime(words("hour.of_day"))


def key_figures(facts: ReportFacts) -> dict[str, str]:
    """Every figure of a report by its key, as it is shown; for programs."""
    return {key: figure.text for key, figure in figures_of(facts).items()}
