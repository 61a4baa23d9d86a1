"""Files that no row refers to: found by their names, removed, or put into quarantine."""

import os
from pathlib import Path

from secondsight.media import find_leftovers, quarantine, quarantined, remove_strays

NOW = 1_700_000_000.0


def put(data: Path, *names: str, time: float = NOW) -> None:
    for name in names:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(bytes(10))
        os.utime(data / name, (time, time))


def files(data: Path) -> set[str]:
    return {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}


def test_what_belongs_to_no_known_event_is_found(tmp_path: Path) -> None:
    put(tmp_path, "clips/d/known.mp4", "frames/d/known/0.jpg", "identity.json", "secondsight.db")
    put(tmp_path, "clips/d/lost.mp4", time=NOW - 50)
    put(tmp_path, "frames/d/lost/0.jpg", "frames/d/lost/1.jpg", time=NOW - 40)
    put(tmp_path, "clips/stray.mp4", "clips/d/note.txt")
    put(tmp_path, "frames/d/cut/0.jpg", "frames/d/cut/1.jpg.0123abcd.part", "clips/d/cut.mp4.0123abcd.part")
    put(tmp_path, "identity.json.0123abcd.part", "clips/d/mine.part")
    (tmp_path / "frames/d/empty").mkdir()
    found = find_leftovers(tmp_path, {"known"})
    assert {str(path.relative_to(tmp_path)) for path in found.half_written} == {
        "frames/d/cut/1.jpg.0123abcd.part",
        "clips/d/cut.mp4.0123abcd.part",
        "identity.json.0123abcd.part",
    }
    strays = {str(s.path.relative_to(tmp_path)): (s.id, s.time, s.size) for s in found.strays}
    assert strays.pop("frames/d/cut")[0] == "cut"
    assert strays.pop("frames/d/empty")[::2] == ("empty", 0)
    assert strays == {
        "clips/d/lost.mp4": ("lost", NOW - 50, 10),
        "frames/d/lost": ("lost", NOW - 40, 20),
        "clips/stray.mp4": ("stray", NOW, 10),
        "clips/d/note.txt": ("note.txt", NOW, 10),
        "clips/d/mine.part": ("mine.part", NOW, 10),
    }
    assert find_leftovers(tmp_path / "new", set()).strays == []


def test_folders_of_known_events_are_not_opened(tmp_path: Path) -> None:
    put(tmp_path, *(f"frames/d/e{n}/0.jpg" for n in range(20)))
    opened: list[str] = []
    real = os.scandir

    def scandir(path: str | Path) -> "os._ScandirIterator[str]":
        opened.append(str(path))
        return real(path)

    os.scandir = scandir  # type: ignore[assignment]
    try:
        find_leftovers(tmp_path, {f"e{n}" for n in range(20)})
    finally:
        os.scandir = real
    assert len(opened) == 4  # the data folder, clips, frames, the day


def test_strays_are_removed_with_their_folders(tmp_path: Path) -> None:
    put(tmp_path, "clips/a/x.mp4", "frames/a/x/0.jpg", "clips/b/x.mp4", "clips/b/y.mp4")
    remove_strays(tmp_path, find_leftovers(tmp_path, {"y"}).strays)
    assert files(tmp_path) == {"clips/b/y.mp4"}
    assert not (tmp_path / "frames/a").exists()
    assert (tmp_path / "frames").is_dir()


def test_the_quarantine_keeps_paths_and_says_what_it_holds(tmp_path: Path) -> None:
    put(tmp_path, "clips/a/x.mp4", "frames/a/x/0.jpg", "clips/b/y.mp4")
    batch = quarantine(tmp_path, find_leftovers(tmp_path, {"y"}).strays, NOW)
    assert (batch.files, batch.size, batch.time) == (2, 20, NOW)
    folder = "quarantine/20231114T221320Z"
    assert files(tmp_path) == {"clips/b/y.mp4", f"{folder}/clips/a/x.mp4", f"{folder}/frames/a/x/0.jpg"}
    put(tmp_path, "clips/a/x.mp4", "clips/a/z.mp4")
    quarantine(tmp_path, find_leftovers(tmp_path, {"y"}).strays, NOW)
    # The same second again: nothing is overwritten.
    assert files(tmp_path) >= {"clips/a/x.mp4", f"{folder}/clips/a/z.mp4"}
    put(tmp_path, "quarantine/somebody/else.txt")
    quarantine(tmp_path, find_leftovers(tmp_path, {"y"}).strays, NOW + 60)
    assert [(b.time, b.files, b.size) for b in quarantined(tmp_path)] == [(NOW, 3, 30), (NOW + 60, 1, 10)]
