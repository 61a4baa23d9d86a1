"""What changes the look of a road and is no object: shadows, water, new asphalt, banks of fog."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np

from secondsight.sim.scenes.scene import Point
from secondsight.sim.shapes.shapes import Colour, GroundPatch, ObjectShape, Points3, Puff, Vector


@dataclass(frozen=True, slots=True)
class GroundMark:
    """A flat patch on the ground that comes and goes.

    Attributes:
        outline: float32 (n, 3), metres.
        fade: seconds that it takes to come and to go; 0 is at once.
    """

    number: int
    label: str
    caption: str
    outline: Points3
    colour: Colour
    opacity: float
    start: float
    until: float = inf
    fade: float = 0.0

    def present(self, t: float) -> bool:
        return self.start <= t < self.until

    def place(self, t: float) -> Vector:
        x, y, _ = self.outline.mean(0).tolist()
        return x, y, 0.0

    def attributes(self, t: float) -> Mapping[str, str]:
        return {}

    def body(self, t: float) -> ObjectShape:
        share = min(t - self.start, self.until - t) / self.fade if self.fade else 1.0
        return ObjectShape(
            self.number,
            (GroundPatch(self.outline, self.colour, self.opacity * min(share, 1.0)),),
            self.place(t),
        )


@dataclass(frozen=True, slots=True)
class Haze:
    """A bank of fog that hangs over a piece of the road.

    Attributes:
        across, along: how far its middle parts lie from `centre`, metres.
    """

    number: int
    centre: Point
    across: float
    along: float
    start: float
    until: float
    seed: int
    label: str = field(default="fog", init=False)
    caption: str = field(default="a cloud of fog", init=False)

    def present(self, t: float) -> bool:
        return self.start <= t < self.until

    def place(self, t: float) -> Vector:
        return (*self.centre, 0.0)

    def attributes(self, t: float) -> Mapping[str, str]:
        return {}

    def body(self, t: float) -> ObjectShape:
        rng = random.Random(self.seed)
        strength = min(min(t - self.start, self.until - t) / 3.0, 1.0)
        puffs = []
        for _ in range(16):
            x = (
                self.centre[0]
                + rng.uniform(-1, 1) * self.across
                + 0.4 * math.sin(0.3 * t + rng.uniform(0, 6))
            )
            y = self.centre[1] + rng.uniform(-1, 1) * self.along
            radius = rng.uniform(2.2, 3.6)
            puffs.append(Puff((x, y, 0.5 * radius), radius, (205.0, 205.0, 203.0), 0.3 * strength))
        return ObjectShape(self.number, puffs, self.place(t))


def blob(rng: random.Random, centre: Point, across: float, along: float) -> Points3:
    """An irregular round outline on the ground, float32 (14, 3)."""
    points = []
    for i in range(14):
        angle = 2 * math.pi * i / 14
        size = rng.uniform(0.8, 1.1)
        points.append(
            (centre[0] + across * size * math.cos(angle), centre[1] + along * size * math.sin(angle), 0.0)
        )
    return np.array(points, dtype=np.float32)


def slab(centre: Point, across: float, along: float, skew: float = 0.0) -> Points3:
    """A rectangle on the ground, half sizes in metres, slanted by `skew` metres, float32 (4, 3)."""
    x, y = centre
    corners = ((-across, -along), (across, -along), (across + skew, along), (-across + skew, along))
    return np.array([(x + dx, y + dy, 0.0) for dx, dy in corners], dtype=np.float32)
