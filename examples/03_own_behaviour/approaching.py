"""Approaching: someone comes towards the camera."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from secondsight.behaviour import (
    HOLDS,
    UNCERTAIN,
    Behaviour,
    LookContext,
    ObjectMonitor,
    Scene,
    TrackAnswers,
)
from secondsight.config import Name, ObjectRule


@dataclass
class Person:
    least: float = 1.0  # height of the smallest box so far, in picture heights


class ApproachingRule(ObjectRule):
    behaviour: Literal["approaching"]
    zone: Name
    growth: float = 1.2  # how much taller someone must have become

    def make(self, scene: Scene) -> Behaviour:
        def judge(look: LookContext[Person]) -> TrackAnswers:
            tall = (look.seen.boxes[:, 3] - look.seen.boxes[:, 1]).tolist()
            for person, height in zip(look.memories, tall, strict=True):
                person.least = min(person.least, height)
            near = [h >= self.growth * p.least for p, h in zip(look.memories, tall, strict=True)]
            there = look.seen.counts & look.seen.inside(scene.polygon)
            return np.where(there & np.array(near, dtype=bool), HOLDS, UNCERTAIN).astype(np.int8)

        return ObjectMonitor(self, scene, judge, Person, inertia=3, dwell=0.0)
