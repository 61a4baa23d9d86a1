"""Running: a person moves faster on foot than people walk.

People change over from walking to running at about 2 m/s (Hreljac, "Preferred and energetically optimal gait
transition speeds in human locomotion", Medicine and Science in Sports and Exercise 25, 1993). Speed is that of the
feet over the ground, over a window of which every part must be fast: a foot that comes out from behind something
jumps once.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.riders import ridden, riding
from secondsight.behaviour.state.speed import SpeedEstimator
from secondsight.config import Name, ObjectRule, Positive, Timespan
from secondsight.records import Severity


class RunningRule(ObjectRule):
    """A person runs.

    Attributes:
        speed: minimum speed, in metres per second; without ground calibration, metres are estimated from
            people's heights.
        duration: minimum seconds that a person runs.
        ride_classes: class names of what people ride on; a person on one does not run.
    """

    renamed: ClassVar[Mapping[str, str]] = {"rides": "ride_classes"}

    behaviour: Literal["running"]
    severity: Severity = Severity.LOW
    zone: Name
    speed: Positive = 2.6
    duration: Timespan = 0.6
    ride_classes: tuple[str, ...] = ("bicycle", "motorcycle", "scooter")

    def make(self, scene: Scene) -> Behaviour:
        return running(self, scene)


INERTIA = 2
MOST = 12.5
"""Metres per second that no person exceeds: the fastest that was ever measured ran 12.4 (Graubner and Nixdorf,
"Biomechanical analysis of the sprint and hurdles events at the 2009 IAAF World Championships", New Studies in
Athletics 26, 2011). Near the horizon a pixel is metres, and tracks that change over between people jump."""
SHARE = 0.6
"""Minimum speed in each part of the window, as a share of that asked for."""


def running(rule: RunningRule, scene: Scene) -> ObjectMonitor[SpeedEstimator]:
    """Reports everybody in the zone who is as fast as `speed` for `duration`, and again when that is over."""
    rides = ObjectRule(classes=rule.ride_classes, min_score=rule.min_score)

    def judge(look: LookContext[SpeedEstimator]) -> TrackAnswers:
        seen, plane = look.seen, scene.plane(look.observation)
        on_foot = seen.counts & ~riding(seen.boxes, ridden(look, rides))
        inside = (on_foot & seen.inside(scene.polygon)).tolist()
        answers = []
        for pace, (x, y), within in zip(look.memories, seen.feet.tolist(), inside, strict=True):
            pace.step(look.time, *plane.metres(x, y))
            runs = within and rule.speed <= pace.speed <= MOST and pace.slowest >= SHARE * rule.speed
            if runs:
                pace.fastest = max(pace.fastest, pace.speed)
            answers.append(HOLDS if runs else UNCERTAIN)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(
        rule,
        scene,
        judge,
        SpeedEstimator,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda pace: {"speed": pace.fastest},
    )
