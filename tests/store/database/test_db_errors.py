"""Locked, full, damaged, read-only: each says what to do, loses nothing, and passes with its cause."""

import contextlib
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from secondsight.clock import ManualClock
from secondsight.errors import StoreError
from secondsight.records import Track, TrackId
from secondsight.store import DATABASE, AddTracks, OpenCandidate, OpenResult, Store
from secondsight.store.database.database import Database
from secondsight.store.writes import Answer
from tests.store.disks import read_only, small_disk
from tests.store.samples import candidate, decision

_HOLD_SQLITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""
_HOLD_POSTGRES = """
import psycopg, sys
with psycopg.connect(sys.argv[1]) as connection:
    connection.execute("LOCK TABLE candidates IN ACCESS EXCLUSIVE MODE")
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextlib.contextmanager
def locked_by_another_process(where: str) -> Iterator["subprocess.Popen[str]"]:
    """The database locked against writing until the process is told to end (a line) or this ends."""
    code = _HOLD_POSTGRES if "://" in where else _HOLD_SQLITE
    with subprocess.Popen(
        [sys.executable, "-c", code, where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.kill()


def test_locked_database_is_waited_for_with_patience_then_reported(where: str) -> None:
    with Store.open(where, ManualClock(), patience=0.3) as store:
        with locked_by_another_process(where):
            began = time.monotonic()
            with pytest.raises(StoreError, match="locked by another") as refusal:
                store.apply([OpenCandidate(candidate(), decision())])
            assert time.monotonic() - began > 0.2
            assert refusal.value.retryable
        assert store.apply([OpenCandidate(candidate(), decision())])[0] is OpenResult.NEW


def test_write_goes_through_once_the_lock_is_gone(where: str) -> None:
    with Store.open(where, ManualClock(), patience=60) as store, locked_by_another_process(where) as holder:
        found: list[Answer] = []
        write = threading.Thread(
            target=lambda: found.append(store.apply([OpenCandidate(candidate(), decision())])[0])
        )
        write.start()
        write.join(0.3)
        assert write.is_alive()
        holder.communicate("go\n")
        write.join(30)
        assert found == [OpenResult.NEW]


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    file = str(tmp_path / DATABASE)
    with Store.open(file, patience=0.1) as store:
        store.apply([OpenCandidate(candidate(), decision())])
        with locked_by_another_process(file):
            assert len(store.events.find()) == 1


def _fill(store: Store) -> StoreError:
    path = tuple((0.123456789, 0.987654321) for _ in range(64))
    for number in range(2_000):
        tracks = [Track(TrackId("hall", number, n), "person", 0.0, 1.0, 0.5, path) for n in range(20)]
        try:
            store.apply([AddTracks(tuple(tracks))])
        except StoreError as error:
            return error
    raise AssertionError("the disk never filled up")


def _works_again(file: Path, store: Store) -> None:
    """Nothing was lost and nothing is half there: the very calls that failed succeed now."""
    assert store.apply([OpenCandidate(candidate("late"), decision())])[0] is OpenResult.NEW
    assert [event.id for event in store.events.find()] == ["early", "late"]
    assert len(store.observations.tracks()) % 20 == 0
    store.close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def _open_until_refused(store: Store) -> int:
    """How many small candidates the last free bytes still took before one was refused."""
    with pytest.raises(StoreError, match="full") as refusal:  # noqa: PT012
        for number in range(500):
            store.apply([OpenCandidate(candidate(f"probe{number}"), decision())])
    assert refusal.value.retryable
    return number


def test_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path, "1m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(256 * 1024))
        store = Store.open(disk / DATABASE, ManualClock(), patience=0.2)
        store.apply([OpenCandidate(candidate("early"), decision())])
        error = _fill(store)
        assert error.retryable
        assert "full" in str(error)
        stored = _open_until_refused(store)
        assert len(store.events.find()) == len(store.cases.find()) == stored + 1
        ballast.unlink()
        assert store.apply([OpenCandidate(candidate(f"probe{stored}"), decision())])[0] is OpenResult.NEW
        assert len(store.events.find()) == len(store.cases.find()) == stored + 2
        store.close()


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """What a quota does: writing fails in the middle of a transaction. Needs no root."""
    file = tmp_path / DATABASE
    store = Store.open(file, ManualClock(), patience=0.2)
    store.apply([OpenCandidate(candidate("early"), decision())])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024, hard))
    try:
        error = _fill(store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.retryable
    _works_again(file, store)


def test_read_only_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with Store.open(data, ManualClock()) as store:
        store.apply([OpenCandidate(candidate(), decision())])
    with read_only(data):
        with pytest.raises(StoreError, match="read-only"):
            Store.open(data)
        with pytest.raises(StoreError, match="cannot be opened or written"):
            Store.open(data / "new.db")
        with Store.open(data, read_only=True) as reader:
            assert [event.id for event in reader.events.find()] == ["c"]


@pytest.mark.parametrize(
    "content", [b"not a database at all, just some text\n" * 200, b"SQLite format 3\0 ..."]
)
@pytest.mark.parametrize("reader", [True, False])
def test_file_that_is_no_database(tmp_path: Path, content: bytes, reader: bool) -> None:
    file = tmp_path / DATABASE
    file.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged") as refusal:
        Store.open(file, read_only=reader)
    assert str(file) in str(refusal.value)
    assert "move the file" in str(refusal.value)
    assert file.read_bytes() == content


def test_damaged_pages(tmp_path: Path) -> None:
    file = tmp_path / DATABASE
    with Store.open(file, ManualClock()) as store:
        for number in range(300):
            store.apply([OpenCandidate(candidate(f"c{number}"), decision())])
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xa5" * (size - 4096))
    with pytest.raises(StoreError, match="is damaged"), Store.open(file) as store:
        store.events.find()


def test_zero_bytes_are_an_empty_database(tmp_path: Path) -> None:
    file = tmp_path / DATABASE
    file.touch()
    with pytest.raises(StoreError, match="no SecondSight data"):
        Store.open(file, read_only=True)
    with Store.open(file) as store:
        assert store.events.find() == []


def test_reader_beside_a_writer(where: str) -> None:
    with Store.open(where, ManualClock()) as writer, Store.open(where, read_only=True) as reader:
        assert reader.events.find() == []
        writer.apply([OpenCandidate(candidate(), decision())])
        assert [event.id for event in reader.events.find()] == ["c"]
        with pytest.raises(StoreError, match=r"read-only|cannot be opened or written"):
            reader.apply([OpenCandidate(candidate("x"), decision())])
        writer.apply([OpenCandidate(candidate("d"), decision())])
        assert len(reader.events.find()) == 2


def test_reader_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no database .*right data folder"):
        Store.open(tmp_path / DATABASE, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_copy_of_a_live_database_in_a_read_only_folder(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with Store.open(tmp_path / DATABASE, ManualClock()) as store:
        store.apply([OpenCandidate(candidate(), decision())])
        for name in (DATABASE, f"{DATABASE}-wal"):
            (copy / name).write_bytes((tmp_path / name).read_bytes())
    with read_only(copy), pytest.raises(StoreError, match="copy both files"):
        Store.open(copy, read_only=True)
    with Store.open(copy, read_only=True) as reader:
        assert len(reader.events.find()) == 1


def test_durability_settings(tmp_path: Path) -> None:
    database = Database(tmp_path / DATABASE)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    found = database.read(lambda c: {name: c.execute(text(f"PRAGMA {name}")).scalar() for name in wanted})
    database.close()
    assert found == wanted


def test_a_write_holds_the_right_to_write_from_its_start(tmp_path: Path) -> None:
    """Else a transaction that reads first would fail half-way when another process writes in between."""
    file = tmp_path / DATABASE
    database = Database(file)

    def another_may_write(connection: object) -> bool:
        with contextlib.closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            return True

    assert not database.write(another_may_write)
    assert database.read(another_may_write)
    database.close()


def test_a_mistake_of_ours_is_not_dressed_up_as_the_users(where: str) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    database = Database(where)
    with pytest.raises(SQLAlchemyError):
        database.read(lambda c: c.execute(text("SELECT nonsense FROM nowhere")))
    database.close()
