"""Names of the brain's backends: those that ship, and those that other packages bring along."""

from importlib.metadata import EntryPoint, entry_points

from secondsight.config.types import nearest

GROUP = "secondsight.brains"
"""Group of entry points under which a package registers its backend."""
BUILT_IN = ("none", "openai", "clip", "transformers", "panel")


def installed_backends() -> dict[str, EntryPoint]:
    """What other packages offer, by name; of two of the same name the one found first on Python's path."""
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, point)
    return points


def known_backend(name: str) -> str:
    """The name itself. Raises ValueError, which names all that there are, for one that nobody offers."""
    if name in BUILT_IN:
        return name
    installed = sorted(installed_backends())
    if name in installed:
        return name
    near = nearest(name, [*BUILT_IN, *installed])
    hint = f"did you mean `{near}`?" if near else f"built in: {', '.join(BUILT_IN)}"
    others = ", ".join(installed) or "none"
    raise ValueError(f"not a choice here; {hint} (installed from other packages: {others})")
