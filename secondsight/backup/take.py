"""Takes a backup, also while a site runs.

First the journal, then the database at one instant, then the files that its events name: what journal and
database both hold is stored once by a replay, and no file is copied that the database does not know. A clip that
retention removes meanwhile is named as missing. What is kept for learning goes the same way: its index at one
instant, then its files, which are always written before the index names them. Footage is its own index: what there is
at one instant comes along, if it is wanted, but for hours that retention removes meanwhile.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from secondsight import __version__
from secondsight.backup.archive import DUMP, MANIFEST, ArchiveWriter, Manifest
from secondsight.cascade import JOURNAL
from secondsight.clock import Clock, SystemClock, iso
from secondsight.config import PUSH_FOLDER
from secondsight.errors import StoreError
from secondsight.learn import LEARN_FOLDER, LEARN_INDEX
from secondsight.media import all_segments
from secondsight.site import IDENTITY, identity_of_copy
from secondsight.store import DATABASE, Snapshot, copy_sqlite, require_room, take_snapshot


def take_backup(
    data: Path,
    target: Path,
    *,
    url: str | None = None,
    replace: bool = False,
    footage: bool = False,
    clock: Clock | None = None,
) -> Manifest:
    """Write a backup of a data folder and its database to the file `target`: all of it, or nothing.

    A backup that was killed leaves `target` as it was, and files ending in `.part`, which the next one takes over.

    Args:
        url: the database; SQLite in the data folder if absent.
        replace: whether a file that is there may be replaced.
        footage: whether recorded footage comes along.
        clock: the machine's by default.

    Returns:
        What it holds.

    Raises:
        StoreError: there is no such folder, no database, no room, or `target` is there already.
    """
    clock = clock or SystemClock()
    if not data.is_dir():
        raise StoreError(f"there is no data folder {data}; name it with --data")
    if target.exists() and not replace:
        raise StoreError(f"{target} is there already; choose another name, or --overwrite")
    copy = target.with_name(f"{target.name}.database.part")
    index = target.with_name(f"{target.name}.learn.part")
    try:
        with _new_file(target) as file:
            writer = ArchiveWriter(file)
            journals = _journals(data)
            for path in journals:
                writer.add(path, f"{JOURNAL}/{path.name}")
            found = take_snapshot(url or data / DATABASE, copy)
            learned = _learned(data, index)
            recorded = [segment.path for segment in all_segments(data)] if footage else []
            copies = sum(path.stat().st_size for path in (copy, index) if path.exists())
            require_room(
                target.parent, copies + _size(data, (*found.files, *found.extras, *learned, *recorded))
            )
            missing = _add_files(writer, data, found)
            for name in (*learned, *recorded, *_subscribed(data)):
                writer.add(data / name, name)
            writer.add(index, LEARN_INDEX)
            if found.mark is not None:
                writer.add_bytes(identity_of_copy(found.mark, data), IDENTITY, clock.now())
            writer.add(copy, DATABASE if _is_sqlite(copy) else DUMP)
            made = Manifest(__version__, iso(clock.now()), found.revision, tuple(writer.entries), missing)
            writer.add_bytes(made.encoded(), MANIFEST, clock.now())
            writer.close()
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else error.strerror or str(error)
        raise StoreError(f"{target} cannot be written: {why}; nothing is left of it") from None
    finally:
        copy.unlink(missing_ok=True)
        index.unlink(missing_ok=True)
    return made


def _add_files(writer: ArchiveWriter, data: Path, found: Snapshot) -> tuple[str, ...]:
    """Append clips and pictures; those that are not there."""
    for path in found.extras:
        writer.add(data / path, path)
    return tuple(path for path in found.files if not writer.add(data / path, path))


def _journals(data: Path) -> list[Path]:
    folder = data / JOURNAL
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _learned(data: Path, index: Path) -> tuple[str, ...]:
    """Copy the index of what is kept for learning to `index`; its files. None of both where nothing was kept."""
    if not (data / LEARN_INDEX).is_file():
        return ()
    copy_sqlite(data / LEARN_INDEX, index)
    found = (path for path in (data / LEARN_FOLDER).rglob("*") if path.is_file())
    names = [path.relative_to(data) for path in found]
    return tuple(
        sorted(
            name.as_posix()
            for name in names
            # Neither the index itself, with its log, nor what is being written.
            if not name.as_posix().startswith(LEARN_INDEX)
            and not any(part.startswith(".") for part in name.parts)
        )
    )


def _subscribed(data: Path) -> list[str]:
    """Keys and subscriptions of browsers: with other keys every browser would have to subscribe anew."""
    found = (path.relative_to(data).as_posix() for path in (data / PUSH_FOLDER).rglob("*") if path.is_file())
    return sorted(name for name in found if not name.endswith(".part"))


def _size(data: Path, paths: Iterable[str]) -> int:
    size = 0
    for path in paths:
        try:
            size += (data / path).stat().st_size
        except FileNotFoundError:
            continue
    return size


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"


@contextmanager
def _new_file(target: Path) -> Iterator[BinaryIO]:
    """A file that stands for `target` once it is complete and on the disk; gone when the block fails."""
    part = target.with_name(f"{target.name}.part")
    file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "wb")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"another backup to {target} is under way") from None
        try:
            file.truncate(0)
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.rename(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
