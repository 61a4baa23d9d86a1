"""The data folder: made, checked and held by one run at a time, before any database is opened.

The lock is the kernel's (`flock`): it is gone the instant its process is, `kill -9` included, so a stale lock
file means nothing and nobody has to remove one.
"""

import errno
import fcntl
import os
import stat
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from secondsight.errors import StoreError
from secondsight.store.database.swap import finish_swap

_FOLDERS = ("clips", "frames")
_LOCK = "lock"


def prepare_data_folder(folder: Path) -> Path:
    """Make `folder` and what belongs in it, and prove by writing that it can be written.

    What shows people is for the user who runs the site alone: a folder made here has mode 0700. One that is there
    keeps its mode, and what is made in it is as open as it is, less what the umask forbids.

    Raises:
        StoreError: a file stands in its place, or it is read-only or on a full disk.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        for path in (folder, *(folder / name for name in _FOLDERS)):
            path.mkdir(mode=stat.S_IMODE(folder.stat().st_mode) & 0o755 | 0o700, exist_ok=True)
            # Only writing tells: permission bits say nothing to root nor about a read-only mount.
            with tempfile.TemporaryFile(dir=path) as probe:
                probe.write(b"\0")
                probe.flush()
    except OSError as error:
        raise _refusal(folder, error) from None
    return folder


class FileLock:
    """Exclusive use of what a file stands for, from construction until `release` or the end of the process.

    Args:
        path: the lock file, made if it is not there. It holds the holder's process id.
        taken: what to say when another process holds it; `{holder}` in it becomes that process.

    Raises:
        StoreError: another process holds it, or the lock file cannot be made or is no file of its own.
    """

    def __init__(self, path: Path, taken: str) -> None:
        self._file = _open_lock(path)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            self.release()
            raise StoreError(taken.format(holder=f"process {holder}")) from None
        except OSError as error:
            self.release()
            raise _refusal(path.parent, error) from None

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


class DataLock(FileLock):
    """Exclusive use of a data folder, in which a restore that was interrupted is finished first. Raises StoreError as
    `FileLock` does.
    """

    def __init__(self, folder: Path) -> None:
        name = str(folder).replace("{", "{{").replace("}", "}}")
        super().__init__(
            folder / _LOCK,
            f"data folder {name} is in use by another run ({{holder}}); stop that one first, "
            "or give this one a data folder of its own",
        )
        try:
            finish_swap(folder)
        except BaseException:
            self.release()
            raise


def _open_lock(path: Path) -> int:
    """The lock file, open. It is written to: what stands in its place by a link belongs to another user."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        found = os.fstat(file)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise _refusal(path.parent, error) from None
    else:
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
            return file
        os.close(file)
    raise StoreError(
        f"{path} is a link or no file, where SecondSight keeps a lock file of its own; remove it"
    )


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
