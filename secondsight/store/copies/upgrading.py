"""What comes before a migration: a copy of how the database was."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from secondsight.clock import Clock, SystemClock
from secondsight.errors import StoreError
from secondsight.log import fields
from secondsight.store.copies.schema_state import revision_at
from secondsight.store.copies.snapshots import take_snapshot
from secondsight.store.database import migrate
from secondsight.store.database.database import Database, sqlite_file
from secondsight.store.database.schema import REVISION
from secondsight.store.values import DATABASE

_log = logging.getLogger(__name__)


def copy_before_upgrade(where: str | Path, folder: Path, clock: Clock | None = None) -> Path:
    """A copy of a database in `folder`, named after its revision and the time: an SQLite file, or a dump.

    Raises:
        StoreError: there is no room, or the copy cannot be made.
    """
    now = datetime.fromtimestamp((clock or SystemClock()).now(), UTC)
    kind = "dump" if sqlite_file(where) is None else "db"
    name = f"before-upgrade-{revision_at(where)}-{now:%Y%m%dT%H%M%SZ}.{kind}"
    part = folder / "before-upgrade.part"
    take_snapshot(where, part)
    part.rename(folder / name)
    return folder / name


def prepare_for_run(data: Path, url: str | None, clock: Clock) -> None:
    """What a run does before it opens its database: one in its own data folder that is older is copied, and migrated
    when it is opened; any other is for `secondsight upgrade`.

    Raises:
        StoreError: the database named by `url` has an older schema, or the copy cannot be made.
    """
    found = revision_at(url or data / DATABASE)
    if found is None or found >= REVISION:
        return
    if url is not None:
        raise StoreError(migrate.too_old(Database(url, read_only=True).name, found))
    copy = copy_before_upgrade(data / DATABASE, data, clock)
    _log.warning(
        "the database is brought to this version's schema; a copy of how it was is kept",
        extra=fields(from_=found, to=REVISION, copy=copy),
    )
