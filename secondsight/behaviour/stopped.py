"""Stopped: a vehicle stands where others go. It may have come to rest in sight or have stood there before."""

import numpy as np

from secondsight.behaviour.anchor import Anchor
from secondsight.behaviour.presence import DOUBTFUL, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import StoppedRule

INERTIA = 3


def stopped(rule: StoppedRule, scene: Scene) -> Watch[Anchor]:
    """Reports every vehicle that rests in the zone for `duration`, and again when it has left its place."""

    def judge(look: Look[Anchor]) -> Answers:
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        aspect = look.aspect
        answers = [
            anchor.look(box, aspect, rule.tolerance) if within else DOUBTFUL
            for anchor, box, within in zip(look.memories, look.seen.corners, inside, strict=True)
        ]
        return np.array(answers, dtype=np.int8)

    return Watch(rule, scene, judge, Anchor, inertia=INERTIA, dwell=rule.duration)
