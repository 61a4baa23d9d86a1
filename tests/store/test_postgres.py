"""What only PostgreSQL can do wrong: refuse us, be away, come back; and no password in any message."""

import logging
import threading
import traceback

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from secondsight.clock import ManualClock
from secondsight.errors import StoreError
from secondsight.store import OpenCandidate, OpenResult, Store
from secondsight.store.database.database import Database
from secondsight.store.queries import events
from tests.conftest import require
from tests.servers.postgres import PASSWORD, PASSWORD_IN_URL, PostgresServer, postgres_programs
from tests.store.samples import candidate, decision


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("old", "new", "message", "retryable"),
    [
        (PASSWORD_IN_URL, "wr0ng-s3cret", "authentication failed", False),
        ("/postgres", "/nowhere", "does not exist", False),
        ("postgresql://", "mysql://", "`mysql` is not supported", False),
        ("postgresql://", "postgres://", None, False),
        ("postgresql://", "postgresql+psycopg2://", None, False),
        ("/postgres", "/postgres?sslpassword=s3cret&sslmode=require", "cannot be reached", True),
        ("/postgres", "/postgres?password=wr0ng-s3cret", "authentication failed", False),
        ("127.0.0.1:", "127.0.0.1:x", "store.url cannot be read", False),
    ],
)
def test_urls(
    postgres: PostgresServer,
    caplog: pytest.LogCaptureFixture,
    old: str,
    new: str,
    message: str | None,
    retryable: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    url = postgres.url().replace(old, new)
    if message is None:
        postgres.drop("urls")
        Store.open(postgres.create("urls").replace(old, new)).close()
        return
    with pytest.raises(StoreError, match=message) as refusal:
        Store.open(url, patience=0.2)
    assert refusal.value.retryable is retryable
    for told in (_told(refusal.value), caplog.text):
        assert "s3cret" not in told
        assert PASSWORD not in told
        assert PASSWORD_IN_URL not in told


@pytest.mark.parametrize("secret", [PASSWORD, PASSWORD_IN_URL])
def test_driver_that_repeats_the_password(postgres: PostgresServer, secret: str) -> None:
    """libpq quotes a connection string it cannot parse."""
    said = psycopg.OperationalError(f'missing "=" after "{secret}" in connection info string')
    database = Database(postgres.url(), patience=0)

    def work(connection: object) -> None:
        raise OperationalError("", {}, said)

    with pytest.raises(StoreError, match=r"missing \"=\" after \"\*\*\*\"") as refusal:
        database.read(work)
    database.close()
    assert secret not in _told(refusal.value)


def test_server_that_is_away(postgres: PostgresServer) -> None:
    url = f"postgresql://tester:{PASSWORD_IN_URL}@127.0.0.1:1/gone"
    with pytest.raises(StoreError, match=r"gone on 127\.0\.0\.1 cannot be reached") as refusal:
        Store.open(url, patience=0.2)
    assert refusal.value.retryable
    assert "s3cret" not in _told(refusal.value)


def test_server_that_restarts_is_found_again() -> None:
    require(postgres_programs(), "PostgreSQL is not installed (Debian package postgresql)")
    with PostgresServer() as server, Store.open(server.create("mine"), ManualClock(), patience=20) as store:
        store.apply([OpenCandidate(candidate("before"), decision())])
        server.restart()
        assert store.apply([OpenCandidate(candidate("after"), decision())])[0] is OpenResult.NEW
        server.restart()
        assert [event.id for event in store.events.find()] == ["after", "before"]


def test_connection_cut_under_way_is_repeated_whole(postgres: PostgresServer) -> None:
    url = postgres.create("cut", "secondsight_template")
    database = Database(url, patience=20)
    runs = []

    def work(connection: Connection) -> OpenResult:
        opened = events.open_candidate(connection, 1.0, candidate(), decision())
        runs.append(opened)
        if len(runs) == 1:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            postgres.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
            connection.execute(text("SELECT 1"))
        return opened

    assert database.write(work) is OpenResult.NEW
    assert runs == [OpenResult.NEW, OpenResult.NEW]
    database.close()
    with Store.open(url) as store:
        assert [event.id for event in store.events.find()] == ["c"]
    postgres.drop("cut")


def test_two_programs_that_start_at_once_migrate_once(postgres: PostgresServer) -> None:
    url = postgres.create("race")
    failures: list[BaseException] = []

    def start() -> None:
        try:
            Store.open(url).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    postgres.drop("race")
