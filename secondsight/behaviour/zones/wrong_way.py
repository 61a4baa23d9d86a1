"""Wrong way: a person goes against the direction that is allowed in a zone.

What counts is the way of the last seconds as a whole, not the step from look to look, which jitter turns around.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.config import Fraction, Inertia, Name, ObjectRule, Real


class WrongWayRule(ObjectRule):
    """A person goes against a direction.

    Attributes:
        line: line whose first and second point give the allowed direction.
        angle: allowed direction in the picture instead of `line`, in degrees: 0 up, 90 right, 180 down.
        tolerance: maximum angle between a path and the exact opposite, in degrees, for it to be the wrong way.
        distance: minimum way against the direction, as a share of the picture's height.
        inertia: looks in a row that lead the wrong way.
    """

    behaviour: Literal["wrong_way"]
    zone: Name
    line: Name | None = None
    angle: Annotated[Real, Field(ge=-360, le=360)] | None = None
    tolerance: Annotated[Real, Field(gt=0, le=90)] = 60.0
    distance: Annotated[Fraction, Field(gt=0)] = 0.1
    inertia: Inertia = 3

    @model_validator(mode="after")
    def _directed(self) -> Self:
        if (self.line is None) == (self.angle is None):
            raise ValueError("wrong_way needs either `line` or `angle`")
        return self

    def make(self, scene: Scene) -> Behaviour:
        return wrong_way(self, scene)


WINDOW = 5.0
"""Seconds of the way that are judged: a walker crosses some seven metres in them."""
SPACING = 0.3
"""Seconds between two remembered points."""


@dataclass(slots=True)
class DirectionTrace:
    """Where a person was in the last seconds: (way along the allowed direction, time, x, y), in picture heights; how
    far along that was at most, and the largest way against.
    """

    points: deque[tuple[float, float, float, float]] = field(default_factory=deque)
    furthest: float = float("-inf")
    against: float = 0.0

    def step(
        self, time: float, x: float, y: float, forward: tuple[float, float], tolerance: float, least: float
    ) -> float:
        """The largest way against `forward` (a unit vector) that leads to (x, y) within `tolerance` (cosine); 0 if it
        is less than `least`.
        """
        points, along, best = self.points, x * forward[0] + y * forward[1], 0.0
        while points and time - points[0][1] > WINDOW:
            if points.popleft()[0] == self.furthest:
                self.furthest = max(points)[0] if points else float("-inf")
        # Nearly everybody goes the right way, and nothing more need be known of them.
        if self.furthest - along >= least:
            for past, _, past_x, past_y in points:
                back = past - along
                if back > best and back >= tolerance * math.hypot(x - past_x, y - past_y):
                    best = back
        if not points or time - points[-1][1] >= SPACING:
            points.append((along, time, x, y))
            self.furthest = max(self.furthest, along)
        if best < least:
            return 0.0
        self.against = max(self.against, best)
        return best


def wrong_way(rule: WrongWayRule, scene: Scene) -> ObjectMonitor[DirectionTrace]:
    """Reports everybody whose way against the direction is at least `distance`, and again when that is over."""
    cosine = math.cos(math.radians(rule.tolerance))

    def judge(look: LookContext[DirectionTrace]) -> TrackAnswers:
        aspect = look.aspect
        forward = _forward(rule, scene, aspect)
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        answers = []
        for way, (x, y), within in zip(look.memories, look.seen.feet.tolist(), inside, strict=True):
            against = way.step(look.time, x * aspect, y, forward, cosine, rule.distance)
            answers.append(HOLDS if within and against >= rule.distance else UNCERTAIN)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(
        rule,
        scene,
        judge,
        DirectionTrace,
        inertia=rule.inertia,
        dwell=0.0,
        scores=lambda way: {"against": way.against},
    )


def _forward(rule: WrongWayRule, scene: Scene, aspect: float) -> tuple[float, float]:
    """The allowed direction as a unit vector, x to the right and y down, both in picture heights."""
    if scene.segment is not None:
        dx, dy = (scene.segment[1] - scene.segment[0]) * (aspect, 1.0)
        length = math.hypot(dx, dy)
        return dx / length, dy / length
    angle = math.radians(rule.angle or 0.0)
    return math.sin(angle), -math.cos(angle)
