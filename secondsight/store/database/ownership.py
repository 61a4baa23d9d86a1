"""One site per database: the process that runs a site owns its database, from before the first migration to the end.

On PostgreSQL that is an advisory lock of the session: gone with its connection, `kill -9` included. It is taken
per schema, so that sites may share a database in schemas of their own. On SQLite it is a lock file beside the
database. Readers and those who only add a word on an event do not ask for it.
"""

import time
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, text

from secondsight.errors import StoreError
from secondsight.store.database.database import Database
from secondsight.store.database.db_errors import FAILURES
from secondsight.store.database.locking import FileLock

_KEY = 1_936_942_446
"""Any number will do, as long as every SecondSight takes the same one; the schema is the second half of the key."""
_PAUSE = 0.2

_SETTINGS = (
    # A session whose machine has lost power must not keep its lock for the two hours that are usual.
    "SET tcp_keepalives_idle = 15",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
_TAKE = text("SELECT pg_try_advisory_lock(:key, hashtext(current_schema()))")
_HELD = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted "
    "AND classid = :key AND objid::bigint = (hashtext(current_schema())::bigint & 4294967295)"
)
_HOLDER = text(
    "SELECT a.pid, coalesce(host(a.client_addr), 'this server'), a.backend_start FROM pg_locks l "
    "JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :key "
    "AND l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295) "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Ownership(Protocol):
    """A database kept for one site."""

    def renew(self) -> None:
        """Take it again where it was lost with its connection. Raises StoreError when that cannot be done now."""
        ...

    def release(self) -> None:
        """Give it up. Further calls do nothing."""
        ...


def own(database: Database, patience: float) -> Ownership:
    """Keep `database` for the site of this process.

    Args:
        patience: seconds to wait for another owner to go, such as a session that broke off a moment ago.

    Raises:
        StoreError: another site owns it, or it cannot be reached.
    """
    if database.file is not None:
        return FileOwnership(database.file)
    return SessionOwnership(database, patience)


class FileOwnership:
    """Owns an SQLite file: by a file beside it, since closing the database itself would end SQLite's own locks."""

    def __init__(self, file: Path) -> None:
        self._lock = FileLock(
            file.with_name(f"{file.name}.lock"),
            f"database {file} is in use by another site ({{holder}}); give each site a database of its own",
        )

    def renew(self) -> None:
        """Nothing can end it but this process."""

    def release(self) -> None:
        """Give it up."""
        self._lock.release()


class SessionOwnership:
    """Owns a PostgreSQL database by a lock of a session that is kept open for it."""

    def __init__(self, database: Database, patience: float) -> None:
        self._database = database
        self._session: Connection | None = None
        until = time.monotonic() + patience
        while not self._taken():
            if time.monotonic() + _PAUSE > until:
                raise self._refusal()
            time.sleep(_PAUSE)

    def renew(self) -> None:
        """Take the lock again if its session is gone. Raises StoreError while another session has it."""
        if not self._held() and not self._taken():
            raise self._refusal()

    def release(self) -> None:
        """End the session, and with it the lock."""
        session, self._session = self._session, None
        if session is not None:
            # Back in the pool it would live on with its lock.
            session.invalidate()
            session.close()

    def _held(self) -> bool:
        if self._session is None:
            return False
        try:
            return bool(self._session.execute(_HELD, {"key": _KEY}).scalar_one())
        except FAILURES:
            self.release()
            return False

    def _taken(self) -> bool:
        if self._session is None:
            self._session = self._database.dedicated()
        try:
            for setting in _SETTINGS:
                self._session.execute(text(setting))
            return bool(self._session.execute(_TAKE, {"key": _KEY}).scalar_one())
        except FAILURES as failure:
            self.release()
            raise self._database.explained(failure) from None

    def _refusal(self) -> StoreError:
        found = self._session.execute(_HOLDER, {"key": _KEY}).first() if self._session else None
        self.release()
        who = (
            f"session {found[0]} from {found[1]} since {found[2]:%Y-%m-%d %H:%M:%S %Z}"
            if found
            else "a session"
        )
        return StoreError(
            f"{self._database.name} is in use by another site ({who}); stop that one, or give each site a "
            "database (or schema) of its own",
            retryable=True,
        )
