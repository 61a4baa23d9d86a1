"""Pedestrian: somebody is on foot where vehicles go.

A detector of people also finds those who ride or sit in vehicles. Somebody whose box covers part of a bicycle's rides
it; somebody whose box lies within a car's, with the feet well above the car's wheels, sits in it. Who stands before a
car has the feet as low as its wheels, or lower.
"""

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.geometry import inside_polygon
from secondsight.behaviour.presence import Answers, Look, Watch, nothing
from secondsight.behaviour.running import riding
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.view import view
from secondsight.config import ObjectRule, PedestrianRule

INERTIA = 2
WITHIN = 0.8
"""Share of a person's box that a vehicle's box covers at least, if that person sits in it."""
SEAT = 0.2
"""Least height of that person's lower edge above the vehicle's, in heights of the vehicle's box."""


def pedestrian(rule: PedestrianRule, scene: Scene) -> Watch[None]:
    """Reports everybody on foot in the zone for `duration`, and again when that is over."""
    rides = ObjectRule(classes=rule.rides, min_score=rule.min_score)
    vehicles = ObjectRule(classes=rule.vehicles, min_score=rule.min_score)

    def judge(look: Look[None]) -> Answers:
        seen = look.seen
        inside = seen.counts & inside_polygon(seen.feet, scene.polygon)
        if inside.any():
            shown = view(look.observation, vehicles, look.time)
            inside &= ~riding(look, rides) & ~seated(seen.boxes, shown.boxes[shown.counts])
        return inside.astype(np.int8)

    return Watch(rule, scene, judge, nothing, inertia=INERTIA, dwell=rule.duration)


def seated(people: NDArray[np.float64], vehicles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Who sits in a vehicle, by relative boxes (n, 4), (m, 4) -> bool (n,)."""
    wide = np.minimum(people[:, None, 2], vehicles[:, 2]) - np.maximum(people[:, None, 0], vehicles[:, 0])
    tall = np.minimum(people[:, None, 3], vehicles[:, 3]) - np.maximum(people[:, None, 1], vehicles[:, 1])
    whole = np.maximum((people[:, 2] - people[:, 0]) * (people[:, 3] - people[:, 1]), 1e-9)
    within = np.maximum(wide, 0) * np.maximum(tall, 0) >= WITHIN * whole[:, None]
    above = vehicles[:, 3] - people[:, None, 3] >= SEAT * (vehicles[:, 3] - vehicles[:, 1])
    found: NDArray[np.bool_] = (within & above).any(axis=1)
    return found
