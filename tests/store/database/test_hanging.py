"""A PostgreSQL that does not answer, behind a network that says nothing: every call ends, and may be made again."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import psutil
import pytest
from sqlalchemy import text

from secondsight.clock import ManualClock
from secondsight.errors import RecordError, StoreError
from secondsight.store import OpenCandidate, OpenResult, Store
from secondsight.store.database import database
from secondsight.store.database.database import Database
from tests.servers.hanging import HangingProxy
from tests.servers.postgres import PASSWORD, PostgresServer
from tests.store.samples import candidate, decision


@pytest.fixture
def proxy(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[HangingProxy]:
    monkeypatch.setattr(database, "_ANSWER", 1.0)
    monkeypatch.setattr(database, "_ANSWER_TO_READERS", 1.0)
    with HangingProxy(postgres.port) as made:
        yield made


def through(proxy: HangingProxy, server: PostgresServer, name: str) -> str:
    """The URL of a fresh database, by way of the proxy."""
    server.drop(name)
    return server.create(name, "secondsight_template").replace(f":{server.port}/", f":{proxy.port}/")


def test_a_hung_server_is_an_error_to_be_tried_again(proxy: HangingProxy, postgres: PostgresServer) -> None:
    with Store.open(through(proxy, postgres, "hung"), ManualClock(), patience=2) as store:
        store.apply([OpenCandidate(candidate("before"), decision())])
        proxy.hang()
        for _ in range(2):  # over the connection that there is, and over a new one
            begun = time.monotonic()
            with pytest.raises(StoreError) as refusal:
                store.apply([OpenCandidate(candidate("during"), decision())])
            assert refusal.value.retryable, refusal.value
            assert time.monotonic() - begun < 60
            assert PASSWORD not in str(refusal.value)
        proxy.resume()
        assert store.apply([OpenCandidate(candidate("during"), decision())])[0] in (
            OpenResult.NEW,
            OpenResult.RESUME,
        )
        assert [event.id for event in store.events.find()] == ["before", "during"]


def test_a_server_process_that_is_stopped_is_no_reason_to_wait_for_ever(
    proxy: HangingProxy, postgres: PostgresServer
) -> None:
    made = Database(through(proxy, postgres, "stopped"), patience=2)
    found: list[int] = []

    def work(connection: object) -> None:
        found.append(connection.execute(text("SELECT pg_backend_pid()")).scalar())  # type: ignore[attr-defined]
        if len(found) == 1:
            os.kill(found[0], signal.SIGSTOP)
        connection.execute(text("SELECT 1"))  # type: ignore[attr-defined]

    begun = time.monotonic()
    try:
        made.read(work)
    finally:
        if psutil.pid_exists(found[0]):
            os.kill(found[0], signal.SIGCONT)
    assert len(set(found)) == 2, "another connection took its place"
    assert time.monotonic() - begun < 60
    made.close()


def test_a_statement_that_takes_too_long_is_ended_by_the_server(
    proxy: HangingProxy, postgres: PostgresServer
) -> None:
    made = Database(through(proxy, postgres, "slow"), patience=2)
    with pytest.raises(StoreError, match="takes too long") as refusal:
        made.read(lambda c: c.execute(text("SELECT pg_sleep(30)")))
    assert refusal.value.retryable
    made.close()


@pytest.mark.parametrize(
    "settings", ["statement_timeout", "lock_timeout", "tcp_keepalives_idle", "tcp_user_timeout"]
)
def test_every_connection_has_its_limits(settings: str, postgres: PostgresServer) -> None:
    made = Database(postgres.url(), patience=2)
    if settings.startswith("tcp"):
        from psycopg.conninfo import conninfo_to_dict

        def ask(connection: object) -> dict[str, object]:
            raw = connection.connection.driver_connection  # type: ignore[attr-defined]
            return dict(conninfo_to_dict(raw.info.dsn))

        name = settings.removeprefix("tcp_") if "keepalives" in settings else settings
        assert int(str(made.read(ask)[name])) > 0
    else:
        assert made.read(lambda c: c.execute(text(f"SHOW {settings}")).scalar()) not in ("0", None)
    made.close()


def test_a_reader_hangs_in_a_thread_of_its_own(proxy: HangingProxy, postgres: PostgresServer) -> None:
    """So that Ctrl-C, which only the main thread hears, ends a command."""
    with Store.open(through(proxy, postgres, "reader"), read_only=True, patience=2) as reader:
        where: list[str] = []
        reader._database.read(lambda c: where.append(threading.current_thread().name))
        assert where == ["reading"]
        proxy.hang()
        with pytest.raises(StoreError):
            reader.events.find()


def test_a_number_that_postgresql_cannot_hold_is_the_record_s_fault(
    proxy: HangingProxy, postgres: PostgresServer
) -> None:
    with Store.open(through(proxy, postgres, "nul"), ManualClock(), patience=2) as store:
        with pytest.raises(RecordError):
            store.apply([OpenCandidate(candidate("c", epoch=2**80), decision())])
        assert store.events.find() == []
