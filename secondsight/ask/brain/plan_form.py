"""The form in which a large model writes a plan, and how that becomes a plan: strictly, or not at all.

Times are written by the site's clock, from a calendar that the grammar makes; names are those of the site. What the
form cannot say, the model cannot ask for.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from secondsight.ask.grammar import GROUPS, SiteClock, named_span
from secondsight.ask.plan import (
    ABOUT_EVENTS,
    ABOUT_VISITS,
    LISTABLE,
    AskedPlace,
    Direction,
    EventStanding,
    GroupBy,
    Measure,
    QuestionPlan,
    TimeSpan,
)
from secondsight.ask.vocabulary import Vocabulary
from secondsight.brain import PlanRequest, quoted
from secondsight.event_words import Language, kind_in_words

MOST_PLANS = 3
KEY = "plans"
_MOST_NAMES = 300
"""Lines about names that a model is told."""
_MINUTE = 60.0
_SPANS = (
    "today",
    "yesterday",
    "the day before yesterday",
    "this week",
    "last week",
    "last weekend",
    "this month",
    "last month",
    "this year",
)
_GUIDE = """A question asks for one figure, or for up to three in a row; each is one plan.
measure: events (how many), latest (when the last event was), people (different people in a zone or before a
camera), visits (stays, each counted), dwell (length of a stay), at_once (most people at one moment), passages
(over counting lines; direction in for visitors who come, out for those who leave, null for traffic), wait (in
queues), cost and calls (of the large model), unseen (how long not watched), unpaid (goods carried out without
the till).
kinds: of events. lacking: for people, visits and dwell of those who lack something, a kind that begins with
no_. longer: least seconds of a stay. cameras, zones, rules, product: where, empty for everywhere. since, until:
local times as YYYY-MM-DDTHH:MM, null for all time; other_since, other_until: a second time to compare.
standing: only events that are confirmed, unverified, or rejected (false alarms). answered: what a second look
has answered yes to. group: what the figure is split by. top: only the largest group. listed: the events are
wanted.
open: what is asked can only be told from the pictures of events, such as why, how, what somebody did or who
took something; then measure is events. A question for a figure is never open."""


class AnsweredYes(StrEnum):
    """What second looks are asked beside their decision."""

    HELPED = "helped"
    HURT = "hurt"


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A plan as a model writes it; see the guide."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    measure: Measure
    kinds: tuple[str, ...]
    lacking: str | None
    longer: float | None
    direction: Direction | None
    cameras: tuple[str, ...]
    zones: tuple[str, ...]
    rules: tuple[str, ...]
    product: str | None
    since: str | None
    until: str | None
    other_since: str | None
    other_until: str | None
    standing: EventStanding | None
    answered: tuple[AnsweredYes, ...]
    group: GroupBy | None
    top: bool
    listed: bool
    open: bool


_DRAFTS = TypeAdapter(tuple[PlanDraft, ...])


def plan_request(
    question: str, vocabulary: Vocabulary, clock: SiteClock, before: QuestionPlan | None, language: Language
) -> PlanRequest[tuple[QuestionPlan, ...]]:
    """A question for a model, with what it is to know of the site.

    Args:
        vocabulary: names that may be told to the model, and no others.
        before: the plan that the question goes on from.
    """
    names = _Names.of(vocabulary)
    known = [*_calendar(clock), *names.lines(vocabulary, language)][:_MOST_NAMES]
    if before is not None:
        known.append(_line("question before", **_as_draft(before, clock)))
    return PlanRequest(
        question=question,
        known=tuple(known),
        guide=_GUIDE,
        key=KEY,
        schema=names.schema(),
        read=partial(_read, names=names, vocabulary=vocabulary, clock=clock),
        language=language,
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """The names that a plan may hold."""

    kinds: tuple[str, ...]
    cameras: tuple[str, ...]
    zones: tuple[str, ...]
    rules: tuple[str, ...]
    products: tuple[str, ...]

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "_Names":
        return cls(
            kinds=_plain(vocabulary.rules.values()),
            cameras=_plain(vocabulary.cameras),
            zones=_plain(one.zone for one in vocabulary.zones),
            rules=_plain((*vocabulary.rules, *(one.rule for one in vocabulary.counting), *vocabulary.queues)),
            products=_plain(one.product for one in vocabulary.zones if one.product),
        )

    def lines(self, vocabulary: Vocabulary, language: Language) -> Iterable[str]:
        """The lines of the prompt about these names."""
        yield from (_line("kind", name=one, words=kind_in_words(one, language)) for one in self.kinds)
        yield from (_line("camera", name=one, also=list(vocabulary.cameras[one][1:])) for one in self.cameras)
        yield from (
            _line("zone", name=one.zone, camera=one.camera, also=list(one.names[1:]), product=one.product)
            for one in vocabulary.zones
            if one.zone in self.zones
        )
        yield from (
            _line("rule", name=name, kind=kind)
            for name, kind in vocabulary.rules.items()
            if name in self.rules
        )
        yield from (_line("rule that counts passages", name=one.rule) for one in vocabulary.counting)
        yield from (_line("rule that measures waits", name=one) for one in vocabulary.queues)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of an answer, within what `strict` structured output allows."""
        draft = {
            "measure": _one_of(Measure),
            "kinds": _some_of(self.kinds),
            "lacking": _maybe(self.kinds),
            "longer": {"type": ["number", "null"]},
            "direction": _maybe(Direction),
            "cameras": _some_of(self.cameras),
            "zones": _some_of(self.zones),
            "rules": _some_of(self.rules),
            "product": _maybe(self.products),
            **{key: {"type": ["string", "null"]} for key in ("since", "until", "other_since", "other_until")},
            "standing": _maybe(EventStanding),
            "answered": _some_of(AnsweredYes),
            "group": _maybe(GroupBy),
            **{key: {"type": "boolean"} for key in ("top", "listed", "open")},
        }
        return _closed({KEY: {"type": "array", "items": _closed(draft)}})


def _read(
    value: object, *, names: _Names, vocabulary: Vocabulary, clock: SiteClock
) -> tuple[QuestionPlan, ...]:
    """The plans that a model wrote. Raises ValueError with what is wrong, for the model."""
    try:
        drafts = _DRAFTS.validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or KEY}: {first['msg']}") from None
    if len(drafts) > MOST_PLANS:
        raise ValueError(f"at most {MOST_PLANS} plans")
    return tuple(_plan(draft, names, vocabulary, clock) for draft in drafts)


def _plan(draft: PlanDraft, names: _Names, vocabulary: Vocabulary, clock: SiteClock) -> QuestionPlan:
    for key, given, known in (
        ("kinds", draft.kinds, names.kinds),
        ("lacking", (draft.lacking,) if draft.lacking else (), names.kinds),
        ("cameras", draft.cameras, names.cameras),
        ("zones", draft.zones, names.zones),
        ("rules", draft.rules, names.rules),
        ("product", (draft.product,) if draft.product else (), names.products),
    ):
        if not set(given) <= set(known):
            raise ValueError(f"{key}: only names that are listed")
    plan = QuestionPlan(
        draft.measure,
        kinds=tuple(dict.fromkeys(draft.kinds)),
        labels=("person",) if draft.measure in ABOUT_VISITS else (),
        lacking=draft.lacking,
        longer=draft.longer,
        direction=draft.direction,
        where=_where(draft, vocabulary),
        when=_span(draft.since, draft.until, clock),
        compare=_span(draft.other_since, draft.other_until, clock),
        standing=draft.standing,
        answers=tuple((one.value, "yes") for one in dict.fromkeys(draft.answered)),
        group=draft.group,
        top=draft.top,
        listed=draft.listed,
        open=draft.open,
    )
    _check(plan, vocabulary)
    return plan


def _check(plan: QuestionPlan, vocabulary: Vocabulary) -> None:
    """Raises ValueError for what no plan can measure: everything in it must have its use."""
    about_events = plan.measure in ABOUT_EVENTS
    there = set(plan.where.cameras)
    counted = [one for one in vocabulary.counting if not there or there & set(one.cameras)]
    of_events = plan.kinds or plan.standing or plan.answers
    unpaid = plan.measure is Measure.UNPAID
    wrong: tuple[tuple[bool, str], ...] = (
        (bool(of_events) and not about_events, "kinds, standing and answered are for events"),
        (plan.lacking is not None and plan.measure not in ABOUT_VISITS, "lacking is for people and their visits"),
        (plan.lacking is not None and not plan.lacking.startswith("no_"), "lacking is a kind that begins with no_"),
        (plan.longer is not None and plan.measure not in ABOUT_VISITS, "longer is for people and their visits"),
        (plan.longer is not None and not 0 < plan.longer <= 86400, "longer is 0 to 86400 seconds"),
        (plan.direction is not None and plan.measure is not Measure.PASSAGES, "direction is for passages"),
        (plan.measure is Measure.PASSAGES and not counted, "no rule counts passages there"),
        (plan.measure is Measure.WAIT and not vocabulary.queues, "no rule measures waits"),
        (unpaid and vocabulary.shop is None, "no camera sees a shelf, a till and an exit"),
        (unpaid and bool(plan.kinds or plan.answers), "unpaid needs no kinds and no answered"),
        (plan.group is not None and plan.group not in GROUPS.get(plan.measure, ()), "it cannot be split by that"),
        (plan.top and plan.group is None, "top needs a group"),
        ((plan.listed or plan.open) and plan.measure not in LISTABLE, "listed and open are for events"),
        (plan.open and (plan.group or plan.compare) is not None, "what is open has no group and no second time"),
        (plan.compare is not None and plan.when is None, "a second time needs a first"),
    )  # fmt: skip
    for holds, why in wrong:
        if holds:
            raise ValueError(why)


def _where(draft: PlanDraft, vocabulary: Vocabulary) -> AskedPlace:
    zones, cameras, rules = (tuple(dict.fromkeys(some)) for some in (draft.zones, draft.cameras, draft.rules))
    if draft.product is not None:
        there = vocabulary.zones_of(draft.product)
        zones = tuple(dict.fromkeys((*zones, *(one.zone for one in there))))
    holders = tuple(dict.fromkeys(one.camera for one in vocabulary.zones if one.zone in zones))
    if zones and cameras and not set(cameras) & set(holders):
        raise ValueError("that camera has no such zone")
    return AskedPlace(cameras or holders, zones, rules, draft.product)


def _span(since: str | None, until: str | None, clock: SiteClock) -> TimeSpan | None:
    if since is None and until is None:
        return None
    if since is None or until is None:
        raise ValueError("since and until come together")
    begin, end = _moment(since, clock), _moment(until, clock)
    if begin >= end:
        raise ValueError("since is before until")
    if begin >= clock.now:
        raise ValueError("that lies in the future, of which nothing is known")
    return TimeSpan(begin, clock.now if end > clock.now - _MINUTE else end)


def _moment(text: str, clock: SiteClock) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("times are written as YYYY-MM-DDTHH:MM") from None
    if not 2000 <= moment.year < 3000:
        raise ValueError("times are of this millennium")
    if moment.tzinfo is not None:
        raise ValueError("times are local, without an offset")
    return moment.replace(tzinfo=clock.zone).timestamp()


def _calendar(clock: SiteClock) -> Iterable[str]:
    local = clock.local(clock.now)
    yield _line("now", time=f"{local:%Y-%m-%dT%H:%M}", weekday=f"{local:%A}", zone=clock.timezone)
    for words in _SPANS:
        span = named_span(words, clock)
        if span is not None:
            yield _line("time", words=words, since=_local(span.since, clock), until=_local(span.until, clock))
    yield _line("parts of a day", morning="06-12", afternoon="12-18", evening="18-24", night="20-06")


def _local(moment: float, clock: SiteClock) -> str:
    return f"{clock.local(moment):%Y-%m-%dT%H:%M}"


def _as_draft(plan: QuestionPlan, clock: SiteClock) -> dict[str, Any]:
    """What a plan says, in the words of the form."""
    said: dict[str, Any] = {
        "measure": plan.measure.value,
        "kinds": list(plan.kinds),
        "cameras": list(plan.where.cameras),
        "zones": list(plan.where.zones),
    }
    if plan.when is not None:
        said |= {"since": _local(plan.when.since, clock), "until": _local(plan.when.until, clock)}
    return said


def _plain(names: Iterable[str]) -> tuple[str, ...]:
    """Names without repeats and without those that would not arrive as they are."""
    return tuple(
        name for name in dict.fromkeys(names) if quoted(name) == json.dumps(name, ensure_ascii=False)
    )


def _line(what: str, **values: str | list[str] | None) -> str:
    """A line of JSON whose values are quoted as data."""
    parts = [f'"{what}"']
    for key, value in values.items():
        if isinstance(value, list):
            parts.append(f'"{key}": [{", ".join(map(quoted, value))}]') if value else None
        elif value is not None:
            parts.append(f'"{key}": {quoted(value)}')
    return f"[{parts[0]}, {{{', '.join(parts[1:])}}}]"


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_Choices = Sequence[str] | type[StrEnum]


def _one_of(choices: _Choices) -> dict[str, Any]:
    listed = [str(one) for one in choices]
    return {"type": "string", "enum": listed} if listed else {"type": "string"}


def _maybe(choices: _Choices) -> dict[str, Any]:
    listed = [str(one) for one in choices]
    return {"type": ["string", "null"], "enum": [*listed, None]} if listed else {"type": "null"}


def _some_of(choices: _Choices) -> dict[str, Any]:
    return {"type": "array", "items": _one_of(choices)}
