"""Retention: what is removed, in which order, and what is never touched."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.config import RetentionSettings
from secondsight.errors import StoreError
from secondsight.media import Retention, find_leftovers, quarantine, write_atomic
from secondsight.media.writing.files import free_space
from secondsight.media.writing.retention import Item, plan
from tests.table import table

NOW = 1_700_000_000.0
DAY = 86400.0


@dataclass(frozen=True)
class Stored:
    id: str
    paths: tuple[str, ...]
    end: float
    size: int = 0


class Files:
    """What the store tells, from a list; notes what it was asked."""

    def __init__(self, clips: Sequence[Stored], kept: Sequence[str] = ()) -> None:
        self.clips = {clip.id: clip for clip in clips}
        self.kept, self.sizes = set(kept), dict[str, int]()
        self.listed = 0

    def total_bytes(self) -> int:
        return sum(self.sizes.get(clip.id, clip.size) for clip in self.clips.values())

    def oldest(self, limit: int, before: float | None = None) -> list[Stored]:
        free = [
            c for c in self.clips.values() if c.id not in self.kept and (before is None or c.end < before)
        ]
        found = sorted(free, key=lambda clip: (clip.end, clip.id))[:limit]
        self.listed += len(found)
        return [replace(clip, size=self.sizes.get(clip.id, clip.size)) for clip in found]

    def unmeasured(self, limit: int) -> list[Stored]:
        return [clip for clip in self.clips.values() if clip.id not in self.sizes][:limit]

    def note_sizes(self, sizes: Mapping[str, int]) -> None:
        self.sizes.update(sizes)

    def forget(self, ids: Sequence[str]) -> list[str]:
        return [id for id in ids if self.clips.pop(id, None)]


items = st.lists(
    st.builds(Item, st.uuids().map(str), st.floats(NOW - 100 * DAY, NOW), st.integers(0, 10**6)), max_size=40
)


@given(
    items,
    st.integers(0, 10**6),
    st.floats(0, 100 * DAY),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
)
def test_plan(stored: list[Item], pinned: int, age: float, budget: int, free: int, min_free: int) -> None:
    stored.sort(key=lambda item: (item.end, item.id))
    used = pinned + sum(item.size for item in stored)
    removed = plan(stored, used=used, now=NOW, age=age, disk_budget=budget, free=free, min_free=min_free)
    # Oldest first and no gap.
    assert removed == [item.id for item in stored[: len(removed)]]
    gone, kept = stored[: len(removed)], stored[len(removed) :]
    # Every aim is reached, or nothing is left to remove.
    left, now_free = pinned + sum(item.size for item in kept), free + sum(item.size for item in gone)
    assert not any(item.end < NOW - age for item in kept)
    assert not kept or (left <= budget and now_free >= min_free)
    # And nothing was removed in vain: without the last one, some aim would be missed.
    if gone:
        last = gone[-1]
        assert last.end < NOW - age or left + last.size > budget or now_free - last.size < min_free


def make(data: Path, id: str, end: float, size: int = 1000, frames: int = 2) -> Stored:
    day = f"2026-01-{1 + int(end - NOW + 40 * DAY) // int(DAY) % 28:02d}"
    paths = (f"clips/{day}/{id}.mp4", *(f"frames/{day}/{id}/{n}.jpg" for n in range(frames)))
    for path in paths:
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        (data / path).write_bytes(bytes(size))
    return Stored(id, paths, end, size)


def sweep(data: Path, files: Files, need: int = 0, **settings: int) -> list[str]:
    """The ids that a sweep removes."""
    before = list(files.clips)
    removed = Retention(data, RetentionSettings(**{"min_free": 0, **settings}), files, lambda: NOW).sweep(
        need
    )
    gone = [id for id in before if id not in files.clips]
    assert removed == len(gone)
    return gone


def files(data: Path) -> set[str]:
    return {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}


def test_old_clips_go_with_their_frames_and_empty_folders(tmp_path: Path) -> None:
    old = make(tmp_path, "old", NOW - 31 * DAY)
    new = make(tmp_path, "new", NOW - 29 * DAY)
    pinned = make(tmp_path, "pinned", NOW - 35 * DAY)
    assert sweep(tmp_path, Files([new, old, pinned], kept=["pinned"])) == ["old"]
    assert files(tmp_path) == {*new.paths, *pinned.paths}
    assert not (tmp_path / old.paths[0]).parent.exists()
    assert (tmp_path / "clips").is_dir()


def test_the_budget_counts_clips_and_frames_and_what_is_pinned(tmp_path: Path) -> None:
    clips = [make(tmp_path, f"e{i}", NOW - 10 * DAY + i) for i in range(10)]
    # Each takes 3000 bytes.
    assert sweep(tmp_path, Files(clips, kept=["e0"]), disk_budget=10_000) == [f"e{i}" for i in range(1, 8)]
    assert len(files(tmp_path)) == 9


def test_more_than_is_removed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondsight.media.writing.retention._AT_ONCE", 3)
    clips = [make(tmp_path, f"e{i}", NOW - (40 - i) * DAY) for i in range(20)]
    assert len(sweep(tmp_path, Files(clips), disk_budget=25_000)) == 12


def test_the_floor_of_free_space(tmp_path: Path) -> None:
    clips = [make(tmp_path, f"e{i}", NOW - i, size=1_000_000) for i in range(5)]
    free = free_space(tmp_path)
    assert sweep(tmp_path, Files(clips), min_free=free // 2) == []
    # Others use this disk too, so only a demand that is surely above or below what is free can be tested.
    assert len(sweep(tmp_path, Files(clips), need=free * 2, min_free=free // 2)) == 5


def test_references_are_forgotten_before_files_go(tmp_path: Path) -> None:
    clips = [make(tmp_path, f"e{i}", NOW - 31 * DAY + i) for i in range(3)]
    seen: list[set[str]] = []

    class Reluctant(Files):
        def forget(self, ids: Sequence[str]) -> list[str]:
            seen.append(files(tmp_path))
            return super().forget([id for id in ids if id != "e1"])

    assert sweep(tmp_path, Reluctant(clips)) == ["e0", "e2"]
    assert len(seen[0]) == 9
    assert files(tmp_path) == set(clips[1].paths)


def test_a_clip_that_is_gone_already_is_removed_all_the_same(tmp_path: Path) -> None:
    clip = make(tmp_path, "old", NOW - 31 * DAY)
    (tmp_path / clip.paths[0]).unlink()
    assert sweep(tmp_path, Files([clip])) == ["old"]
    assert files(tmp_path) == set()


def test_only_what_is_due_is_looked_at_and_each_file_measured_once(tmp_path: Path) -> None:
    clips = [make(tmp_path, f"e{i}", NOW - i * DAY) for i in range(20)]
    known = Files(clips)
    assert sweep(tmp_path, known) == []
    assert known.listed == 0
    assert known.sizes == {clip.id: 3000 for clip in clips}
    for clip in clips:
        (tmp_path / clip.paths[0]).write_bytes(bytes(5))
    assert sweep(tmp_path, known) == []
    assert set(known.sizes.values()) == {3000}


def test_room_is_made_where_sizes_cannot_be_noted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Full(Files):
        def note_sizes(self, sizes: Mapping[str, int]) -> None:
            raise StoreError("database cannot grow: the disk is full", retryable=True)

    assert sweep(tmp_path, Full([make(tmp_path, "old", NOW - 31 * DAY)])) == ["old"]
    assert "sizes of clips not noted" in caplog.text


def strays(data: Path, *ids: str) -> None:
    """Put files of unknown events into quarantine, two and a half days ago."""
    for id in ids:
        make(data, id, NOW)
    quarantine(data, find_leftovers(data, set()).strays, NOW - 2.5 * DAY)


def test_the_quarantine_is_kept_like_a_clip_of_its_day(tmp_path: Path) -> None:
    strays(tmp_path, "x", "y")
    clips = [make(tmp_path, f"e{i}", NOW - (5 - i) * DAY) for i in range(5)]
    known = Files(clips)
    # 15,000 bytes of clips and 6,000 in quarantine, put there between e2 and e3.
    for budget, left in ((21_000, 5), (18_000, 4), (15_000, 3)):
        Retention(tmp_path, RetentionSettings(min_free=0, disk_budget=budget), known, lambda: NOW).sweep()
        assert len(known.clips) == left
        assert len(files(tmp_path / "quarantine")) == 6
    Retention(tmp_path, RetentionSettings(min_free=0, disk_budget=11_000), known, lambda: NOW).sweep()
    assert set(known.clips) == {"e3", "e4"}
    assert files(tmp_path / "quarantine") == set()


def test_the_quarantine_ends_with_its_age(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    strays(tmp_path, "x")
    retention = Retention(tmp_path, RetentionSettings(min_free=0, age=4 * DAY), Files([]), lambda: NOW)
    assert retention.sweep() == 0
    assert len(files(tmp_path)) == 3
    retention = Retention(tmp_path, RetentionSettings(min_free=0, age=2 * DAY), Files([]), lambda: NOW)
    assert retention.sweep() == 1
    assert files(tmp_path) == set()
    assert "quarantined files removed" in caplog.text


@table(
    "path",
    [
        "../outside.txt",
        "clips/../../outside.txt",
        "{outside}",
        "secondsight.db",
        "clips/link/outside.txt",
        "clips",
        "",
    ],
)
def test_nothing_outside_is_ever_deleted(tmp_path: Path, path: str) -> None:
    data, outside = tmp_path / "data", tmp_path / "outside.txt"
    (data / "clips").mkdir(parents=True)
    outside.write_text("precious")
    (data / "secondsight.db").write_text("precious")
    (data / "clips" / "link").symlink_to(tmp_path)
    (data / "quarantine").symlink_to(tmp_path)
    (tmp_path / "20200101T000000Z").mkdir()
    name = path.format(outside=outside)
    sweep(data, Files([Stored("bad", (name,), NOW - 99 * DAY)]))
    assert outside.read_text() == "precious"
    assert (data / "secondsight.db").exists()
    assert (data / "clips").is_dir()
    assert (tmp_path / "20200101T000000Z").is_dir()
    found = find_leftovers(data, set())
    assert (found.half_written, found.strays) == ([], [])


def test_a_disk_without_inodes_loses_its_oldest_clips_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondsight.media.writing.retention.few_inodes", lambda folder, wanted: True)
    files = Files([Stored(f"{i:02}", (), NOW + i) for i in range(50)])
    retention = Retention(tmp_path, RetentionSettings(min_free="1B"), files, lambda: NOW)
    assert not retention.sweep(), "the disk has room; only a clip that could not be written tells"
    assert retention.sweep(need=1) == 20
    assert min(files.clips) == "20"


def test_a_full_disk_says_when_it_lacks_inodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("secondsight.media.writing.files.few_inodes", lambda folder, wanted: True)
    monkeypatch.setattr("secondsight.media.writing.files.os.open", full)
    with pytest.raises(StoreError, match="no inodes are left"):
        write_atomic(tmp_path / "a.jpg", b"x", min_free=0)
