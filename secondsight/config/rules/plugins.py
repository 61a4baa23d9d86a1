"""Behaviours of other packages: a distribution names a class of settings under the entry point group
`secondsight.behaviours`, and its name works as `behaviour:` in a site file. Nothing is loaded that no rule names.
"""

import importlib.metadata
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import ValidatorFunctionWrapHandler

from secondsight.config.rules.base import RuleBase
from secondsight.log import redact

GROUP = "secondsight.behaviours"


def installed() -> Mapping[str, importlib.metadata.EntryPoint]:
    """The entry points of the group, by behaviour; of two with one name the first that Python finds."""
    found: dict[str, importlib.metadata.EntryPoint] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        found.setdefault(point.name, point)
    return found


def settings_of(name: str) -> type[RuleBase] | None:
    """The settings of an installed behaviour; None if no package has it. Raises ValueError saying what is wrong."""
    point = installed().get(name)
    if point is None:
        return None
    package = f"package `{point.dist.name}`" if point.dist else "an installed package"
    try:
        kind = point.load()
    except Exception as error:  # other people's code may raise anything
        reason = redact(f"{type(error).__name__}: {error}".split("\n")[0])
        raise ValueError(f"the behaviour of {package} cannot be loaded: {reason}") from None
    problem = _problem(kind, name)
    if problem:
        raise ValueError(f"the behaviour of {package} cannot be used: {point.value} {problem}")
    checked: type[RuleBase] = kind
    return checked


def _problem(kind: Any, name: str) -> str | None:
    if not (isinstance(kind, type) and issubclass(kind, RuleBase)):
        return "is no class of settings made from secondsight.config.ObjectRule or RuleBase"
    if get_args(kind.model_fields["behaviour"].annotation) != (name,):
        return f'must have `behaviour: Literal["{name}"]`, as the entry point is called'
    if not callable(getattr(kind, "make", None)):
        return "has no method `make(scene)` that returns the behaviour"
    return None


def their_rule(value: Any, handler: ValidatorFunctionWrapHandler) -> RuleBase:
    """A rule whose behaviour another package brings; for pydantic."""
    if isinstance(value, RuleBase):
        return value
    kind = settings_of(str(value.get("behaviour"))) if isinstance(value, dict) else None
    if kind is None:
        return RuleBase.model_validate(handler(value))
    return kind.model_validate(value)
