"""Stopped: a vehicle stands where others go. It may have come to rest in sight or have stood there before.

Where several stand already, who stops behind them queues: of a jam the first ones are reported, not each. (In the
simulated city a jam of six made six candidates, and so six reviews of one thing.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import (
    HOLDS,
    SELDOM,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.stationary import SETTLING, RestPosition
from secondsight.config import Fraction, Name, ObjectRule, Positive, Timespan


class StoppedRule(ObjectRule):
    """A vehicle stands.

    Attributes:
        duration: minimum seconds that it stands.
        max_area: a larger box is no vehicle: detectors make boxes of whole pictures.
        tolerance: maximum shift of the centre of a box at rest, in lengths of its longer side.
        max_queue: maximum number of standing vehicles that are reported; further ones that stop behind them queue.
    """

    renamed: ClassVar[Mapping[str, str]] = {"jam": "max_queue"}

    behaviour: Literal["stopped"]
    classes: tuple[str, ...] = ("car", "truck", "bus", "motorcycle")
    zone: Name
    max_area: Annotated[Fraction, Field(gt=0)] = 0.7
    duration: Timespan = 5.0
    tolerance: Positive = 0.3
    max_queue: Annotated[int, Field(ge=1)] = 2

    def make(self, scene: Scene) -> Behaviour:
        return stopped(self, scene)


INERTIA = 3


@dataclass(slots=True)
class Stop:
    """Where a vehicle stands, and whether it queues behind others; None before it stands."""

    anchor: RestPosition = field(default_factory=RestPosition)
    queues: bool | None = None


def stopped(rule: StoppedRule, scene: Scene) -> ObjectMonitor[Stop]:
    """Reports every vehicle that rests in the zone for `duration`, and again when it has left its place."""

    def judge(look: LookContext[Stop]) -> TrackAnswers:
        inside = np.flatnonzero(look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        answers, standing = [UNCERTAIN] * len(look.memories), []
        for row in inside:
            stop = look.memories[row]
            answers[row] = stop.anchor.look(look.seen.corners[row], look.aspect, rule.tolerance)
            if answers[row] == HOLDS and stop.anchor.looks >= SETTLING:
                standing.append(row)
            elif answers[row] != UNCERTAIN:
                stop.queues = None
        for row in standing:
            stop = look.memories[row]
            if stop.queues is not False:
                stop.queues = len(standing) > rule.max_queue
            if stop.queues:
                answers[row] = UNCERTAIN
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(rule, scene, judge, Stop, inertia=INERTIA, dwell=rule.duration, every=SELDOM)
