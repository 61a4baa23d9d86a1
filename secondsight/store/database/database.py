"""One connection pool and the two ways to use it: `read` and `write`, each one transaction.

SQLite lets one writer in at a time. Inside the process writers queue at a lock of ours, since SQLite's own
waiting is a sleep that wakes late and unfairly; towards other processes `BEGIN IMMEDIATE` takes the right to
write first, so that no transaction can fail half-way for want of it. `synchronous=FULL` flushes the log at
every commit: what was committed survives loss of power.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from secondsight.addresses import read_address
from secondsight.errors import SecondSightError, StoreError
from secondsight.masking import KNOWN, secrets_of
from secondsight.store.database.answer_limit import AnswerLimit, in_a_thread
from secondsight.store.database.db_errors import FAILURES, Failure, Fault, explain, scrub
from secondsight.store.values import DATABASE

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5
_BUSY_SLICE = 0.25
"""Longest wait inside SQLite before our own patience is asked again, seconds."""
_WAL_LIMIT = 64 * 2**20
"""Size to which the log is cut back after a long reader let it grow, bytes."""
_ANSWER, _ANSWER_TO_READERS = 20.0, 60.0
"""Seconds that a server may take for one transaction: of a site that runs, and of a command that reads."""


class Database:
    """An open database.

    Args:
        where: the SQLite file, or a URL (`postgresql://user:password@host/name`, `sqlite:///file`).
        read_only: open for reading beside a writer; nothing is created or changed.
        patience: seconds to wait for another process's lock or for a server that is away.

    Raises:
        StoreError: the URL is no such URL or its driver is missing. Nothing is connected to yet.
    """

    def __init__(self, where: str | Path, *, read_only: bool = False, patience: float = 10.0) -> None:
        self._patience = patience
        self._writer = threading.Lock()
        self.on_write: Callable[[], None] = _nobody_listens
        self.url = url = _url(where)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.read_only = read_only
        self.name, self._secrets = _name(url), _secrets(url)
        self._file = Path(url.database or "") if self.is_sqlite else None
        self._inode: tuple[int, int] | None = None
        if self._file is not None:
            self._engine = _sqlite_engine(self._file, read_only, patience)
            self._inode = _inode(self._file)
        else:
            self._engine = _postgres_engine(url, read_only, patience)
        self._limit = None if self.is_sqlite else AnswerLimit()

    def close(self) -> None:
        """Close every connection. On the last one SQLite folds its log into the database file."""
        if self._limit is not None:
            self._limit.close()
        self._engine.dispose()

    def read(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction that only reads. Raises StoreError."""
        if self.read_only and not self.is_sqlite:  # so that Ctrl-C ends a command at once, whatever hangs
            return in_a_thread(lambda: self._patiently(lambda until: self._transaction(work)))
        return self._patiently(lambda until: self._transaction(work))

    def write(self, work: Callable[[Connection], T], *, limit: float | None = None) -> T:
        """`work` in a transaction of its own, all of it or nothing; it may be called again after a lock or a
        broken connection, and must not change anything but the database.

        Args:
            limit: seconds that a server may take for it, if not as usual.

        Raises:
            RecordError: the database cannot hold one of the records; nothing was changed.
            StoreError: nothing was changed, except if the server vanished during the commit itself: then it
                is not known, which is why every operation of the store may be repeated.
        """
        result = self._patiently(lambda until: self._exclusively(work, until, limit))
        self.on_write()
        return result

    def dedicated(self) -> Connection:
        """A connection of its own, each statement a transaction: for locks that live as long as the connection.

        The caller closes it. Raises StoreError.
        """
        return self._patiently(
            lambda until: self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        )

    def explained(self, failure: Failure) -> SecondSightError:
        """What a driver's failure on a `dedicated` connection means."""
        return self._fault(failure).error

    def driver_connection(self) -> sqlite3.Connection:
        """A connection of SQLite's own, of an SQLite database; the caller closes it. Raises StoreError."""
        assert self._file is not None
        return sqlite3.connect(_uri(self._file, self.read_only), uri=True, isolation_level=None)

    def scrubbed(self, text: str) -> str:
        """A text from outside on one line, free of this database's secrets."""
        return scrub(text, self._secrets)

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server."""
        return self._file

    def _exclusively(self, work: Callable[[Connection], T], until: float, limit: float | None) -> T:
        if not self.is_sqlite:
            return self._transaction(work, limit=limit)
        if not self._writer.acquire(timeout=max(0.0, until - time.monotonic())):
            raise StoreError(
                f"{self.name}: another write takes too long; is the disk overloaded?", retryable=True
            )
        try:
            return self._transaction(work, immediate=True)
        finally:
            self._writer.release()

    def _transaction(
        self, work: Callable[[Connection], T], immediate: bool = False, limit: float | None = None
    ) -> T:
        self._require_file()
        with self._engine.connect() as connection, self._limited(connection, limit):
            connection.execution_options(secondsight_immediate=immediate)
            transaction = connection.begin()
            if limit is not None and not self.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(1000 * limit)}")
            result = work(connection)
            try:
                transaction.commit()
            except FAILURES as failure:
                fault = self._fault(failure)
                if fault.disconnected:
                    raise fault.error from None
                raise
            return result

    def _require_file(self) -> None:
        """Raise StoreError if the SQLite file has gone away: open connections would go on writing where it went."""
        if self._inode is not None and self._file is not None and _inode(self._file) != self._inode:
            raise StoreError(
                f"{self.name} has gone away (its folder was moved, or its disk or share is not there); "
                "put the data folder back, or stop SecondSight",
                retryable=True,
            )

    def _limited(self, connection: Connection, limit: float | None) -> AbstractContextManager[None]:
        if self._limit is None:
            return nullcontext()
        usual = _ANSWER_TO_READERS if self.read_only else _ANSWER
        # Later than the server's own limit, which tells more and keeps the connection.
        return self._limit.of(connection, 1.25 * (limit or usual))

    def _patiently(self, attempt: Callable[[float], T]) -> T:
        until = time.monotonic() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return attempt(until)
            except FAILURES as failure:
                fault = self._fault(failure)
                # `from None`: a driver's own text may hold what ours must not.
                if not fault.passing or time.monotonic() + pause > until:
                    raise fault.error from None
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _fault(self, failure: Failure) -> Fault:
        fault = explain(failure, self.name, self._secrets)
        if fault is None:
            raise failure
        return fault


def sqlite_file(where: str | Path) -> Path | None:
    """The SQLite file that `where` names; None for a server. Raises StoreError for a URL that is none."""
    url = _url(where)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _nobody_listens() -> None:
    pass


def _url(where: str | Path) -> URL:
    if isinstance(where, Path) or "://" not in where:
        path = Path(where)
        return URL.create("sqlite", database=str(path / DATABASE if path.is_dir() else path))
    KNOWN.add(secrets_of(where))
    address = read_address(where)
    try:
        url = make_url(address.url if address is not None else where)
    except (ArgumentError, ValueError):
        raise StoreError(
            "store.url cannot be read; write postgresql://USER:PASSWORD@HOST/DATABASE, "
            "special characters of the password as %-escapes"
        ) from None
    backend = url.drivername.partition("+")[0]
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database:
        return url
    raise StoreError(f"store.url: `{backend}` is not supported; use postgresql://... or a file for SQLite")


def _name(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"database {url.database}"
    where = url.host or url.query.get("host") or "the local server"
    return f"PostgreSQL database {url.database or '(default)'} on {where}"


def _secrets(url: URL) -> tuple[str, ...]:
    """Every secret of a URL, as it is and as it is written in a URL."""
    found = {str(url.password)} if url.password else set()
    for key, value in url.query.items():
        if "pass" in key:
            found |= {value} if isinstance(value, str) else set(value)
    KNOWN.add(found)
    escaped = {quote(secret, safe="") for secret in found}
    return tuple(sorted(found | escaped, key=len, reverse=True))


def _sqlite_engine(file: Path, read_only: bool, patience: float) -> Engine:
    uri = _uri(file, read_only)
    if not read_only:
        if file.exists() and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
            # SQLite would open it all the same, and fail at the first change.
            raise StoreError(f"database {file} is read-only; make it and its folder writable for this user")
        _make_file(file)

    def connect() -> sqlite3.Connection:
        # Transactions are ours to begin: the driver would begin them late, and never IMMEDIATE.
        connection = sqlite3.connect(
            uri, uri=True, timeout=min(patience, _BUSY_SLICE), isolation_level=None, check_same_thread=False
        )
        try:
            _set_up(connection, file, read_only)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, max_overflow=-1, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("secondsight_immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _uri(file: Path, read_only: bool) -> str:
    # Not `rwc`: where the folder went away, a new and empty database would take the place of the old one.
    uri = f"file:{quote(str(file.absolute()))}?mode={'ro' if read_only else 'rw'}"
    return uri + _checked_for_reading(file) if read_only else uri


def _inode(file: Path) -> tuple[int, int] | None:
    """What tells a file from another one at the same path; None if there is none, or it cannot be told."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_file(file: Path) -> None:
    """An empty database that is no more open than its folder; SQLite would ask the umask alone.

    The log and its memory take over the mode of the database.
    """
    with suppress(OSError):  # SQLite explains better what is wrong
        mode = file.parent.stat().st_mode & 0o644 | 0o600
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode))


def _checked_for_reading(file: Path) -> str:
    """What the URI needs so that a reader can open `file`. Raises StoreError if nothing is there."""
    if not file.is_file():
        raise StoreError(f"no database {file}; is this the right data folder, and has a run written to it?")
    log, memory = Path(f"{file}-wal"), Path(f"{file}-shm")
    if os.access(file.parent, os.W_OK) or memory.exists():
        return ""
    if log.exists() and log.stat().st_size:
        raise StoreError(
            f"database {file}: its newest part is in {log.name}, which cannot be read in a read-only folder; "
            "copy both files to a folder that can be written"
        )
    # Where nothing can be written, WAL mode's shared memory cannot be made; nor can anything change.
    return "&immutable=1"


def _set_up(connection: sqlite3.Connection, file: Path, read_only: bool) -> None:
    connection.execute("PRAGMA foreign_keys=ON")
    if read_only:
        return
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(
            f"database {file}: its file system cannot share memory, which WAL mode needs; "
            "put the data folder on a local disk"
        )
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA journal_size_limit={_WAL_LIMIT}")


def _postgres_engine(url: URL, read_only: bool, patience: float) -> Engine:
    try:
        engine = create_engine(
            url,
            pool_timeout=patience,
            hide_parameters=True,
            connect_args={
                "connect_timeout": max(2, round(patience)),
                "application_name": "secondsight",
                # A machine that has vanished is noticed by the kernel: no acknowledgement, no connection.
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": 15_000,
            },
        )
    except ImportError:
        raise StoreError(
            "store.url: the PostgreSQL driver is missing; run `pip install 'secondsight[postgres]'`"
        ) from None

    @event.listens_for(engine, "connect")
    def set_up(connection: "psycopg.Connection", record: object) -> None:
        # A lock that is not granted must come back as an error, to be waited for with patience, and not hang.
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {round(1000 * min(patience, 1.0))}")
            limit = _ANSWER_TO_READERS if read_only else _ANSWER
            cursor.execute(f"SET statement_timeout = {round(1000 * limit)}")
            if read_only:
                cursor.execute("SET default_transaction_read_only = on")
        connection.commit()

    return engine
