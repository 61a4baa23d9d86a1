"""Finds the settings class of a behaviour by its name.

A built-in behaviour is a module of the folders below, and registers as one of another package does: by an entry point
that leads to its settings class. Nothing is imported that no rule names, so reading a site file stays cheap, and this
room needs nothing of the room above it.
"""

import importlib
import importlib.metadata
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any, get_args

from pydantic import ValidatorFunctionWrapHandler
from pydantic_core import PydanticCustomError

from secondsight.config.rules.base import RuleBase
from secondsight.config.rules.combined import CombinedRule
from secondsight.log import redact

GROUP = "secondsight.behaviours"
"""Entry point group of behaviours that other packages bring."""
BUILT_IN = tuple(
    f"secondsight.behaviour.{folder}" for folder in ("zones", "people", "work", "retail", "road")
)
"""Folders whose modules are one behaviour each: `line_crossing.py` holds `LineCrossingRule`."""
COMBINED = "combined"
"""The behaviour whose rules are made of other rules: part of the site file itself."""

UNKNOWN, MISSING = "behaviour_unknown", "behaviour_missing"
"""Pydantic's error types for the `behaviour` of a rule."""


def built_in() -> dict[str, EntryPoint]:
    """The entry points of the behaviours that come with the program, by name."""
    found = {}
    for folder in BUILT_IN:
        for name in _modules(tuple(importlib.import_module(folder).__path__)):
            settings = "".join(part.title() for part in name.split("_")) + "Rule"
            found[name] = EntryPoint(name, f"{folder}.{name}:{settings}", GROUP)
    return found


@cache
def _modules(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(module.name for module in pkgutil.iter_modules(path))


def installed() -> Mapping[str, EntryPoint]:
    """The entry points of other packages, by behaviour; of two with one name the first that Python finds."""
    found: dict[str, EntryPoint] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        found.setdefault(point.name, point)
    return found


def behaviour_names() -> list[str]:
    """Every name that `behaviour:` can have, sorted. Loads no behaviour."""
    return sorted({*built_in(), COMBINED, *installed()})


def rule_settings() -> dict[str, type[RuleBase]]:
    """The settings class of every behaviour that comes with the program, by name. Loads all of them."""
    return {**{name: _load(point) for name, point in built_in().items()}, COMBINED: CombinedRule}


def settings_of(name: str) -> type[RuleBase] | None:
    """The settings class of a behaviour, built-in or of another package.

    Returns:
        None if nobody brings such a behaviour.

    Raises:
        ValueError: it cannot be loaded or used; the text says why.
    """
    if name == COMBINED:
        return CombinedRule
    point = built_in().get(name) or installed().get(name)
    return None if point is None else _load(point)


def rule_of(value: Any, handler: ValidatorFunctionWrapHandler) -> RuleBase:
    """A rule of any behaviour; for pydantic."""
    if isinstance(value, RuleBase):
        return value
    if not isinstance(value, dict):
        checked: RuleBase = handler(value)
        return checked
    name = value.get("behaviour")
    if name is None:
        raise PydanticCustomError(MISSING, "`behaviour` is required")
    settings = settings_of(name) if isinstance(name, str) else None
    if settings is None:
        raise PydanticCustomError(UNKNOWN, "not a behaviour")
    return settings.model_validate(value)


def _load(point: EntryPoint) -> type[RuleBase]:
    package = f"package `{point.dist.name}`" if point.dist else f"`{point.module}`"
    try:
        settings = point.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # other people's code may raise anything
        reason = redact(f"{type(error).__name__}: {error}".split("\n")[0])
        raise ValueError(f"the behaviour of {package} cannot be loaded: {reason}") from None
    problem = _problem(settings, point.name)
    if problem:
        raise ValueError(f"the behaviour of {package} cannot be used: {point.value} {problem}")
    checked: type[RuleBase] = settings
    return checked


def _problem(settings: Any, name: str) -> str | None:
    if not (isinstance(settings, type) and issubclass(settings, RuleBase)):
        return "is no class of settings made from secondsight.config.ObjectRule or RuleBase"
    if get_args(settings.model_fields["behaviour"].annotation) != (name,):
        return f'must have `behaviour: Literal["{name}"]`, as the entry point is called'
    if not callable(getattr(settings, "make", None)):
        return "has no method `make(scene)` that returns the behaviour"
    return None
