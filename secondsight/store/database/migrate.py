"""Brings a database to this program's schema, or refuses it with a reason.

Alembic is loaded only when there is something to migrate, which is once per database and release; an empty database
gets its tables at once.
"""

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text

from secondsight.errors import StoreError
from secondsight.store.database.schema import REVISION, VERSION_TABLE, metadata

# Any number will do, as long as every SecondSight takes the same one: two processes that start at once on one
# PostgreSQL database must not both migrate it.
_ADVISORY_LOCK = 7_236_451_900_112


def revision_of(connection: Connection) -> str | None:
    """The schema revision the database is at; None for one without any."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return found


def upgrade(connection: Connection, name: str, target: str = REVISION) -> bool:
    """Migrate to `target` inside the caller's transaction; False when there was nothing to do.

    Args:
        name: how messages call the database.

    Raises:
        StoreError: it is newer than this program, or holds tables of something else.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    found = revision_of(connection)
    if found == target:
        return False
    refuse_newer(found, name)
    if found is None:
        refuse_foreign(connection, name)
        if target == REVISION:
            _create(connection)
            return True
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "secondsight.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, target)
    return True


def _create(connection: Connection) -> None:
    """Make all tables of an empty database, in a fifth of the time of all migrations one after the other."""
    metadata.create_all(connection, checkfirst=False)
    version = Table(
        VERSION_TABLE,
        MetaData(),
        Column("version_num", String(32)),
        PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
    )
    version.create(connection)
    connection.execute(version.insert().values(version_num=REVISION))


def require_current(connection: Connection, name: str) -> None:
    """For readers, who must not migrate. Raises StoreError unless the schema is exactly this program's."""
    found = revision_of(connection)
    refuse_newer(found, name)
    if found is None:
        raise StoreError(f"{name} has no SecondSight data; check that this is the right data folder")
    if found != REVISION:
        raise StoreError(too_old(name, found))


def too_old(name: str, found: str) -> str:
    """What a command says that does not migrate."""
    return (
        f"{name} has the older schema {found}, this program needs {REVISION}; run `secondsight upgrade` first"
    )


def refuse_newer(found: str | None, name: str) -> None:
    """Raises StoreError for a database of a newer program."""
    if found is not None and found > REVISION:
        raise StoreError(
            f"{name} was written by a newer SecondSight (schema {found}, this program knows {REVISION}); "
            "upgrade SecondSight, or use another data folder"
        )


def refuse_foreign(connection: Connection, name: str) -> None:
    """Raises StoreError for a database without a revision that has tables named as ours."""
    taken = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        raise StoreError(
            f"{name} already holds tables of another program ({', '.join(taken)}); use a database of its own"
        )
