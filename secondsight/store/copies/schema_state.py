"""Which schema a database has, and what bringing it up to date will do. Only looks."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table, text

from secondsight.store.database import migrate
from secondsight.store.database.database import Database, sqlite_file
from secondsight.store.database.schema import REVISION, VERSION_TABLE, metadata


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """One migration.

    Attributes:
        revision: the one that it leads to.
        about: what it does, one sentence.
    """

    revision: str
    about: str


@dataclass(frozen=True, slots=True)
class TableSize:
    """How large a table is. In PostgreSQL, rows are the server's estimate."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What a database is like, before anything is done to it.

    Attributes:
        name: how messages call the database.
        revision: of its schema; None for one without tables of ours.
        target: the revision that this program needs.
        steps: the migrations in between, in order.
        tables: those that are there.
        size: bytes of the whole database.
    """

    name: str
    revision: str | None
    target: str
    steps: tuple[SchemaStep, ...]
    tables: tuple[TableSize, ...]
    size: int

    @property
    def outdated(self) -> bool:
        """Whether it holds data of an earlier schema."""
        return self.revision is not None and self.revision != self.target


def schema_state(where: str | Path, *, patience: float = 10.0) -> SchemaState:
    """The state of a database.

    Raises:
        StoreError: it is not there, cannot be read, or is newer than this program.
    """
    database = Database(where, read_only=True, patience=patience)
    try:
        return database.read(lambda c: _state(c, database))
    finally:
        database.close()


def revision_at(where: str | Path, *, patience: float = 10.0) -> str | None:
    """The revision alone, which costs little; None where no database is yet, or one without tables.

    Raises:
        StoreError: it cannot be read, or holds tables of another program.
    """
    file = sqlite_file(where)
    if file is not None and not file.exists():
        return None
    database = Database(where, read_only=True, patience=patience)
    try:
        return database.read(lambda c: _known_revision(c, database.name))
    finally:
        database.close()


def _known_revision(connection: Connection, name: str) -> str | None:
    found = migrate.revision_of(connection)
    if found is None:
        migrate.refuse_foreign(connection, name)
    return found


def _state(connection: Connection, database: Database) -> SchemaState:
    revision = migrate.revision_of(connection)
    migrate.refuse_newer(revision, database.name)
    steps = _steps(revision) if revision is not None and revision != REVISION else ()
    return SchemaState(
        database.name, revision, REVISION, steps, _tables(connection), _size(connection, database)
    )


def _steps(since: str) -> tuple[SchemaStep, ...]:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "secondsight.store:migrations")
    newest_first = ScriptDirectory.from_config(config).iterate_revisions(REVISION, since)
    return tuple(SchemaStep(step.revision, step.doc or "") for step in newest_first)[::-1]


def _tables(connection: Connection) -> tuple[TableSize, ...]:
    there = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if connection.dialect.name != "postgresql":
        return tuple(
            TableSize(name, connection.execute(select(func.count()).select_from(table(name))).scalar_one())
            for name in there
        )
    estimate = text(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(quote_ident(:name))"
    )
    return tuple(TableSize(name, connection.execute(estimate, {"name": name}).scalar_one()) for name in there)


def _size(connection: Connection, database: Database) -> int:
    if database.file is not None:
        return database.file.stat().st_size
    ours = [*metadata.tables, VERSION_TABLE]
    whole = text(
        "SELECT coalesce(sum(pg_total_relation_size(to_regclass(quote_ident(name)))), 0)::bigint "
        "FROM unnest(CAST(:names AS text[])) AS name"
    )
    return int(connection.execute(whole, {"names": ours}).scalar_one())
