"""What a case consists of, on the local disk while the database is away.

A journal is a file of lines, each with its checksum, appended and flushed to the disk in groups. It belongs to one
process, which holds a lock on it: the kernel's, gone the instant its process is. What a killed process left is
replayed by the site before anything else; writes have stable ids and may be applied again.
"""

import contextlib
import errno
import fcntl
import json
import logging
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from secondsight.errors import RecordError, StoreError
from secondsight.log import fields, redact
from secondsight.media import make_folder
from secondsight.store import CaseWrite, Write

_log = logging.getLogger(__name__)

FOLDER = "journal"
"""Below the data folder."""
DEAD_LETTERS = "dead-letters.jsonl"
_SUFFIX, _DAMAGED = ".journal", ".damaged"
_STRUCK = b"-"
"""In the place of a line's first character: the write was given up."""
_LIMIT = 64 * 2**20
_BATCH = 100


class JournalLine(NamedTuple):
    """Where one write stands in the journal: bytes from its begin."""

    offset: int
    size: int


class Journal:
    """The journal of this process, written by one thread of it.

    Args:
        data: the data folder.
        limit: most bytes of writes that are still to be stored.
    """

    def __init__(self, data: Path, limit: int = _LIMIT) -> None:
        self._folder, self._limit = data / FOLDER, limit
        self._path: Path | None = None
        self._file = -1
        self._end = self._live = 0

    @property
    def size(self) -> int:
        """Bytes of what is still to be stored."""
        return self._live

    def room_for(self, lines: Sequence[bytes]) -> bool:
        """Whether so much more may be appended; writes that are stored by now take no room."""
        return self._live + sum(map(len, lines)) <= self._limit

    def append(self, lines: Sequence[bytes]) -> list[JournalLine]:
        """Append lines made by `encode`; durable on return. Raises OSError, and has changed nothing then."""
        self._open()
        found, offset = [], self._end
        for line in lines:
            found.append(JournalLine(offset, len(line)))
            offset += len(line)
        try:
            _write_all(self._file, b"".join(lines), self._end)
            os.fdatasync(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise
        self._end = offset
        self._live += sum(line.size for line in found)
        return found

    def forget(self, lines: Sequence[JournalLine]) -> None:
        """These are stored. Once all are, the file is empty; a kill before that replays what is stored already."""
        self._live -= sum(line.size for line in lines)
        if self._file >= 0 and self._live == 0 and self._end:
            os.ftruncate(self._file, 0)
            self._end = 0

    def strike(self, lines: Sequence[JournalLine]) -> None:
        """These are lost, and counted: no replay is to store them. Raises OSError."""
        for line in lines:
            os.pwrite(self._file, _STRUCK, line.offset)

    @property
    def wasteful(self) -> bool:
        """Whether most of a large file is stored by now."""
        return self._end > self._limit and self._live < self._end // 2

    def rewrite(self, kept: Sequence[JournalLine]) -> list[JournalLine]:
        """Copy the lines that are still to be stored into a file of their own; where they are now. Raises OSError."""
        lines = [os.pread(self._file, line.size, line.offset) for line in kept]
        before = (self._file, self._path, self._end, self._live)
        self._file, self._path, self._end, self._live = -1, None, 0, 0
        try:
            found = self.append(lines)
        except OSError:
            self.close()
            self._file, self._path, self._end, self._live = before
            raise
        old, old_path, _, _ = before
        os.close(old)
        if old_path is not None:
            old_path.unlink(missing_ok=True)
        return found

    def set_aside(self, write: Write, error: str) -> None:
        """Keep a write that the store refuses where a person can look at it. Raises OSError."""
        set_aside(self._folder, write, error)

    def close(self) -> None:
        """Let go of the file; it goes too if nothing is left in it."""
        if self._file < 0:
            return
        if self._live == 0 and self._path is not None:
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file, self._end, self._live = -1, 0, 0

    def _open(self) -> None:
        if self._file >= 0:
            return
        mode = _folder_mode(self._folder) & 0o644
        number = 0
        while True:
            path = self._folder / f"{os.getpid()}-{number}{_SUFFIX}"
            try:
                self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
            except FileExistsError:
                number += 1
                continue
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if os.fstat(self._file).st_nlink:
                break
            os.close(self._file)  # who replays found it before it was locked, empty, and removed it
        self._path = path
        _sync(self._folder)


def encode(write: Write) -> bytes:
    """One line of a journal."""
    text = json.dumps(_adapter().dump_python(write, warnings=False), default=_plain, ensure_ascii=False)
    body = f"{type(write).__name__} {text}".encode(errors="surrogatepass")
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode(line: bytes) -> Write:
    """The write of a line. Raises ValueError for any other text."""
    check, _, body = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or int(check, 16) != zlib.crc32(body):
        raise ValueError("a line is incomplete or damaged")
    name, _, text = body.decode(errors="surrogatepass").partition(" ")
    write: Write = _adapter(name).validate_python(json.loads(text))
    return write


def replay(data: Path, apply: Callable[[list[Write]], object]) -> int:
    """Store what ended processes left in their journals, and remove those; how many writes that were.

    Args:
        apply: as `Store.apply`.

    Raises:
        StoreError: the database or the folder cannot be used now; nothing is lost, replay again.
    """
    folder, count = data / FOLDER, 0
    try:
        for path in sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime):
            with _abandoned(path) as file:
                if file is not None:
                    count += _replay_file(path, file, apply)
    except OSError as error:
        raise StoreError(f"{folder} cannot be read: {error.strerror or error}", retryable=True) from None
    if count:
        _log.info("writes that the database had missed are stored", extra=fields(writes=count))
    return count


def set_aside(folder: Path, write: Write, error: str) -> None:
    """Append a write to the dead letters of a folder, durably. Raises OSError."""
    mode = _folder_mode(folder) & 0o644
    text = json.dumps(_adapter().dump_python(write, warnings=False), default=str)
    line = json.dumps({"error": redact(error), "what": type(write).__name__, "write": json.loads(text)})
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    file = os.open(folder / DEAD_LETTERS, flags, mode)
    try:
        os.write(file, f"{line}\n".encode(errors="backslashreplace"))
        os.fsync(file)
    finally:
        os.close(file)


def _replay_file(path: Path, file: int, apply: Callable[[list[Write]], object]) -> int:
    with os.fdopen(os.dup(file), "rb") as reader:
        lines = reader.readlines()
    writes, damaged = [], 0
    for number, line in enumerate(lines):
        if line.startswith(_STRUCK):
            continue
        try:
            writes.append(decode(line))
        except ValueError:
            # The last one may be torn: its process was killed before it could rely on it.
            damaged += not (number == len(lines) - 1 and not line.endswith(b"\n"))
    for first in range(0, len(writes), _BATCH):
        _apply(path.parent, writes[first : first + _BATCH], apply)
    if damaged:
        _log.error("a journal has damaged lines, kept", extra=fields(file=path.name, lines=damaged))
        path.rename(path.with_suffix(_DAMAGED))
    else:
        path.unlink()
    return len(writes)


def _apply(folder: Path, writes: list[Write], apply: Callable[[list[Write]], object]) -> None:
    try:
        apply(writes)
    except RecordError as error:
        if len(writes) > 1:
            for write in writes:
                _apply(folder, [write], apply)
            return
        set_aside(folder, writes[0], str(error))
        _log.error("a record is refused by the store, set aside", extra=fields(error=redact(str(error))))


@contextlib.contextmanager
def _abandoned(path: Path) -> Iterator[int | None]:
    """The file, locked; None while its process lives, or when it is gone."""
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file
    finally:
        os.close(file)


@cache
def _adapter(name: str | None = None) -> Any:
    """Turns a write into plain values and back; of one type by its name, or of any."""
    from pydantic import TypeAdapter

    if name is None:
        return TypeAdapter(Any)
    known = {kind.__name__: kind for kind in CaseWrite.__args__}
    if name not in known:
        raise ValueError(f"no write is called {name}")
    return TypeAdapter(known[name])


def _plain(value: Any) -> Any:
    """What JSON does not know: NumPy's numbers, mappings that are no dictionaries."""
    return dict(value) if hasattr(value, "keys") else float(value)


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, offset)
        view, offset = view[done:], offset + done


def _folder_mode(folder: Path) -> int:
    """The mode of the folder of journals, made if it is not there: as open as the data folder."""
    if not folder.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the data folder has gone away", str(folder.parent))
    make_folder(folder)
    return stat.S_IMODE(folder.stat().st_mode)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
