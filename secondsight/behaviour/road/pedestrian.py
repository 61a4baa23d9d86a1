"""Pedestrian: a person is on foot where vehicles go.

A detector of people also finds those who ride or sit in vehicles. A person whose box covers part of a bicycle's rides
it; a person whose box lies within a car's, with the feet well above the car's wheels, sits in it. Who stands before a
car has the feet as low as its wheels, or lower.

Where all that moves are vehicles, small detectors take people far away for motorcycles or bicycles. What is as narrow
as a person upright and as slow as a walker is on foot, whatever it is called. And they call them this now, now that,
and now see nothing: a track that was on foot in two of the last four looks is.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.spatial.geometry import areas, shared_areas
from secondsight.behaviour.state.object_state import SELDOM, LookContext, ObjectMonitor, TrackAnswers
from secondsight.behaviour.state.riders import ridden, riding
from secondsight.behaviour.state.speed import LONG, SpeedEstimator
from secondsight.config import Name, ObjectRule, Timespan
from secondsight.records import Severity


class PedestrianRule(ObjectRule):
    """A person is on foot where vehicles go.

    Attributes:
        ride_classes: class names of what people ride on; a person on one is not on foot. A box as narrow and slow as
            a walker is no ride.
        vehicles: class names of what people sit in; a person in one is not on foot.
        duration: minimum seconds that it lasts.
    """

    renamed: ClassVar[Mapping[str, str]] = {"rides": "ride_classes"}

    behaviour: Literal["pedestrian"]
    severity: Severity = Severity.HIGH
    zone: Name
    ride_classes: tuple[str, ...] = ("bicycle", "motorcycle", "scooter")
    vehicles: tuple[str, ...] = ("car", "truck", "bus")
    duration: Timespan = 0.6

    def make(self, scene: Scene) -> Behaviour:
        return pedestrian(self, scene)


INERTIA = 2
WITHIN = 0.8
"""Share of a person's box that a vehicle's box covers at least, if that person sits in it."""
SEAT = 0.2
"""Minimum height of that person's lower edge above the vehicle's, in heights of the vehicle's box."""
NARROW = 1.4
"""Minimum height, in widths, of the box of a person upright: what is ridden is longer than that, seen from the
side."""
WALK = 3.0
"""Metres a second: walkers are slower, traffic is faster."""
VOTES, ENOUGH = 4, 2
"""Looks at one track that have a say, and how many of them must show it on foot."""


@dataclass(slots=True)
class Walker:
    """One track: how fast it is, and which of the latest looks showed it on foot."""

    pace: SpeedEstimator = field(default_factory=lambda: SpeedEstimator(LONG))
    votes: deque[bool] = field(default_factory=lambda: deque(maxlen=VOTES))


def pedestrian(rule: PedestrianRule, scene: Scene) -> ObjectMonitor[Walker]:
    """Reports everybody on foot in the zone for `duration`, and again when that is over."""
    rides = ObjectRule(classes=rule.ride_classes, min_score=rule.min_score)
    vehicles = ObjectRule(classes=rule.vehicles, min_score=rule.min_score)

    def judge(look: LookContext[Walker]) -> TrackAnswers:
        seen = look.seen
        there = seen.inside(scene.polygon)
        inside, doubtful = there & seen.counts, there & look.shown(rides).counts
        people = np.flatnonzero(inside)
        if len(people):
            boxes, around = seen.boxes[people], seen.boxes[look.shown(vehicles).counts]
            inside[people] = ~(riding(boxes, ridden(look, rides)) | seated(boxes, around))
        if np.count_nonzero(doubtful):
            inside |= doubtful & on_foot(look, scene)
        for walker, foot in zip(look.memories, inside.tolist(), strict=True):
            walker.votes.append(foot)
        return np.array([sum(walker.votes) >= ENOUGH for walker in look.memories], dtype=np.int8) * there

    return ObjectMonitor(rule, scene, judge, Walker, inertia=INERTIA, dwell=rule.duration, every=SELDOM)


def on_foot(look: LookContext[Walker], scene: Scene) -> NDArray[np.bool_]:
    """Which rows are as narrow as a person upright and as slow as a walker: bool (n,)."""
    plane, slow = scene.plane(look.observation), []
    for walker, (x, y) in zip(look.memories, look.seen.feet.tolist(), strict=True):
        pace = walker.pace
        pace.step(look.time, *plane.metres(x, y))
        slow.append(pace.known and pace.speed <= WALK)
    wide, tall = (look.seen.boxes[:, 2:] - look.seen.boxes[:, :2]).T
    narrow: NDArray[np.bool_] = np.array(slow, dtype=bool) & (tall >= NARROW * wide * look.aspect)
    return narrow


def seated(people: NDArray[np.float64], vehicles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Who sits in a vehicle, by relative boxes (n, 4), (m, 4) -> bool (n,)."""
    within = shared_areas(people, vehicles) >= WITHIN * np.maximum(areas(people), 1e-9)[:, None]
    above = vehicles[:, 3] - people[:, None, 3] >= SEAT * (vehicles[:, 3] - vehicles[:, 1])
    return np.asarray((within & above).any(axis=1))
