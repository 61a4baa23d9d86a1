"""Disks that are full, read-only or shared, and a database that somebody else holds."""

import contextlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from secondsight.config import load_site
from secondsight.site import Site
from tests.site.sites import PATIENCE, Running, assert_sound, secondsight, site_file, stored, verified
from tests.store.disks import read_only, small_disk

NAMES = ("one", "two", "three")
SLACK = 100_000
"""Bytes by which a look at the disk may be wrong while the database grows between its two halves."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MB. A clip takes a quarter of one; SQLite's log may grow to four."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, "16m"):
        yield folder


class Watch:
    """Looks all the time at how much of a disk is free, not counting what the database takes."""

    def __init__(self, disk: Path, data: Path) -> None:
        self._disk, self._data, self._over = disk, data, threading.Event()
        self.lowest = self.free()
        self._thread = threading.Thread(target=self._watch)

    def free(self) -> int:
        taken = sum(file.stat().st_blocks * 512 for file in self._data.glob("secondsight.db*"))
        return shutil.disk_usage(self._disk).free + taken

    def _watch(self) -> None:
        while not self._over.wait(0.002):
            # SQLite removes its log at the end.
            with contextlib.suppress(FileNotFoundError):
                self.lowest = min(self.lowest, self.free())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_a_disk_that_fills_up_costs_clips_and_no_events(
    disk: Path, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    floor, data = 6_000_000, disk / "data"
    settings = {"data": str(data), "retention": {"min_free": floor}}
    path = site_file(tmp_path / "site", {name: shorts / f"{name}.mp4" for name in NAMES}, **settings)
    ballast = disk / "ballast"
    with Running(tmp_path, "run", path, "--once", "--json", models=models_dir) as run:
        run.until(lambda: run.out, "first line")
        # Somebody else's file takes all but the floor and less than a clip.
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - floor - 100_000))
        with Watch(disk, data) as watch:
            assert run.process.wait(PATIENCE) == 0, run.err
    assert watch.lowest >= floor - SLACK
    events = assert_sound(data)
    assert {event.camera for event in events} == set(NAMES)
    for event in events:
        assert event.clip is None
        assert "disk is full" in (event.note or "")

    # After space has been freed the next run goes on, with clips.
    ballast.unlink()
    more = site_file(tmp_path / "more", {"again": shorts / "one.mp4"}, **settings)
    assert secondsight("run", more, "--once", models=models_dir).returncode == 0
    after = assert_sound(data)
    assert len(after) == len(events) + 1
    assert [event.clip is not None for event in after if event.camera == "again"] == [True]


def test_clips_never_take_the_floor(disk: Path, shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    """With room for two clips of three, and the old ones too young for nothing but this."""
    floor, data = shutil.disk_usage(disk).free - 1_500_000, disk / "data"
    settings = {"data": str(data), "retention": {"min_free": floor}}
    path = site_file(tmp_path / "site", {name: shorts / f"{name}.mp4" for name in NAMES}, **settings)
    config = load_site(path).model_copy(update={"models": models_dir})
    with Watch(disk, data) as watch, Site(config) as site:
        announced = list(site.events(once=True))
    assert watch.lowest >= floor - SLACK
    events = assert_sound(data)
    assert len(events) == len(announced) == 3
    assert any(event.clip is None for event in events), "the test's disk is too large"
    assert all(event.note for event in events if event.clip is None)


def test_a_read_only_data_folder_is_a_clear_error(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    path = site_file(tmp_path / "site", {"hall": shorts / "one.mp4"}, data=str(data))
    with read_only(data):
        for command in (("run", path, "--once"), ("check", path)):
            done = secondsight(*command, models=models_dir)
            assert done.returncode == 1
            text = done.stdout + done.stderr
            assert str(data) in text.replace("\n", "")
            assert "cannot be written" in text or "read-only" in text.lower()


def test_the_second_run_on_a_data_folder_names_the_first(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    slow = {"source": str(shorts / "one.mp4"), "pace": "realtime"}
    path = site_file(tmp_path, {"hall": slow})
    with Running(tmp_path, "run", path, "--json", models=models_dir) as first:
        first.until(lambda: first.out, "first line")
        second = secondsight("run", path, "--once", models=models_dir)
        assert second.returncode == 1
        assert f"process {first.process.pid}" in second.stderr
        assert str(tmp_path / "data") in second.stderr
        assert first.process.poll() is None, "the first does not mind"
        first.kill()
    # The lock dies with its process.
    path = site_file(tmp_path, {"other": shorts / "one.mp4"})
    assert secondsight("run", path, "--once", models=models_dir).returncode == 0
    assert {event.camera for event in stored(tmp_path / "data")} >= {"other"}


def test_a_database_that_another_process_holds_delays_and_loses_nothing(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    path = site_file(tmp_path, {name: shorts / f"{name}.mp4" for name in NAMES})
    database = tmp_path / "data" / "secondsight.db"
    with Running(tmp_path, "run", path, "--once", "--json", models=models_dir) as run:
        run.until(lambda: run.progress("one"), "progress")
        holder = sqlite3.connect(database, isolation_level=None, timeout=30)
        holder.execute("BEGIN EXCLUSIVE")
        before = time.monotonic()
        frames = run.progress("one")["frames"]
        while time.monotonic() < before + 12 and run.process.poll() is None:
            time.sleep(0.1)
        assert run.process.poll() is None, "it waits for what it has to write"
        during = stored(tmp_path / "data")
        assert run.progress("one")["frames"] > frames, "frames go on meanwhile"
        holder.execute("ROLLBACK")
        holder.close()
        assert run.process.wait(PATIENCE) == 0
    events = assert_sound(tmp_path / "data")
    assert {event.camera for event in events} == set(NAMES)
    assert len(during) < len(events), "the lock came too late to test anything"
    announced = verified(run.lines)
    assert sorted(announced) == sorted(event.id for event in events)
