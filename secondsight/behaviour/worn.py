"""What somebody lacks on one part of the body, such as a helmet or a vest: by the part's colours, or by a model.

One look at a few pixels is little to go by, so the mean of several decides; and only people in the zone are looked
at, each at most once in `EVERY` seconds, a few in one look of the camera, since every crop costs 0.1 ms.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Judge, Look
from secondsight.behaviour.scene import Scene
from secondsight.records import Box, Frame

VOTES = 7
"""Looks at a part whose mean decides: the last two to three seconds."""
LEAST = 2
"""Looks at a part before anything is said: a single one says too little."""
EVERY = 0.35
MOST = 6
"""Parts in one look of the camera, those first that waited longest."""


@dataclass(slots=True)
class Part:
    """The latest shares of the wanted colours in one person's part, and when it was looked at last."""

    shares: deque[float] = field(default_factory=lambda: deque(maxlen=VOTES))
    seen: float = float("-inf")

    @property
    def mean(self) -> float:
        """Mean share; 1 before `LEAST` looks, which say too little."""
        return sum(self.shares) / len(self.shares) if len(self.shares) >= LEAST else 1.0


Lacks = Callable[[Look[Part], list[bool]], list[bool]]
"""Says of every row of a look whether the thing is missing, as far as is known; only rows of those inside matter."""


def judged(scene: Scene, lacks: Lacks) -> Judge[Part]:
    """Holds of everybody in the scene's zone who lacks it."""

    def judge(look: Look[Part]) -> Answers:
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        found = lacks(look, inside)
        return np.array(
            [HOLDS if within and one else DOUBTFUL for one, within in zip(found, inside, strict=True)],
            dtype=np.int8,
        )

    return judge


def by_model(name: str, answers: Sequence[str]) -> Lacks:
    """By the second-stage model of this name, whose `answers` mean that it is missing."""

    def lacks(look: Look[Part], inside: list[bool]) -> list[bool]:
        said = [look.observation.attributes.get(number, {}).get(name) for number in look.seen.ids]
        return [one is not None and one.votes >= LEAST and one.label in answers for one in said]

    return lacks


def by_colour(
    part_of: Callable[[list[float], float], Box],
    share_of: Callable[[Frame, Box], float],
    least: float,
    upright: float,
) -> Lacks:
    """By the share of pixels in the wanted colours.

    Args:
        part_of: a person's relative box, and the picture's width over its height -> the part's relative box.
        share_of: the frame and the part -> the share, 0..1.
        least: share from which on it is worn.
        upright: least height of a person's box in widths for the part to be where it is looked for.
    """

    def due(look: Look[Part], row: int) -> bool:
        x1, y1, x2, y2 = look.seen.boxes[row].tolist()
        return look.time - look.memories[row].seen >= EVERY and y2 - y1 >= upright * (x2 - x1) * look.aspect

    def lacks(look: Look[Part], inside: list[bool]) -> list[bool]:
        frame = look.observation.frame
        rows = [row for row, within in enumerate(inside) if frame and within and due(look, row)]
        rows.sort(key=lambda row: look.memories[row].seen)
        for row in rows[:MOST]:
            assert frame is not None
            part = look.memories[row]
            part.seen = look.time
            part.shares.append(share_of(frame, part_of(look.seen.boxes[row].tolist(), look.aspect)))
        return [part.mean < least for part in look.memories]

    return lacks
