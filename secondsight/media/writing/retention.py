"""Removes old clips: by age, to stay within the disk budget, and to keep the disk's floor of free space."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from secondsight.clock import Clock
from secondsight.config import RetentionSettings
from secondsight.log import fields
from secondsight.media.writing.files import free_space

_log = logging.getLogger(__name__)

CLIPS, FRAMES = "clips", "frames"
"""The folders below the data folder in which retention may delete."""


class StoredClip(Protocol):
    """One event's files, as the store knows them."""

    @property
    def id(self) -> str: ...
    @property
    def paths(self) -> Sequence[str]:
        """Clip and key frames, relative to the data folder."""
        ...

    @property
    def end(self) -> float:
        """UTC seconds from which its age counts."""
        ...

    @property
    def protected(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Item:
    """What planning needs to know of one event's files: id, UTC seconds of their age, bytes."""

    id: str
    end: float
    size: int
    protected: bool


def plan(
    items: Iterable[Item], *, now: float, age: float, disk_budget: int, free: int, min_free: int
) -> list[str]:
    """Ids to remove, oldest first: all older than `age` seconds, then as many as it takes.

    Protected ones stay whatever it costs, but their bytes count against the budget. Removal stops as soon as what
    is left fits in `disk_budget` bytes and the disk has `min_free` bytes free.
    """
    ordered = sorted(items, key=lambda item: (item.end, item.id))
    used = sum(item.size for item in ordered)
    removed = []
    for item in ordered:
        too_old = item.end < now - age
        if item.protected or not (too_old or used > disk_budget or free < min_free):
            continue
        removed.append(item.id)
        used -= item.size
        free += item.size
    return removed


class Retention:
    """Applies the plan to a data folder.

    Args:
        data: the data folder. Nothing outside its `clips` and `frames` is ever deleted.
    """

    def __init__(self, data: Path, settings: RetentionSettings, clock: Clock) -> None:
        self._data, self._settings, self._clock = data, settings, clock

    def sweep(
        self,
        clips: Iterable[StoredClip],
        protected: Collection[str] = (),
        *,
        forget: Callable[[list[str]], object] | None = None,
        need: int = 0,
    ) -> list[str]:
        """Delete what is due and return the events' ids.

        Args:
            protected: ids that must stay besides those that say so themselves.
            forget: called with the ids before their files are deleted, so that no reference ever outlives its file.
                If it returns a collection, only the ids in it are deleted.
            need: bytes that are wanted on top of the floor of free space.
        """
        known = {clip.id: clip for clip in clips}
        items = [
            Item(clip.id, clip.end, self._size(clip), clip.protected or clip.id in protected)
            for clip in known.values()
        ]
        due = plan(
            items,
            now=self._clock.now(),
            age=self._settings.age,
            disk_budget=self._settings.disk_budget,
            free=free_space(self._data),
            min_free=self._settings.min_free + need,
        )
        if due and forget is not None:
            forgotten = forget(due)
            if isinstance(forgotten, Collection):
                due = [id for id in due if id in forgotten]
        for id in due:
            self._remove(known[id])
        if due:
            _log.info("old clips removed", extra=fields(count=len(due), oldest=due[0]))
        return due

    def sweep_orphans(self, clips: Iterable[StoredClip]) -> list[Path]:
        """Delete clips and frames that no event refers to, such as those of a run killed between file and record.

        Only while nothing is being recorded: a clip's file is older than its record.
        """
        kept = {path for clip in clips for path in map(self._inside, clip.paths) if path}
        found = [
            path
            for top in (CLIPS, FRAMES)
            for path in sorted((self._data / top).rglob("*"))
            if path.is_file() and not path.is_symlink() and path.resolve() not in kept
        ]
        for path in found:
            path.unlink(missing_ok=True)
            self._prune(path.parent)
        return found

    def _size(self, clip: StoredClip) -> int:
        size = 0
        for path in map(self._inside, clip.paths):
            if path is not None:
                with suppress(OSError):
                    size += path.stat().st_size
        return size

    def _remove(self, clip: StoredClip) -> None:
        for path in map(self._inside, clip.paths):
            if path is None:
                continue
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("clip not removed", extra=fields(event=clip.id, error=error.strerror))
                continue
            self._prune(path.parent)

    def _inside(self, name: str) -> Path | None:
        """Where a stored path leads, links followed; None for anything that is not below `clips` or `frames`."""
        if PurePosixPath(name).is_absolute():
            return None
        root = self._data.resolve()
        path = (root / name).resolve()
        if any(path.is_relative_to(root / top) and path != root / top for top in (CLIPS, FRAMES)):
            return path if not path.is_dir() else None
        return None

    def _prune(self, folder: Path) -> None:
        """Remove a folder that has become empty, and the day's folder above it likewise."""
        tops = [(self._data / top).resolve() for top in (CLIPS, FRAMES)]
        folder = folder.resolve()
        while any(folder.is_relative_to(top) and folder != top for top in tops):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent
