"""A site whose database is exchanged between two runs, or taken over while it runs."""

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from secondsight.cascade.recording.journal import FOLDER, encode
from secondsight.config import load_site
from secondsight.errors import StoreError
from secondsight.site import Site
from secondsight.store import DATABASE, AttachClip, OpenCandidate, Store, Write
from tests.site.sites import Running, secondsight, site_file, stored


def clips(data: Path) -> set[Path]:
    return {path for top in ("clips", "frames") for path in (data / top).rglob("*") if path.is_file()}


def test_a_database_that_was_moved_away_takes_no_clips_with_it(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"})
    assert secondsight("run", path, "--once", models=models_dir).returncode == 0
    before = clips(data)
    assert before
    for file in data.glob(f"{DATABASE}*"):
        shutil.move(file, tmp_path)
    path = site_file(tmp_path, {"yard": shorts / "two.mp4"})
    for _ in range(2):
        done = secondsight("run", path, "--once", models=models_dir)
        assert done.returncode == 0
        assert "stay where they are" in done.stderr
        assert clips(data) > before
    assert {event.camera for event in stored(data)} == {"yard"}


def test_a_run_whose_database_is_taken_over_ends(
    shorts: Path, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondsight.site.services.housekeeping._FOLDER_EVERY", 0.1)
    source = {"source": str(shorts / "one.mp4"), "pace": "realtime"}
    config = load_site(site_file(tmp_path, {"hall": source})).model_copy(update={"models": models_dir})
    with Site(config) as site, Store.open(tmp_path / "data") as other:
        site.start()
        mark = other.marks.read()
        assert mark is not None
        other.marks.set(replace(mark, run="another"))
        with pytest.raises(StoreError, match="taken over by another run"):
            list(site.events())
        after = other.marks.read()
        assert after is not None
        assert after.run == "another"


def test_two_sites_cannot_share_a_database(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    store = {"url": f"sqlite:///{tmp_path / 'shared.db'}"}
    slow = {"source": str(shorts / "one.mp4"), "pace": "realtime"}
    first = site_file(tmp_path / "first", {"hall": slow}, store=store)
    second = site_file(tmp_path / "second", {"yard": shorts / "two.mp4"}, store=store)
    with Running(tmp_path, "run", first, "--json", models=models_dir) as run:
        run.until(lambda: run.out, "first line")
        done = secondsight("run", second, "--once", models=models_dir)
        assert done.returncode == 1
        assert "is in use by another site" in done.stderr
        assert run.process.poll() is None
        run.kill()
    # Nor one after the other.
    done = secondsight("run", second, "--once", models=models_dir)
    assert done.returncode == 1
    assert "belongs to another data folder" in done.stderr
    with Store.open(tmp_path / "shared.db", read_only=True) as shared:
        assert {event.camera for event in shared.events.find()} <= {"hall"}


def test_clips_whose_events_are_only_in_a_journal_are_no_leftovers(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    """As a killed run leaves it whose database was away. What the journal knows of no event costs nothing."""
    data = tmp_path / "data"
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"})
    assert secondsight("run", path, "--once", models=models_dir).returncode == 0
    with Store.open(data, read_only=True) as store:
        (event,), (candidate,) = store.events.find(), store.events.candidates()
    with sqlite3.connect(data / DATABASE) as database:
        for table in ("cases", "clips", "events", "candidates"):
            database.execute(f"DELETE FROM {table}")
    writes: list[Write] = [
        AttachClip("unknown", None, (), "no clip"),
        OpenCandidate(candidate.candidate, candidate.decision),
        AttachClip(event.id, event.clip, event.key_frames),
    ]
    (data / FOLDER).mkdir(exist_ok=True)
    (data / FOLDER / "1-0.journal").write_bytes(b"".join(encode(write) for write in writes))
    before = clips(data)
    path = site_file(tmp_path, {"yard": shorts / "two.mp4"})
    assert secondsight("run", path, "--once", models=models_dir).returncode == 0
    (found,) = [one for one in stored(data) if one.camera == "hall"]
    assert (found.id, found.clip, found.settled) == (event.id, event.clip, True)
    assert clips(data) > before
    assert not list((data / FOLDER).iterdir())
