"""What lies in a data folder without a row that refers to it: found at the start of a run, and put out of the way.

Half-written files are known by their names. Clips, and folders of key frames, bear the id of their event: the
names in each day's folder tell which ones the database does not know. What becomes of those is decided elsewhere.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from secondsight.log import fields
from secondsight.media.writing.files import PART, make_folder

_log = logging.getLogger(__name__)

CLIPS, FRAMES = "clips", "frames"
"""The folders below the data folder in which retention may delete."""
QUARANTINE = "quarantine"
"""The folder below it for what no row refers to and cannot be proved to be our own unfinished work."""

_HALF_WRITTEN = re.compile(rf"\.[0-9a-f]{{8}}{re.escape(PART)}$")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Stray:
    """A file, or a folder with its files, that no row refers to.

    Attributes:
        id: of the event to which it belongs, by its name.
        time: UTC seconds at which the newest file was written. size: bytes.
    """

    path: Path
    id: str
    time: float
    size: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What was put into quarantine at once: its folder, when (UTC seconds), number of files, bytes."""

    path: Path
    time: float
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Half-written files, and what else no row refers to."""

    half_written: list[Path]
    strays: list[Stray]


def find_leftovers(data: Path, known: Collection[str]) -> Leftovers:
    """All that lies below `clips` and `frames` and belongs to none of the `known` events; links are passed over.

    Folders of known events are not opened: there may be hundreds of thousands.
    """
    half_written = [Path(entry) for entry in _files(data) if _HALF_WRITTEN.search(entry.name)]
    strays: list[Stray] = []
    for top in (CLIPS, FRAMES):
        for day in _entries(data / top):
            for entry in _entries(day.path) if _is_folder(day) else [day]:
                if entry.name.removesuffix(".mp4") in known or entry.is_symlink():
                    continue
                if _HALF_WRITTEN.search(entry.name):
                    half_written.append(Path(entry))
                    continue
                if _is_folder(entry):
                    half_written += [Path(f) for f in _files(Path(entry)) if _HALF_WRITTEN.search(f.name)]
                _, size, time = _measured(Path(entry))
                strays.append(Stray(Path(entry), entry.name.removesuffix(".mp4"), time, size))
    return Leftovers(half_written, strays)


def remove_strays(data: Path, strays: Iterable[Stray]) -> None:
    """Delete them, and the day's folders that become empty."""
    for stray in strays:
        try:
            if stray.path.is_dir():
                shutil.rmtree(stray.path)
            else:
                stray.path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("not removed", extra=fields(path=stray.path, error=error.strerror))
        prune(data, stray.path.parent)


def quarantine(data: Path, strays: Iterable[Stray], now: float) -> Batch:
    """Move them into a new folder of the quarantine, under their paths; what cannot be moved stays."""
    stamp = datetime.fromtimestamp(now, UTC).strftime(_STAMP)
    folder = data / QUARANTINE / stamp
    for stray in strays:
        target = folder / stray.path.relative_to(data)
        try:
            make_folder(target.parent)
            if not target.exists():
                stray.path.rename(target)
        except OSError as error:
            _log.warning("not put into quarantine", extra=fields(path=stray.path, error=error.strerror))
        prune(data, stray.path.parent)
    files, size, _ = _measured(folder)
    return Batch(folder, now, files, size)


def quarantined(data: Path) -> list[Batch]:
    """What the quarantine holds, oldest first."""
    found = []
    for entry in _entries(data / QUARANTINE) if not (data / QUARANTINE).is_symlink() else ():
        with suppress(ValueError):
            time = datetime.strptime(entry.name, _STAMP).replace(tzinfo=UTC).timestamp()
            if _is_folder(entry):
                files, size, _ = _measured(Path(entry))
                found.append(Batch(Path(entry), time, files, size))
    return sorted(found, key=lambda batch: batch.time)


def prune(data: Path, folder: Path) -> None:
    """Remove a folder below `clips` or `frames` that has become empty, and the day's folder above it likewise."""
    tops = [(data / top).resolve() for top in (CLIPS, FRAMES)]
    folder = folder.resolve()
    while any(folder.is_relative_to(top) and folder != top for top in tops):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    return (entry for entry in _entries(folder) if entry.is_file(follow_symlinks=False))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _measured(path: Path) -> tuple[int, int, float]:
    """Number of files, bytes, and when the newest one was written, of a file or of all below a folder."""
    files, size, newest = 0, 0, 0.0
    below = [file for folder, _, names in os.walk(path) for file in (Path(folder, name) for name in names)]
    for file in below or [path]:
        with suppress(OSError):
            found = file.lstat()
            newest = max(newest, found.st_mtime)
            if not path.is_dir() or below:
                files, size = files + 1, size + found.st_size
    return files, size, newest
