"""Vehicle near person: a moving vehicle comes too near to a person on foot.

Distances are between the feet and the part of the vehicle's box that stands on the ground, measured on the ground, as
Kim, Liu, Lee and Kamat do for struck-by hazards ("Remote proximity monitoring between mobile construction resources
using camera-mounted UAVs", Automation in Construction 99, 2019). Who moves with the vehicle sits in it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.spatial.perspective import Plane
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.speed import SpeedEstimator
from secondsight.config import Name, ObjectRule, Positive, Timespan
from secondsight.records import Severity, share_within


class VehicleNearPersonRule(ObjectRule):
    """A moving vehicle comes too near to a person on foot.

    Attributes:
        vehicles: class names of vehicles.
        distance: distance in metres that is too near; without ground calibration, metres are estimated from
            people's heights.
        speed: minimum speed of a vehicle that moves, in metres per second.
        duration: minimum seconds that it lasts.
    """

    behaviour: Literal["vehicle_near_person"]
    severity: Severity = Severity.HIGH
    zone: Name
    essential: ClassVar[tuple[str, ...]] = ("classes", "vehicles")

    vehicles: tuple[str, ...] = ("car", "truck", "bus", "motorcycle")
    distance: Positive = 2.5
    speed: Positive = 0.8
    duration: Timespan = 0.4

    def make(self, scene: Scene) -> Behaviour:
        return vehicle_near_person(self, scene)


Point = tuple[float, float]

INERTIA = 2
WINDOW = 1.0
"""Seconds over which speed is measured: a vehicle that drives up is near after two or three."""
STICKY = 1.0
"""Seconds for which a track is still a vehicle that looks show as something else: they do when it is cut off."""
STANDS = 0.3
"""Share of a vehicle's box, from below, that covers the ground it stands on: the rest is its body."""
ABOARD = 0.85
"""Share of a person's box within a vehicle's from which it may sit in it."""
TOGETHER = 0.7
"""Speed of a person aboard, as a share of the vehicle's, at least."""


@dataclass(slots=True)
class Mover:
    """A person or a vehicle.

    Attributes:
        nearest: minimum distance to a moving vehicle, metres.
        vehicle: track number of that vehicle; None while there is none.
        drove: when a look showed it as a vehicle last.
    """

    pace: SpeedEstimator = field(default_factory=lambda: SpeedEstimator(WINDOW))
    nearest: float = float("inf")
    vehicle: int | None = None
    drove: float = float("-inf")


def vehicle_near_person(rule: VehicleNearPersonRule, scene: Scene) -> ObjectMonitor[Mover]:
    """Reports everybody in the zone to whom a moving vehicle is too near for `duration`, and when that is over."""
    vehicles = ObjectRule(classes=rule.vehicles, min_score=rule.min_score)

    def judge(look: LookContext[Mover]) -> TrackAnswers:
        seen, plane = look.seen, scene.plane(look.observation)
        for mover, (x, y) in zip(look.memories, seen.feet.tolist(), strict=True):
            mover.pace.step(look.time, *plane.metres(x, y))
        for mover, counts in zip(look.memories, look.shown(vehicles).counts.tolist(), strict=True):
            mover.drove = look.time if counts else mover.drove
        driven = [look.time - mover.drove <= STICKY for mover in look.memories]
        moving = [
            row for row, drives in enumerate(driven) if drives and look.memories[row].pace.speed >= rule.speed
        ]
        inside = (seen.counts & seen.inside(scene.polygon)).tolist()
        answers = [
            HOLDS
            if within and not driven[row] and _threatened(look, row, moving, plane, rule.distance)
            else UNCERTAIN
            for row, within in enumerate(inside)
        ]
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(
        rule,
        scene,
        judge,
        Mover,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda one: {"distance": one.nearest},
        others=lambda one: () if one.vehicle is None else (one.vehicle,),
    )


def _threatened(look: LookContext[Mover], row: int, moving: list[int], plane: Plane, distance: float) -> bool:
    """Whether a moving vehicle is nearer to a person than `distance`; remembers the nearest one."""
    person, box = look.memories[row], look.seen.corners[row]
    foot, found = ((box[0] + box[2]) / 2, box[3]), False
    here = plane.metres(*foot)
    for other in moving:
        vehicle, around = look.memories[other], look.seen.corners[other]
        far = gap(here, foot, around, plane)
        if far >= distance or (
            share_within(box, around) >= ABOARD and person.pace.speed >= TOGETHER * vehicle.pace.speed
        ):
            continue
        found = True
        if far < person.nearest:
            person.nearest, person.vehicle = far, look.seen.ids[other]
    return found


def gap(here: Point, foot: Point, box: Sequence[float], plane: Plane) -> float:
    """Metres on the ground from a point, `here` there and `foot` in the picture, to the vehicle of a relative box; 0
    where it stands.
    """
    x1, y1, x2, y2 = box
    x, y = foot
    nearest = min(max(x, x1), x2), min(max(y, y2 - STANDS * (y2 - y1)), y2)
    return math.dist(here, plane.metres(*nearest))
