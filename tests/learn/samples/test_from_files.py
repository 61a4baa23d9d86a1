"""Samples out of pictures that are there already."""

from pathlib import Path

import numpy as np
import pytest

from secondsight.errors import RefusedError
from secondsight.learn import LearnCatalogue, SampleReason, keep_disputed, keep_missed
from secondsight.media import encode_jpeg
from secondsight.records import Box, Event, KeyFrame, TrackId, Verification

BOX, OTHER = Box(0.1, 0.1, 0.3, 0.5), Box(0.6, 0.1, 0.8, 0.5)
DARK = encode_jpeg(np.full((36, 64, 3), 20, np.uint8))


@pytest.fixture
def catalogue(tmp_path: Path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames/0.jpg").write_bytes(DARK)
    with LearnCatalogue(tmp_path, make=True) as opened:
        yield opened


def event(
    verification: Verification, truth: bool | None = None, frames: tuple[KeyFrame, ...] | None = None
) -> Event:
    around = (("person", BOX), ("car", OTHER))
    shown = (KeyFrame("frames/0.jpg", 99.0, None), KeyFrame("frames/0.jpg", 100.0, BOX, around))
    return Event(
        "e", "hall", "r", "intrusion", 99.0, 100.0, None, 0.62, "person", None, (TrackId("hall", 4, 7),),
        verification, True, False, key_frames=shown if frames is None else frames, truth=truth,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (event(Verification.REJECTED), True),
        (event(Verification.CONFIRMED), False),
        (event(Verification.CONFIRMED, truth=False), True),
        (event(Verification.REJECTED, truth=True), False),
        (event(Verification.REJECTED, frames=()), False),
        (event(Verification.REJECTED, frames=(KeyFrame("frames/gone.jpg", 1.0, BOX),)), False),
    ],
)
def test_what_was_rejected_is_kept_once(catalogue: LearnCatalogue, given: Event, kept: bool) -> None:
    for times in range(2):
        found = keep_disputed(catalogue, [given], bundle="b0000", min_free=0)
        assert len(found) == (kept and not times)
    assert len(catalogue.samples()) == kept


def test_the_suspect_keeps_its_track(catalogue: LearnCatalogue) -> None:
    (sample,) = keep_disputed(catalogue, [event(Verification.REJECTED)], bundle="b0000", min_free=0)
    assert (sample.reason, sample.epoch, sample.time, sample.condition) == (
        SampleReason.DISPUTED,
        4,
        100.0,
        "dark",
    )
    assert [(box.label, box.track, box.confidence) for box in sample.seen] == [
        ("person", 7, 0.62),
        ("car", None, 1.0),
    ]


def test_a_picture_of_a_person(catalogue: LearnCatalogue, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(DARK)

    def keep(name: str):
        return keep_missed(catalogue, tmp_path / name, camera="hall", time=5.0, bundle="b0000", min_free=0)

    sample = keep("a.jpg")
    assert (sample.reason, sample.width, sample.height) == (SampleReason.MISSED, 64, 36)
    (tmp_path / "b.jpg").write_bytes(b"text")
    for name, said in (("b.jpg", "not a readable JPEG"), ("c.jpg", "No such file")):
        with pytest.raises(RefusedError, match=said):
            keep(name)
