"""A copy of a database as it was at one instant, made while a site writes; and a database made from such a copy.

SQLite is copied by its backup API in one step: writers go on, into the log. PostgreSQL is dumped by `pg_dump` from a
snapshot of the server, in which the files of events are looked up as well.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, select
from sqlalchemy.engine import URL

from secondsight.errors import StoreError
from secondsight.records import snapshot_path_of
from secondsight.store.database import migrate
from secondsight.store.database.database import Database
from secondsight.store.database.db_errors import FAILURES
from secondsight.store.database.ownership import own
from secondsight.store.database.schema import VERSION_TABLE, candidates, clips, metadata, site
from secondsight.store.values import Mark

_ROOM = 64 * 2**20
"""Bytes that a copy leaves free at least: a site may write to the same disk."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a copy of a database holds.

    Attributes:
        revision: of its schema.
        mark: ties it to its data folder; None before a first run.
        files: clips and key frames of its events, as paths in the data folder.
        extras: pictures that may be there or not.
    """

    revision: str
    mark: Mark | None
    files: tuple[str, ...]
    extras: tuple[str, ...]


def take_snapshot(where: str | Path, target: Path) -> Snapshot:
    """Copy a database to the file `target`, durably; a copy that fails leaves none.

    Raises:
        StoreError: there is no database, no room, or no `pg_dump`.
    """
    database = Database(where, read_only=True)
    try:
        if database.file is None:
            return _dump(database, target)
        require_room(target.parent, database.file.stat().st_size)
        copy_sqlite(database.file, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        database.close()
    copy = Database(target, read_only=True)
    try:
        return copy.read(lambda c: _contents(c, copy.name))
    finally:
        copy.close()


def copy_sqlite(file: Path, target: Path) -> None:
    """Copy an SQLite database that may be in use; `target` becomes one file without a log, and is on the disk.

    Raises:
        StoreError: it cannot be read, or there is no room.
    """
    database = Database(file, read_only=True)
    target.unlink(missing_ok=True)
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(database.driver_connection()) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        with target.open("rb+") as written:
            os.fsync(written.fileno())
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}") from None
    except sqlite3.Error as failure:
        raise StoreError(
            f"{database.name} cannot be copied to {target}: {failure}; is the disk full?"
        ) from None
    finally:
        database.close()


def load_dump(url: str, dump: Path, *, replace: bool) -> None:
    """Make a PostgreSQL database from a dump, all of it or nothing.

    Args:
        replace: what the database holds of ours goes.

    Raises:
        StoreError: it holds data and `replace` is not set, a site uses it, or `pg_restore` is missing or fails.
    """
    database = Database(url)
    try:
        if database.file is not None:
            raise StoreError("the backup holds a dump of PostgreSQL: name the database with --store-url")
        ownership = own(database, patience=2.0)
        try:
            if database.read(migrate.revision_of) is not None and not replace:
                raise StoreError(
                    f"{database.name} holds data already; use an empty one, or --force to replace it"
                )
            more = ("--clean", "--if-exists") if replace else ()
            options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", *more)
            _run(database, "pg_restore", *options, str(dump))
        finally:
            ownership.release()
    finally:
        database.close()


def require_room(folder: Path, size: int) -> None:
    """Raises StoreError where `size` bytes do not fit, with something to spare."""
    free = shutil.disk_usage(folder).free
    if free < size + _ROOM:
        raise StoreError(
            f"{folder}: not enough room: {size / 1e6:.0f} MB to write and {_ROOM / 1e6:.0f} MB to spare, "
            f"{free / 1e6:.0f} MB free; free some, or choose another disk"
        )


def _dump(database: Database, target: Path) -> Snapshot:
    with closing(database.dedicated()) as connection:
        try:
            connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = _contents(connection, database.name)
            schema, snapshot = connection.exec_driver_sql(
                "SELECT current_schema(), pg_export_snapshot()"
            ).one()
            there = set(inspect(connection).get_table_names())
        except FAILURES as failure:
            raise database.explained(failure) from None
        tables = [name for name in (*metadata.tables, VERSION_TABLE) if name in there]
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        named = [f'--table="{schema}"."{name}"' for name in tables]
        _run(database, "pg_dump", "--format=custom", f"--snapshot={snapshot}", *named, f"--file={target}")
    with target.open("rb+") as written:
        os.fsync(written.fileno())
    return found


def _run(database: Database, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password goes by the environment."""
    if shutil.which(program) is None:
        raise StoreError(
            f"`{program}` is not installed; install PostgreSQL's client programs (postgresql-client)"
        )
    url, secret = _without_password(database.url)
    environment = {**os.environ, **({"PGPASSWORD": secret} if secret else {})}
    command = [program, "--no-password", f"--dbname={url}", *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise StoreError(f"{database.name}: {program} failed: {database.scrubbed(done.stderr[-1000:])}")


def _without_password(url: URL) -> tuple[str, str | None]:
    query = dict(url.query)
    found: Any = query.pop("password", None) or url.password
    secret = found if isinstance(found, str) or found is None else found[0]
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string(hide_password=False), secret


def _contents(connection: Connection, name: str) -> Snapshot:
    revision = migrate.revision_of(connection)
    if revision is None:
        raise StoreError(f"{name} has no SecondSight data; check that this is the right data folder")
    migrate.refuse_newer(revision, name)
    mark = None
    if inspect(connection).has_table(site.name):
        wanted = select(site.c.id, site.c.run, site.c.beat, site.c.time, site.c.files_since)
        found = connection.execute(wanted).one_or_none()
        mark = None if found is None else Mark(*found)
    rows = select(clips.c.id, clips.c.path, clips.c.key_frames, candidates.c.triggered).join_from(
        clips, candidates, candidates.c.id == clips.c.id
    )
    files: dict[str, None] = {}
    extras: dict[str, None] = {}
    for row in connection.execute(rows):
        files.update(dict.fromkeys(_paths(row.path, row.key_frames)))
        extras[snapshot_path_of(row.id, row.triggered)] = None
    return Snapshot(revision, mark, tuple(files), tuple(path for path in extras if path not in files))


def _paths(clip: str | None, key_frames: Iterable[dict[str, Any]]) -> list[str]:
    return [path for path in (clip, *(frame["path"] for frame in key_frames)) if path]
