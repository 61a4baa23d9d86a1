"""Removes old footage: by age, to stay within its budget, and before anything else when the disk is full."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from secondsight.config import RetentionSettings
from secondsight.log import fields
from secondsight.media.footage.segments import hour_folders, require_footage_folder
from secondsight.media.writing.files import PART, free_space

_log = logging.getLogger(__name__)

_ABANDONED = 600.0
"""Seconds after which a half-written file is nobody's."""


@dataclass(frozen=True, slots=True)
class _Hour:
    """The footage of one camera in one hour. Attributes: written: UTC seconds of the last change. size: bytes."""

    path: Path
    written: float
    size: int


class FootageRetention:
    """Removes footage by the hour; only below the folder `footage`.

    Args:
        data: the data folder.
        now: tells the time by which files are old, UTC seconds.
    """

    def __init__(self, data: Path, settings: RetentionSettings, now: Callable[[], float]) -> None:
        self._data, self._settings, self._now = data, settings, now
        self._known: dict[Path, _Hour] = {}

    def sweep(self, need: int = 0) -> int:
        """Remove what is due; the number of hours that went.

        Args:
            need: bytes that are wanted on top of the floor of free space.

        Raises:
            StoreError: the folder is a link.
        """
        require_footage_folder(self._data)
        settings, now = self._settings, self._now()
        hours = sorted(self._measured(now), key=lambda hour: (hour.written, hour.path.parts[-2:]))
        used, removed = sum(hour.size for hour in hours), 0
        min_free = settings.min_free + need
        for hour in hours:
            free = free_space(self._data)
            old = hour.written < now - settings.footage
            if not (old or used > settings.footage_budget or free < min_free):
                break
            self._remove(hour)
            used -= hour.size
            removed += 1
        if removed:
            _log.info("old footage removed", extra=fields(hours=removed))
        return removed

    def _measured(self, now: float) -> list[_Hour]:
        """Every hour with its size; those that have not changed are not looked into again."""
        found = {}
        for entry in hour_folders(self._data):
            path = Path(entry)
            with suppress(FileNotFoundError):
                written = entry.stat(follow_symlinks=False).st_mtime
                known = self._known.get(path)
                found[path] = known if known and known.written == written else _measure(path, written, now)
        self._known = found
        return list(found.values())

    def _remove(self, hour: _Hour) -> None:
        shutil.rmtree(hour.path, ignore_errors=True)
        self._known.pop(hour.path, None)
        for parent in (hour.path.parent, hour.path.parent.parent):
            with suppress(OSError):
                parent.rmdir()


def _measure(folder: Path, written: float, now: float) -> _Hour:
    size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                if entry.name.endswith(PART) and found.st_mtime < now - _ABANDONED:
                    Path(entry).unlink()
                else:
                    size += found.st_size
    return _Hour(folder, written, size)
