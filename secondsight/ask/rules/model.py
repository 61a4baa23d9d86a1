"""A sentence to rules by a large model: it fills a form, which becomes rules strictly, or not at all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from secondsight.ask.brain import QuestionBrain
from secondsight.ask.grammar import SiteClock
from secondsight.ask.rules.reading import RuleReading
from secondsight.ask.rules.wording import in_words
from secondsight.ask.vocabulary import Vocabulary
from secondsight.brain import PlanRequest
from secondsight.config import FRAME, SiteConfig, behaviour_names, parse_schedule, settings_of
from secondsight.event_words import Language

KEY = "rules"
MOST_RULES = 3
_GUIDE = """A sentence says what a person wants to hear about. Write the rules that watch for exactly that, at most
three; none if they cannot be expressed.
behaviour: what it watches for. zone: a zone that is listed, or frame for the whole picture. line: a listed line, for
behaviours at a line, else null. cameras: only these, empty for all. when: null for always, else days and hours such
as Mon-Fri 18:00-06:00, Sat,Sun or daily 22:00-05:30. severity: high, medium, low, or null. duration: least seconds,
null if nothing is said. distance: metres between a vehicle and a person, null if nothing is said. people: least
number of people, for crowd and queue. text: for described only: what to look for, as a caption. at_once: people want
to be told at once. together: the rules must all hold of one and the same person at once."""
_HIDDEN = frozenset({"combined", "counting"})
_DURATIONS = ("loitering_time", "duration", "stillness")


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as a model writes it; see the guide."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    behaviour: str
    zone: str | None
    line: str | None
    cameras: tuple[str, ...]
    when: str | None
    severity: str | None
    duration: float | None
    distance: float | None
    people: int | None
    text: str | None
    at_once: bool
    together: bool


_DRAFTS = TypeAdapter(tuple[RuleDraft, ...])


def rule_by_model(sentence: str, config: SiteConfig, brain: QuestionBrain, language: Language) -> RuleReading:
    """What a sentence asks to watch for, as a large model reads it.

    Raises:
        BrainError: it cannot be asked, or what it wrote, and wrote again, is no rule.
    """
    return brain.read(
        sentence,
        lambda names: rule_request(sentence, config, language, tuple(names.cameras)),
        Vocabulary.of_site(config),
        SiteClock(0.0, config.site.timezone),
    )


def rule_request(
    sentence: str, config: SiteConfig, language: Language, cameras: Sequence[str]
) -> PlanRequest[RuleReading]:
    """A sentence for a model, with the names that it may use."""
    zones = sorted({zone for one in cameras for zone in config.cameras[one].zones})
    lines = sorted({line for one in cameras for line in config.cameras[one].lines})
    behaviours = [name for name in behaviour_names() if name not in _HIDDEN]
    places = [(one, config.cameras[one]) for one in cameras]
    told = [{"camera": name, "zones": list(one.zones), "lines": list(one.lines)} for name, one in places]
    known = [
        json.dumps(one, ensure_ascii=False) for one in (*told, *({"behaviour": one} for one in behaviours))
    ]
    nothing = {"type": ["string", "null"]}
    draft = {
        "behaviour": {"type": "string", "enum": behaviours},
        "zone": {"type": ["string", "null"], "enum": [FRAME, *zones, None]},
        "line": {"type": ["string", "null"], "enum": [*lines, None]},
        "cameras": {"type": "array", "items": {"type": "string", "enum": list(cameras)}},
        "when": nothing,
        "severity": {"type": ["string", "null"], "enum": ["high", "medium", "low", None]},
        "duration": {"type": ["number", "null"]},
        "distance": {"type": ["number", "null"]},
        "people": {"type": ["integer", "null"]},
        "text": nothing,
        "at_once": {"type": "boolean"},
        "together": {"type": "boolean"},
    }
    return PlanRequest(
        question=sentence,
        known=tuple(known[:300]),
        guide=_GUIDE,
        key=KEY,
        schema=_closed({KEY: {"type": "array", "items": _closed(draft)}}),
        read=partial(
            _read,
            sentence=sentence,
            config=config,
            language=language,
            zones=zones,
            lines=lines,
            cameras=cameras,
        ),
        language=language,
    )


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _read(
    value: object,
    *,
    sentence: str,
    config: SiteConfig,
    language: Language,
    zones: Sequence[str],
    lines: Sequence[str],
    cameras: Sequence[str],
) -> RuleReading:
    """The rules that a model wrote. Raises ValueError with what is wrong, for the model."""
    try:
        drafts = _DRAFTS.validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise ValueError(_first(error)) from None
    if not 1 <= len(drafts) <= MOST_RULES:
        raise ValueError(f"one to {MOST_RULES} rules; if none can express it, the sentence is refused")
    rules: dict[str, dict[str, Any]] = {}
    together = len(drafts) > 1 and any(one.together for one in drafts)
    for draft in drafts:
        for key, given, names in (
            ("zone", (draft.zone,), (FRAME, *zones)),
            ("line", (draft.line,), lines),
            ("cameras", draft.cameras, cameras),
        ):
            if not {one for one in given if one is not None} <= set(names):
                raise ValueError(f"{key}: only names that are listed")
        settings = _settings(draft)
        if together:
            settings["report"] = False
        rules[_free(draft.behaviour, config, rules)] = settings
    if together:
        whole = {"behaviour": "combined", "all": list(rules), **_shared(drafts[0])}
        rules[_free("-and-".join(one.behaviour for one in drafts), config, rules)] = whole
    return RuleReading(sentence, language, rules, in_words(rules, language), by_model=True)


def _settings(draft: RuleDraft) -> dict[str, Any]:
    kind = settings_of(draft.behaviour) if draft.behaviour not in _HIDDEN else None
    if kind is None:
        raise ValueError("behaviour: only those that are listed")
    fields = kind.model_fields
    settings: dict[str, Any] = {"behaviour": draft.behaviour}
    if "zone" in fields:
        settings["zone"] = draft.zone or FRAME
    length = next((key for key in _DURATIONS if key in fields), None)
    for key, value in (
        ("line", draft.line),
        (length or "duration", draft.duration),
        ("distance", draft.distance),
        ("people", draft.people),
        ("text", draft.text),
    ):
        if value is not None:
            if key not in fields:
                raise ValueError(f"{key}: {draft.behaviour} has no such setting")
            settings[key] = value
    if draft.distance is not None and draft.behaviour != "vehicle_near_person":
        raise ValueError("distance: between a vehicle and a person only")
    settings |= _shared(draft)
    try:
        kind.model_validate(settings)
    except ValidationError as error:
        raise ValueError(_first(error)) from None
    return settings


def _shared(draft: RuleDraft) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draft.cameras:
        found["cameras"] = list(draft.cameras)
    if draft.when:
        parse_schedule(draft.when)
        found["when"] = draft.when
    if draft.severity:
        found["severity"] = draft.severity
    if draft.at_once:
        found["announce"] = {"when": "at_once"}
    return found


def _first(error: ValidationError) -> str:
    said = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, said['loc'])) or KEY}: {said['msg']}"


def _free(name: str, config: SiteConfig, taken: Mapping[str, Any]) -> str:
    name = name.replace("_", "-")[:56]
    number, free = 2, name
    while free in taken or free in config.rules:
        number, free = number + 1, f"{name}-{number}"
    return free
