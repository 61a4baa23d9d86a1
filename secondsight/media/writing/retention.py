"""Removes old clips: by age, to stay within the disk budget, and to keep the disk's floor of free space."""

from __future__ import annotations

import logging
import math
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from secondsight.config import RetentionSettings
from secondsight.errors import StoreError
from secondsight.log import fields
from secondsight.media.writing.files import few_inodes, free_space
from secondsight.media.writing.leftovers import CLIPS, FRAMES, Batch, prune, quarantined

_log = logging.getLogger(__name__)

_AT_ONCE = 500
"""Events whose files are removed before disk and database are asked again."""
_MEASURED_AT_ONCE = 1000
"""Events whose files are measured in one sweep: mostly all that came since the last one."""


_INODES = 64
"""Files that a disk must be able to hold for new clips and key frames."""
_FOR_INODES = 20
"""Events whose files are removed where it cannot."""


class RetainedClip(Protocol):
    """One event's files, as the store knows them."""

    @property
    def id(self) -> str: ...
    @property
    def paths(self) -> Sequence[str]:
        """Clip, key frames and snapshot, relative to the data folder; some may be missing."""
        ...

    @property
    def size(self) -> int:
        """Bytes of all of them, as far as they are measured."""
        ...

    @property
    def end(self) -> float:
        """UTC seconds from which its age counts."""
        ...


class ClipCatalogue(Protocol):
    """What the store tells of clips and key frames; none of it may take long, however many there are."""

    def total_bytes(self) -> int:
        """Bytes of all of them."""
        ...

    def oldest(self, limit: int, before: float | None = None) -> Sequence[RetainedClip]:
        """The oldest that may be removed, oldest first; with `before` only those that are older than that."""
        ...

    def unmeasured(self, limit: int) -> Sequence[RetainedClip]:
        """Some whose size is not known."""
        ...

    def note_sizes(self, sizes: Mapping[str, int]) -> None:
        """Note the bytes that events' files take, by the events' ids."""
        ...

    def forget(self, ids: Sequence[str]) -> Collection[str]:
        """Drop the references to events' files; the ids for which that was done."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """What planning needs to know of what may be removed: a name, UTC seconds of its age, bytes."""

    id: str
    end: float
    size: int


def plan(
    items: Iterable[Item], *, used: int, now: float, age: float, disk_budget: int, free: int, min_free: int
) -> list[str]:
    """Ids to remove of `items`, which come oldest first: all older than `age` seconds, then as many as it takes.

    Removal stops as soon as what is left of `used` bytes fits in `disk_budget` and `min_free` bytes are free.
    What must stay is in `used`, and not among the items.
    """
    removed = []
    for item in items:
        if not (item.end < now - age or used > disk_budget or free < min_free):
            break
        removed.append(item.id)
        used -= item.size
        free += item.size
    return removed


class Retention:
    """Applies the plan to a data folder. What is in quarantine is kept like a clip made on the day it was put there.

    Args:
        data: the data folder. Nothing outside its `clips`, `frames` and `quarantine` is ever deleted.
        now: tells the time by which files are old, UTC seconds.
    """

    def __init__(
        self, data: Path, settings: RetentionSettings, files: ClipCatalogue, now: Callable[[], float]
    ) -> None:
        self._data, self._settings, self._files, self._now = data, settings, files, now
        self._quarantined: list[Batch] | None = None

    def sweep(self, need: int = 0) -> int:
        """Delete what is due; the number of events whose files went, and of folders of the quarantine.

        References go before the files, so that none outlives its file.

        Args:
            need: bytes that are wanted on top of the floor of free space. Some of the oldest go, too, where the disk
                has room and can hold no more files.

        Raises:
            StoreError: the store cannot be asked; what was not forgotten stays.
        """
        self._measure()
        removed = 0
        while some := self._sweep_some(need):
            removed += some
        if need and not removed and few_inodes(self._data, _INODES):
            removed = self._forget(self._files.oldest(_FOR_INODES))
        if removed:
            _log.info("old clips removed", extra=fields(count=removed))
        return removed

    def look_again(self) -> None:
        """The quarantine has changed."""
        self._quarantined = None

    def _sweep_some(self, need: int) -> int:
        settings = self._settings
        if self._quarantined is None:
            self._quarantined = quarantined(self._data)
        batches = {str(batch.path): batch for batch in self._quarantined}
        now, free, min_free = self._now(), free_space(self._data), settings.min_free + need
        used = self._files.total_bytes() + sum(batch.size for batch in batches.values())
        pressed = used > settings.disk_budget or free < min_free
        clips = {
            clip.id: clip
            for clip in self._files.oldest(_AT_ONCE, before=None if pressed else now - settings.age)
        }
        items = [Item(clip.id, clip.end, clip.size) for clip in clips.values()]
        seen = items[-1].end if len(items) == _AT_ONCE else math.inf
        items += [Item(name, b.time, b.size) for name, b in batches.items() if b.time <= seen]
        due = plan(
            sorted(items, key=lambda item: (item.end, item.id)),
            used=used,
            now=now,
            age=settings.age,
            disk_budget=settings.disk_budget,
            free=free,
            min_free=min_free,
        )
        forgotten = self._forget([clips[id] for id in due if id in clips])
        emptied = [batches[name] for name in due if name in batches]
        for batch in emptied:
            self._empty(batch)
        return forgotten + len(emptied)

    def _forget(self, doomed: Sequence[RetainedClip]) -> int:
        """Remove these events' files, as far as the store lets them go; the number of events."""
        clips = {clip.id: clip for clip in doomed}
        forgotten = self._files.forget(list(clips)) if clips else ()
        for id in forgotten:
            self._remove(clips[id])
        return len(forgotten)

    def _measure(self) -> None:
        try:
            clips = self._files.unmeasured(_MEASURED_AT_ONCE)
            self._files.note_sizes({clip.id: self._size(clip) for clip in clips})
        except StoreError as error:
            # On a disk that is full nothing can be noted; what takes the room must go all the same.
            _log.warning("sizes of clips not noted", extra=fields(error=str(error)))

    def _size(self, clip: RetainedClip) -> int:
        size = 0
        for name in clip.paths:
            with suppress(OSError):
                size += (self._data / name).stat().st_size
        return size

    def _empty(self, batch: Batch) -> None:
        shutil.rmtree(batch.path, ignore_errors=True)
        self._quarantined = [other for other in self._quarantined or () if other is not batch]
        _log.info(
            "quarantined files removed", extra=fields(files=batch.files, bytes=batch.size, where=batch.path)
        )

    def _remove(self, clip: RetainedClip) -> None:
        for path in map(self._inside, clip.paths):
            if path is None:
                continue
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("clip not removed", extra=fields(event=clip.id, error=error.strerror))
                continue
            prune(self._data, path.parent)

    def _inside(self, name: str) -> Path | None:
        """Where a stored path leads, links followed; None for anything that is not below `clips` or `frames`."""
        if PurePosixPath(name).is_absolute():
            return None
        root = self._data.resolve()
        path = (root / name).resolve()
        if any(path.is_relative_to(root / top) and path != root / top for top in (CLIPS, FRAMES)):
            return path if not path.is_dir() else None
        return None
