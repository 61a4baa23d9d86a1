"""Whose turn it is, and who makes room."""

import threading

import pytest

from secondsight.cascade.recording.fair_queue import MUST, FairQueue


def test_cameras_have_their_turn_and_keep_their_order() -> None:
    queue: FairQueue[str] = FairQueue(100, 1000)
    for number in range(50):
        queue.put("flood", f"f{number}")
    queue.put("calm", "c0")
    queue.put("calm", "c1")
    assert queue.take(4) == ["f0", "c0", "f1", "c1"]
    assert queue.take(2) == ["f2", "f3"]
    assert len(queue) == 46


def test_a_camera_beyond_its_quota_loses_its_own_least_and_newest() -> None:
    queue: FairQueue[str] = FairQueue(3, 1000)
    queue.put("calm", "low", (0.0,))
    for name, rank in (("a", 2.0), ("b", 1.0), ("c", 1.0)):
        assert queue.put("flood", name, (rank,)) == []
    assert queue.put("flood", "d", (3.0,)) == ["c"]
    assert queue.put("flood", "e", (0.5,)) == ["e"]
    assert queue.take(9) == ["low", "a", "b", "d"]


def test_beyond_the_capacity_the_camera_with_the_most_makes_room() -> None:
    queue: FairQueue[str] = FairQueue(10, 4)
    for name in ("f0", "f1", "f2"):
        queue.put("flood", name, (9.0,))
    queue.put("calm", "c0", (1.0,))
    assert queue.put("other", "o0", (0.0,)) == ["f2"]


def test_what_must_be_kept_is_never_shed() -> None:
    queue: FairQueue[str] = FairQueue(2, 2)
    for name in ("a", "b", "c"):
        assert queue.put("hall", name, MUST) == []
    assert queue.put("hall", "d", (1.0,)) == ["d"]
    assert queue.shed_one() == []
    assert len(queue) == 3


def test_a_camera_waits_for_room_until_there_is_some_or_the_end() -> None:
    queue: FairQueue[str] = FairQueue(1, 10)
    queue.put("hall", "a")
    waiting = threading.Thread(target=queue.wait_for_room, args=("hall",))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    queue.wait_for_room("gate")
    queue.take()
    waiting.join(60)
    assert not waiting.is_alive()


@pytest.mark.parametrize("close", [True, False])
def test_taking_from_an_empty_queue_ends(close: bool) -> None:
    queue: FairQueue[str] = FairQueue(1, 10)
    if close:
        threading.Timer(0.05, queue.close).start()
    assert queue.take(1, timeout=None if close else 0.05) == []


def test_what_is_removed_is_not_served() -> None:
    queue: FairQueue[str] = FairQueue(5, 10)
    for name in ("a", "b"):
        queue.put("hall", name)
    queue.put("gate", "c")
    queue.remove("hall", ["a", "b"])
    queue.remove("nowhere", ["a"])
    assert queue.take(9) == ["c"]
