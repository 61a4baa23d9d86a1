"""One training at a time: a lock file that the system lets go when its process dies, however that happens."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secondsight.errors import RefusedError
from secondsight.learn.catalogue.connection import FOLDER

_LOCK = f"{FOLDER}/training.lock"


@contextmanager
def training_lock(data: Path) -> Iterator[None]:
    """Hold the lock. Raises RefusedError while another process does."""
    path = data / _LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(
                "a training runs already; wait for it (`secondsight learn status`) or end it "
                "(`secondsight learn stop`)"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def training_process(data: Path) -> int | None:
    """The number of the process that trains now; None if none does."""
    try:
        with (data / _LOCK).open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read().strip()
                return int(text) if text else None
    except FileNotFoundError:
        return None
    return None
