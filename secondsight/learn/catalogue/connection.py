"""Opens the index, makes its tables, and turns what SQLite says into StoreError."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from secondsight.errors import StoreError

FOLDER = "learn"
INDEX = f"{FOLDER}/learn.sqlite"
"""The file, relative to the data folder."""
_VERSION = 2
_PATIENCE = 30.0
"""Seconds that a transaction waits for one of another process."""
_SCHEMA = """
CREATE TABLE samples (
  id TEXT PRIMARY KEY, camera TEXT NOT NULL, epoch INTEGER NOT NULL, time REAL NOT NULL, reason TEXT NOT NULL,
  probability REAL NOT NULL, path TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  bundle TEXT NOT NULL, seen TEXT NOT NULL, brightness REAL NOT NULL, sha256 TEXT NOT NULL, score REAL NOT NULL);
CREATE INDEX samples_by_time ON samples (time);
CREATE TABLE labels (
  id INTEGER PRIMARY KEY, sample TEXT NOT NULL REFERENCES samples (id) ON DELETE CASCADE, boxes TEXT NOT NULL,
  source TEXT NOT NULL, author TEXT NOT NULL, confidence REAL NOT NULL, complete INTEGER NOT NULL,
  time REAL NOT NULL);
CREATE INDEX labels_by_sample ON labels (sample);
CREATE TABLE datasets (version INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, time REAL NOT NULL);
CREATE TABLE bundles (
  name TEXT PRIMARY KEY, model TEXT NOT NULL, base TEXT NOT NULL, sha256 TEXT NOT NULL, labels TEXT NOT NULL,
  family TEXT NOT NULL, tracker TEXT NOT NULL, threshold REAL NOT NULL, parent TEXT NOT NULL,
  dataset INTEGER NOT NULL, state TEXT NOT NULL, created REAL NOT NULL);
CREATE UNIQUE INDEX one_production ON bundles (state) WHERE state = 'production';
CREATE UNIQUE INDEX one_shadow ON bundles (state) WHERE state = 'shadow';
CREATE TABLE history (
  id INTEGER PRIMARY KEY, time REAL NOT NULL, bundle TEXT NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL,
  evidence TEXT NOT NULL, by TEXT NOT NULL);
CREATE TABLE comparisons (
  sample TEXT NOT NULL REFERENCES samples (id) ON DELETE CASCADE, production TEXT NOT NULL, candidate TEXT NOT NULL,
  production_boxes TEXT NOT NULL, candidate_boxes TEXT NOT NULL, PRIMARY KEY (sample, production, candidate));
"""
_ADDED = {
    2: """
CREATE TABLE embeddings (
  sample TEXT NOT NULL REFERENCES samples (id) ON DELETE CASCADE, model TEXT NOT NULL, vector BLOB NOT NULL,
  PRIMARY KEY (sample, model));
"""
}
"""What each version added to the first."""


class Connection:
    """One process's connection to the index; safe in any thread.

    Raises:
        StoreError: the file cannot be opened, or is of a newer version.
    """

    def __init__(self, data: Path, *, make: bool) -> None:
        self._path = data / INDEX
        self._lock = Lock()
        if not make and not self._path.is_file():
            raise StoreError(
                f"{data} has no samples for learning yet; switch `learn.enabled` on in the site file, and run it"
            )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._sqlite = sqlite3.connect(
                self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._sqlite.row_factory = sqlite3.Row
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._sqlite.execute(f"PRAGMA {pragma}")
        except (OSError, sqlite3.Error) as error:
            raise self._explained(error) from None
        with self.transaction() as sqlite:
            version = sqlite.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise StoreError(f"{self._path} was written by a newer version of SecondSight; install that")
            missing = [_SCHEMA] if version == 0 else []
            missing += [script for number, script in _ADDED.items() if number > version]
            for statement in filter(str.strip, ";".join(missing).split(";")):
                sqlite.execute(statement)
            sqlite.execute(f"PRAGMA user_version={_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that the block does, or nothing. Raises StoreError."""
        with self._lock:
            try:
                self._sqlite.execute("BEGIN IMMEDIATE")
                try:
                    yield self._sqlite
                except BaseException:
                    self._sqlite.execute("ROLLBACK")
                    raise
                self._sqlite.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._explained(error) from None

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """The rows of a query. Raises StoreError."""
        with self._lock:
            try:
                return self._sqlite.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise self._explained(error) from None

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._sqlite.close()

    def _explained(self, error: Exception) -> StoreError:
        if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
            return StoreError(
                f"{self._path} is damaged; restore it from a backup, or move it away to start afresh"
            )
        busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
        return StoreError(f"{self._path}: {error}; check the disk and its permissions", retryable=busy)
