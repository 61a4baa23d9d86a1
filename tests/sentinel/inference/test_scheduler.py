"""The scheduler's promises: order, fairness, bounded queues, and with a real model the same results as alone."""

import threading
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from secondsight.sentinel.inference.camera_queue import FILE_DEPTH, LIVE_DEPTH, MAX_CONTROL_EVENTS
from secondsight.sentinel.inference.detector import Detector
from secondsight.sentinel.inference.scheduler import Scheduler
from tests.conftest import require
from tests.sentinel.pictures import decode
from tests.sentinel.rig import PATIENCE, Rigger, picture, wait_until


def test_results_keep_the_order_of_the_offers_whatever_finishes_first(rigged: Rigger) -> None:
    rig = rigged(slots=3)
    for index in range(3):
        rig.scheduler.offer(picture("a", index), block=True)
        rig.scheduler.post("a", f"after {index}")
    first, second, third = rig.runtime.next(), rig.runtime.next(), rig.runtime.next()
    third.finish()
    second.finish()
    assert rig.consumer.got["a"] == []
    first.finish()
    assert rig.consumer.got["a"] == [0, "after 0", 1, "after 1", 2, "after 2"]


def test_a_mark_of_an_idle_camera_is_handed_over_at_once_by_the_caller(rigged: Rigger) -> None:
    rig = rigged()
    assert rig.scheduler.post("a", "nothing moved")
    assert rig.consumer.got["a"] == ["nothing moved"]
    assert rig.consumer.threads["a"] == [threading.current_thread().name]


def test_a_busy_camera_cannot_starve_another(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    for index in range(FILE_DEPTH + 1):
        rig.scheduler.offer(picture("busy", index), block=True)
    rig.until_waiting("busy", FILE_DEPTH)
    for index in (100, 101):
        rig.scheduler.offer(picture("calm", index), block=False)
    served = []
    for _ in range(6):
        request = rig.runtime.next()
        served += request.frames
        request.finish()
    # The request under way and the turn that came before; from then on by turns.
    assert served == [0, 1, 100, 2, 101, 3]


def test_turns_are_even_between_many_busy_cameras(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    rig.scheduler.offer(picture("plug", 0), block=True)
    plug = rig.runtime.next()
    for camera in range(5):
        for index in range(4):
            rig.scheduler.offer(picture(str(camera), 10 * camera + index), block=True)
    plug.finish()
    served = []
    for _ in range(20):
        request = rig.runtime.next()
        served += request.frames
        request.finish()
    assert served == [10 * camera + index for index in range(4) for camera in range(5)]


def test_a_live_camera_keeps_the_newest_frames_and_counts_the_others(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    rig.scheduler.offer(picture("live", 0), block=False)
    request = rig.runtime.next()
    kept = [rig.scheduler.offer(picture("live", index), block=False) for index in range(1, 10)]
    assert kept == [True] * LIVE_DEPTH + [False] * (9 - LIVE_DEPTH)
    while True:
        request.finish()
        if len(rig.consumer.got["live"]) == 1 + LIVE_DEPTH:
            break
        request = rig.runtime.next()
    assert rig.consumer.got["live"] == [0, *range(10 - LIVE_DEPTH, 10)]
    stats = rig.scheduler.stats("live")
    assert (stats.offered, stats.inferred, stats.dropped) == (10, 1 + LIVE_DEPTH, {"busy": 9 - LIVE_DEPTH})
    assert stats.queue_wait > 0


def test_a_mark_behind_a_dropped_frame_is_not_stuck(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    rig.scheduler.offer(picture("other", 0), block=True)
    request = rig.runtime.next()
    rig.scheduler.offer(picture("live", 1), block=False)
    rig.scheduler.post("live", "still")
    for index in range(2, 2 + LIVE_DEPTH):
        rig.scheduler.offer(picture("live", index), block=False)
    assert rig.consumer.got["live"] == ["still"]
    request.finish()


def test_a_file_waits_for_room_and_loses_nothing(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    frames = 4 * FILE_DEPTH
    feeder = threading.Thread(
        target=lambda: [rig.scheduler.offer(picture("file", index), block=True) for index in range(frames)]
    )
    feeder.start()
    wait_until(lambda: rig.scheduler.stats("file").offered == FILE_DEPTH + 2)
    feeder.join(0.05)
    assert feeder.is_alive()
    rig.until_waiting("file", FILE_DEPTH)
    for _ in range(frames):
        rig.runtime.next().finish()
    feeder.join(PATIENCE)
    assert rig.scheduler.flush("file", PATIENCE)
    assert rig.consumer.got["file"] == list(range(frames))
    assert not rig.scheduler.stats("file").dropped


def test_marks_are_bounded_and_the_lasting_ones_are_kept(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    rig.scheduler.offer(picture("a", 0), block=False)
    request = rig.runtime.next()
    rig.scheduler.post("a", "begin", block=True)
    kept = [rig.scheduler.post("a", number) for number in range(MAX_CONTROL_EVENTS + 10)]
    assert kept == [True] * (MAX_CONTROL_EVENTS - 1) + [False] * 11
    blocked = threading.Thread(target=lambda: rig.scheduler.post("a", "end", block=True))
    blocked.start()
    blocked.join(0.05)
    assert blocked.is_alive()
    request.finish()
    blocked.join(PATIENCE)
    assert rig.consumer.got["a"] == [0, "begin", *range(11, MAX_CONTROL_EVENTS + 10), "end"]
    assert rig.scheduler.stats("a").dropped == {"control_event": 11}


def test_batches_are_filled_from_all_cameras(rigged: Rigger) -> None:
    rig = rigged(slots=1, max_batch=4)
    rig.scheduler.offer(picture("plug", 0), block=True)
    plug = rig.runtime.next()
    for index in range(3):
        rig.scheduler.offer(picture("a", index), block=True)
    rig.scheduler.offer(picture("b", 10), block=True)
    rig.scheduler.offer(picture("c", 20), block=True)
    plug.finish()
    batch = rig.runtime.next()
    assert batch.frames == [0, 10, 20, 1]
    batch.finish()
    rig.runtime.next().finish()
    assert rig.consumer.got == {"plug": [0], "a": [0, 1, 2], "b": [10], "c": [20]}


def test_a_real_model_over_two_cameras_gives_what_it_gives_alone(data_dir: Path) -> None:
    path = data_dir / "models" / "yolox_nano.onnx"
    require(path.is_file(), f"model absent: {path}")
    labels = tuple(f"class {number}" for number in range(80))
    model = SimpleNamespace(name="yolox-nano", path=path, labels=labels, groups=(), family=None, size=None)
    detector = Detector.open(model)
    frames = list(decode(data_dir / "videos" / "people-detection.gif"))
    alone = [detector.submit(*detector.prepare(frame), 0.3, 0.5).result() for frame in frames]
    assert any(map(len, alone))
    got: dict[str, list[Any]] = defaultdict(list)
    scheduler = Scheduler(
        detector, lambda camera, frame, result, tag: got[camera].append(result), threshold=0.3
    )

    def feed(camera: str) -> None:
        for frame in decode(data_dir / "videos" / "people-detection.gif"):
            frame.camera = camera
            scheduler.offer(frame, block=True)
        assert scheduler.flush(camera, 60)

    feeders = [threading.Thread(target=feed, args=(camera,)) for camera in ("hall", "yard")]
    for feeder in feeders:
        feeder.start()
    for feeder in feeders:
        feeder.join(60)
    assert scheduler.close(drain=True, timeout=60)
    detector.close()
    for camera in ("hall", "yard"):
        assert len(got[camera]) == len(frames)
        for seen, expected in zip(got[camera], alone, strict=True):
            np.testing.assert_array_equal(seen.xyxy, expected.xyxy)
            np.testing.assert_array_equal(seen.confidence, expected.confidence)


def test_looks_starve_only_where_the_model_is_busy(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    assert not rig.scheduler.starved
    rig.scheduler.offer(picture("plug", 0), block=True)
    plug = rig.runtime.next()
    for index in range(LIVE_DEPTH):
        assert rig.scheduler.offer(picture("a", index), block=False)
    assert not rig.scheduler.starved
    assert not rig.scheduler.offer(picture("a", LIVE_DEPTH), block=False)
    assert rig.scheduler.starved
    plug.finish()
    wait_until(lambda: not rig.scheduler.starved)
