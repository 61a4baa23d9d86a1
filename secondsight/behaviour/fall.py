"""Fall: somebody who stood goes down fast and stays down.

From the box alone, after the bounding-box methods surveyed by Mubashir, Shao and Seed ("A survey on fall detection:
principles and approaches", Neurocomputing 100, 2013): the box becomes low for its person, its top edge, the head,
comes down fast, and both lasts. Lengths are measured in the person's own standing height, so that distance to the
camera does not matter. Quick crouching looks the same, and is meant to: the second look tells them apart. Where a
pose model has looked, the torso decides: who crouches or sits keeps it upright, and who falls towards the camera lies
even though the box stays tall.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from secondsight.behaviour.pose import LYING, UPRIGHT, torso
from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import FallRule

INERTIA = 2
WINDOW = 2.5
"""Seconds of the past that tell where the head was: a fall takes less than 1.5."""
MEMORY = 5.0
"""Seconds of the past that tell how tall somebody is: who goes down slowly must not shrink in the meantime."""
STEADY = 0.1
"""Rise of the head, in standing heights, that is still the height from which it fell: walkers bob by less."""
RISEN = 0.15
"""Share of the standing height above `low` from which on somebody is up again."""
FLAT = 1.2
"""A box wider than so many of its heights is that of somebody who lies across, however tall it is."""
LEAST_DROP = 0.25
"""Way of the head, in standing heights, below which nobody has fallen: the box only got wider or narrower."""


@dataclass(slots=True)
class Posture:
    """One person: (time, top, height) in the last seconds, in picture heights, and whether it went down.

    Attributes:
        standing: own standing height at the time of going down.
        down: whether it went down and has not risen.
        speed: of the head on its way down, in standing heights per second.
        inside: when it was seen in the zone last.
    """

    past: deque[tuple[float, float, float]] = field(default_factory=deque)
    standing: float = 0.0
    down: bool = False
    speed: float = 0.0
    inside: float = float("-inf")

    def step(
        self, time: float, top: float, height: float, width: float, rule: FallRule, pose: int | None = None
    ) -> bool:
        """Take the next look, with what the pose says of the torso; whether somebody is down after a fall."""
        while self.past and time - self.past[0][0] > MEMORY:
            self.past.popleft()
        flat = width >= FLAT * height or pose == LYING
        if self.down:
            self.down = flat or (pose != UPRIGHT and height <= (rule.low + RISEN) * self.standing)
        elif self.past and pose != UPRIGHT:
            self._try_fall(time, top, height, flat, rule)
        if not self.down:
            self.past.append((time, top, height))
        return self.down

    def _try_fall(self, time: float, top: float, height: float, flat: bool, rule: FallRule) -> None:
        heights = sorted([known for _, _, known in self.past])
        if not flat and height > rule.low * heights[-1]:
            return  # nobody so tall is down
        standing = heights[int(0.8 * (len(heights) - 1))]
        recent = [(at, known) for at, known, _ in self.past if time - at <= WINDOW]
        highest = min((known for _, known in recent), default=top)
        began, head = max(
            ((at, known) for at, known in recent if known <= highest + STEADY * standing), default=(time, top)
        )
        drop = (top - head) / standing
        speed = drop / max(time - began, 1e-3)
        if drop >= LEAST_DROP and speed >= rule.speed and (flat or height <= rule.low * standing):
            self.down, self.standing, self.speed = True, standing, speed
            self.past.clear()


def fall(rule: FallRule, scene: Scene) -> Watch[Posture]:
    """Reports everybody who fell in the zone and stays down for `stillness`, and again when that is over."""

    def judge(look: Look[Posture]) -> Answers:
        seen = look.seen
        inside = (seen.counts & seen.inside(scene.polygon)).tolist()
        answers = []
        rows = zip(look.memories, seen.ids, seen.boxes.tolist(), seen.counts.tolist(), inside, strict=True)
        for posture, number, (x1, y1, x2, y2), counts, within in rows:
            points = look.observation.poses.get(number)
            pose = None if points is None else torso(points, look.aspect)
            if within:
                posture.inside = look.time
            # Who falls out of the zone has fallen in it.
            near = posture.down or look.time - posture.inside <= WINDOW
            wide, tall = (x2 - x1) * look.aspect, y2 - y1
            fallen = counts and near and posture.step(look.time, y1, tall, wide, rule, pose)
            answers.append(HOLDS if fallen else DOUBTFUL)
        return np.array(answers, dtype=np.int8)

    return Watch(
        rule,
        scene,
        judge,
        Posture,
        inertia=INERTIA,
        dwell=rule.stillness,
        scores=lambda one: {"speed": one.speed},
    )
