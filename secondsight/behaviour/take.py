"""Take: somebody who stands before a shelf reaches into it.

A detector of people shows no hands. But who stands and stretches out an arm has a box that gets wider on one side
while the other stays where it is; that, with the box's upper middle inside the shelf's zone, is a reach. Many
detectors leave the arm out: then the brightness changes beside the box of somebody who stands, at the height of the
hands and in front of the shelf. Whether something was taken, put back or only touched is left to the second look; the
suspicion lasts until the person leaves the shelf.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.geometry import Points, inside_polygon
from secondsight.behaviour.motion import Mask, Motion, share, within
from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Look, Watch
from secondsight.behaviour.regions import zone_mask
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
SWING = 1.5
"""Seconds of movement beside the box that count together: out to the shelf and back."""
REACH = 0.3
"""Width of the strip beside the box in own heights: an arm's length less what the box covers."""
STRIP = (0.1, 0.6)
"""The strip's top and bottom, as shares of the box's height from its top: from the head to the hips."""
WINDOW = 6.0
"""Seconds of standing whose narrow boxes tell how wide somebody is with arms down."""
WIDE = 0.45
"""Width in own heights that is a reach while nothing is known about somebody's own width."""


@dataclass(slots=True)
class Customer:
    """One person: (time, left, right, foot) of the last looks in picture heights, own width, and the reach.

    Attributes:
        widths: (time, width) of the last seconds of standing.
        moves: (time, share of the strips beside the box that changed) of the last moments of standing.
        since: when the present reach began; None while there is none.
        reached: whether there was one, and the person has not left the shelf.
    """

    past: deque[tuple[float, float, float, float]] = field(default_factory=deque)
    widths: deque[tuple[float, float]] = field(default_factory=deque)
    moves: deque[tuple[float, float]] = field(default_factory=deque)
    since: float | None = None
    reached: bool = False

    def step(self, time: float, box: tuple[float, ...], near: bool, beside: float, rule: TakeRule) -> bool:
        """Take the next look; `near` says whether the hands are at the shelf, `beside` how much of the strips beside
        the box has changed. Whether there was a reach.
        """
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
        wide_for_long = self.since is not None and time - self.since >= rule.duration
        swings = self._swing(time, beside if reaches else 0.0) >= rule.movement
        self.reached = near and (self.reached or wide_for_long or swings)
        return self.reached

    def _swing(self, time: float, beside: float) -> float:
        while self.moves and time - self.moves[0][0] > SWING:
            self.moves.popleft()
        if beside > 0:
            self.moves.append((time, beside))
        return sum(part for _, part in self.moves)

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

    motion = Motion()

    def judge(look: Look[Customer]) -> Answers:
        beside = _beside(look, motion.changed(look.observation), scene.polygon)
        near = look.seen.counts & (hands_inside(look.seen.boxes, scene.polygon) >= rule.overlap)
        boxes = (look.seen.boxes * np.array((look.aspect, 1.0, look.aspect, 1.0))).tolist()
        rows = zip(look.memories, boxes, near.tolist(), beside, strict=True)
        answers = [
            HOLDS if one.step(look.time, tuple(box), at, moved, rule) else DOUBTFUL
            for one, box, at, moved in rows
        ]
        return np.array(answers, dtype=np.int8)

    return Watch(rule, scene, judge, Customer, inertia=INERTIA, dwell=0.0)


def _beside(look: Look[Customer], moved: Mask | None, polygon: Points) -> list[float]:
    """Share of the strips beside each box, in front of the shelf, that changed; the larger of both sides."""
    boxes = look.seen.boxes.tolist()
    if moved is None:
        return [0.0] * len(boxes)
    moved &= zone_mask(polygon, (moved.shape[0], moved.shape[1]))
    for box in boxes:
        moved[within(box, moved.shape)] = False  # whoever else passes there
    shares = []
    for x1, y1, x2, y2 in boxes:
        top, bottom, reach = (
            y1 + STRIP[0] * (y2 - y1),
            y1 + STRIP[1] * (y2 - y1),
            REACH * (y2 - y1) / look.aspect,
        )
        strips = ((max(x1 - reach, 0.0), top, x1, bottom), (x2, top, x2 + reach, bottom))
        shares.append(max(share(moved[within(strip, moved.shape)]) for strip in strips))
    return shares


def hands_inside(boxes: NDArray[np.float64], polygon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each box's part where hands are that lies in a polygon. (n, 4), (m, 2) -> float64 (n,), 0..1."""
    steps = (np.arange(GRID) + 0.5) / GRID
    x = boxes[:, :1] + (boxes[:, 2:3] - boxes[:, :1]) * steps
    y = boxes[:, 1:2] + (boxes[:, 3:] - boxes[:, 1:2]) * (HANDS[0] + (HANDS[1] - HANDS[0]) * steps)
    points = np.stack(np.broadcast_arrays(x[:, None, :], y[:, :, None]), axis=-1)
    inside = inside_polygon(points.reshape(-1, 2), polygon)
    share: NDArray[np.float64] = inside.reshape(-1, GRID * GRID).mean(axis=1)
    return share
