"""The scheduler's promises when things go wrong: contained faults, slow consumers, closing, and stress."""

import logging
import queue
import random
import threading
import time
from collections import defaultdict
from concurrent.futures import Future
from typing import Any

import pytest
from numpy.typing import NDArray

from secondsight.sentinel.inference.camera_queue import FILE_DEPTH
from secondsight.sentinel.inference.scheduler import AHEAD, Scheduler
from tests.sentinel.rig import PATIENCE, Consumer, Double, PoolRuntime, Rigger, picture, wait_until


@pytest.mark.parametrize("fault", ["prepare", "decode", "request", "submit"])
def test_a_failed_look_is_its_cameras_exception_and_nobody_elses(
    rigged: Rigger, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = rigged(slots=1)
    original = rig.runtime.submit

    def submit(batch: NDArray[Any], read: Any) -> Future[Any]:
        if batch[0, 0] == 1:
            raise RuntimeError("refused")
        return original(batch, read)

    if fault == "submit":
        monkeypatch.setattr(rig.runtime, "submit", submit)
    if fault == "prepare":
        rig.model.unpreparable.add(("a", 1))
    if fault == "decode":
        rig.model.undecodable.add(1)
    for index in range(3):
        rig.scheduler.offer(picture("a", index), block=True)
        rig.scheduler.offer(picture("b", 10 + index), block=True)
    for _ in range(6 - (fault in ("prepare", "submit"))):
        request = rig.runtime.next()
        if fault == "request" and request.frames == [1]:
            request.fail()
        else:
            request.finish()
    assert rig.scheduler.flush("a", PATIENCE)
    assert rig.scheduler.flush("b", PATIENCE)
    error = "RuntimeError" if fault in ("request", "submit") else "ValueError"
    assert rig.consumer.got == {"a": [0, error, 2], "b": [10, 11, 12]}
    stats = rig.scheduler.stats("a")
    assert (stats.inferred, stats.failed, stats.in_flight) == (2, 1, 0)


def test_in_a_batch_only_the_culprit_fails(rigged: Rigger) -> None:
    rig = rigged(slots=1, max_batch=4)
    rig.model.unpreparable.add(("a", 1))
    rig.model.undecodable.add(2)
    rig.scheduler.offer(picture("plug", 0), block=True)
    plug = rig.runtime.next()
    for camera, index in (("a", 1), ("b", 2), ("c", 3), ("d", 4)):
        rig.scheduler.offer(picture(camera, index), block=True)
    plug.finish()
    batch = rig.runtime.next()
    assert batch.frames == [2, 3, 4]
    batch.fail()
    for index in (2, 3, 4):
        alone = rig.runtime.next()
        assert alone.frames == [index]
        if index == 4:
            alone.fail()
        else:
            alone.finish()
    for camera in "abcd":
        assert rig.scheduler.flush(camera, PATIENCE)
    assert rig.consumer.got == {
        "plug": [0],
        "a": ["ValueError"],
        "b": ["ValueError"],
        "c": [3],
        "d": ["RuntimeError"],
    }


def test_a_consumer_that_raises_is_counted_logged_once_and_stops_nothing(
    rigged: Rigger, caplog: pytest.LogCaptureFixture
) -> None:
    rig = rigged(slots=1)

    def fault(camera: str, item: Any) -> None:
        if camera == "a":
            raise RuntimeError("broken rule at rtsp://user:secret@10.0.0.1/")

    rig.consumer.hook = fault
    with caplog.at_level(logging.ERROR):
        for index in range(5):
            for camera in "ab":
                rig.scheduler.offer(picture(camera, index), block=True)
        for _ in range(10):
            rig.runtime.next().finish()
        rig.scheduler.post("a", "still")
    assert rig.consumer.got == {"b": [0, 1, 2, 3, 4]}
    assert [rig.scheduler.stats(camera).faults for camera in "ab"] == [6, 0]
    assert len(caplog.records) == 1
    assert "secret" not in str(caplog.records[0].__dict__.get("fields", caplog.records[0].__dict__))


@pytest.mark.parametrize("failing", [False, True])
def test_a_slow_consumer_holds_up_only_its_own_camera(rigged: Rigger, failing: bool) -> None:
    rig = rigged(slots=2)
    stuck, go = threading.Event(), threading.Event()

    def dawdle(camera: str, item: Any) -> None:
        if camera == "slow":
            stuck.set()
            assert go.wait(PATIENCE)

    rig.consumer.hook = dawdle
    if failing:
        rig.model.unpreparable.add(("slow", 0))
    rig.scheduler.offer(picture("slow", 0), block=True)
    if not failing:
        threading.Thread(target=rig.runtime.next().finish).start()
    assert stuck.wait(PATIENCE)
    for index in range(5):
        rig.scheduler.offer(picture("brisk", index), block=True)
        rig.runtime.next().finish()
    assert rig.scheduler.flush("brisk", PATIENCE)
    assert rig.consumer.got == {"brisk": [0, 1, 2, 3, 4]}
    assert not rig.scheduler.flush("slow", 0.01)
    go.set()
    assert rig.scheduler.flush("slow", PATIENCE)


def test_results_do_not_pile_up_before_a_slow_consumer(rigged: Rigger) -> None:
    rig = rigged(slots=2)
    stuck, go = threading.Event(), threading.Event()

    def dawdle(camera: str, item: Any) -> None:
        stuck.set()
        assert go.wait(PATIENCE)

    rig.consumer.hook = dawdle
    rig.scheduler.offer(picture("a", 0), block=True)
    threading.Thread(target=rig.runtime.next().finish).start()
    assert stuck.wait(PATIENCE)
    limit = rig.runtime.slots + AHEAD
    for index in range(1, limit + 4):
        rig.scheduler.offer(picture("a", index), block=True)
    for _ in range(limit):
        rig.runtime.next().finish()
    with pytest.raises(queue.Empty):
        rig.runtime.requests.get(timeout=0.1)
    assert rig.scheduler.stats("a").waiting == 3
    go.set()
    for _ in range(3):
        rig.runtime.next().finish()
    assert rig.scheduler.flush("a", PATIENCE)
    assert rig.consumer.got["a"] == list(range(limit + 4))


def test_closing_with_drain_hands_everything_over_first(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    for index in range(5):
        rig.scheduler.offer(picture("a", index), block=True)
    rig.scheduler.post("a", "end", block=True)
    closed: list[bool] = []
    closer = threading.Thread(target=lambda: closed.append(rig.scheduler.close(drain=True)))
    closer.start()
    for _ in range(5):
        rig.runtime.next().finish()
    closer.join(PATIENCE)
    assert closed == [True]
    assert rig.consumer.got["a"] == [0, 1, 2, 3, 4, "end"]
    assert not rig.scheduler.offer(picture("a", 9), block=True)
    assert not rig.scheduler.post("a", "late", block=True)
    assert rig.scheduler.stats("a").dropped == {"closed": 2}
    assert rig.scheduler.close(drain=True)


def test_closing_without_drain_drops_and_counts_what_waits(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    for index in range(5):
        rig.scheduler.offer(picture("a", index), block=True)
    rig.scheduler.post("a", "end", block=True)
    request = rig.runtime.next()
    closed: list[bool] = []
    closer = threading.Thread(target=lambda: closed.append(rig.scheduler.close(drain=False)))
    closer.start()
    wait_until(lambda: rig.scheduler.stats("a").dropped["closed"] == 5)
    request.finish()
    closer.join(PATIENCE)
    assert closed == [True]
    assert rig.consumer.got == {}
    assert rig.scheduler.stats("a").dropped == {"closed": 6}
    assert rig.runtime.requests.empty()


@pytest.mark.parametrize("drain", [True, False])
def test_closing_does_not_wait_for_ever_for_a_hung_device(rigged: Rigger, drain: bool) -> None:
    rig = rigged(slots=1)
    rig.scheduler.offer(picture("a", 0), block=True)
    request = rig.runtime.next()
    assert not rig.scheduler.close(drain=drain, timeout=0.05)
    request.finish()
    assert rig.consumer.got == {}


def test_closing_wakes_a_blocked_file(rigged: Rigger) -> None:
    rig = rigged(slots=1)
    results: list[bool] = []
    feeder = threading.Thread(
        target=lambda: results.extend(
            rig.scheduler.offer(picture("a", index), block=True) for index in range(FILE_DEPTH + 2)
        )
    )
    feeder.start()
    request = rig.runtime.next()
    wait_until(lambda: rig.scheduler.stats("a").offered == FILE_DEPTH + 2)
    rig.until_waiting("a", FILE_DEPTH)
    closer = threading.Thread(target=lambda: rig.scheduler.close(drain=False))
    closer.start()
    feeder.join(PATIENCE)
    assert results == [True] * (FILE_DEPTH + 1) + [False]
    request.finish()
    closer.join(PATIENCE)
    assert not closer.is_alive()


def run_stress(seed: int) -> tuple[Scheduler, dict[str, list[int]], dict[str, list[int]]]:
    """Two files and three live cameras of 200 frames each, failures strewn in, random service times.

    Returns:
        The drained scheduler, and the indices of the frames and of the marks handed over, by camera.
    """
    model, consumer, rng = Double(PoolRuntime(seed)), Consumer(), random.Random(seed)
    model.unpreparable = {(camera, rng.randrange(200)) for camera in ("f0", "l0") for _ in range(20)}
    model.undecodable = {rng.randrange(200) for _ in range(20)}
    frames: dict[str, list[int]] = defaultdict(list)
    marks: dict[str, list[int]] = defaultdict(list)

    def result(camera: str, frame: Any, outcome: Any, tag: Any) -> None:
        consumer(camera, frame, outcome, tag)
        (marks if frame is None else frames)[camera].append(tag)
        if tag % 20 == 0:
            raise RuntimeError("now and then")

    scheduler = Scheduler(model, result)

    def feed(camera: str, block: bool) -> None:
        pause = random.Random(camera)
        for index in range(200):
            if pause.random() < 0.3:
                scheduler.post(camera, index, block=block)
            scheduler.offer(picture(camera, index), block=block, tag=index)
            if not block:
                time.sleep(pause.random() * 0.001)

    feeders = [
        threading.Thread(target=feed, args=(name, name[0] == "f")) for name in ("f0", "f1", "l0", "l1", "l2")
    ]
    for feeder in feeders:
        feeder.start()
    for feeder in feeders:
        feeder.join(PATIENCE)
    assert scheduler.close(drain=True, timeout=PATIENCE)
    return scheduler, frames, marks


@pytest.mark.parametrize("seed", range(4))
def test_under_stress_order_and_counts_hold(seed: int) -> None:
    scheduler, frames, marks = run_stress(seed)
    for camera in frames:
        stats = scheduler.stats(camera)
        assert stats.offered == 200
        assert stats.offered == stats.inferred + stats.failed + stats.dropped["busy"]
        assert len(frames[camera]) == stats.inferred + stats.failed
        assert len(marks[camera]) == stats.control_events - stats.dropped["control_event"]
        assert frames[camera] == sorted(frames[camera])
        assert marks[camera] == sorted(marks[camera])
        assert (stats.waiting, stats.in_flight) == (0, 0)
        assert camera.startswith("l") or frames[camera] == list(range(200))
