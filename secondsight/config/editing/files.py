"""Files that are replaced as a whole, durably: a reader, or a program that dies, sees the old one or the new one."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from secondsight.errors import StoreError


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Write a file. Where `path` is a link, what it leads to is replaced, and the link stays.

    Args:
        mode: permissions of the new file.

    Raises:
        StoreError: it cannot be written; the old one is as it was.
    """
    target = path.resolve()
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        _sync(target.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise StoreError(
            f"{path}: cannot be written ({reason}); check permissions of its folder, and its disk"
        ) from None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other threads and programs from the same folder, which is made if it is not there. Raises StoreError."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be used ({error.strerror}); check its permissions") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
