"""Running: somebody moves faster on foot than people walk.

People change over from walking to running at about 2 m/s (Hreljac, "Preferred and energetically optimal gait
transition speeds in human locomotion", Medicine and Science in Sports and Exercise 25, 1993). Speed is that of the
feet over the ground, over a window of which every part must be fast: a foot that comes out from behind something
jumps once.
"""

from typing import TypeVar

import numpy as np

from secondsight.behaviour.pace import Pace
from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import ObjectRule, RunningRule

S = TypeVar("S")

INERTIA = 2
SHARE = 0.6
"""Least speed in each part of the window, as a share of that asked for."""
SEATED = 0.2
"""Share of a bicycle's box that its rider's box covers at least."""


def running(rule: RunningRule, scene: Scene) -> Watch[Pace]:
    """Reports everybody in the zone who is as fast as `speed` for `duration`, and again when that is over."""
    rides = ObjectRule(classes=rule.rides, min_score=rule.min_score)

    def judge(look: Look[Pace]) -> Answers:
        seen, plane = look.seen, scene.plane(look.observation)
        on_foot = seen.counts & ~riding(look, rides)
        inside = (on_foot & seen.inside(scene.polygon)).tolist()
        answers = []
        for pace, (x, y), within in zip(look.memories, seen.feet.tolist(), inside, strict=True):
            pace.step(look.time, *plane.metres(x, y))
            runs = within and pace.speed >= rule.speed and pace.slowest >= SHARE * rule.speed
            if runs:
                pace.fastest = max(pace.fastest, pace.speed)
            answers.append(HOLDS if runs else DOUBTFUL)
        return np.array(answers, dtype=np.int8)

    return Watch(
        rule,
        scene,
        judge,
        Pace,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda pace: {"speed": pace.fastest},
    )


def riding(look: Look[S], rides: ObjectRule) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each row sits on something ridden, bool (n,)."""
    boxes = look.seen.boxes
    shown = look.shown(rides) if rides.classes else None
    if shown is None or not shown.counts.any():
        return np.zeros(len(boxes), dtype=bool)
    under = shown.boxes[shown.counts]
    wide = np.minimum(boxes[:, None, 2], under[:, 2]) - np.maximum(boxes[:, None, 0], under[:, 0])
    tall = np.minimum(boxes[:, None, 3], under[:, 3]) - np.maximum(boxes[:, None, 1], under[:, 1])
    whole = np.maximum((under[:, 2] - under[:, 0]) * (under[:, 3] - under[:, 1]), 1e-9)
    seated: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        np.maximum(wide, 0) * np.maximum(tall, 0) >= SEATED * whole
    ).any(axis=1)
    return seated
