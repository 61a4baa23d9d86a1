"""Files that appear whole or not at all, and never take the disk below its floor of free space."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from secondsight.errors import StoreError

PART = ".part"
"""Suffix of files that are being written. Those found at the start of a run are leftovers of one that was killed."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class GuardedFile:
    """A binary file open for writing that refuses what would take the disk below `min_free` bytes.

    It offers what a muxer needs of a file. Raises StoreError and OSError.
    """

    def __init__(self, file: BinaryIO, folder: Path, min_free: int) -> None:
        self._file, self._folder, self._min_free = file, folder, min_free

    def write(self, data: bytes) -> int:
        require_space(self._folder, len(data), self._min_free)
        return self._file.write(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    @property
    def closed(self) -> bool:
        return self._file.closed


def free_space(folder: Path) -> int:
    """Bytes that we may still write to the folder's disk; the folder need not exist yet. Raises OSError."""
    try:
        disk = os.statvfs(folder)
    except FileNotFoundError:
        if folder == folder.parent:
            raise
        return free_space(folder.parent)
    return disk.f_bavail * disk.f_frsize


def few_inodes(folder: Path, wanted: int) -> bool:
    """Whether the folder's disk cannot hold `wanted` more files, whatever room it has. False where it has no such
    limit."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_files > 0 and disk.f_favail < wanted


def require_space(folder: Path, need: int, min_free: int) -> None:
    """Raise StoreError unless `need` more bytes leave at least `min_free` free."""
    free = free_space(folder)
    if free - need < min_free:
        raise StoreError(
            f"{folder}: the disk is full: {_mb(need)} to write, {_mb(free)} free, of which {_mb(min_free)} are kept "
            "free (retention.min_free); free some space or lower retention.disk_budget"
        )


def require_folder(data: Path) -> None:
    """Raise StoreError unless the data folder is there.

    It goes away with the disk or share on which it lies, or when a person moves it. Made anew it would hide that.
    """
    if not data.is_dir():
        raise StoreError(f"{data}: the data folder has gone away; put it back, or its disk", retryable=True)


@contextmanager
def atomic_file(path: Path, min_free: int) -> Iterator[GuardedFile]:
    """A new file for `path`: complete and on the disk when the block ends, gone without a trace when it fails.

    It can be read by those who can read its folder, and so can folders made for it; the umask may forbid more.

    Raises:
        StoreError: the disk is full or would be, or the folder cannot be written.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{PART}")
    try:
        make_folder(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(part, flags, _mode_below(path.parent) & 0o644), "wb") as file:
            yield GuardedFile(file, path.parent, min_free)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError) and type(error).__module__ == "builtins":
            raise _explained(path.parent, error) from error
        raise


def remove_half_written(path: Path) -> None:
    """Remove what processes that were killed have left of a file in a small folder; only while nobody writes it."""
    for part in path.parent.glob(f"{path.name}.*{PART}"):
        part.unlink(missing_ok=True)


def write_atomic(path: Path, data: bytes, min_free: int) -> None:
    """Write a whole file durably; readers see all of it or nothing. Raises StoreError."""
    require_space(path.parent, len(data), min_free)
    with atomic_file(path, min_free) as file:
        file.write(data)


def _explained(folder: Path, error: OSError) -> StoreError:
    if error.errno == errno.ENOSPC and few_inodes(folder, 1):
        return StoreError(
            f"{folder}: the disk is full: no inodes are left, so it can hold no more files; remove small files, "
            "or lower retention.age so that old clips and key frames go earlier"
        )
    if error.errno in _FULL:
        return StoreError(f"{folder}: the disk is full ({error.strerror}); free some space")
    return StoreError(f"{folder}: cannot be written ({error.strerror}); check its permissions and its disk")


def make_folder(folder: Path) -> None:
    """Create the folder durably: a file is not safe while the entry of its folder is not."""
    missing = []
    at = folder
    while not at.is_dir() and at != at.parent:
        missing.append(at)
        at = at.parent
    mode = _mode_below(at)
    for created in reversed(missing):
        created.mkdir(mode, exist_ok=True)
        _sync_folder(created.parent)


def _mode_below(folder: Path) -> int:
    """The mode of what is made in `folder`: open to those to whom the folder is, and theirs to read at most."""
    return stat.S_IMODE(folder.stat().st_mode) & 0o755 | 0o700


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
