"""Says what a database driver's exception means: to wait for, to try again later, for a user to mend, or a mistake of
ours. What is not known is to be tried again: a record is never given up for an error that nobody foresaw.

The two drivers report by numbers (SQLite's result codes, PostgreSQL's SQLSTATE); everything else here is our
wording.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from secondsight.errors import RecordError, SecondSightError, StoreError
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

    error: SecondSightError
    passing: bool = False
    disconnected: bool = False


def explain(failure: Failure, name: str, secrets: Sequence[str]) -> Fault | None:
    """The meaning of `failure`; None for a statement that is wrong, whatever it is about.

    Args:
        name: how messages call the database, free of secrets.
        secrets: texts that must not appear in any message.
    """
    if isinstance(failure, PoolTimeoutError):
        return Fault(StoreError(f"{name}: no free connection; too many calls wait for it", retryable=True))
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    if isinstance(cause, sqlite3.Error):
        return _sqlite(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR), name, str(cause))
    text = scrub(str(cause), secrets)
    if isinstance(failure, DataError | IntegrityError):
        return _refused(name, text)
    state = getattr(cause, "sqlstate", None)
    if isinstance(failure, ProgrammingError) and state not in ("42501", "28000", "28P01", "3D000"):
        return None
    lost = isinstance(failure, DBAPIError) and failure.connection_invalidated
    return _postgres(state, lost, name, text)


def _refused(name: str, text: str) -> Fault:
    return Fault(RecordError(f"{name} refuses a record: {text}"))


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
    if primary in (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG):
        return _refused(name, text)
    if primary in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE):
        return None
    return Fault(StoreError(f"{name} cannot be used now ({text})", retryable=True))


def _postgres(state: str | None, lost: bool, name: str, text: str) -> Fault:
    if state in ("40001", "40P01", "55P03"):
        problem = f"{name} is locked by another session; end what holds it"
        return Fault(StoreError(problem, retryable=True), passing=True)
    if state == "57014":
        return Fault(StoreError(f"{name} takes too long to answer: {text}", retryable=True))
    if state == "53100":
        return Fault(StoreError(f"{name} cannot grow: its disk is full; free some space", retryable=True))
    if state == "25006":
        return Fault(StoreError(f"{name} is read-only; connect to the primary server"))
    if state in ("42501", "28000", "28P01", "3D000"):
        return Fault(StoreError(f"{name} refuses us: {text}"))
    if state is not None and state[:2] in ("22", "23", "54"):
        return _refused(name, text)
    # Without a state the server was not reached or did not let us in: psycopg has no code for either.
    if lost or state is None or state[:2] in ("08", "53", "57"):
        refused = "authentication failed" in text or "does not exist" in text or "no pg_hba.conf" in text
        error = StoreError(f"{name} cannot be reached: {text}", retryable=not refused)
        return Fault(error, passing=not refused, disconnected=True)
    return Fault(StoreError(f"{name} cannot be used now: {text} ({state})", retryable=True))


def scrub(text: str, secrets: Sequence[str]) -> str:
    """A driver's text on one line, without these secrets."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return redact(" ".join(text.split()))
