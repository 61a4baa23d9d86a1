"""Identity over time: what every tracker must keep, with drawn objects and with a real video."""

import subprocess
import sys
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import supervision as sv
from hypothesis import given
from hypothesis import strategies as st

from secondsight.config.sections.site import GateSettings
from secondsight.errors import ModelError
from secondsight.sentinel.attention.gate import Gate
from secondsight.sentinel.inference.detector import Detector
from secondsight.sentinel.inference.letterbox import fit
from secondsight.sentinel.tracking import tracker as trackers
from secondsight.sentinel.tracking.tracker import STILL_MISSES, Kind, Tracker
from tests.conftest import ROOT, require
from tests.detections import class_ids, track_ids
from tests.sentinel.pictures import cut, decode

KINDS: tuple[Kind, ...] = ("bytetrack", "ocsort", "sort", "botsort", "deepsort")
CAR = (300.0, 200.0, 400.0, 260.0)
GREY = SimpleNamespace(width=768, height=432, crop=lambda box, w, h: np.full((h, w, 3), 128, np.uint8))
every_kind = pytest.mark.parametrize("kind", KINDS)


class Seeing:
    """DeepSORT before a picture in which everybody looks alike."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def __getattr__(self, name: str) -> object:
        return getattr(self._tracker, name)

    def update(self, *args: object, **options: object) -> sv.Detections:
        return self._tracker.update(*args, **options, frame=GREY)  # type: ignore[arg-type]


def make_tracker(kind: Kind, frame_rate: float, **options: float) -> Tracker:
    tracker = trackers.make_tracker(kind, frame_rate, **options)  # type: ignore[arg-type]
    return Seeing(tracker) if kind == "deepsort" else tracker  # type: ignore[return-value]


def found(*boxes: tuple[float, ...], score: float = 0.8, class_id: int = 2) -> sv.Detections:
    count = len(boxes)
    return sv.Detections(
        xyxy=np.array(boxes, np.float32).reshape(count, 4),
        confidence=np.full(count, score, np.float32),
        class_id=np.full(count, class_id),
    )


def ids(rows: sv.Detections) -> list[int]:
    assert rows.tracker_id is not None
    return sorted(rows.tracker_id.tolist())


def park(tracker: Tracker, start: float = 0.0) -> tuple[int, float]:
    """Let a car drive in and stop; its id and the time."""
    for step in range(10):
        shift = 12.0 * max(0, 6 - step)
        box = (CAR[0] + shift, CAR[1], CAR[2] + shift, CAR[3])
        rows = tracker.update(found(box), start + step / 5)
    (number,) = ids(rows)
    return number, start + 9 / 5


@every_kind
def test_a_moving_object_is_confirmed_and_keeps_one_id(kind: Kind) -> None:
    tracker = make_tracker(kind, 5)
    rows = [tracker.update(found((x, 100, x + 60, 250)), x / 100) for x in range(0, 600, 20)]
    assert ids(rows[0]) == []
    assert {number for row in rows[3:] for number in ids(row)} == {0}
    assert all(len(row) == 1 for row in rows[3:])


@every_kind
@pytest.mark.parametrize("looks", [[10, 20, 40, 60], [60]])
def test_a_held_object_keeps_its_id(kind: Kind, looks: list[float]) -> None:
    tracker = make_tracker(kind, 5, lost_track=2)
    number, now = park(tracker)
    for second in range(1, 61):
        if second in looks:
            assert ids(tracker.update(found(CAR), now + second, still=True)) == [number]
        else:
            tracker.unchanged(now + second)
        assert tracker.view.alive == 1
    away = (CAR[0] + 8, *CAR[1:2], CAR[2] + 8, CAR[3])
    assert ids(tracker.update(found(away), now + 60.2)) == [number]


@every_kind
def test_without_the_verdict_still_the_same_silence_loses_the_object(kind: Kind) -> None:
    tracker = make_tracker(kind, 5, lost_track=2)
    number, now = park(tracker)
    tracker.update(found(CAR), now + 60)
    assert number not in ids(tracker.update(found(CAR), now + 60.2))


@every_kind
def test_whoever_left_is_forgotten_while_nothing_moves(kind: Kind) -> None:
    tracker = make_tracker(kind, 5, lost_track=2)
    number, now = park(tracker)
    tracker.update(found(), now + 0.2)
    tracker.unchanged(now + 1)
    assert tracker.view.alive == 1
    tracker.unchanged(now + 3)
    assert tracker.view.alive == 0
    for step in range(4):
        rows = tracker.update(found(CAR), now + 10 + step / 5)
    assert ids(rows) != [number]
    assert len(rows) == 1


@every_kind
def test_a_motionless_look_that_misses_the_object_keeps_it_for_a_while(kind: Kind) -> None:
    tracker = make_tracker(kind, 5, lost_track=2)
    number, now = park(tracker)
    for look in range(1, STILL_MISSES):
        rows = tracker.update(found(), now + 10 * look, still=True)
        assert ids(rows) == [number]
        assert rows.xyxy[0] == pytest.approx(CAR, abs=1)
    now += 10 * STILL_MISSES
    assert ids(tracker.update(found(CAR), now, still=True)) == [number]
    for look in range(1, STILL_MISSES + 1):
        rows = tracker.update(found(), now + 10 * look, still=True)
    assert ids(rows) == []
    assert tracker.view.alive == 0


WINDOW = fit((768, 432), (416, 256), "top-left").part(0, 0, (160, 256))
"""The left 295 pixels of the picture, away from CAR."""


@every_kind
def test_what_a_window_does_not_show_stays_where_it_is(kind: Kind) -> None:
    tracker = make_tracker(kind, 5, lost_track=2)
    number, now = park(tracker)
    for step in range(1, 40):
        walker = (20.0 + 4 * step, 100, 80.0 + 4 * step, 250)
        rows = tracker.update(found(walker, class_id=0), now + step / 5, letterbox=WINDOW)
        if step > 2:
            assert len(rows) == 2
        assert number in ids(rows)
    assert rows.xyxy[rows.tracker_id == number][0] == pytest.approx(CAR, abs=1)
    assert tracker.view.alive == 2
    assert len(tracker.view.known) == 2
    assert not len(tracker.view.sought)
    assert not tracker.view.cut


@every_kind
def test_what_a_window_cuts_off_does_not_count_but_is_told(kind: Kind) -> None:
    tracker = make_tracker(kind, 5)
    tracker.update(found(), 0.0)
    for step in range(1, 5):
        cut = (200.0, 100, WINDOW.shown[2], 250)
        assert not len(tracker.update(found(cut), step / 5, letterbox=WINDOW))
        assert tracker.view.cut
        assert tracker.view.alive == 0
    tracker.update(found(cut, score=0.3), 1.2, letterbox=WINDOW)
    assert not tracker.view.cut, "too weak to begin a track"


def test_tracks_that_were_missed_are_sought_until_they_are_lost() -> None:
    tracker = make_tracker("bytetrack", 5, lost_track=2)
    tracker.update(found(CAR), 0.0)
    assert tracker.view.sought == pytest.approx(np.array([CAR]), abs=1), "not confirmed yet"
    _, now = park(tracker, 0.2)
    assert not len(tracker.view.sought)
    for step in range(1, 10):
        tracker.update(found(), now + step / 5)
        assert len(tracker.view.sought) == 1
    tracker.update(found(), now + 3)
    assert not len(tracker.view.sought)


@every_kind
def test_a_class_that_flips_does_not_split_the_object(kind: Kind) -> None:
    tracker = make_tracker(kind, 5)
    seen = set()
    for step in range(20):
        box = (10.0 * step, 100, 10.0 * step + 90, 160)
        seen.update(ids(tracker.update(found(box, class_id=2 if step % 3 else 7), step / 5)))
    assert seen == {0}


def test_bytetrack_continues_a_track_with_weak_detections_but_begins_none() -> None:
    tracker = make_tracker("bytetrack", 5)
    for step in range(4):
        assert len(tracker.update(found(CAR, score=0.3), step / 5)) == 0
    number, now = park(tracker, 1.0)
    assert ids(tracker.update(found(CAR, score=0.3), now + 0.2)) == [number]


@every_kind
def test_two_trackers_share_nothing(kind: Kind) -> None:
    one, other = make_tracker(kind, 5), make_tracker(kind, 5)
    assert park(one)[0] == 0
    assert park(other)[0] == 0
    assert one.view.alive == other.view.alive == 1


scenes = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 7), st.floats(0.1, 1.0)), max_size=6, unique_by=lambda o: o[0]),
        st.sampled_from(["look", "still", "hold"]),
        st.floats(0.04, 5),
    ),
    max_size=40,
)


@every_kind
@given(scene=scenes)
def test_ids_are_unique_and_never_reused(
    kind: Kind, scene: list[tuple[list[tuple[int, float]], str, float]]
) -> None:
    tracker = make_tracker(kind, 5, lost_track=1)
    now, highest, gone, before = 0.0, -1, set[int](), set[int]()
    for objects, call, step in scene:
        now += step
        if call == "hold":
            tracker.unchanged(now)
            continue
        boxes = found(*((80.0 * place, 50.0, 80.0 * place + 60, 200.0) for place, _ in objects))
        boxes.confidence = np.array([score for _, score in objects], np.float32)
        rows = ids(tracker.update(boxes, now, still=call == "still"))
        assert len(set(rows)) == len(rows)
        assert all(number >= 0 for number in rows)
        fresh = {number for number in rows if number > highest}
        assert not (set(rows) - fresh) & gone
        highest = max([highest, *rows])
        if tracker.view.alive == 0:
            gone |= before | set(rows)
        before |= set(rows)


@every_kind
def test_an_empty_scene_costs_nothing_and_breaks_nothing(kind: Kind) -> None:
    tracker = make_tracker(kind, 5)
    for step in range(5):
        assert len(tracker.update(sv.Detections.empty(), step / 5)) == 0
        tracker.unchanged(step / 5 + 0.1)
    assert tracker.view.alive == 0
    assert park(tracker, 2.0)[0] == 0


@every_kind
def test_mistakes_of_the_caller_are_errors(kind: Kind) -> None:
    tracker = make_tracker(kind, 5)
    with pytest.raises(ValueError, match="without confidence"):
        tracker.update(sv.Detections(xyxy=np.array([CAR])), 0.0)
    tracker.update(found(CAR), 10.0)
    with pytest.raises(ValueError, match="backwards"):
        tracker.unchanged(9.0)
    with pytest.raises(ValueError, match="backwards"):
        tracker.update(found(CAR), float("nan"))


def test_an_unknown_tracker_is_named() -> None:
    with pytest.raises(ModelError, match="bytetrack, ocsort, sort, botsort or deepsort"):
        make_tracker("strongsort", 5)  # type: ignore[arg-type]


def test_a_machine_without_libgl_is_told_what_to_install() -> None:
    """In a process of its own, where loading OpenCV fails as it does without libGL."""
    script = """
import sys
class NoLibGL:
    def find_spec(self, name, path=None, target=None):
        if name == "cv2":
            raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
sys.meta_path.insert(0, NoLibGL())
from secondsight.errors import ModelError
from secondsight.sentinel.tracking.tracker import make_tracker
try:
    make_tracker("bytetrack", 5)
except ModelError as error:
    print(error)
"""
    root = ROOT
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert "libGL.so.1" in result.stdout
    assert "libgl1" in result.stdout


@every_kind
@pytest.mark.parametrize("gated", [False, True])
def test_each_person_of_the_real_video_is_one_id(
    kind: Kind, gated: bool, walks: list[tuple[Any, sv.Detections]]
) -> None:
    """Three people walk through a room, one after another."""
    tracker, gate = trackers.make_tracker(kind, 5), Gate(GateSettings(enabled=gated), fps=5)
    classes: dict[int, Counter[int]] = defaultdict(Counter)
    spans: dict[int, list[float]] = defaultdict(list)
    for frame, detections in walks:
        decision = gate.decide(gate.compare(frame), tracked=tracker.view.alive > 0)
        if decision.infer:
            rows = tracker.update(detections, frame.time, still=decision.still, frame=frame)
            for number, class_id in zip(track_ids(rows), class_ids(rows), strict=True):
                classes[number][class_id] += 1
                spans[number].append(frame.time)
        elif decision.reason == "still":
            tracker.unchanged(frame.time)
    people = [number for number, votes in classes.items() if votes.most_common(1)[0][0] == 0]
    assert len(people) == 3
    starts = sorted(spans[number][0] for number in people)
    ends = sorted(spans[number][-1] for number in people)
    # When somebody comes into the picture and leaves it, by eye, to within a second.
    assert starts == pytest.approx([6.1, 22.9, 50.7], abs=1)
    assert ends == pytest.approx([19.4, 44.6, 69.6], abs=1)


@pytest.fixture(scope="module")
def walks(data_dir: Path) -> list[tuple[Any, sv.Detections]]:
    """Every 2nd of the first 730 frames of the video of 10 frames/s, with YOLOX-Nano's detections.

    Frames are reduced to what the gate needs.
    """
    path = data_dir / "models" / "yolox_nano.onnx"
    require(path.is_file(), f"model absent: {path}")
    labels = tuple(f"class {number}" for number in range(80))
    detector = Detector.open(
        SimpleNamespace(name="yolox-nano", path=path, labels=labels, groups=(), family=None, size=None)
    )
    looks = []
    for frame in islice(decode(data_dir / "videos" / "one-by-one-person-detection.mp4"), 730):
        if frame.index % 2 == 0:
            small = frame.luma(4).copy()
            picture = frame.resized(frame.width // 4, frame.height // 4)
            seen = SimpleNamespace(
                time=frame.time,
                epoch=0,
                width=frame.width,
                height=frame.height,
                luma=lambda step, small=small: small,
                crop=lambda box, width, height, picture=picture: cut(picture, box, width, height),
            )
            looks.append((seen, detector.submit(*detector.prepare(frame), 0.25, 0.5)))
    result = [(frame, look.result()) for frame, look in looks]
    detector.close()
    return result
