"""Take: a person who stands before a shelf reaches into it.

A detector of people shows no hands. But who stands and stretches out an arm has a box that gets wider on one side
while the other stays where it is; that, with the box's upper middle inside the shelf's zone, is a reach. Many
detectors leave the arm out: then the brightness changes beside the box of a person who stands, at the height of the
hands and in front of the shelf. Whether something was taken, put back or only touched is left to the second look; the
candidate lasts until the person leaves the shelf.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.image_ops import Mask, sums
from secondsight.behaviour.signals.motion_energy import corners, shares, shares_of
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.region_state import zone_mask
from secondsight.config import Fraction, Name, ObjectRule, Real, Timespan
from secondsight.records import Severity


class TakeRule(ObjectRule):
    """A person reaches into a zone: a shelf.

    Attributes:
        overlap: minimum share of the box's upper-middle part (where hands are) inside the zone.
        extension: minimum width of the box of a person who reaches, as a factor of the width with arms down.
        duration: minimum seconds of the reach.
        movement: minimum share of the strip beside the box that changes during a reach, summed over its looks.
    """

    behaviour: Literal["take"]
    severity: Severity = Severity.LOW
    zone: Name
    overlap: Annotated[Fraction, Field(gt=0)] = 0.1
    extension: Annotated[Real, Field(ge=1)] = 1.25
    duration: Timespan = 0.4
    movement: Annotated[Real, Field(gt=0)] = 0.05

    def make(self, scene: Scene) -> Behaviour:
        return take(self, scene)


INERTIA = 2
HANDS = (0.2, 0.6)
"""The hands of a person who reaches forward are between these shares of the box's height, from its top."""
RASTER = (360, 640)
"""Rows and columns of the zone by which overlaps are measured."""
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
"""Seconds of standing whose narrow boxes tell how wide a person is with arms down."""
WIDE = 0.45
"""Width in own heights that is a reach while nothing is known about a person's own width."""


@dataclass(slots=True)
class Shopper:
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
        while len(self.past) > 1 and time - self.past[1][0] >= STILL:
            self.past.popleft()
        self.past.append((time, left, right, foot))
        reaches = near and self._stands(foot - top)
        wide = reaches and right - left >= self._own_width(foot - top) * rule.extension
        if reaches:
            self.widths.append((time, right - left))
        while self.widths and time - self.widths[0][0] > WINDOW:
            self.widths.popleft()
        if not wide:
            self.since = None
        elif self.since is None:
            self.since = time
        wide_for_long = self.since is not None and time - self.since >= rule.duration
        swings = near and self._swing(time, beside if reaches else 0.0) >= rule.movement
        self.reached = near and (self.reached or wide_for_long or swings)
        return self.reached

    def _swing(self, time: float, beside: float) -> float:
        while self.moves and time - self.moves[0][0] > SWING:
            self.moves.popleft()
        if beside > 0:
            self.moves.append((time, beside))
        return sum(part for _, part in self.moves)

    def _stands(self, height: float) -> bool:
        """Whether one side and the feet are where they were."""
        (began, then_left, then_right, then_foot), (time, left, right, foot) = self.past[0], self.past[-1]
        shift = max(min(abs(left - then_left), abs(right - then_right)), abs(foot - then_foot))
        return time - began >= STILL and shift <= SHIFT * height

    def _own_width(self, height: float) -> float:
        if len(self.widths) < 3:
            return WIDE * height
        widths = sorted(width for _, width in self.widths)
        return widths[len(widths) // 5]


def take(rule: TakeRule, scene: Scene) -> ObjectMonitor[Shopper]:
    """Reports everybody who reaches into the zone for `duration`, and again when they have left it."""

    zone = sums(zone_mask(scene.polygon, RASTER))
    shelf: Mask = np.zeros((0, 0), dtype=bool)

    def beside(look: LookContext[Shopper], hands: NDArray[np.float64]) -> NDArray[np.float64]:
        nonlocal shelf
        found = np.zeros(len(hands))
        # Asked for every look: it is compared with the one before.
        moved, rows = scene.motion.changed(look.observation), np.flatnonzero(hands)
        if moved is not None and len(rows):
            if shelf.shape != moved.shape:
                shelf = zone_mask(scene.polygon, (moved.shape[0], moved.shape[1]))
            found[rows] = _beside(look, moved & shelf, rows)
        return found

    def judge(look: LookContext[Shopper]) -> TrackAnswers:
        place, boxes = id(scene.polygon), look.seen.boxes
        hands = look.views.once(("hands", place), lambda: hands_inside(boxes, zone))
        near = look.seen.counts & (hands >= rule.overlap)
        moves = look.views.once(("beside", place), lambda: beside(look, hands))
        scaled = (boxes * np.array((look.aspect, 1.0, look.aspect, 1.0))).tolist()
        rows = zip(look.memories, scaled, near.tolist(), moves.tolist(), strict=True)
        answers = [
            HOLDS if one.step(look.time, tuple(box), at, moved, rule) else UNCERTAIN
            for one, box, at, moved in rows
        ]
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(rule, scene, judge, Shopper, inertia=INERTIA, dwell=0.0)


def _beside(look: LookContext[Shopper], moved: Mask, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Share of the strips beside the boxes of some rows, in front of the shelf, that changed; the larger of both
    sides.
    """
    boxes = look.seen.boxes
    for x1, y1, x2, y2 in corners(boxes, moved.shape).tolist():
        moved[y1:y2, x1:x2] = False  # others who pass there
    left, top, right, foot = boxes[rows].T
    height = foot - top
    top, bottom = top + STRIP[0] * height, top + STRIP[1] * height
    reach = REACH * height / look.aspect
    first = np.column_stack((np.maximum(left - reach, 0.0), top, left, bottom))
    other = np.column_stack((right, top, right + reach, bottom))
    beside: NDArray[np.float64] = shares(moved, np.concatenate((first, other))).reshape(2, -1).max(axis=0)
    return beside


def hands_inside(boxes: NDArray[np.float64], zone: NDArray[np.int32]) -> NDArray[np.float64]:
    """Share of each box's part where hands are that lies in a zone. (n, 4), a mask's sums -> float64 (n,), 0..1."""
    left, top, right, foot = boxes.T
    height = foot - top
    return shares_of(zone, np.column_stack((left, top + HANDS[0] * height, right, top + HANDS[1] * height)))
