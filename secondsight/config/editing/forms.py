"""What a form for a section of the site file shows: its keys with meanings, choices and defaults, read off the class
of its settings. A behaviour of another package needs nothing else.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from secondsight.config.reading.key_index import keys_of, kinds_of
from secondsight.config.rules.discovery import settings_of
from secondsight.errors import RefusedError

_MEANING = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*(?:\n {5,}.*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FormField:
    """One key.

    Attributes:
        key: with dots for keys of a section within, such as `policy.verify`.
        meaning: as its settings class says it.
        default: as text; empty where there is none.
        choices: the words that it can be; empty for free text.
        required: whether it has no default.
        many: whether it is a list.
    """

    key: str
    meaning: str
    default: str
    choices: tuple[str, ...]
    required: bool
    many: bool


def rule_form(behaviour: str) -> list[FormField]:
    """The keys of a rule, those that it needs first. Raises RefusedError if there is no such behaviour."""
    try:
        settings = settings_of(behaviour)
    except ValueError as error:
        raise RefusedError(str(error)) from None
    if settings is None:
        raise RefusedError("there is no such behaviour", unknown=True)
    fields = [one for one in _fields(settings, "") if one.key != "behaviour"]
    own = set(settings.__annotations__)
    return sorted(fields, key=lambda one: (not one.required, one.key not in own, "." in one.key))


def _fields(section: type[BaseModel], above: str) -> Iterator[FormField]:
    meanings = _meanings(section)
    for name, field in keys_of(section).items():
        inner = [
            kind
            for kind in kinds_of(field.annotation)
            if inspect.isclass(kind) and issubclass(kind, BaseModel)
        ]
        if inner and not above:
            yield from _fields(inner[0], f"{name}.")
        elif not inner and get_origin(field.annotation) is not dict:
            yield _field(f"{above}{name}", field, field.description or meanings.get(name, ""))


def _field(key: str, field: FieldInfo, meaning: str) -> FormField:
    kinds = kinds_of(field.annotation)
    return FormField(
        key=key,
        meaning=meaning,
        default="" if field.is_required() else _shown(field.get_default(call_default_factory=True)),
        choices=_choices(field.annotation),
        required=field.is_required(),
        many=any(get_origin(kind) is tuple for kind in kinds),
    )


def _choices(annotation: Any) -> tuple[str, ...]:
    found: list[str] = []
    for kind in (annotation, *get_args(annotation)):
        if get_origin(kind) is Literal:
            found += [str(word) for word in get_args(kind)]
        elif kind is bool:
            found += ["true", "false"]
        elif inspect.isclass(kind) and issubclass(kind, Enum):
            found += [str(one.value) for one in kind]
    return tuple(found)


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case tuple() | list():
            return ", ".join(map(_shown, value))
        case float():
            return f"{value:g}"
    return str(value)


def _meanings(section: type[BaseModel]) -> dict[str, str]:
    """What the docstrings of a class, and of those that it is made from, say under `Attributes:`."""
    found: dict[str, str] = {}
    for base in section.__mro__:
        text = inspect.cleandoc(base.__dict__.get("__doc__") or "").partition("Attributes:\n")[2]
        for names, meaning in _MEANING.findall(text):
            for name in names.split(", "):
                found.setdefault(name, " ".join(meaning.split()))
    return found
