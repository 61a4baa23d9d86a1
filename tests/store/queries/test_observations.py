"""Cameras, tracks and counts per minute."""

import threading
from dataclasses import replace

from secondsight.clock import ManualClock
from secondsight.records import Counter, Track, TrackId
from secondsight.store import AddCounters, AddTracks, SetCounters, Store

TRACK = Track(TrackId("hall", 1_700_000_000_123, 7), "person", 10.0, 20.5, 0.8, ((0.1, 0.2), (0.3, 0.4)))


def test_cameras_are_noted_once(store: Store, clock: ManualClock) -> None:
    store.observations.upsert_camera("hall", "the hall")
    clock.advance(10)
    store.observations.upsert_camera("hall", "the great hall")
    store.observations.upsert_camera("gate")
    assert store.observations.cameras() == {"gate": "", "hall": "the great hall"}


def test_tracks_are_added_once(store: Store) -> None:
    other = replace(TRACK, id=TrackId("gate", 1, 7), start=15.0)
    store.apply([AddTracks((TRACK,))])
    store.apply([AddTracks((replace(TRACK, score=0.1), other, other))])
    store.apply([AddTracks(())])
    assert store.observations.tracks() == [TRACK, other]
    assert store.observations.tracks(camera="gate") == [other]
    assert store.observations.tracks(since=15.0) == [other]
    assert store.observations.tracks(until=15.0) == [TRACK]


def test_counters_add_up(store: Store) -> None:
    store.apply([AddCounters((Counter("hall", 60, "frames", 2), Counter("hall", 60, "frames", 3)))])
    store.apply([AddCounters((Counter("hall", 60, "frames", 0.5), Counter("hall", 120, "frames", 1)))])
    store.apply([AddCounters((Counter("gate", 60, "drops", 1),))])
    store.apply([AddCounters(())])
    gate, hall, later = (
        Counter("gate", 60, "drops", 1),
        Counter("hall", 60, "frames", 5.5),
        Counter("hall", 120, "frames", 1),
    )
    assert store.observations.counters() == [gate, hall, later]
    assert (
        store.observations.counters(camera="hall")
        == store.observations.counters(name="frames")
        == [hall, later]
    )
    assert store.observations.counters(since=120) == [later]
    assert store.observations.counters(until=120) == [gate, hall]


def test_counters_from_many_threads_lose_nothing(store: Store) -> None:
    cameras = [f"camera{n}" for n in range(5)]

    def count(order: list[str]) -> None:
        for _ in range(10):
            store.apply([AddCounters(tuple(Counter(camera, 60, "frames", 1) for camera in order))])

    threads = [threading.Thread(target=count, args=(cameras if n % 2 else cameras[::-1],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {counter.value for counter in store.observations.counters()} == {60.0}


def test_counters_that_are_set_replace(store: Store) -> None:
    """A recording that is watched again must not count twice."""
    first = [Counter("hall", 60, "in:door", 3), Counter("hall", 60, "out:door", 1)]
    store.apply([SetCounters(tuple(first))])
    store.apply([SetCounters((Counter("hall", 60, "in:door", 4),))])
    assert store.observations.counters() == [
        Counter("hall", 60, "in:door", 4),
        Counter("hall", 60, "out:door", 1),
    ]
    store.apply([SetCounters(())])


def test_the_database_adds_up_over_quarters_of_hours(store: Store) -> None:
    minutes = [Counter(camera, 60 * m, "in:door", m) for m in range(40) for camera in ("gate", "hall")]
    other = [Counter("hall", 60, "heat.1.2:door", 5), Counter("hall", 60, "frames", 5)]
    store.apply([AddCounters((*minutes, *other))])
    sums = [sum(range(15)), sum(range(15, 30)), sum(range(30, 40))]
    assert store.observations.summed(900, camera="hall") == [
        Counter("hall", 900 * n, "in:door", value) for n, value in enumerate(sums)
    ]
    assert [
        one.value for one in store.observations.summed(900, cameras=("gate",), since=1800, until=1920)
    ] == [61]
    assert len(store.observations.summed(60)) == 80
    assert len(store.observations.summed(60, limit=7)) == 7
