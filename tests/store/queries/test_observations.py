"""Cameras, tracks and counts per minute."""

import threading
from dataclasses import replace

from secondsight.clock import ManualClock
from secondsight.records import Counter, Track, TrackId
from secondsight.store import Store

TRACK = Track(TrackId("hall", 1_700_000_000_123, 7), "person", 10.0, 20.5, 0.8, ((0.1, 0.2), (0.3, 0.4)))


def test_cameras_are_noted_once(store: Store, clock: ManualClock) -> None:
    store.upsert_camera("hall", "the hall")
    clock.advance(10)
    store.upsert_camera("hall", "the great hall")
    store.upsert_camera("gate")
    assert store.cameras() == {"gate": "", "hall": "the great hall"}


def test_tracks_are_added_once(store: Store) -> None:
    other = replace(TRACK, id=TrackId("gate", 1, 7), start=15.0)
    store.add_tracks([TRACK])
    store.add_tracks([replace(TRACK, score=0.1), other, other])
    store.add_tracks([])
    assert store.tracks() == [TRACK, other]
    assert store.tracks(camera="gate") == [other]
    assert store.tracks(since=15.0) == [other]
    assert store.tracks(until=15.0) == [TRACK]


def test_counters_add_up(store: Store) -> None:
    store.add_counters([Counter("hall", 60, "frames", 2), Counter("hall", 60, "frames", 3)])
    store.add_counters([Counter("hall", 60, "frames", 0.5), Counter("hall", 120, "frames", 1)])
    store.add_counters([Counter("gate", 60, "drops", 1)])
    store.add_counters([])
    gate, hall, later = (
        Counter("gate", 60, "drops", 1),
        Counter("hall", 60, "frames", 5.5),
        Counter("hall", 120, "frames", 1),
    )
    assert store.counters() == [gate, hall, later]
    assert store.counters(camera="hall") == store.counters(name="frames") == [hall, later]
    assert store.counters(since=120) == [later]
    assert store.counters(until=120) == [gate, hall]


def test_counters_from_many_threads_lose_nothing(store: Store) -> None:
    cameras = [f"camera{n}" for n in range(5)]

    def count(order: list[str]) -> None:
        for _ in range(10):
            store.add_counters(Counter(camera, 60, "frames", 1) for camera in order)

    threads = [threading.Thread(target=count, args=(cameras if n % 2 else cameras[::-1],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {counter.value for counter in store.counters()} == {60.0}


def test_counters_that_are_set_replace(store: Store) -> None:
    """A recording that is watched again must not count twice."""
    first = [Counter("hall", 60, "in:door", 3), Counter("hall", 60, "out:door", 1)]
    store.set_counters(first)
    store.set_counters([Counter("hall", 60, "in:door", 4)])
    assert store.counters() == [Counter("hall", 60, "in:door", 4), Counter("hall", 60, "out:door", 1)]
    store.set_counters([])
