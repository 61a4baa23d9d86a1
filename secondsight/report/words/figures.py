"""The figures and names that sentences may speak of, by key, as they are shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from secondsight.event_words import kind_in_words, one_line
from secondsight.report.facts.periods import hours_of
from secondsight.report.facts.report_facts import PeriodFacts, ReportFacts
from secondsight.report.facts.totals import (
    AlarmStanding,
    alarms,
    breaches,
    by_hour,
    events_by,
    flows,
    lasted,
    middle,
    peak,
    products,
    queues,
    standing,
    top,
)
from secondsight.report.words.texts import ReportWords
from secondsight.store import EventCount


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One thing that a sentence may speak of.

    Attributes:
        key: in braces it stands for `text`.
        text: as it is shown, in the report's language.
        meaning: what it is, in English, for a model that writes.
        is_name: a name from outside, which no model gets to see.
    """

    key: str
    text: str
    meaning: str
    is_name: bool = False


def figures_of(facts: ReportFacts) -> dict[str, ReportFigure]:
    """Every figure that this report has, by key; what nothing was counted of has none."""
    words = ReportWords(facts.language, facts.period.timezone)
    parts = (_alarms, _responses, _flows, _people, _products, _queues, _safety, _road, _blind)
    return {figure.key: figure for part in parts for figure in part(facts, words)}


def place_key(row: EventCount) -> tuple[str, str]:
    """Where an event was: camera, and zone or else rule."""
    return row.camera, row.zone or row.rule


def _alarms(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    now, before = alarms(facts, facts.now), alarms(facts, facts.before)
    count = sum(row.events for row in now)
    yield ReportFigure("alarms", str(count), "alarms raised in this period")
    yield _change("alarms", count, sum(row.events for row in before), words)
    by_standing = events_by(now, standing)
    if not count:
        return
    for one in AlarmStanding:
        yield ReportFigure(f"alarms.{one.value}", str(by_standing[one]), f"alarms that are {_MEANINGS[one]}")
    best = top(events_by(now, lambda row: row.kind))
    hour = peak(by_hour(facts.now, now))
    if best is not None:
        kind = kind_in_words(best[0], words.language)
        yield ReportFigure("alarms.kind", kind, "name of the most frequent kind of alarm", is_name=True)
        yield ReportFigure("alarms.kind.count", str(best[1]), "how often that kind was raised")
    if hour is not None:
        yield ReportFigure("alarms.hour", _hour(facts.now, hour), "begin of the hour with the most alarms")


_MEANINGS = {
    AlarmStanding.CONFIRMED: "true, as people or the second look say",
    AlarmStanding.REJECTED: "false, as people or the second look say",
    AlarmStanding.OPEN: "not verified",
}


def _responses(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    told = sum(row.alerts for row in facts.now.responses)
    taken = sum(len(row.seconds) for row in facts.now.responses)
    half = middle(facts.now.responses)
    if told and half is not None:
        yield ReportFigure("response.median", words.lasted(half), "median time until a person took an alert")
        yield ReportFigure("response.alerts", str(told), "alerts that were sent")
        yield ReportFigure("response.open", str(told - taken), "alerts that nobody took")


def _flows(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    lines = flows(facts, facts.now)
    if not lines:
        return
    inward = round(sum(sum(line.inward) for line in lines))
    outward = round(sum(sum(line.outward) for line in lines))
    earlier = round(sum(sum(line.inward) for line in flows(facts, facts.before)))
    yield ReportFigure("flow.in", str(inward), "people who came in over the counted lines")
    yield ReportFigure("flow.out", str(outward), "people who went out over the counted lines")
    yield _change("flow", inward, earlier, words)
    hour = peak([sum(values) for values in zip(*(line.inward for line in lines), strict=True)])
    if hour is not None:
        yield ReportFigure(
            "flow.hour", _hour(facts.now, hour), "begin of the hour in which most people came in"
        )


def _people(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    if facts.now.people:
        whole = facts.now.people[-1]
        yield ReportFigure("people", str(whole.value), "different people, estimated")
        yield ReportFigure("people.low", str(whole.low), "lower bound of the different people")
        yield ReportFigure("people.high", str(whole.high), "upper bound of the different people")


def _products(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    found = products(facts, facts.now)
    takes = sum(one.takes for one in found)
    if not takes:
        return
    best = found[0]
    yield ReportFigure(
        "product.best", one_line(best.product), "name of the product taken most often", is_name=True
    )
    yield ReportFigure("product.takes", str(best.takes), "how often that product was taken")
    yield ReportFigure("product.all", str(takes), "takes of all products")
    yield ReportFigure(
        "product.put_backs", str(sum(one.put_backs for one in found)), "products that were put back"
    )
    if facts.now.unpaid is not None:
        carried = sum(one.confirmed + one.open for one in facts.now.unpaid)
        unknown = sum(one.unknown for one in facts.now.unpaid)
        yield ReportFigure("product.carried", str(carried), "suspicions that goods left without the till")
        yield ReportFigure("product.unknown", str(unknown), "takes of which nothing tells what came of them")
    if best.peak is not None:
        yield ReportFigure(
            "product.hour", _hour(facts.now, best.peak), "begin of the hour in which it was taken most"
        )


def _queues(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    found = [one for one in queues(facts, facts.now) if one.left]
    if not found:
        return
    wait = sum(one.waited for one in found) / sum(one.left for one in found)
    yield ReportFigure("queue.wait", words.lasted(wait), "mean wait in the queues")
    slowest = [
        max((one or 0.0 for one in hour), default=0.0) for hour in zip(*(q.hours for q in found), strict=True)
    ]
    hour = peak(slowest)
    if hour is not None:
        yield ReportFigure(
            "queue.hour", _hour(facts.now, hour), "begin of the hour with the longest mean wait"
        )


def _safety(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    now, before = breaches(facts, facts.now), breaches(facts, facts.before)
    places, earlier = events_by(now, place_key), events_by(before, place_key)
    count = sum(places.values())
    if not count and not earlier:
        return
    yield ReportFigure("safety", str(count), "breaches of the rules of work that were not rejected")
    yield _change("safety", count, sum(earlier.values()), words)
    best = top(places)
    if best is not None:
        (camera, place), number = best
        name = f"{facts.title_of(camera)}/{one_line(place)}"
        yield ReportFigure("safety.place", name, "name of the place with the most breaches", is_name=True)
        yield ReportFigure("safety.place.count", str(number), "breaches at that place")
        repeat = len(places.keys() & earlier.keys())
        yield ReportFigure("safety.repeat", str(repeat), "places with breaches in the period before, too")


def _road(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    low, stops = lasted(facts.now, "low_visibility"), lasted(facts.now, "stopped")
    if low:
        seconds = sum(one for _, one in low)
        yield ReportFigure("visibility.lasted", words.lasted(seconds), "how long visibility was low")
    if stops:
        yield ReportFigure("stops", str(len(stops)), "vehicles that stopped")
        yield ReportFigure(
            "stops.lasted", words.lasted(sum(one for _, one in stops)), "how long they stood, together"
        )


def _blind(facts: ReportFacts, words: ReportWords) -> Iterator[ReportFigure]:
    blind = [one for one in facts.now.watch if one.blind > 0]
    if blind:
        yield ReportFigure("blind.cameras", str(len(blind)), "cameras that were not watched all the time")
        yield ReportFigure(
            "blind.lasted", words.lasted(sum(one.blind for one in blind)), "how long, together"
        )


def _change(key: str, now: int, before: int, words: ReportWords) -> ReportFigure:
    which = "more" if now > before else "fewer" if now < before else "same"
    text = words(f"change.{which}", count=abs(now - before))
    return ReportFigure(f"{key}.change", text, f"how {key} compare with the period before, as `3 more than`")


def _hour(period: PeriodFacts, hour: int) -> str:
    begin: datetime = list(hours_of(period.period))[hour]
    many = period.period.end - period.period.start > 25 * 3600
    return begin.strftime("%m-%d %H:%M" if many else "%H:%M")
