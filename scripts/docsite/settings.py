"""The keys of the site file, read off the settings classes: path, type, unit, default, meaning."""

import inspect
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import EnumMeta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from secondsight.config import RuleBase, SiteConfig, rule_settings

ANY = "*"
"""Stands for a name that the site chooses."""
_PROBES: dict[str, list[Any]] = {"duration": ["5s"], "size": ["5GB"], "hours": ["Mon-Fri 18:00-06:00"]}
_SHAPES: dict[str, list[Any]] = {
    "polygon": ["0.1,0.1,0.9,0.1,0.9,0.9"],
    "segment": ["0.1,0.1,0.9,0.9", "0.9,0.9,0.1,0.1"],
    "box": [[0.1, 0.1, 0.9, 0.9]],
    "point": [[0.1, 0.9], [0.9, 0.1]],
}
"""What tells kinds of values apart: a type is the first of which it takes every example."""
_BOUNDS = {"gt": "above {}", "ge": "at least {}", "lt": "below {}", "le": "at most {}"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section.

    Attributes:
        path: from the top of the file down; `*` is a name that the site chooses.
        kind: what may be written there, with unit and bounds.
        default: as it is written in a file; `required`, or empty for a section.
        meaning: from the class's docstring.
        section: the classes of which one stands there; none for a plain value.
    """

    path: tuple[str, ...]
    kind: str
    default: str
    meaning: str
    section: tuple[type[BaseModel], ...] = ()

    @property
    def name(self) -> str:
        return ".".join(self.path)


def keys_of(section: type[BaseModel], at: tuple[str, ...] = ()) -> list[Key]:
    """The keys of one section, not those of the sections within it."""
    keys = []
    for name, field in section.model_fields.items():
        below = models_in(field.annotation)
        meaning = meaning_of(section, name) or (summary(below[0]) if len(below) == 1 else "")
        kind = type_of(field.annotation, field.metadata)
        keys.append(Key((*at, field.alias or name), kind, default_of(field), meaning, below))
    return keys


def sections(
    top: type[BaseModel] = SiteConfig, at: tuple[str, ...] = (), within: tuple[type[BaseModel], ...] = ()
) -> Iterator[tuple[tuple[str, ...], tuple[type[BaseModel], ...]]]:
    """Every section of a site file, top down, with the classes that may stand there: one, or one per variant. A
    section that can stand in itself, such as a brain in a panel, comes once.
    """
    if not within:
        yield at, (top,)
    for name, field in top.model_fields.items():
        below = (*at, field.alias or name, *((ANY,) if _is_table(field.annotation) else ()))
        kinds = tuple(kind for kind in models_in(field.annotation) if kind not in (*within, top))
        if kinds:
            yield below, kinds
        for kind in kinds[:1] if variants(kinds) else kinds:
            yield from sections(kind, below, (*within, top))


def variants(kinds: tuple[type[BaseModel], ...]) -> Mapping[str, type[BaseModel]]:
    """Classes by the value of the key that tells them apart, such as `behaviour: fall`; empty for a single class."""
    if len(kinds) < 2:
        return {}
    found = {}
    for kind in kinds:
        for field in kind.model_fields.values():
            values = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            if len(values) == 1 and isinstance(values[0], str) and field.is_required():
                found[values[0]] = kind
                break
    return found


def behaviours() -> Mapping[str, type[BaseModel]]:
    """The settings of every behaviour, by its name in the site file."""
    return variants(models_in(SiteConfig.model_fields["rules"].annotation))


def shared(kinds: Mapping[str, type[BaseModel]]) -> tuple[Key, ...]:
    """Keys that all variants have with one type and default, but for the one that tells them apart."""
    first, *others = (keys_of(kind) for kind in kinds.values())
    same = [{(key.path, key.default) for key in keys} for keys in others]
    return tuple(key for key in first if all((key.path, key.default) in one for one in same))


def own(kinds: Mapping[str, type[BaseModel]], name: str) -> tuple[Key, ...]:
    """Keys of one variant that are not shared by all, the one that tells them apart first."""
    common = {key.path for key in shared(kinds)}
    return tuple(
        key
        if key.meaning
        else Key(key.path, key.kind, key.default, _meaning_elsewhere(kinds, key), key.section)
        for key in keys_of(kinds[name])
        if key.path not in common
    )


def _meaning_elsewhere(kinds: Mapping[str, type[BaseModel]], key: Key) -> str:
    """What another variant says of the same key."""
    for kind in kinds.values():
        if key.path[-1] in kind.model_fields and (text := meaning_of(kind, key.path[-1])):
            return text
    return ""


# --- Types --------------------------------------------------------------------------------------------------


def type_of(annotation: Any, metadata: Any = ()) -> str:
    """What may be written, in words: `duration, at most 600 s`, `text`, `list of polygon`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_of(arguments[0], (*arguments[1:], *metadata))
    if origin in (Union, types.UnionType):
        kinds = [kind for kind in arguments if kind is not type(None)]
        return " or ".join(dict.fromkeys(type_of(kind, metadata) for kind in kinds))
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    bounds = _bounds(metadata)
    word = _word(annotation, origin, arguments, metadata)
    return ", ".join([word, *bounds])


def _word(annotation: Any, origin: Any, arguments: tuple[Any, ...], metadata: Any) -> str:
    whole = Annotated[(annotation, *metadata)] if metadata else annotation
    if origin is tuple:
        return _sequence(whole, arguments, bool(metadata))
    if origin is dict:
        return "table by chosen names"
    if annotation in (int, float):
        plain = "whole number" if annotation is int else "number"
        return next((word for word in ("duration", "size") if _takes_all(whole, _PROBES[word])), plain)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    if isinstance(annotation, EnumMeta):
        return " or ".join(f"`{member.value}`" for member in list[Any](annotation))
    if annotation in _NAMES:
        return _NAMES[annotation]
    return "hours" if metadata and _takes_all(whole, _PROBES["hours"]) else "any value"


_NAMES = {
    bool: "`true` or `false`",
    Path: "path",
    datetime: "date and time",
    str: "text",
    SecretStr: "text",
}


def _sequence(whole: Any, arguments: tuple[Any, ...], checked: bool) -> str:
    if checked:
        for word, examples in _SHAPES.items():
            if _takes_all(whole, examples):
                return word
    if arguments[-1] is Ellipsis:
        return f"list of {type_of(arguments[0])}"
    return f"list of {len(arguments)} numbers"


def _takes_all(kind: Any, examples: list[Any]) -> bool:
    return all(_takes(kind, example) for example in examples)


def _takes(kind: Any, example: Any) -> bool:
    try:
        _adapter(kind).validate_python(example)
    except ValidationError:
        return False
    return True


def checked(annotation: Any, metadata: Any = ()) -> TypeAdapter[Any]:
    """What reads a value of a key from the site file."""
    return _adapter(Annotated[(annotation, *metadata)] if metadata else annotation)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _bounds(metadata: Any) -> list[str]:
    known = [
        _BOUNDS[name].format(_number(value))
        for one in metadata
        for name, value in _limits(one)
        if name in _BOUNDS
    ]
    if {"at least 0", "at most 1"} <= set(known):
        known = ["0 to 1", *(text for text in known if text not in ("at least 0", "at most 1"))]
    return list(dict.fromkeys(known))


def _limits(one: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(one, FieldInfo):
        for inner in one.metadata:
            yield from _limits(inner)
    for name in _BOUNDS:
        value = getattr(one, name, None)
        if isinstance(value, int | float):
            yield name, value


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"


def models_in(annotation: Any) -> tuple[type[BaseModel], ...]:
    """The settings classes that an annotation names, through lists, tables and unions."""
    if annotation is RuleBase:  # stands for the settings of every behaviour, each in the behaviour's own file
        return tuple(rule_settings().values())
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        inner = inner[:1]
    return tuple(dict.fromkeys(kind for argument in inner for kind in models_in(argument)))


def _is_table(annotation: Any) -> bool:
    if get_origin(annotation) is dict:
        return True
    return get_origin(annotation) is Annotated and _is_table(get_args(annotation)[0])


# --- Defaults and meanings ----------------------------------------------------------------------------------


def default_of(field: FieldInfo) -> str:
    """A default as people write it: `5s`, `20GB`, `[person]`; `required`; empty for a section; `none` for nothing."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or isinstance(value, BaseModel):
        return ""
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    kind = type_of(field.annotation, field.metadata)
    if isinstance(value, int | float):
        return (
            _seconds(value)
            if kind.startswith("duration")
            else _bytes(value)
            if kind.startswith("size")
            else f"{value:g}"
        )
    if isinstance(value, tuple):
        return f"[{', '.join(str(one) for one in value)}]"
    return str(value) if value != "" else '""'


def _seconds(value: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if value >= 2 * length - (unit == "min") * length and value % length == 0:
            return f"{value / length:g}{unit}"
    return f"{value * 1000:g}ms" if 0 < value < 1 else f"{value:g}s"


def _bytes(value: float) -> str:
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if value >= size and value % size == 0:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def meaning_of(section: type[BaseModel], name: str) -> str:
    """What a key means: its `description`, or the text under `Attributes:` of the class or of one it is made from."""
    description = section.model_fields[name].description
    if description:
        return description
    for kind in section.__mro__:
        text = _attributes(kind).get(name)
        if text:
            return text
    return ""


@cache
def _attributes(kind: type) -> Mapping[str, str]:
    """The texts under `Attributes:` of a class's own docstring, each in one line."""
    doc = inspect.cleandoc(kind.__dict__.get("__doc__") or "")
    _, found, below = doc.partition("Attributes:\n")
    texts: dict[str, str] = {}
    names: list[str] = []
    for line in below.splitlines() if found else ():
        match = re.match(r"    (\w+(?:, \w+)*): (.*)", line)
        if match:
            names = match[1].split(", ")
            texts.update(dict.fromkeys(names, match[2]))
        elif names and line.startswith("        "):
            texts.update({name: f"{texts[name]} {line.strip()}" for name in names})
        elif line.strip():
            break
    return texts


def summary(kind: type) -> str:
    """The first paragraph of a class's docstring, in one line."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].split())
