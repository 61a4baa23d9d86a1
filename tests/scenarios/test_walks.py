"""The main job: six people walk through a room one by one, and each walk is one event with a clip that shows it."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.config import make_site
from secondsight.records import Box, Event, Verification, iou
from secondsight.sentinel import Detector, ModelStore
from secondsight.site import Site
from tests.sentinel.frames import drawn
from tests.site.sites import assert_sound, pictures

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
SECONDS = 139.4
# Seconds at which each person is in the picture. Counted by eye on a sheet of one frame a second, and to a fifth of a
# second by a detector run on every second frame with code of its own (ONNX Runtime, score above 0.4), not ours.
WALKS = [(6.4, 19.6), (22.8, 44.4), (50.4, 69.8), (74.4, 86.6), (92.6, 119.6), (123.4, 135.8)]
PRE, POST = 5.0, 5.0


@pytest.fixture(scope="module")
def walks(
    data_dir: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Event], list[Event]]:
    """Data folder, events as they were announced, and events as stored, of one run over the whole video."""
    folder = tmp_path_factory.mktemp("walks")
    config = make_site(
        {
            "models": models_dir,
            "cameras": {
                "room": {
                    "source": str(data_dir / "videos" / "one-by-one-person-detection.mp4"),
                    "start_time": START.isoformat(),
                    "zones": {"room": {"coordinates": "0.02,0.35,0.98,0.35,0.98,1,0.02,1"}},
                }
            },
            "rules": {"presence": {"behaviour": "intrusion", "zone": "room"}},
            # Far shorter than the age of the recording, which does not count.
            "retention": {"min_free": 0, "age": "10min"},
        },
        folder,
    )
    with Site(config) as site:
        announced = list(site.events(once=True))
        site.raise_for_cameras()
    return config.data, announced, assert_sound(config.data)


def test_each_walk_is_one_event(walks: tuple[Path, list[Event], list[Event]]) -> None:
    _, announced, events = walks
    assert {event.id for event in announced} == {event.id for event in events}
    assert len(announced) == len(events) == len(WALKS)
    for event, (begin, end) in zip(events, WALKS, strict=True):
        assert event.end is not None
        start, over = event.start - START.timestamp(), event.end - START.timestamp()
        assert begin - 0.2 <= start <= begin + 2.0
        assert end - 2.0 <= over <= end + 2.5
        assert event.start <= event.triggered <= event.start + 1.0
        assert event.label == "person"
        assert event.verification is Verification.UNVERIFIED
        assert event.alert
        assert len(event.tracks) == 1


def test_every_clip_starts_at_a_key_frame_and_covers_five_seconds_on_either_side(
    walks: tuple[Path, list[Event], list[Event]],
) -> None:
    data, _, events = walks
    for event in events:
        clip = event.clip
        assert clip is not None
        shown, times, starts_at_key = pictures(data / clip.path)
        assert starts_at_key
        assert not clip.reencoded
        assert clip.size == (data / clip.path).stat().st_size
        assert times[0] == 0.0
        steps = [after - before for before, after in pairwise(times)]
        assert len(shown) > 100
        assert steps[:-1] == pytest.approx([0.1] * (len(steps) - 1), abs=0.001), "no picture is missing"
        assert steps[-1] < 0.35, "the last may stand before pictures that refer to it"
        assert clip.end - clip.start == pytest.approx(times[-1], abs=0.01)
        asked = max(event.start - PRE, START.timestamp())
        assert clip.start <= asked
        assert clip.offset == pytest.approx(asked - clip.start, abs=0.01)
        assert clip.offset < 1.0, "this video has a key frame every second"
        last = min(event.triggered + POST, START.timestamp() + SECONDS)
        assert clip.end >= last - 0.11


def test_clips_show_the_pictures_of_their_time(
    walks: tuple[Path, list[Event], list[Event]], data_dir: Path
) -> None:
    data, _, events = walks
    wanted = {}
    for event in events[::2]:
        assert event.clip is not None
        first = round((event.clip.start - START.timestamp()) * 10)
        shown, _, _ = pictures(data / event.clip.path)
        wanted.update({first + i: shown[i] for i in range(0, len(shown) - 1, 7)})
    with av.open(str(data_dir / "videos" / "one-by-one-person-detection.mp4")) as whole:
        for number, frame in enumerate(whole.decode(video=0)):
            if number in wanted:
                there, here = frame.to_ndarray(format="bgr24"), wanted.pop(number)
                assert abs(there.astype(int) - here.astype(int)).mean() < 0.5, f"{number} is another picture"
    assert not wanted


def test_every_clip_shows_its_person(walks: tuple[Path, list[Event], list[Event]], models_dir: Path) -> None:
    data, _, events = walks
    detector = Detector.open(ModelStore(models_dir).resolve("yolox-nano"))
    try:
        for event in events:
            clip = event.clip
            assert clip is not None
            shown, times, _ = pictures(data / clip.path)
            checked = 0
            for key in event.key_frames:
                if key.box is None:
                    continue
                nearest = min(range(len(times)), key=lambda i: abs(times[i] - (key.time - clip.start)))
                boxes = people(detector, shown[nearest])
                best = max((iou(box, key.box) for box in boxes), default=0.0)
                assert best > 0.5, f"nobody at the box of {key.path}"
                checked += 1
            assert checked >= 2
    finally:
        detector.close()


def people(detector: Detector, picture: NDArray[np.uint8]) -> list[Box]:
    """Relative boxes of the people in a BGR picture."""
    height, width = picture.shape[:2]
    tensor, letterbox = detector.prepare(drawn(np.ascontiguousarray(picture[:, :, ::-1])))
    found = detector.submit(tensor, letterbox, 0.3, 0.5).result()
    keep = found.class_id == detector.labels.index("person")
    return [Box(*row) for row in (found.xyxy[keep] / (width, height, width, height)).tolist()]
