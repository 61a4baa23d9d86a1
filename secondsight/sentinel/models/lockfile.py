"""`models.lock`: what is installed, and the hash that each file must have. Human-readable, written
atomically.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from secondsight.errors import ModelError
from secondsight.records import Group, groups_of
from secondsight.sentinel.models.labels import read_groups

FILE = "models.lock"
_LARGEST = 20_000_000
"""Bytes of the lock file beyond which it is not read."""
_HEADER = """\
# Models installed here, with the SHA-256 that each file must have; one that differs is refused.
# Written by `secondsight models`. Delete a model's entry to forget it and to trust its next download afresh.
"""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on this machine.

    Attributes:
        family: name of its family.
        labels: class name of every class id, by position.
        sha256: of the file when it was installed, lower-case hexadecimal.
        licence: as its publisher names it; empty if unknown.
        source: where it came from, without credentials.
        size: (width, height) for a model that leaves it open.
        stated_groups: groups of classes, as their user stated them.
        pinned: the hash was known before the download; False when the first download was trusted.
    """

    name: str
    path: Path
    family: str
    labels: tuple[str, ...]
    sha256: str
    bytes: int
    licence: str = ""
    source: str = ""
    added: str = ""
    size: tuple[int, int] | None = None
    pinned: bool = False
    stated_groups: Mapping[str, Group] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[Group, ...]:
        """What kind of thing each class is, by position: as stated, else by its name."""
        named = zip(self.labels, groups_of(self.labels), strict=True)
        return tuple(self.stated_groups.get(label, group) for label, group in named)


def read_lock(root: Path) -> dict[str, InstalledModel]:
    """Everything the lock file lists, by name; nothing if there is none.

    Raises:
        ModelError: it cannot be read, or is not what we wrote.
    """
    path = root / FILE
    try:
        if path.stat().st_size > _LARGEST:
            raise ModelError(
                f"{path} is larger than {_LARGEST / 1e6:g} MB, which no list of models is; delete it"
            )
        tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        entries = (tree or {}).get("models", {})
        return {name: _load(root, name, entry) for name, entry in entries.items()}
    except FileNotFoundError:
        return {}
    except (YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path} is damaged ({type(error).__name__}); restore it from a backup, or delete it and add or pull "
            "the models again"
        ) from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None


def write_lock(root: Path, models: Mapping[str, InstalledModel]) -> None:
    """Replace the lock file: temporary name, fsync, rename."""
    yaml = YAML()
    yaml.default_flow_style = False
    text = io.StringIO(_HEADER)
    text.seek(0, io.SEEK_END)
    yaml.dump({"version": 1, "models": {name: _dump(models[name]) for name in sorted(models)}}, text)
    # A name that nobody can foresee, made here and now: a link that lies in wait is never written through.
    temporary = root / f".{FILE}.{secrets.token_hex(8)}.part"
    with temporary.open("x", encoding="utf-8") as file:
        file.write(text.getvalue())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(root / FILE)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock that `path` stands for; waits while another process (or thread) holds it. Raises OSError for a
    link."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _load(root: Path, name: str, entry: Mapping[str, Any]) -> InstalledModel:
    width_height = entry.get("size")
    return InstalledModel(
        name=str(name),
        path=root / str(entry["file"]),
        family=str(entry["family"]),
        labels=tuple(str(label) for label in entry["labels"]),
        sha256=str(entry["sha256"]),
        bytes=int(entry["bytes"]),
        licence=str(entry.get("licence", "")),
        source=str(entry.get("source", "")),
        added=str(entry.get("added", "")),
        size=(int(width_height[0]), int(width_height[1])) if width_height else None,
        pinned=bool(entry.get("pinned", False)),
        stated_groups=read_groups(entry.get("groups") or {}, entry["labels"]),
    )


def _dump(model: InstalledModel) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "file": model.path.name,
        "sha256": model.sha256,
        "pinned": model.pinned,
        "bytes": model.bytes,
        "family": model.family,
        "licence": model.licence,
        "source": model.source,
        "added": model.added,
        "labels": list(model.labels),
    }
    if model.stated_groups:
        entry["groups"] = dict(model.stated_groups)
    if model.size:
        entry["size"] = list(model.size)
    return entry
