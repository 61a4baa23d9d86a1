"""The words of answers in every language: sentences to be filled in. In: a language. Out: its texts."""

from dataclasses import dataclass
from functools import lru_cache

from pydantic import TypeAdapter

from secondsight.ask.coverage import Unseen
from secondsight.ask.plan import EventStanding, GroupBy, Measure
from secondsight.ask.refusal import Why
from secondsight.event_words import Language
from secondsight.packaged import packaged_yaml


@dataclass(frozen=True, slots=True)
class AnswerTexts:
    """The sentences of one language.

    Attributes:
        measures: with the figure; asked: what is asked, without it.
        passages: by direction; `both` for either.
        answers: what the second look answers, by its key or word.
    """

    measures: dict[Measure, str]
    asked: dict[Measure, str]
    passages: dict[str, str]
    kinds: str
    split: str
    standing: dict[EventStanding, str]
    people: str
    lacking: str
    nothing: str
    never: str
    camera: str
    zone: str
    rule: str
    product: str
    everywhere: str
    span: str
    top: str
    compared: str
    unseen: dict[Unseen, str]
    gap: str
    gaps: str
    more: str
    unnoted: str
    totals: str
    forgotten: str
    suspicions: str
    longer: str
    yes: str
    refused: dict[Why, str]
    instead: str
    comma: str
    stop: str
    colon: str
    minutes: str
    seconds: str
    hours: str
    answers: dict[str, str]
    open: str
    groups: dict[GroupBy, str]
    by: str
    only_top: str
    also: str
    understood: str
    unsure_why: str
    sees: str
    not_shown: str
    no_pictures: str
    no_brain: str


@lru_cache(maxsize=2)
def texts_of(language: Language) -> AnswerTexts:
    """The texts of a language."""
    return TypeAdapter(AnswerTexts).validate_python(packaged_yaml(__package__, f"{language}.yaml"))
