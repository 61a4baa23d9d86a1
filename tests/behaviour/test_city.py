"""The packs' rules in the simulated city, before the brain: what happens is found, on seeds nobody tuned with."""

from functools import cache

import pytest

from secondsight.sim import world as city
from tests.behaviour.city import Tally, observations, site_of, suspicions, tally

KINDS = {
    "metro": ["fall", "fight", "loitering", "wrong_way", "left_bag"],
    "industrial": ["no_helmet", "intrusion", "man_down"],
    "retail": ["take", "linger"],
    "motorway": ["fire", "smoke", "debris", "landslide", "stopped_vehicle"],
}
MORE = {
    "metro": ["running", "crowd", "climbing", "removed_object", "tailgating"],
    "industrial": ["man_down", "no_vest", "forbidden_operation", "lone_worker", "vehicle_near_person"],
}
DENSITY = 9.0
"""Events and look-alikes per minute: a busy day in a minute and a half."""


@cache
def tallies(pack: str, seeds: tuple[int, ...]) -> dict[str, Tally]:
    """Sums over several worlds, by kind."""
    sums = {kind: Tally() for kind in KINDS[pack]}
    for seed in seeds:
        world = city.make_world(pack, seed, 0, 90, density=DENSITY)
        found = suspicions(site_of(world), observations(world))
        for kind in KINDS[pack]:
            sums[kind] += tally(world, found, kind)
    return sums


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("pack", "kind"), [(pack, kind) for pack, kinds in KINDS.items() for kind in kinds])
def test_recall(pack: str, kind: str) -> None:
    """At least nine of ten events are suspected; false suspicions stay below two a minute and camera."""
    seeds = tuple(city.test_seeds(6))
    result = tallies(pack, seeds)[kind]
    assert result.hits >= 0.9 * result.events - 1, result
    assert result.false <= 2 * 1.5 * len(seeds), result


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("pack", "kind"), [(pack, kind) for pack, kinds in MORE.items() for kind in kinds])
def test_recall_of_what_happens_only_where_it_is_asked_for(pack: str, kind: str) -> None:
    """At least nine of ten events are suspected, and not more than one of three look-alikes."""
    result = Tally()
    for seed in city.test_seeds(3):
        world = city.make_world(pack, seed, 0, 75, kinds=(kind,))
        result += tally(world, suspicions(site_of(world), observations(world)), kind)
    assert result.events >= 1, result
    assert result.hits >= 0.9 * result.events - 1, result
    assert result.lookalikes_hit <= max(0.34 * result.lookalikes, 1), result
    assert result.false <= 3, result
