"""A fresh store per test; what takes `store`, `where` or `empty` runs on SQLite and on PostgreSQL."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondsight.clock import ManualClock
from secondsight.store import Store
from tests.conftest import require
from tests.servers.postgres import PostgresServer, postgres_programs

_numbers = itertools.count()
_TEMPLATE = "secondsight_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server with one migrated database to copy from: a copy takes a fraction of a migration."""
    require(postgres_programs(), "PostgreSQL is not installed (Debian package postgresql)")
    with PostgresServer() as server:
        Store.open(server.create(_TEMPLATE), ManualClock()).close()
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database is to be made: a file name or the URL of an empty database."""
    if request.param == "sqlite":
        yield str(tmp_path / "empty.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database of the newest schema is."""
    if request.param == "sqlite":
        Store.open(tmp_path / "test.db", ManualClock()).close()
        yield str(tmp_path / "test.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{next(_numbers)}"
    yield server.create(name, _TEMPLATE)
    server.drop(name)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000.0)


@pytest.fixture
def store(where: str, clock: ManualClock) -> Iterator[Store]:
    with Store.open(where, clock, patience=5.0) as opened:
        yield opened
