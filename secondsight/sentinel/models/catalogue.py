"""Models without a file of the user's: those that the package brings, and published ones that `pull` fetches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from secondsight.packaged import packaged_yaml
from secondsight.sentinel.models.lockfile import InstalledModel, read_lock


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A published model that `pull` can fetch.

    Attributes:
        labels: name of a list of labels.
        sha256: of the published file, if its publisher states it.
        size: (width, height) for a model that leaves it open.
    """

    name: str
    url: str
    licence: str
    family: str
    labels: str
    summary: str
    sha256: str | None = None
    size: tuple[int, int] | None = None


@cache
def catalogue() -> dict[str, CatalogueEntry]:
    """The published models that come with SecondSight's catalogue, by name."""
    entries = {}
    for name, value in packaged_yaml("secondsight.sentinel", "data", "catalogue.yaml").items():
        size = value.pop("size", None)
        entries[name] = CatalogueEntry(name=name, size=tuple(size) if size else None, **value)
    return entries


EMBEDDED = Path(str(files("secondsight.sentinel") / "embedded"))
"""Folder of the models that come with the package; `training` writes it."""


def embedded() -> dict[str, InstalledModel]:
    """The models that come with the package, by name. What a user installs under such a name goes before it."""
    return read_lock(EMBEDDED)
