"""Tracks to persons, on vectors made by hand."""

import math

import numpy as np
import pytest

from secondsight.records import Track, TrackId, Visit
from secondsight.store import AddTracks, AddVisits, PeopleEstimate, Store, VisitSearch
from secondsight.store.facts.persons import SeenTrack, persons
from tests.table import table


def towards(degrees: float, size: int = 2) -> tuple[float, ...]:
    """A look; two of them are one person's within 45 degrees, about."""
    angle = math.radians(degrees)
    return (math.cos(angle), math.sin(angle), *(0.0 for _ in range(size - 2)))


def seen(number: int, start: float, look: float | None, camera: str = "hall", size: int = 2) -> SeenTrack:
    embedding = None if look is None else towards(look, size)
    return SeenTrack(TrackId(camera, 1, number), start, start + 10, embedding)


@table(
    "tracks, follows, count",
    [
        ([], {}, 0),
        ([seen(1, 0, 0)], {}, 1),
        ([seen(1, 0, 0), seen(2, 20, 5)], {}, 1),
        ([seen(1, 0, 0), seen(2, 20, 90)], {}, 2),
        ([seen(1, 0, 0), seen(2, 20, 44)], {}, 1),
        ([seen(1, 0, 0), seen(2, 20, 47)], {}, 2),
        ([seen(1, 0, 0), seen(2, 5, 0)], {}, 2),  # two alike at the same moment
        ([seen(1, 0, 0), seen(2, 5, 0, "yard")], {}, 1),  # cameras may see the same place
        ([seen(1, 0, None), seen(2, 20, None)], {}, 2),  # nothing describes them
        ([seen(1, 0, None), seen(2, 20, None)], {2: 1}, 1),
        ([seen(1, 0, 0), seen(2, 11, 90)], {2: 1}, 1),  # at the same spot a moment later, seen from behind
        ([seen(1, 0, 0), seen(2, 11, 90), seen(3, 40, 90)], {2: 1}, 1),  # known from either side then
        ([seen(1, 0, 0), seen(2, 20, None), seen(3, 40, 0)], {2: 1}, 1),
        ([seen(3, 40, 0), seen(1, 0, 0), seen(2, 20, 0)], {}, 1),  # in any order
        ([seen(1, 0, 0), seen(2, 20, 0), seen(3, 40, 0, size=3)], {}, 2),  # of another model
    ],
)
def test_who_is_who(tracks: list[SeenTrack], follows: dict[int, int], count: int) -> None:
    known = {TrackId("hall", 1, one): TrackId("hall", 1, before) for one, before in follows.items()}
    assert persons(tracks, known) == count


def test_the_mean_of_a_person_decides_not_the_first_look() -> None:
    turning = [seen(number, 20.0 * number, 30.0 * number) for number in range(3)]
    assert persons([*turning, seen(9, 100.0, 75.0)], {}) == 1
    assert persons([turning[0], seen(9, 100.0, 75.0)], {}) == 2


def stay(camera: str, number: int, enter: float, look: tuple[float, ...] | None) -> tuple[Visit, Track]:
    id, spot = TrackId(camera, 1, number), (number / 100, 0.5)
    return (
        Visit(id, "frame", "person", enter, enter + 10, spot, spot),
        Track(id, "person", enter, enter + 10, 0.9, (spot,), look),
    )


def test_people_are_known_again_on_another_camera(store: Store) -> None:
    stays = [
        stay("hall", 10, 0.0, towards(0)), stay("yard", 40, 20.0, towards(3)), stay("hall", 70, 40.0, towards(90)),
        stay("yard", 80, 41.0, None),
    ]  # fmt: skip
    store.apply([AddVisits(tuple(visit for visit, _ in stays))])
    whole = VisitSearch(0.0, 1000.0, zones=("frame",))
    assert store.tallies.people(whole) == PeopleEstimate(1, 4, 4, unverified=4)
    store.apply([AddTracks(tuple(track for _, track in stays))])
    assert store.tallies.people(whole) == PeopleEstimate(1, 3, 4, unverified=4)
    assert store.tallies.people(VisitSearch(0.0, 1000.0, cameras=("hall",), zones=("frame",))).value == 2


@pytest.mark.parametrize("broken", [(0.0, 0.0), (math.nan, 1.0), (math.inf, 1.0), ()])
def test_what_has_no_direction_is_not_kept(store: Store, broken: tuple[float, ...]) -> None:
    _, good = stay("hall", 1, 0.0, (3.0, 4.0))
    _, bad = stay("hall", 2, 0.0, broken)
    store.apply([AddTracks((good, bad))])
    first, second = store.observations.tracks()
    assert first.embedding == pytest.approx((0.6, 0.8), abs=1e-3)
    assert second.embedding is None


def test_thousands_take_no_minute() -> None:
    looks = np.random.default_rng(3).normal(size=(300, 64))
    tracks = [
        SeenTrack(TrackId("hall", 1, n), 20.0 * n, 20.0 * n + 10, tuple(looks[n % 300].tolist()))
        for n in range(3000)
    ]
    assert persons(tracks, {}) == 300
