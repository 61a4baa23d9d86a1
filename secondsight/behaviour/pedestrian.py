"""Pedestrian: somebody is on foot where vehicles go.

A detector of people also finds those who ride or sit in vehicles. Somebody whose box covers part of a bicycle's rides
it; somebody whose box lies within a car's, with the feet well above the car's wheels, sits in it. Who stands before a
car has the feet as low as its wheels, or lower.

Where all that moves are vehicles, small detectors take people far away for motorcycles or bicycles. What is as narrow
as somebody upright and as slow as a walker is on foot, whatever it is called.
"""

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.pace import Pace
from secondsight.behaviour.presence import Answers, Look, Watch
from secondsight.behaviour.running import riding
from secondsight.behaviour.scene import Scene
from secondsight.config import ObjectRule, PedestrianRule

INERTIA = 2
WITHIN = 0.8
"""Share of a person's box that a vehicle's box covers at least, if that person sits in it."""
SEAT = 0.2
"""Least height of that person's lower edge above the vehicle's, in heights of the vehicle's box."""
NARROW = 1.4
"""Least height, in widths, of the box of somebody upright: what is ridden is longer than that, seen from the side."""
WALK = 3.0
"""Metres a second: walkers are slower, traffic is faster."""


def pedestrian(rule: PedestrianRule, scene: Scene) -> Watch[Pace]:
    """Reports everybody on foot in the zone for `duration`, and again when that is over."""
    rides = ObjectRule(classes=rule.rides, min_score=rule.min_score)
    vehicles = ObjectRule(classes=rule.vehicles, min_score=rule.min_score)

    def judge(look: Look[Pace]) -> Answers:
        seen = look.seen
        there = seen.inside(scene.polygon)
        inside, doubtful = there & seen.counts, there & look.shown(rides).counts
        if inside.any():
            shown = look.shown(vehicles)
            inside &= ~riding(look, rides) & ~seated(seen.boxes, shown.boxes[shown.counts])
        if doubtful.any():
            inside |= doubtful & on_foot(look, scene)
        return inside.astype(np.int8)

    return Watch(rule, scene, judge, Pace, inertia=INERTIA, dwell=rule.duration)


def on_foot(look: Look[Pace], scene: Scene) -> NDArray[np.bool_]:
    """Which rows are as narrow as somebody upright and as slow as a walker: bool (n,)."""
    plane, slow = scene.plane(look.observation), []
    for pace, (x, y) in zip(look.memories, look.seen.feet.tolist(), strict=True):
        pace.step(look.time, *plane.metres(x, y))
        slow.append(pace.known and pace.speed <= WALK)
    wide, tall = (look.seen.boxes[:, 2:] - look.seen.boxes[:, :2]).T
    narrow: NDArray[np.bool_] = np.array(slow, dtype=bool) & (tall >= NARROW * wide * look.aspect)
    return narrow


def seated(people: NDArray[np.float64], vehicles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Who sits in a vehicle, by relative boxes (n, 4), (m, 4) -> bool (n,)."""
    wide = np.minimum(people[:, None, 2], vehicles[:, 2]) - np.maximum(people[:, None, 0], vehicles[:, 0])
    tall = np.minimum(people[:, None, 3], vehicles[:, 3]) - np.maximum(people[:, None, 1], vehicles[:, 1])
    whole = np.maximum((people[:, 2] - people[:, 0]) * (people[:, 3] - people[:, 1]), 1e-9)
    within = np.maximum(wide, 0) * np.maximum(tall, 0) >= WITHIN * whole[:, None]
    above = vehicles[:, 3] - people[:, None, 3] >= SEAT * (vehicles[:, 3] - vehicles[:, 1])
    found: NDArray[np.bool_] = (within & above).any(axis=1)
    return found
