"""Backends that other packages bring along: their names, and the settings they declare."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from secondsight.log import redact

GROUP = "secondsight.brains"
"""Group of entry points under which a package registers its backend."""
SETTINGS_GROUP = "secondsight.brain_settings"
"""Group under which it may register a class of settings, under the same name."""

_Kind = TypeVar("_Kind")


def installed_backends(group: str = GROUP) -> dict[str, EntryPoint]:
    """What other packages offer, by name; of two of the same name the one found first on Python's path."""
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        points.setdefault(point.name, point)
    return points


def package_of(point: EntryPoint) -> str:
    """The package an entry point belongs to, for messages."""
    return f"package `{point.dist.name}`" if point.dist else "an installed package"


def load_settings(name: str, base: type[_Kind]) -> type[_Kind]:
    """The class of settings that a package registers for its backend; `base` if it registers none.

    Raises:
        ValueError: it cannot be loaded, or is not made from `base`; the text names the package.
    """
    point = installed_backends(SETTINGS_GROUP).get(name)
    if point is None:
        return base
    what = f"the settings of backend `{name}` of {package_of(point)}"
    try:
        kind: Any = point.load()
    except Exception as error:  # other people's code may raise anything
        reason = redact(f"{type(error).__name__}: {error}".split("\n")[0])
        raise ValueError(f"{what} cannot be loaded: {reason}") from None
    if not (isinstance(kind, type) and issubclass(kind, base)):
        raise ValueError(f"{what} cannot be used: {point.value} is not made from {base.__name__}")
    return kind
