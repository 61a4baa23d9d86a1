"""Says what a database driver's exception means: to wait for, to try again later, or for a user to mend.

The two drivers report by numbers (SQLite's result codes, PostgreSQL's SQLSTATE); everything else here is our
wording.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from secondsight.errors import StoreError
from secondsight.log import redact

Failure = DBAPIError | PoolTimeoutError | sqlite3.Error
FAILURES = (DBAPIError, PoolTimeoutError, sqlite3.Error)
"""What may come out of SQLAlchemy; bare `sqlite3.Error` from setting up a connection."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What one failure means.

    Attributes:
        error: what the caller gets to see.
        passing: it may be gone in a moment (a lock, a broken connection): wait, and try again.
        disconnected: the connection broke, so that nobody knows whether a commit under way was done.
    """

    error: StoreError
    passing: bool = False
    disconnected: bool = False


def explain(failure: Failure, name: str, secrets: Sequence[str]) -> Fault | None:
    """The meaning of `failure`; None for one that only a mistake of ours can cause.

    Args:
        name: how messages call the database, free of secrets.
        secrets: texts that must not appear in any message.
    """
    if isinstance(failure, PoolTimeoutError):
        return Fault(StoreError(f"{name}: no free connection; too many calls wait for it", retryable=True))
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    if isinstance(cause, sqlite3.Error):
        return _sqlite(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR), name, str(cause))
    lost = isinstance(failure, DBAPIError) and failure.connection_invalidated
    return _postgres(getattr(cause, "sqlstate", None), lost, name, _scrub(str(cause), secrets), cause)


def _sqlite(code: int, name: str, text: str) -> Fault | None:
    primary = code & 0xFF  # the upper bits only say where it happened
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        problem = f"{name} is locked by another process; end what holds it (a backup, a database browser?)"
        return Fault(StoreError(problem, retryable=True), passing=True)
    if primary == sqlite3.SQLITE_FULL:
        return Fault(StoreError(f"{name} cannot grow: the disk is full; free some space", retryable=True))
    if primary == sqlite3.SQLITE_IOERR:
        return Fault(
            StoreError(
                f"{name}: the disk fails or is full ({text}); check free space and disk", retryable=True
            )
        )
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        problem = (
            f"{name} is damaged ({text}); stop SecondSight, then save what can be read with "
            "`sqlite3 FILE .recover`, or move the file and its -wal and -shm away to begin anew "
            "(clips stay where they are)"
        )
        return Fault(StoreError(problem))
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return Fault(
            StoreError(
                f"{name} cannot be opened or written ({text}); check owner and permissions of its folder"
            )
        )
    return None


def _postgres(
    state: str | None, lost: bool, name: str, text: str, cause: BaseException | None
) -> Fault | None:
    if state in ("40001", "40P01", "55P03"):
        problem = f"{name} is locked by another session; end what holds it"
        return Fault(StoreError(problem, retryable=True), passing=True)
    if state == "53100":
        return Fault(StoreError(f"{name} cannot grow: its disk is full; free some space", retryable=True))
    if state == "25006":
        return Fault(StoreError(f"{name} is read-only; connect to the primary server"))
    if state in ("42501", "28000", "28P01", "3D000"):
        return Fault(StoreError(f"{name} refuses us: {text}"))
    # Without a state the server was not reached or did not let us in: psycopg has no code for either.
    if lost or state is None or state[:2] in ("08", "53", "57"):
        if not lost and state is None and type(cause).__name__ != "OperationalError":
            return None
        refused = "authentication failed" in text or "does not exist" in text or "no pg_hba.conf" in text
        error = StoreError(f"{name} cannot be reached: {text}", retryable=not refused)
        return Fault(error, passing=not refused, disconnected=True)
    return None


def _scrub(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return redact(" ".join(text.split()))
