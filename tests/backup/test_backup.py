"""A backup holds one instant of a site, says what it lacks, and comes back as a folder that a site starts on."""

import io
import itertools
import json
import logging
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from secondsight.backup import restore, take_backup
from secondsight.cascade.recording.journal import Journal, encode
from secondsight.errors import StoreError
from secondsight.learn import (
    BundleState,
    LearnCatalogue,
    build_dataset,
    production,
    read_dataset,
    read_sample,
)
from secondsight.records import Action
from secondsight.site.services.folder_identity import read_mark
from secondsight.store import DATABASE, DataLock, OpenCandidate, Store
from tests.backup.kill import killed_at
from tests.conftest import ROOT, require
from tests.learn.loops import clock_at, keep, say, site
from tests.servers.postgres import PASSWORD, PostgresServer, postgres_programs
from tests.site.services.test_data_folder import Run, files
from tests.store.disks import small_disk
from tests.store.samples import candidate, decision


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a site that has ended, with two events and their files, and two more in its journal."""
    data = tmp_path / "data"
    with Run(data) as run:
        run.record("one")
        run.record("two")
    return data


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    take_backup(data, tmp_path / "site.tar")
    return tmp_path / "site.tar"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    require(postgres_programs(), "PostgreSQL is not installed (Debian package postgresql)")
    with PostgresServer() as server:
        yield server


def events(where: str | Path) -> set[str]:
    with Store.open(where, read_only=True) as store:
        return {event.id for event in store.events.find()}


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock" and not path.name.endswith(("-shm", "-wal"))
    }


def test_a_restored_folder_starts_without_a_word(
    data: Path, archive: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target = tmp_path / "new"
    done = restore(archive, target)
    assert (done.kept, done.manifest.missing) == (None, ())
    assert files(target) == files(data)
    assert events(target) == {"one", "two"}
    mark = read_mark(target)
    assert mark is not None
    assert (mark.ended, mark.run != "", mark.clock) == (True, True, read_mark(data).clock)  # type: ignore[union-attr]
    caplog.clear()
    with Run(target) as run:
        assert run.bond.whole
    assert [record.message for record in caplog.records if record.levelno > logging.INFO] == []
    assert files(target) == files(data), "no quarantine"


def test_a_site_that_runs_is_backed_up_as_it_is_at_one_instant(data: Path, tmp_path: Path) -> None:
    """A process writes without end; what it said was done before the backup began is in it."""
    command = [sys.executable, "-m", "tests.store.writer", str(data / DATABASE), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline().split() for _ in range(60)]
        made = take_backup(data, tmp_path / "site.tar")
        assert writer.poll() is None
        assert writer.stdout.readline(), "the writer goes on"
        writer.kill()
        writer.stdout.read()
    assert made.missing, "the writer's clips are not there, and named"
    restore(tmp_path / "site.tar", tmp_path / "new")
    with Store.open(tmp_path / "new", read_only=True) as store:
        known = {stored.candidate.id for stored in store.events.candidates()}
    assert {id for what, id in said if what == "opened"} <= known
    with closing(sqlite3.connect(tmp_path / "new" / DATABASE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_journal_comes_too_and_files_that_no_event_names_do_not(data: Path, tmp_path: Path) -> None:
    journal = Journal(data)
    journal.append([encode(OpenCandidate(candidate("three"), decision(Action.ACCEPT)))])
    (data / "clips" / "stray.mp4").write_bytes(b"x")
    made = take_backup(data, tmp_path / "site.tar")
    journal.close()
    names = [one.path for one in made.files]
    assert any(name.startswith("journal/") and name.endswith(".journal") for name in names)
    assert "clips/stray.mp4" not in names


def test_what_is_kept_for_learning_comes_back_while_it_is_written(data: Path, tmp_path: Path) -> None:
    config, clock = site(data), clock_at(3)
    with LearnCatalogue(data, make=True) as catalogue:
        first = production(catalogue, config, clock)
        for day in range(3):
            say(catalogue, *keep(catalogue, day, day=day))
        build_dataset(catalogue, config.learn, clock)
        unfinished = data / "learn/datasets/.v0002.part"
        unfinished.mkdir()
        (unfinished / "card.json").write_bytes(b"half")
        # The index stays open, as a site that runs has it: its newest rows lie in the log.
        made = take_backup(data, tmp_path / "site.tar")
        samples, labels = catalogue.samples(), catalogue.labels()
    assert not [one.path for one in made.files if ".part" in one.path or one.path.endswith(("-wal", "-shm"))]
    assert not list(tmp_path.glob("*.part"))
    new = tmp_path / "new"
    restore(tmp_path / "site.tar", new)
    with LearnCatalogue(new) as catalogue:
        assert (catalogue.samples(), catalogue.labels()) == (samples, labels)
        assert len(read_dataset(catalogue).items) == 3
        assert all(len(read_sample(new, sample)) > 0 for sample in catalogue.samples())
        assert catalogue.in_state(BundleState.PRODUCTION) == replace(first, state=BundleState.PRODUCTION)
        assert [entry.action for entry in catalogue.history()] == ["added", "promoted"]


def test_what_is_missing_is_named(data: Path, tmp_path: Path) -> None:
    gone = sorted(files(data, "clips"))[0]
    (data / gone).unlink()
    assert take_backup(data, tmp_path / "site.tar").missing == (gone,)
    assert restore(tmp_path / "site.tar", tmp_path / "new").manifest.missing == (gone,)


def test_a_folder_that_holds_something_is_put_aside_only_if_told(data: Path, archive: Path) -> None:
    with Run(data) as run:
        run.record("three")
    before = everything(data)
    with pytest.raises(StoreError, match="not empty"):
        restore(archive, data)
    assert everything(data) == before
    done = restore(archive, data, replace=True)
    assert events(data) == {"one", "two"}
    assert done.kept is not None
    assert done.kept.parent == data
    assert events(done.kept) == {"one", "two", "three"}


def test_a_site_that_runs_is_not_restored_over(data: Path, archive: Path) -> None:
    with DataLock(data), pytest.raises(StoreError, match="in use by another run"):
        restore(archive, data, replace=True)


@pytest.mark.parametrize("cut", [0, 100, 5_000, -1100])
def test_an_incomplete_backup_is_refused(archive: Path, tmp_path: Path, cut: int) -> None:
    archive.write_bytes(archive.read_bytes()[: cut or None] if cut else b"")
    with archive.open("rb+") as file:
        file.truncate(max(0, archive.stat().st_size - 10_240))
    with pytest.raises(StoreError, match="no complete backup"):
        restore(archive, tmp_path / "new")
    assert not everything(tmp_path / "new")


def test_a_damaged_file_is_named(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    assert b"a picture" in content
    archive.write_bytes(content.replace(b"a picture", b"A picture", 1))
    with pytest.raises(StoreError, match=r"damaged: (clips|frames)/.* differ"):
        restore(archive, tmp_path / "new")
    assert not everything(tmp_path / "new")


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "clips/../../outside"])
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        about = tarfile.TarInfo(name)
        about.size = 1
        tar.addfile(about, io.BytesIO(b"x"))
    with pytest.raises(StoreError, match="does not belong"):
        restore(tmp_path / "bad.tar", tmp_path / "new")
    assert not (tmp_path / "outside").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        about = tarfile.TarInfo("clips")
        about.type, about.linkname = tarfile.SYMTYPE, str(tmp_path)
        tar.addfile(about)
    with pytest.raises(StoreError, match="does not belong"):
        restore(tmp_path / "bad.tar", tmp_path / "new")


def test_a_backup_replaces_another_only_if_told(data: Path, archive: Path) -> None:
    with pytest.raises(StoreError, match="there already"):
        take_backup(data, archive)
    assert take_backup(data, archive, replace=True).files


def test_a_full_disk_leaves_no_half_file(data: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with small_disk(tmp_path / "disk", "1m") as disk:
        with pytest.raises(StoreError, match="not enough room"):
            take_backup(data, disk / "site.tar")
        assert list(disk.iterdir()) == []


def test_a_disk_that_fills_up_on_the_way_leaves_no_half_file(
    data: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondsight.store.copies.snapshots._ROOM", -(10**9))
    (tmp_path / "disk").mkdir()
    with small_disk(tmp_path / "disk", "200k") as disk:
        with pytest.raises(StoreError, match=r"disk is full|disk full"):
            take_backup(data, disk / "site.tar")
        assert list(disk.iterdir()) == []
        with pytest.raises(StoreError, match="nothing was changed"):
            restore(archive, disk / "data")
        assert everything(disk) == {}


def test_a_backup_that_is_killed_leaves_the_last_one(data: Path, archive: Path) -> None:
    before = archive.read_bytes()
    for number in itertools.count(1, 2):
        if not killed_at(number, lambda: take_backup(data, archive, replace=True)):
            break
        with tarfile.open(archive) as tar:
            assert json.loads(tar.extractfile("manifest.json").read())["files"]  # type: ignore[union-attr]
    assert number > 5
    assert archive.read_bytes() != before
    assert not list(archive.parent.glob("*.part"))


def test_a_restore_that_is_killed_leaves_the_old_folder_or_the_new(
    data: Path, archive: Path, tmp_path: Path
) -> None:
    with Run(data) as run:
        run.record("three")
    seen = set()
    for number in itertools.count(1, 3):
        folder = tmp_path / f"try-{number}"
        shutil.copytree(data, folder)
        killed = killed_at(number, lambda folder=folder: restore(archive, folder, replace=True))  # type: ignore[misc]
        with DataLock(folder):
            found = frozenset(events(folder))
            assert found in ({"one", "two", "three"}, {"one", "two"})
            assert {name for name in files(folder) if "three" in name} == set() or "three" in found
            assert {name.split("/")[-1] for name in files(folder, "clips")} == {f"{id}.mp4" for id in found}
            assert not list(folder.glob(".restore*"))
        with Run(folder) as run:
            assert run.bond.whole
        assert not (folder / "quarantine").exists()
        seen.add(found)
        shutil.rmtree(folder)
        if not killed:
            break
    assert len(seen) == 2
    assert number > 20


def test_postgresql_is_dumped_and_comes_back(
    postgres: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    require(shutil.which("pg_dump"), "pg_dump is not installed (Debian package postgresql-client)")
    data, url = tmp_path / "data", postgres.create("mine")
    with Run(data, url) as run:
        run.record("one")
        run.record("two")
        made = take_backup(data, tmp_path / "site.tar", url=url)
        run.record("three")
    assert "database.dump" in {one.path for one in made.files}
    with pytest.raises(StoreError, match="--store-url"):
        restore(tmp_path / "site.tar", tmp_path / "new")
    other = postgres.create("other")
    restore(tmp_path / "site.tar", tmp_path / "new", url=other)
    assert events(other) == {"one", "two"}
    caplog.clear()
    with Run(tmp_path / "new", other) as run:
        assert run.bond.whole
    assert [record.message for record in caplog.records if record.levelno > logging.INFO] == []
    with pytest.raises(StoreError, match="holds data already"):
        restore(tmp_path / "site.tar", tmp_path / "third", url=url)
    with Run(data, url), pytest.raises(StoreError, match="in use by another site"):
        restore(tmp_path / "site.tar", tmp_path / "third", url=url, replace=True)
    assert events(url) == {"one", "two", "three"}
    restore(tmp_path / "site.tar", tmp_path / "third", url=url, replace=True)
    assert events(url) == {"one", "two"}


def test_without_pg_dump_it_is_named(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.create("bare")
    with Run(tmp_path / "data", url):
        pass
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="`pg_dump` is not installed"):
        take_backup(tmp_path / "data", tmp_path / "site.tar", url=url)
    assert not list(tmp_path.glob("site.tar*"))


def test_what_pg_dump_says_holds_no_password(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.create("said")
    with Run(tmp_path / "data", url):
        pass
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "arguments: $@" >&2\necho "$PGPASSWORD" >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    with pytest.raises(StoreError, match="pg_dump failed: arguments") as failure:
        take_backup(tmp_path / "data", tmp_path / "site.tar", url=url)
    assert PASSWORD not in str(failure.value)
