"""The picture of the trigger is on the disk within a moment, and the frame path never waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from secondsight.cascade import SnapshotWriter
from secondsight.records import snapshot_path
from tests.cascade.conftest import suspicion
from tests.cascade.recording.test_recorder import eventually


class Picture:
    """As much of a frame as a snapshot needs, which may take its time."""

    def __init__(self, gate: threading.Event | None = None, error: Exception | None = None) -> None:
        self._gate, self._error = gate, error

    def bgr(self) -> Any:
        if self._gate is not None:
            self._gate.wait(60)
        if self._error is not None:
            raise self._error
        return np.full((90, 160, 3), (10, 20, 200), np.uint8)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SnapshotWriter]:
    made = SnapshotWriter(tmp_path, 0)
    yield made
    made.close()


def take(writer: SnapshotWriter, id: str, picture: Picture) -> bool:
    return writer.take(suspicion(1.0, id=id), picture)  # type: ignore[arg-type]


def test_the_picture_is_written_beside_the_key_frames(writer: SnapshotWriter, tmp_path: Path) -> None:
    assert take(writer, "a", Picture())
    path = tmp_path / snapshot_path(suspicion(1.0, id="a"))
    assert path.parts[-4:] == ("frames", "2026-01-02", "a", "snapshot.jpg")
    eventually(path.is_file)
    with Image.open(BytesIO(path.read_bytes())) as picture:
        red, green, blue = picture.convert("RGB").getpixel((80, 45))  # type: ignore[misc]
        assert picture.size == (160, 90)
    assert red > 150 > 60 > max(green, blue), "colours are not swapped"


def test_what_a_killed_process_left_half_written_goes_with_the_next_one(
    writer: SnapshotWriter, tmp_path: Path
) -> None:
    path = tmp_path / snapshot_path(suspicion(1.0, id="a"))
    path.parent.mkdir(parents=True)
    left, other = path.with_name("snapshot.jpg.0123abcd.part"), path.with_name("0.jpg.0123abcd.part")
    left.write_bytes(b"half")
    other.write_bytes(b"another writer's")
    assert take(writer, "a", Picture())
    eventually(path.is_file)
    assert not left.exists()
    assert other.exists(), "it is another writer's"


def test_who_hands_a_frame_over_never_waits(writer: SnapshotWriter, tmp_path: Path) -> None:
    gate = threading.Event()
    begin = time.monotonic()
    taken = [take(writer, f"e{number}", Picture(gate)) for number in range(20)]
    assert time.monotonic() - begin < 60.0
    assert not all(taken), "what finds no room is left out"
    gate.set()
    eventually(lambda: len(list(tmp_path.rglob("*.jpg"))) == sum(taken))


def test_a_picture_that_fails_costs_no_other(writer: SnapshotWriter, tmp_path: Path) -> None:
    take(writer, "bad", Picture(error=ValueError("no pixels")))
    take(writer, "good", Picture())
    eventually((tmp_path / snapshot_path(suspicion(1.0, id="good"))).is_file)
    assert len(list(tmp_path.rglob("*.jpg"))) == 1


def test_a_full_disk_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    full = SnapshotWriter(tmp_path, 10**18)
    take(full, "a", Picture())
    full.close()
    assert list(tmp_path.rglob("*.jpg")) == []
    assert "no snapshot of an event" in caplog.text


def test_the_picture_of_a_lost_candidate_goes_whichever_comes_first(
    writer: SnapshotWriter, tmp_path: Path
) -> None:
    path = tmp_path / snapshot_path(suspicion(1.0, id="a"))
    assert take(writer, "a", Picture())
    eventually(path.is_file)
    writer.discard(suspicion(1.0, id="a"))
    eventually(lambda: not path.parent.exists())
    writer.discard(suspicion(1.0, id="b"))
    assert take(writer, "b", Picture())
    assert take(writer, "c", Picture())
    eventually((tmp_path / snapshot_path(suspicion(1.0, id="c"))).is_file)
    assert not (tmp_path / snapshot_path(suspicion(1.0, id="b"))).parent.exists()


def test_key_frames_beside_a_lost_picture_are_not_touched(writer: SnapshotWriter, tmp_path: Path) -> None:
    path = tmp_path / snapshot_path(suspicion(1.0, id="a"))
    path.parent.mkdir(parents=True)
    beside = path.with_name("0.jpg")
    beside.write_bytes(b"a key frame")
    assert take(writer, "a", Picture())
    eventually(path.is_file)
    writer.discard(suspicion(1.0, id="a"))
    eventually(lambda: not path.exists())
    assert beside.is_file()
