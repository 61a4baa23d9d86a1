"""Annotated videos: drawn at the end, of every frame, with what is known by then."""

from pathlib import Path

import av
import numpy as np
import pytest
import supervision as sv

from secondsight.clock import ManualClock
from secondsight.config import CameraSettings
from secondsight.media import Stream
from secondsight.records import Event, Observation, TrackId, Verification
from secondsight.site.drawing import annotate as annotate_module
from secondsight.site.drawing.annotate import Annotator
from tests.servers.videos import make_video

CAMERA = {"zones": {"yard": {"coordinates": "0.6,0.1,0.95,0.1,0.95,0.9,0.6,0.9"}}}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("v") / "v.mp4", 40, width=320, height=240, gop=10)


def annotate(clip: Path, out: Path, events: list[Event]) -> list[np.ndarray]:
    """Pictures of the annotated video; a track crosses the left half meanwhile."""
    camera = CameraSettings.model_validate({"source": str(clip), **CAMERA})
    annotator = Annotator(out, {"hall": camera})
    for packet, frames in Stream("hall", camera, ManualClock()):
        if packet.size:
            annotator.feed(packet)
        for frame in frames:
            boxes = np.array([[20 + frame.index, 60, 80 + frame.index, 200]], np.float32)
            found = sv.Detections(
                boxes,
                confidence=np.array([0.9], np.float32),
                class_id=np.array([0]),
                tracker_id=np.array([3]),
            )
            annotator.observe(Observation("hall", 0, frame.time, 320, 240, found, ("person",)))
    assert annotator.render(events) == [out / "hall.mp4"]
    assert sorted(path.name for path in out.iterdir()) == ["hall.mp4"], "nothing of the making is left"
    with av.open(str(out / "hall.mp4")) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def test_what_never_ends_keeps_its_newest_minutes_alone(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotate_module, "_SEGMENT", 1.0)
    monkeypatch.setattr(annotate_module, "KEPT", 5.0)
    camera = CameraSettings.model_validate({"source": str(clip), "loop": True, **CAMERA})
    annotator = Annotator(tmp_path, {"hall": camera})
    most, number = 0, 0
    for packet, frames in Stream("hall", camera, ManualClock()):
        if packet.size:
            annotator.feed(packet)
        for frame in frames:
            number += 1
            found = sv.Detections(
                np.array([[20, 60, 80, 200]], np.float32),
                confidence=np.array([0.9], np.float32),
                class_id=np.array([0]),
                tracker_id=np.array([number]),
            )
            annotator.observe(Observation("hall", 0, frame.time, 320, 240, found, ("person",)))
        most = max(most, len(list((tmp_path / ".raw").iterdir())))
        if number > 600:
            break
    assert 3 <= most <= 9, "raw segments on disk"
    assert len(annotator._reels["hall"].points) < 200, "tracks in memory"
    assert annotator.render([]) == [tmp_path / "hall.mp4"]
    with av.open(str(tmp_path / "hall.mp4")) as container:
        assert 5.0 <= float(container.duration or 0) / 1e6 < 9.0


def event(verification: Verification) -> Event:
    start = 1_767_323_045.0 + 1.0
    return Event(
        "e", "hall", "night", "intrusion", start, start + 0.4, start + 2.0, 0.8, "person", "yard",
        (TrackId("hall", 0, 3),), verification, True, True,
    )  # fmt: skip


def test_every_frame_is_there_with_boxes_and_zones_drawn(clip: Path, tmp_path: Path) -> None:
    with av.open(str(clip)) as container:
        plain = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    drawn = annotate(clip, tmp_path, [])
    assert len(drawn) == len(plain) == 40

    def changed(number: int, x: slice, y: slice) -> float:
        difference = np.abs(drawn[number][y, x].astype(int) - plain[number][y, x]).max(axis=2)
        return float((difference > 60).mean())

    assert changed(20, slice(39, 42), slice(70, 190)) > 0.5, "left edge of the track's box"
    assert changed(20, slice(191, 194), slice(40, 200)) > 0.5, "left edge of the zone"
    assert changed(20, slice(220, 280), slice(100, 140)) < 0.05, "nothing inside the zone"


def test_the_state_of_a_rule_is_shown_while_it_holds_and_in_the_verdict_s_colour(
    clip: Path, tmp_path: Path
) -> None:
    quiet = annotate(clip, tmp_path / "a", [])
    confirmed = annotate(clip, tmp_path / "b", [event(Verification.CONFIRMED)])
    rejected = annotate(clip, tmp_path / "c", [event(Verification.REJECTED)])
    banner = (slice(8, 24), slice(14, 120))

    def differ(a: list[np.ndarray], b: list[np.ndarray], number: int) -> bool:
        return bool(np.abs(a[number][banner].astype(int) - b[number][banner]).mean() > 12)

    assert not differ(quiet, confirmed, 5), "before it"
    assert differ(quiet, confirmed, 20), "while it holds"
    assert differ(rejected, confirmed, 20), "by verdict"
    assert not differ(rejected, confirmed, 12), "not before the rule fired: merely suspected"
    assert not differ(quiet, confirmed, 38), "after it"
