"""The data folder: made, checked and held by one run at a time, before any database is opened.

The lock is the kernel's (`flock`): it is gone the instant its process is, `kill -9` included, so a stale lock
file means nothing and nobody has to remove one.
"""

import errno
import fcntl
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from secondsight.errors import StoreError

_FOLDERS = ("clips", "frames")
_LOCK = "lock"


def prepare_data_folder(folder: Path) -> Path:
    """Make `folder` and what belongs in it, and prove by writing that it can be written.

    Raises:
        StoreError: a file stands in its place, or it is read-only or on a full disk.
    """
    try:
        for path in (folder, *(folder / name for name in _FOLDERS)):
            path.mkdir(parents=True, exist_ok=True)
            # Only writing tells: permission bits say nothing to root nor about a read-only mount.
            with tempfile.TemporaryFile(dir=path) as probe:
                probe.write(b"\0")
                probe.flush()
    except OSError as error:
        raise _refusal(folder, error) from None
    return folder


class DataLock:
    """Exclusive use of a data folder, from construction until `release` or the end of the process.

    Raises:
        StoreError: another process holds it (named with its pid), or the lock file cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / _LOCK
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _refusal(folder, error) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise StoreError(
                f"data folder {folder} is in use by another run (process {holder}); stop that one first, "
                "or give this one a data folder of its own"
            ) from None
        except OSError as error:
            os.close(self._file)
            raise _refusal(folder, error) from None

    def release(self) -> None:
        """Let go; further calls do nothing. The file stays: removing it would let two runs lock two files."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _refusal(folder: Path, error: OSError) -> StoreError:
    where = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else folder
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return StoreError(
            f"data folder {folder} cannot be used: {_file_in_the_way(where)} is a file, not a folder"
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreError(
            f"data folder {folder} cannot be written ({error.strerror}); make it writable for this user, "
            "or choose another one"
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"data folder {folder} cannot be written: no space left; free some, or choose another disk",
            retryable=True,
        )
    return StoreError(f"data folder {folder} cannot be used: {error.strerror or error}")


def _file_in_the_way(path: Path) -> Path:
    return next((part for part in (path, *path.parents) if part.exists() and not part.is_dir()), path)
