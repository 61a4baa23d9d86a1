"""Rules, refusals and notes in words, and sentences that are understood."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from secondsight.event_words import Language, kind_in_words
from secondsight.packaged import packaged_yaml


class Reason(StrEnum):
    """Why a sentence is no rule, as `texts/rules.*.yaml` puts it into words."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNKNOWN = "unknown"
    NOTHING = "nothing"
    TWO_TEXTS = "two_texts"
    TWO_NUMBERS = "two_numbers"
    TWO_PLACES = "two_places"
    DISTANCE = "distance"
    DURATION = "duration"
    COUNT = "count"
    VEHICLES = "vehicles"
    HOURS = "hours"
    SEVERITY = "severity"
    OR = "or"
    NO_LINE = "no_line"
    WHICH_LINE = "which_line"
    LINE_UNUSED = "line_unused"
    ZONE_OF_LINE = "zone_of_line"
    NOT_THERE = "not_there"
    OPERATION = "operation"
    VALUE = "value"


class _Texts:
    """The texts of both languages."""

    def __init__(self) -> None:
        self._of = {
            language: packaged_yaml("secondsight.ask", "texts", f"rules.{language}.yaml")
            for language in ("en", "zh")
        }

    def part(self, language: Language, name: str) -> Any:
        return self._of[language][name]


@lru_cache(maxsize=1)
def _texts() -> _Texts:
    return _Texts()


class _OfLanguage(Mapping[Language, Any]):
    """One part of the texts, by language; read when it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, language: Language) -> Any:
        return _texts().part(language, self._name)

    def __iter__(self) -> Iterator[Language]:
        yield from ("en", "zh")

    def __len__(self) -> int:
        return 2


REASONS: Mapping[Language, Mapping[str, str]] = _OfLanguage("reasons")
EXAMPLES: Mapping[Language, Sequence[str]] = _OfLanguage("examples")
_SAID: Mapping[Language, Mapping[str, str]] = _OfLanguage("said")
_NOTES: Mapping[Language, Mapping[str, str]] = _OfLanguage("notes")


def note(name: str, language: Language, word: str = "") -> str:
    """What a person may not expect."""
    return _NOTES[language][name].format(word=word)


def in_words(rules: Mapping[str, Mapping[str, Any]], language: Language) -> tuple[str, ...]:
    """What rules say, a line for each of their settings."""
    said = _SAID[language]
    lines: list[str] = []
    for name, settings in rules.items():
        behaviour = str(settings["behaviour"])
        if behaviour == "combined":
            lines.append(said["all"].format(name=name, value=", ".join(settings["all"])))
        else:
            lines.append(
                said["behaviour"].format(name=name, value=kind_in_words(behaviour, language), key=behaviour)
            )
        for key, value in settings.items():
            if key in said and key not in ("behaviour", "all"):
                lines.append("  " + said[key].format(value=_value(value)))
    return tuple(lines)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{one}" for one in value.values())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
