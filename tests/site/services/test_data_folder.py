"""A data folder and its database: no clip is lost to a database that is new, older, damaged or somebody else's."""

import json
import logging
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from secondsight.clock import SystemClock
from secondsight.config import RetentionSettings
from secondsight.errors import StoreError
from secondsight.records import Action, snapshot_path
from secondsight.site.services.data_folder import DataFolder
from secondsight.site.services.folder_identity import IDENTITY, FolderIdentity, read_mark
from secondsight.store import DATABASE, AttachClip, DataLock, OpenCandidate, Store, prepare_data_folder
from tests.conftest import require
from tests.servers.postgres import PostgresServer, postgres_programs
from tests.store.samples import candidate, clip, decision, key_frames

SETTINGS = RetentionSettings(min_free=0)


class Run:
    """What a run of a site does with its data folder, from its start to its end."""

    def __init__(self, data: Path, url: str | None = None) -> None:
        self.data, self._url, self._stack = prepare_data_folder(data), url, ExitStack()

    def __enter__(self) -> "Run":
        with ExitStack() as stack:
            stack.enter_context(DataLock(self.data))
            self.bond = FolderIdentity(self.data, SystemClock(), 3 * 86_400.0)
            stack.callback(self.bond.end)
            where = self._url or self.data
            self.store = stack.enter_context(Store.open(where, patience=0.5, owned=self._url is not None))
            self.bond.tie(self.store, inside=self._url is None)
            self.library = DataFolder(self.store, self.data, SETTINGS, self.bond)
            self.library.clean()
            self.library.give_up_unrecorded(lambda event: True)
            self.library.sweep()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def record(self, id: str, *, attach: bool = True) -> set[str]:
        """An event with its files; their names. Without `attach` the database is not told of them."""
        self.store.apply([OpenCandidate(candidate(id), decision(Action.ACCEPT))])
        names = write(self.data, id)
        if attach:
            self.store.apply([AttachClip(id, clip(id), key_frames(id))])
        return names


def write(data: Path, id: str) -> set[str]:
    names = {clip(id).path, *(frame.path for frame in key_frames(id))}
    for name in names:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(b"a picture")
    return names


def files(data: Path, top: str = "") -> set[str]:
    found = {str(path.relative_to(data)) for path in (data / top).rglob("*") if path.is_file()}
    return {name for name in found if name.startswith(("clips", "frames", "quarantine"))}


def test_what_a_dead_process_was_writing_goes_when_its_event_is_given_up(tmp_path: Path) -> None:
    with Run(tmp_path / "data") as run:
        run.store.apply([OpenCandidate(candidate("a"), decision(Action.ACCEPT))])
        event = run.store.events.get("a")
        assert event is not None
        part = run.data / f"{snapshot_path(event)}.0123abcd.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(b"half a picture")
        run.library.give_up_unrecorded(lambda event: True)
        assert not part.exists()


def once(data: Path, url: str | None = None) -> None:
    with Run(data, url):
        pass


def backed_up(data: Path, target: Path) -> None:
    with sqlite3.connect(data / DATABASE) as source, sqlite3.connect(target) as copy:
        source.backup(copy)


def restore(data: Path, backup: Path) -> None:
    for file in data.glob(f"{DATABASE}*"):
        file.unlink()
    shutil.copy(backup, data / DATABASE)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two events and their files."""
    data = tmp_path / "data"
    with Run(data) as run:
        run.record("one")
        run.record("two")
    return data


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    require(postgres_programs(), "PostgreSQL is not installed (Debian package postgresql)")
    with PostgresServer() as server:
        yield server


@pytest.fixture
def url(postgres: PostgresServer, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"site_{abs(hash(request.node.name)) % 10**8}"
    yield postgres.create(name)
    postgres.drop(name)


def test_a_folder_and_its_database_know_each_other(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    before = files(data)
    first = read_mark(data)
    assert first is not None
    assert first.ended
    once(data)
    second = read_mark(data)
    assert second is not None
    assert (second.id, second.beat) == (first.id, first.beat + 1)
    with Store.open(data, read_only=True) as store:
        mark = store.marks.read()
    assert mark is not None
    assert (mark.id, mark.run, mark.beat) == (second.id, second.run, second.beat)
    assert files(data) == before
    assert not caplog.records


def test_a_new_database_costs_no_clip(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = files(data)
    for file in data.glob(f"{DATABASE}*"):
        file.unlink()
    with Run(data) as run:
        later = run.record("three")
    assert "the database is new to this data folder" in caplog.text
    caplog.clear()
    for _ in range(2):
        once(data)
        assert files(data) == before | later
    assert caplog.text.count("stay where they are") == 2


def test_another_database_costs_no_clip(data: Path, url: str) -> None:
    before = files(data)
    with Run(data, url) as run:
        later = run.record("three")
    once(data, url)
    assert files(data) == before | later
    # And back again, to one that has missed what came meanwhile.
    for _ in range(2):
        once(data)
        assert files(data) == before | later
    once(data, url)
    assert files(data) == before | later


def test_an_older_backup_costs_no_clip(data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Run(data) as run:
        run.record("unfinished", attach=False)
        backed_up(data, tmp_path / "backup.db")
        run.store.apply([AttachClip("unfinished", clip("unfinished"), key_frames("unfinished"))])
        run.record("later")
        for _ in range(2):  # minutes pass
            assert run.bond.beat()
    before = files(data)
    restore(data, tmp_path / "backup.db")
    once(data)
    assert "the database has lost its newest part" in caplog.text
    caplog.clear()
    once(data)
    assert files(data) == before
    assert "has lost" not in caplog.text
    with Run(data) as run:
        assert run.store.events.get("later") is None
        run.record("after", attach=False)
        run.record("abandoned")
    # What is ours from then on is put in order as ever.
    once(data)
    assert files(data) == before | write(data, "abandoned")


def test_a_folder_from_before_there_were_identities(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    stray = write(data, "stray")
    (data / IDENTITY).unlink()
    with sqlite3.connect(data / DATABASE) as database:
        database.execute("DELETE FROM site")
    before = files(data)
    for _ in range(2):
        once(data)
        assert files(data) == before >= stray
    assert "new to this data folder" not in caplog.text


def test_an_identity_that_is_lost_or_damaged_is_made_anew(data: Path) -> None:
    before = read_mark(data)
    stray = write(data, "stray")
    for text in ("", "{", "[]", '{"id": 3}', None):
        (data / IDENTITY).unlink()
        if text is not None:
            (data / IDENTITY).write_text(text)
        once(data)
        after = read_mark(data)
        assert before is not None
        assert after is not None
        assert after.id == before.id
    assert files(data) >= stray


def test_a_database_of_another_folder_is_refused(data: Path, tmp_path: Path, url: str) -> None:
    other = tmp_path / "other"
    once(other, url)
    before = files(data)
    mark = read_mark(other)
    assert mark is not None
    with pytest.raises(StoreError, match=r"belongs to another data folder than .*/data") as refusal:
        once(data, url)
    assert files(data) == before
    with pytest.raises(StoreError, match="belongs to another"):
        once(tmp_path / "new", url)
    # What the message says helps.
    wanted = json.dumps({"id": mark.id})
    assert wanted in str(refusal.value)
    (data / IDENTITY).write_text(wanted)
    once(data, url)
    assert files(data) == before
    with pytest.raises(StoreError, match="belongs to another"):
        once(data)


_KILLED = """
import os, sys
from pathlib import Path
from tests.site.services.test_data_folder import Run
with Run(Path(sys.argv[1])) as run:
    run.record("whole")
    run.record("unfinished", attach=False)
    (run.data / "clips" / "1970-01-01" / "next.mp4.0123abcd.part").write_bytes(b"half")
    for _ in range(int(sys.argv[2])):
        run.bond.beat()
    run.record("last")
    os.kill(os.getpid(), 9)
"""


def killed(data: Path, beats: int = 0) -> None:
    """A run that is killed with a clip cut and not attached, and another half-written."""
    subprocess.run([sys.executable, "-c", _KILLED, str(data), str(beats)], check=False, timeout=60)
    assert files(data) >= {"clips/1970-01-01/next.mp4.0123abcd.part", "clips/1970-01-01/unfinished.mp4"}


def test_leftovers_of_a_killed_run_are_removed(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = files(data)
    killed(data)
    once(data)
    assert {name.split("/")[2].removesuffix(".mp4") for name in files(data) - before} == {"whole", "last"}
    assert not [record for record in caplog.records if "no clip" not in record.getMessage()]


def test_what_retention_was_removing_when_it_was_killed_is_removed(data: Path) -> None:
    with Run(data) as run:
        run.store.files.forget(["one"])
    once(data)
    assert not any("one" in name for name in files(data))


def test_what_the_database_does_not_know_goes_into_quarantine(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = files(data)
    stray = write(data, "stray")
    once(data)
    assert files(data, "clips") | files(data, "frames") == before
    assert {name.split("/", 2)[2] for name in files(data, "quarantine")} == stray
    (line,) = [record for record in caplog.records if "quarantine" in record.getMessage()]
    found = line.fields  # type: ignore[attr-defined]
    assert (found["files"], found["bytes"]) == (3, 27)
    once(data)
    assert len(files(data, "quarantine")) == 3


def test_a_lost_log_is_noticed(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    killed(data, beats=2)
    before = {name for name in files(data) if ".part" not in name}
    for end in ("-wal", "-shm"):
        (data / f"{DATABASE}{end}").unlink()
    once(data)
    assert "the database has lost its newest part" in caplog.text
    once(data)
    assert files(data) == before


def test_a_damaged_log_is_noticed(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    killed(data, beats=3)
    log = data / f"{DATABASE}-wal"
    content = bytearray(log.read_bytes())
    content[200:300] = bytes(byte ^ 0xFF for byte in content[200:300])
    log.write_bytes(content)
    before = {name for name in files(data) if ".part" not in name}
    once(data)
    assert "the database has lost its newest part" in caplog.text
    assert files(data) == before


def test_a_log_that_may_have_been_lost_is_said(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    killed(data)
    Store.open(data).close()  # folds the log in: nothing is lost, but that cannot be told from here
    once(data)
    assert "-wal of its database is not there" in caplog.text
    caplog.clear()
    once(data)
    assert "-wal" not in caplog.text


def test_an_older_data_folder_keeps_what_was_restored(
    data: Path, tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Run(data, url) as run:
        gone = run.record("removed by now")
    shutil.copytree(data, tmp_path / "backup")
    with Run(data, url) as run:
        run.store.files.forget(["removed by now"])
        run.bond.beat()
    once(data, url)
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "backup", data)
    once(data, url)
    assert "the data folder is older than its database" in caplog.text
    assert files(data) >= gone


def test_a_folder_that_cannot_be_written_for_a_while_does_not_fall_behind(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full", retryable=True)

    with Run(data) as run:
        with monkeypatch.context() as patch:
            patch.setattr("secondsight.site.services.folder_identity.write_atomic", full)
            for _ in range(5):
                with pytest.raises(StoreError, match="full"):
                    run.bond.beat()
        run.record("unfinished", attach=False)
        run.bond.end = lambda: None  # type: ignore[method-assign]
    once(data)
    assert "older than its database" not in caplog.text
    assert not any("unfinished" in name for name in files(data))


def test_two_runs_of_one_site_do_not_share_a_database(data: Path, tmp_path: Path, url: str) -> None:
    once(data, url)
    shutil.copytree(data, tmp_path / "twin")
    with Run(data, url) as first:
        with pytest.raises(StoreError, match=r"in use by another site \(session \d+ from 127.0.0.1 since"):
            once(tmp_path / "twin", url)
        with Store.open(url, read_only=True) as reader, Store.open(url) as writer:
            assert reader.events.find() == writer.events.find()
        assert first.bond.beat()
    once(tmp_path / "twin", url)
    # One that was taken over while its connection was broken finds out.
    with Run(data, url) as first:
        assert first.store._ownership is not None
        first.store._ownership.release()
        with Run(tmp_path / "twin", url) as second:
            assert not first.bond.beat()
            assert second.bond.beat()
            with pytest.raises(StoreError, match="in use by another site"):
                first.store.keep_owned()


def test_ownership_comes_back_after_the_server_was_away(
    data: Path, tmp_path: Path, url: str, postgres: PostgresServer
) -> None:
    with Run(data, url) as run:
        postgres.restart()
        run.store.keep_owned()
        run.store.keep_owned()
        with pytest.raises(StoreError, match="in use by another site"):
            Store.open(url, patience=0.3, owned=True)
        assert run.bond.beat()
    Store.open(url, patience=0.3, owned=True).close()


def test_an_sqlite_file_elsewhere_is_owned_too(data: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    once(data, url)
    shutil.copytree(data, tmp_path / "twin")
    with Run(data, url), pytest.raises(StoreError, match=r"in use by another site \(process \d+\)"):
        once(tmp_path / "twin", url)
    once(tmp_path / "twin", url)
