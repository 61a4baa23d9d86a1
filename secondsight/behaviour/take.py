"""Take: somebody who stands before a shelf reaches into it.

A detector of people shows no hands. But who stands and stretches out an arm has a box that gets wider on one side
while the other stays where it is; that, with the box's upper middle inside the shelf's zone, is a reach. Whether
something was taken, put back or only touched is left to the second look; the suspicion lasts until the person leaves
the shelf.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.geometry import inside_polygon
from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import TakeRule

INERTIA = 2
HANDS = (0.2, 0.6)
"""The hands of somebody who reaches forward are between these shares of the box's height, from its top."""
GRID = 6
"""Points in either direction by which an overlap is measured: steps of 3%."""
STILL = 0.6
"""Seconds over which one side of the box must stay where it is."""
SHIFT = 0.1
"""Shift of that side and of the feet, in own heights, that is none: who walks does 0.4 in that time."""
WINDOW = 6.0
"""Seconds of standing whose narrow boxes tell how wide somebody is with arms down."""
WIDE = 0.45
"""Width in own heights that is a reach while nothing is known about somebody's own width."""


@dataclass(slots=True)
class Customer:
    """One person: (time, left, right, foot) of the last looks in picture heights, own width, and the reach.

    Attributes:
        widths: (time, width) of the last seconds of standing.
        since: when the present reach began; None while there is none.
        reached: whether there was one, and the person has not left the shelf.
    """

    past: deque[tuple[float, float, float, float]] = field(default_factory=deque)
    widths: deque[tuple[float, float]] = field(default_factory=deque)
    since: float | None = None
    reached: bool = False

    def step(self, time: float, box: tuple[float, ...], near: bool, rule: TakeRule) -> bool:
        """Take the next look; `near` says whether the hands are at the shelf. Whether there was a reach."""
        left, top, right, foot = box
        reaches = self._stands(time, left, right, foot, foot - top) and near
        wide = right - left >= self._own_width(foot - top) * rule.extension
        if reaches:
            self.widths.append((time, right - left))
        while self.widths and time - self.widths[0][0] > WINDOW:
            self.widths.popleft()
        if not (reaches and wide):
            self.since = None
        elif self.since is None:
            self.since = time
        self.reached = near and (
            self.reached or (self.since is not None and time - self.since >= rule.duration)
        )
        return self.reached

    def _stands(self, time: float, left: float, right: float, foot: float, height: float) -> bool:
        while len(self.past) > 1 and time - self.past[1][0] >= STILL:
            self.past.popleft()
        self.past.append((time, left, right, foot))
        began, then_left, then_right, then_foot = self.past[0]
        shift = max(min(abs(left - then_left), abs(right - then_right)), abs(foot - then_foot))
        return time - began >= STILL and shift <= SHIFT * height

    def _own_width(self, height: float) -> float:
        if len(self.widths) < 3:
            return WIDE * height
        widths = sorted(width for _, width in self.widths)
        return widths[len(widths) // 5]


def take(rule: TakeRule, scene: Scene) -> Watch[Customer]:
    """Reports everybody who reaches into the zone for `duration`, and again when they have left it."""

    def judge(look: Look[Customer]) -> Answers:
        near = look.seen.counts & (hands_inside(look.seen.boxes, scene.polygon) >= rule.overlap)
        boxes = (look.seen.boxes * np.array((look.aspect, 1.0, look.aspect, 1.0))).tolist()
        rows = zip(look.memories, boxes, near.tolist(), strict=True)
        answers = [HOLDS if one.step(look.time, tuple(box), at, rule) else DOUBTFUL for one, box, at in rows]
        return np.array(answers, dtype=np.int8)

    return Watch(rule, scene, judge, Customer, inertia=INERTIA, dwell=0.0)


def hands_inside(boxes: NDArray[np.float64], polygon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each box's part where hands are that lies in a polygon. (n, 4), (m, 2) -> float64 (n,), 0..1."""
    steps = (np.arange(GRID) + 0.5) / GRID
    x = boxes[:, :1] + (boxes[:, 2:3] - boxes[:, :1]) * steps
    y = boxes[:, 1:2] + (boxes[:, 3:] - boxes[:, 1:2]) * (HANDS[0] + (HANDS[1] - HANDS[0]) * steps)
    points = np.stack(np.broadcast_arrays(x[:, None, :], y[:, :, None]), axis=-1)
    inside = inside_polygon(points.reshape(-1, 2), polygon)
    share: NDArray[np.float64] = inside.reshape(-1, GRID * GRID).mean(axis=1)
    return share
