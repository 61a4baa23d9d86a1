"""`secondsight upgrade` shows, copies and migrates; commands that only look never migrate, whatever the revision."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from secondsight.clock import ManualClock
from secondsight.errors import StoreError
from secondsight.store import DATABASE, DataLock, Store, prepare_data_folder, prepare_for_run, schema_state
from secondsight.store.database.database import Database
from secondsight.store.database.migrate import revision_of
from secondsight.store.database.migrate import upgrade as migrate
from secondsight.store.database.schema import REVISION
from tests.cli.conftest import Command
from tests.cli.conftest import command as command  # a fixture
from tests.site.sites import site_file
from tests.store.conftest import empty as empty
from tests.store.conftest import postgres as postgres
from tests.store.database.test_migrate import revisions

EARLIER = revisions()[:-1]
CANDIDATE = (
    "INSERT INTO candidates (id, camera, epoch, rule, kind, start, triggered, peak, score, scores, tracks, label, "
    "action, reason, policy_version, priority, probability, alert_without_brain, created_at) "
    "VALUES ('c', 'hall', 0, 'r', 'fall', 0, 0, 0, 0, '{}', '[]', '', 'accept', '', '', 0, 1, false, 0)"
)


def make(where: str | Path, revision: str) -> None:
    """A database of an earlier release, with one candidate and its event."""
    database = Database(where)
    database.write(lambda c: migrate(c, database.name, revision))
    database.write(lambda c: c.execute(text(CANDIDATE)))
    event = "INSERT INTO events (id, verification, settled, alert) VALUES ('c', 'unverified', true, true)"
    database.write(lambda c: c.execute(text(event)))
    database.close()


def revision(where: str | Path) -> str | None:
    database = Database(where, read_only=True)
    try:
        return database.read(revision_of)
    finally:
        database.close()


@pytest.fixture(params=EARLIER)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The revision of the database in `data`."""
    prepare_data_folder(tmp_path / "data")
    make(tmp_path / "data" / DATABASE, request.param)
    found: str = request.param
    return found


def test_upgrade_shows_copies_and_migrates(command: Command, tmp_path: Path, earlier: str) -> None:
    data = tmp_path / "data"
    shown = command("upgrade", "--data", data, "--dry-run")
    assert shown.returncode == 0
    assert f"schema {earlier} -> {REVISION}" in shown.stdout
    for step in revisions()[int(earlier) :]:
        assert f"\n  {step}  " in shown.stdout
    assert "candidates" in shown.stdout
    assert revision(data / DATABASE) == earlier
    assert not list(data.glob("before-upgrade*"))
    done = command("upgrade", "--data", data)
    assert done.returncode == 0, done.stderr
    assert revision(data / DATABASE) == REVISION
    (copy,) = data.glob("before-upgrade*")
    assert f"before-upgrade-{earlier}-" in copy.name
    assert copy.stat().st_mode & 0o077 == 0
    assert revision(copy) == earlier
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT id FROM candidates").fetchall() == [("c",)]
    assert "nothing to do" in command("upgrade", "--data", data).stdout
    assert command("events", "--data", data).returncode == 0


def test_no_command_that_looks_or_adds_a_word_migrates(
    command: Command, tmp_path: Path, earlier: str
) -> None:
    data = tmp_path / "data"
    before = (data / DATABASE).read_bytes()
    site = site_file(tmp_path, {"hall": "rtsp://127.0.0.1:9/x"}, data=str(data))
    for line in (
        ["events"],
        ["counts"],
        ["costs"],
        ["serve", "--port", 0],
        ["alerts", "status"],
        ["filters", "list"],
        ["users", "list"],
        ["feedback", "c", "true"],
        ["calibrate"],
    ):
        done = command(*line, "--data", data)
        assert done.returncode != 0, line
        assert f"older schema {earlier}" in done.stderr + done.stdout, line
        assert "secondsight upgrade" in done.stderr + done.stdout, line
    checked = command("check", site)
    assert "secondsight upgrade" in checked.stdout + checked.stderr
    assert (data / DATABASE).read_bytes() == before
    assert revision(data / DATABASE) == earlier


def test_check_does_not_make_a_database(command: Command, tmp_path: Path) -> None:
    site = site_file(tmp_path, {"hall": "rtsp://127.0.0.1:9/x"}, data=str(tmp_path / "data"))
    assert "the first run makes its tables" in command("check", site).stdout
    assert not (tmp_path / "data" / DATABASE).exists()


def test_a_run_copies_the_database_of_its_own_folder_first(
    tmp_path: Path, earlier: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "data"
    prepare_for_run(data, None, ManualClock())
    (copy,) = data.glob("before-upgrade*")
    assert revision(copy) == earlier
    assert "a copy of how it was is kept" in caplog.text
    Store.open(data).close()
    prepare_for_run(data, None, ManualClock())
    assert list(data.glob("before-upgrade*")) == [copy]


def test_a_run_leaves_a_database_elsewhere_to_upgrade(empty: str, tmp_path: Path, command: Command) -> None:
    url = empty if "://" in empty else f"sqlite:///{empty}"
    prepare_for_run(tmp_path, url, ManualClock())
    make(empty, EARLIER[-1])
    with pytest.raises(StoreError, match="secondsight upgrade"):
        prepare_for_run(tmp_path, url, ManualClock())
    state = schema_state(url)
    assert state.outdated
    assert state.size > 0
    assert {one.name for one in state.tables} >= {"candidates", "events", "clips"}
    prepare_data_folder(tmp_path / "data")
    done = command("upgrade", "--data", tmp_path / "data", "--store-url", url)
    assert done.returncode == 0, done.stderr
    assert revision(url) == REVISION
    (copy,) = (tmp_path / "data").glob("before-upgrade*")
    assert copy.suffix == (".dump" if url.startswith("postgresql") else ".db")


def test_without_a_copy_if_told(command: Command, tmp_path: Path) -> None:
    data = prepare_data_folder(tmp_path / "data")
    make(data / DATABASE, EARLIER[0])
    assert command("upgrade", "--data", data, "--no-backup").returncode == 0
    assert not list(data.glob("before-upgrade*"))


def test_a_site_that_runs_is_not_upgraded(command: Command, tmp_path: Path) -> None:
    data = prepare_data_folder(tmp_path / "data")
    make(data / DATABASE, EARLIER[-1])
    with DataLock(data):
        done = command("upgrade", "--data", data)
    assert (done.returncode, "in use by another run" in done.stderr) == (1, True)
    assert revision(data / DATABASE) == EARLIER[-1]


def test_nothing_to_upgrade_is_said(command: Command, tmp_path: Path) -> None:
    assert "no database" in command("upgrade", "--data", tmp_path / "none").stderr
    assert not (tmp_path / "none").exists()


def test_backup_and_restore_by_command(command: Command, tmp_path: Path) -> None:
    data = prepare_data_folder(tmp_path / "data")
    make(data / DATABASE, EARLIER[0])
    made = command("backup", "site.tar", "--data", data)
    assert (made.returncode, "schema 0001" in made.stderr) == (0, True), (
        "an older database is backed up as it is"
    )
    done = command("restore", "site.tar", "--data", tmp_path / "new")
    assert done.returncode == 0
    assert "all hashes fit" in done.stderr
    assert revision(tmp_path / "new" / DATABASE) == EARLIER[0]
    again = command("restore", "site.tar", "--data", tmp_path / "new")
    assert (again.returncode, "--force" in again.stderr) == (1, True)
    assert command("restore", "site.tar", "--data", tmp_path / "new", "--force").returncode == 0
    assert "no data folder" in command("backup", "x.tar", "--data", tmp_path / "nowhere").stderr
