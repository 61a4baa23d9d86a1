"""Retention: what is removed, in which order, and what is never touched."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.clock import ManualClock
from secondsight.config import RetentionSettings
from secondsight.media import Retention
from secondsight.media.writing.files import free_space
from secondsight.media.writing.retention import Item, plan

NOW = 1_700_000_000.0
DAY = 86400.0


@dataclass(frozen=True)
class Stored:
    id: str
    paths: tuple[str, ...]
    end: float
    protected: bool = False
    size: int = 0


items = st.lists(
    st.builds(
        Item,
        st.uuids().map(str),
        st.floats(NOW - 100 * DAY, NOW),
        st.integers(0, 10**6),
        st.booleans(),
    ),
    max_size=40,
)


@given(items, st.floats(0, 100 * DAY), st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_plan(stored: list[Item], age: float, budget: int, free: int, min_free: int) -> None:
    removed = plan(stored, now=NOW, age=age, disk_budget=budget, free=free, min_free=min_free)
    by_id = {item.id: item for item in stored}
    gone = [by_id[id] for id in removed]
    kept = [item for item in stored if item.id not in set(removed)]
    # Nothing twice, nothing protected, oldest first and no gap: no kept unprotected item is older than a removed one.
    assert len(set(removed)) == len(removed)
    assert not any(item.protected for item in gone)
    assert gone == sorted(gone, key=lambda item: (item.end, item.id))
    loose = [item for item in kept if not item.protected]
    assert all((a.end, a.id) < (b.end, b.id) for a in gone[-1:] for b in loose)
    # Every aim is reached, or nothing is left to remove.
    left, now_free = sum(item.size for item in kept), free + sum(item.size for item in gone)
    assert not any(item.end < NOW - age for item in loose)
    assert not loose or (left <= budget and now_free >= min_free)
    # And nothing was removed in vain: without the last one, some aim would be missed.
    if gone:
        last = gone[-1]
        assert last.end < NOW - age or left + last.size > budget or now_free - last.size < min_free


@given(items, st.randoms())
def test_the_order_of_the_input_does_not_matter(stored: list[Item], rng: random.Random) -> None:
    def planned(some: list[Item]) -> list[str]:
        return plan(some, now=NOW, age=50 * DAY, disk_budget=10**6, free=0, min_free=10**5)

    shuffled = list(stored)
    rng.shuffle(shuffled)
    assert planned(shuffled) == planned(stored)


def make(
    data: Path, id: str, end: float, size: int = 1000, frames: int = 2, protected: bool = False
) -> Stored:
    day = f"2026-01-{1 + int(end - NOW + 40 * DAY) // int(DAY) % 28:02d}"
    paths = (f"clips/{day}/{id}.mp4", *(f"frames/{day}/{id}/{n}.jpg" for n in range(frames)))
    for path in paths:
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        (data / path).write_bytes(bytes(size))
    return Stored(id, paths, end, protected)


def retention(data: Path, **settings: int) -> Retention:
    return Retention(data, RetentionSettings(**{"min_free": 0, **settings}), ManualClock(NOW))


def files(data: Path) -> set[str]:
    return {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}


def test_old_clips_go_with_their_frames_and_empty_folders(tmp_path: Path) -> None:
    old = make(tmp_path, "old", NOW - 31 * DAY)
    new = make(tmp_path, "new", NOW - 29 * DAY)
    pinned = make(tmp_path, "pinned", NOW - 35 * DAY, protected=True)
    asked = make(tmp_path, "asked", NOW - 34 * DAY)
    assert retention(tmp_path).sweep([new, old, pinned, asked], {"asked"}) == ["old"]
    assert files(tmp_path) == {*new.paths, *pinned.paths, *asked.paths}
    assert not (tmp_path / old.paths[0]).parent.exists()
    assert (tmp_path / "clips").is_dir()


def test_the_budget_counts_clips_and_frames(tmp_path: Path) -> None:
    clips = [make(tmp_path, f"e{i}", NOW - 10 * DAY + i) for i in range(10)]
    # Each takes 3000 bytes.
    assert retention(tmp_path, disk_budget=10_000).sweep(clips) == [f"e{i}" for i in range(7)]
    assert len(files(tmp_path)) == 9


def test_the_floor_of_free_space(tmp_path: Path) -> None:
    clips = [make(tmp_path, f"e{i}", NOW - i, size=1_000_000) for i in range(5)]
    free = free_space(tmp_path)
    assert retention(tmp_path, min_free=free // 2).sweep(clips) == []
    # Others use this disk too, so only a demand that is surely above or below what is free can be tested.
    assert retention(tmp_path, min_free=free // 2).sweep(clips, need=free * 2) == [
        "e4",
        "e3",
        "e2",
        "e1",
        "e0",
    ]


def test_references_are_forgotten_before_files_go(tmp_path: Path) -> None:
    clips = [make(tmp_path, f"e{i}", NOW - 31 * DAY + i) for i in range(3)]
    seen: list[set[str]] = []

    def forget(ids: list[str]) -> list[str]:
        seen.append(files(tmp_path))
        return [id for id in ids if id != "e1"]

    assert retention(tmp_path).sweep(clips, forget=forget) == ["e0", "e2"]
    assert len(seen[0]) == 9
    assert files(tmp_path) == set(clips[1].paths)


def test_a_clip_that_is_gone_already_is_removed_all_the_same(tmp_path: Path) -> None:
    clip = make(tmp_path, "old", NOW - 31 * DAY)
    (tmp_path / clip.paths[0]).unlink()
    assert retention(tmp_path).sweep([clip]) == ["old"]
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
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
    name = path.format(outside=outside)
    retention(data).sweep([Stored("bad", (name,), NOW - 99 * DAY)])
    assert outside.read_text() == "precious"
    assert (data / "secondsight.db").exists()
    assert (data / "clips").is_dir()
    retention(data).sweep_orphans([])
    assert outside.read_text() == "precious"
    assert (data / "secondsight.db").exists()


def test_orphans_go_and_what_is_known_stays(tmp_path: Path) -> None:
    known = make(tmp_path, "known", NOW)
    orphan = make(tmp_path, "orphan", NOW - DAY)
    (tmp_path / "secondsight.db").write_text("precious")
    removed = retention(tmp_path).sweep_orphans([known])
    assert {str(path.relative_to(tmp_path)) for path in removed} == set(orphan.paths)
    assert files(tmp_path) == {*known.paths, "secondsight.db"}
    assert retention(tmp_path / "new").sweep_orphans([]) == []
