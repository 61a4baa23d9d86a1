"""Puts a restored data folder in the place of what was there, such that a kill at any instant leaves one of the two.

    .restore.part/new   is being unpacked; without meaning until it is renamed
    .restore/new, old   complete: what was there moves to `old`
    .restored/new, old  what is new moves to its place, the database last

Each step may be repeated. Whatever takes the folder's lock finishes them first, so no run ever sees a mixture.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from secondsight.errors import StoreError
from secondsight.store.values import DATABASE

_PART, _FULL, _MOVING = ".restore.part", ".restore", ".restored"
_KEPT = "before-restore-"
_STAY = ("lock", "lost+found", _PART, _FULL, _MOVING)


def staging(folder: Path) -> Path:
    """Where to unpack for `folder`, empty; on the same file system. The folder's lock must be held."""
    shutil.rmtree(folder / _PART, ignore_errors=True)
    place = folder / _PART / "new"
    place.mkdir(parents=True, mode=0o700)
    return place


def discard(folder: Path) -> None:
    """Give up what is being unpacked."""
    shutil.rmtree(folder / _PART, ignore_errors=True)


def contents(folder: Path) -> list[Path]:
    """What a restore would put aside; folders without any file do not count."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.name not in _STAY and not path.name.startswith(_KEPT) and not _is_hollow(path)
    )


def swap_in(folder: Path) -> Path | None:
    """Put what was unpacked in place; where what was there is kept now, None if there was nothing.

    Raises:
        StoreError: a file cannot be moved; the next command that takes the lock goes on.
    """
    try:
        _sync(folder / _PART)
        (folder / _PART).rename(folder / _FULL)
        _sync(folder)
    except OSError as error:
        raise _failed(folder, error) from None
    return finish_swap(folder)


def finish_swap(folder: Path) -> Path | None:
    """Finish what `swap_in` had begun in a process that was killed, and remove what had not got so far."""
    discard(folder)
    try:
        if (folder / _FULL).is_dir():
            old = folder / _FULL / "old"
            old.mkdir(exist_ok=True, mode=0o700)
            for path in contents(folder):
                path.rename(old / path.name)
            for path in folder.iterdir():
                if path.name not in _STAY and _is_hollow(path):
                    shutil.rmtree(path)
            (folder / _FULL).rename(folder / _MOVING)
            _sync(folder)
        return _move_in(folder) if (folder / _MOVING).is_dir() else None
    except OSError as error:
        raise _failed(folder, error) from None


def _move_in(folder: Path) -> Path | None:
    new, old = folder / _MOVING / "new", folder / _MOVING / "old"
    for path in sorted(new.iterdir(), key=lambda path: path.name == DATABASE):
        path.rename(folder / path.name)
    kept = None
    if old.is_dir() and any(old.iterdir()):
        kept = folder / f"{_KEPT}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        old.rename(kept)
    (folder / _MOVING).rename(folder / _PART)  # which may be half removed
    _sync(folder)
    discard(folder)
    return kept


def _is_hollow(path: Path) -> bool:
    return (
        path.is_dir()
        and not path.is_symlink()
        and not any(one.is_symlink() or one.is_file() for one in path.rglob("*"))
    )


def _failed(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"data folder {folder}: the restore cannot be finished ({error.strerror or error}); once that is mended, the "
        "next run or restore goes on with it"
    )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
