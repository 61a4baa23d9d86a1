"""What a sentence was read as: rules, or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from secondsight.event_words import Language


@dataclass(frozen=True, slots=True)
class RuleReading:
    """Rules that a sentence asks for.

    Attributes:
        rules: settings as in the site file, by name; the last is what reports.
        understood: what each part was taken for, in words.
        notes: what a person may not expect.
        by_model: whether a large model read it.
    """

    sentence: str
    language: Language
    rules: Mapping[str, Mapping[str, Any]]
    understood: tuple[str, ...]
    notes: tuple[str, ...] = ()
    by_model: bool = False


@dataclass(frozen=True, slots=True)
class RuleRefusal:
    """Why a sentence became no rule.

    Attributes:
        reason: a sentence.
        unknown: words that were not understood.
        nearest: sentences that would be understood here.
        note: why a large model that was asked made no rule of it either; empty if none was.
    """

    sentence: str
    language: Language
    reason: str
    unknown: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    note: str = ""


def rules_as_yaml(rules: Mapping[str, Mapping[str, Any]]) -> str:
    """The rules as they stand under `rules:` in a site file."""
    from ruamel.yaml import YAML

    target = StringIO()
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 110
    writer.dump({"rules": {name: dict(settings) for name, settings in rules.items()}}, target)
    return target.getvalue()
