"""Ordinary life between the events: passers-by and traffic that nobody should be called for."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from math import dist
from typing import Literal

from secondsight.sim.actors.base import Actor
from secondsight.sim.actors.people import Person
from secondsight.sim.actors.vehicles import RouteStop as Stop
from secondsight.sim.actors.vehicles import Vehicle, VehicleKind
from secondsight.sim.body.clothing import LIME, PALETTE, Looks, random_looks
from secondsight.sim.events import Happening
from secondsight.sim.motion.moves import Walk
from secondsight.sim.motion.timeline import Move
from secondsight.sim.scenes import Place, Point, Way

CROWD = 3.0
"""Factor of the number of people when it is crowded."""

_KEEP_OFF = 0.9
"""Metres that passers-by keep from where something happens."""
_HEADWAY = 1.6
"""Seconds between two vehicles on a lane, at least."""
_TRAFFIC: tuple[VehicleKind, ...] = ("car", "car", "car", "car", "van", "truck", "truck", "motorcycle", "bus")
_RIDDEN: tuple[VehicleKind, ...] = ("bicycle", "scooter")
_PAINTS = ("red", "blue", "white", "black", "grey", "green", "orange", "brown")


def background(
    scene: Place,
    rng: random.Random,
    seconds: float,
    happened: Sequence[Happening],
    number: int,
    crowd: float,
    kinds: Collection[str] = (),
) -> list[Actor]:
    """What always stands there, and everybody on the scene's ways, some of them on their way at the start already.

    Args:
        number: the first free number of an object.
        crowd: factor of the number of people.
        kinds: of events that happen only where asked for; nobody does them by the way.
    """
    actors: list[Actor] = []
    for one in scene.parked:
        actors.append(Vehicle(number, one.kind, one.colour, [Stop(*one.at, 0.0)], -1e3, heading=one.heading))
        number += 1
    for way in scene.ways:
        for time in _times(way, rng, seconds, crowd):
            actor = (
                _walker(way, rng, time, number, kinds)
                if way.lane is None
                else _driver(way, rng, time, number)
            )
            if actor.until > 0 and not _disturbs(actor, way, happened):
                actors.append(actor)
                number += 1
    return actors


def _times(way: Way, rng: random.Random, seconds: float, crowd: float) -> Iterator[float]:
    """When a person sets out: a Poisson process, on a lane with a least headway."""
    traffic = way.lane is not None
    length = sum(dist(a, b) for a, b in zip(way.points, way.points[1:], strict=False))
    time = -1.3 * length / way.speed
    while time < seconds:
        time += rng.expovariate(way.rate * (1.0 if traffic else crowd) / 60) + (_HEADWAY if traffic else 0.0)
        yield time


def _driver(way: Way, rng: random.Random, time: float, number: int) -> Vehicle:
    side = rng.uniform(-0.5, 0.5) * way.width
    route = [Stop(*_aside(way, i, side), way.speed) for i in range(len(way.points))]
    kind: VehicleKind = rng.choice(_RIDDEN if way.who == "rider" else _TRAFFIC)
    rider = random_looks(rng) if kind in ("motorcycle", *_RIDDEN) else None
    return Vehicle(number, kind, PALETTE[rng.choice(_PAINTS)], route, time, rider=rider)


def _walker(way: Way, rng: random.Random, time: float, number: int, kinds: Collection[str]) -> Person:
    side = rng.uniform(-0.5, 0.5) * way.width
    points = [_aside(way, i, side) for i in range(len(way.points))]
    speed = way.speed * rng.uniform(0.85, 1.2)
    manner: Literal["phone", ""] = "phone" if rng.random() < 0.1 else ""
    if "forbidden_operation" in kinds:
        manner = ""
    script: list[Move] = [Walk(point, speed, manner) for point in points[1:]]
    looks = _dressed(way, rng)
    if "no_vest" in kinds and way.who == "worker" and looks.vest is None:
        looks = replace(looks, vest=LIME)
    end = Person(number, looks, script, time, points[0]).end
    return Person(number, looks, script, time, points[0], until=end)


def _dressed(way: Way, rng: random.Random) -> Looks:
    if way.who != "worker":
        return random_looks(rng)
    helmet = PALETTE[rng.choice(("yellow", "white", "orange", "red", "blue"))]
    vest = rng.choice((LIME, PALETTE["orange"], None))
    return random_looks(rng, helmet=helmet, vest=vest, shirts=("blue", "grey", "black", "green"))


def _aside(way: Way, index: int, side: float) -> Point:
    """A way's point, moved `side` metres to the right."""
    i = min(max(index, 1), len(way.points) - 1)
    (x0, y0), (x1, y1) = way.points[i - 1], way.points[i]
    length = dist((x0, y0), (x1, y1))
    x, y = way.points[index]
    return x + (y1 - y0) / length * side, y - (x1 - x0) / length * side


def _disturbs(actor: Person | Vehicle, way: Way, happened: Sequence[Happening]) -> bool:
    """Whether a person would walk through the middle of what happens, or drive on a lane that is taken."""
    for one in happened:
        if one.begin >= actor.until or one.end <= actor.start:
            continue
        if way.lane is not None and way.lane in one.spot.lanes:
            return True
        for t in range(int(max(one.begin, actor.start)), int(min(one.end, actor.until)) + 1):
            if way.lane is None and dist(actor.place(t)[:2], one.spot.at) < max(_KEEP_OFF, one.clear):
                return True
    return False
