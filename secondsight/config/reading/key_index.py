"""The shape of a site file, read off the models: which keys a section knows, and where a key stands."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from secondsight.config.rules import RuleBase, rule_settings
from secondsight.config.rules.discovery import settings_of
from secondsight.config.sections.alerts import ChannelSettings, channel_settings_class
from secondsight.config.sections.brain import BrainSettingsBase, PluginBrainSettings, settings_class
from secondsight.config.sections.site import SiteConfig

Path = tuple[str, ...]
"""Keys from the top of the file down; positions in lists as digits."""

ANY = "*"
"""Stands for a name that the site chooses, or a position in a list."""


def keys_of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a section as they are written in a file: some names are no names of Python."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def section_at(path: Path, tree: Any) -> type[BaseModel] | None:
    """The model of the section at `path`; None if no section can stand there.

    Args:
        tree: the file's values, which decide between models: a rule's keys depend on its behaviour, a brain's on
            its backend, a channel's on its type.
    """
    annotation: Any = SiteConfig
    for part in path:
        annotation = _below(annotation, part, tree)
        tree = tree.get(part) if isinstance(tree, dict) else None
    return _section(annotation, tree)


def kinds_of(annotation: Any) -> list[Any]:
    """The types that a value may have."""
    return _alternatives(annotation)


def all_keys(*, rules: bool = True) -> Iterator[tuple[Path, FieldInfo]]:
    """Every key of a site file with its definition; `*` stands for chosen names and behaviours share
    `rules.*`.

    Args:
        rules: with the keys of each behaviour, which loads all of them; without, those that all rules share.
    """
    seen = set()
    for path, field in _keys(SiteConfig, (), rules=rules):
        if path not in seen:
            seen.add(path)
            yield path, field


def _keys(
    annotation: Any, path: Path, within: tuple[type[BaseModel], ...] = (), *, rules: bool
) -> Iterator[tuple[Path, FieldInfo]]:
    """A section that can stand in itself, such as a brain in a panel, is told once."""
    here = (*within, *_sections(annotation))
    kinds = _alternatives(annotation)
    for kind in rule_settings().values() if rules and RuleBase in kinds else kinds:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind in within:
                continue
            for name, field in keys_of(kind).items():
                yield (*path, name), field
                yield from _keys(field.annotation, (*path, name), here, rules=rules)
        elif get_origin(kind) is dict:
            yield from _keys(get_args(kind)[1], (*path, ANY), within, rules=rules)


def _below(annotation: Any, part: str, node: Any) -> Any:
    """The annotation of `part` within a section, a table of names or a list; None if there is nothing below."""
    section = _section(annotation, node)
    if section is not None:
        return keys_of(section)[part].annotation if part in keys_of(section) else None
    tables = [kind for kind in _alternatives(annotation) if get_origin(kind) is dict]
    if tables:
        return get_args(tables[0])[1]
    lists = [kind for kind in _alternatives(annotation) if get_origin(kind) is tuple]
    return get_args(lists[0])[0] if lists and part.isdigit() else None


def _section(annotation: Any, node: Any) -> type[BaseModel] | None:
    """The model among the alternatives of an annotation; of several, the one of the node's backend or behaviour."""
    kinds = _sections(annotation)
    if RuleBase in kinds:
        return _rule(node.get("behaviour") if isinstance(node, dict) else None)
    if len(kinds) > 1 and issubclass(kinds[0], BrainSettingsBase):
        return _brain(node)
    if len(kinds) > 1 and issubclass(kinds[0], ChannelSettings):
        return channel_settings_class(node)
    return kinds[0] if kinds else None


def _brain(node: Any) -> type[BaseModel] | None:
    try:
        return settings_class(node)
    except ValueError:
        return PluginBrainSettings


def _rule(behaviour: Any) -> type[BaseModel] | None:
    try:
        return settings_of(str(behaviour))
    except ValueError:
        return None


def _sections(annotation: Any) -> list[type[BaseModel]]:
    return [
        kind for kind in _alternatives(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]


def _alternatives(annotation: Any) -> list[Any]:
    """`Annotated[A | B | None, ...]` -> [A, B]; the types a value may have."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [kind for argument in get_args(annotation) for kind in _alternatives(argument)]
    return [] if annotation in (None, type(None)) or origin is Literal else [annotation]
