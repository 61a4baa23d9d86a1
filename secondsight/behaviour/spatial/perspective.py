"""Metres without calibration: how tall people look where they stand tells where the horizon is, and how far all is.

On flat ground the height of people in the picture grows evenly with the distance of their feet below the horizon, so
a straight line through both, over many people, gives the horizon and the camera's height (Hoiem, Efros and Hebert,
"Putting objects in perspective", International Journal of Computer Vision 80, 2008). Only the lens is unknown, and
taken for that of a usual camera. In the simulated city distances come out within a fifth of the truth;
where a site has a ground calibration, that is used instead.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol

import numpy as np

from secondsight.behaviour.spatial.geometry import relative_boxes
from secondsight.records import Observation, classes_named

TALL = 1.7
"""Metres from the ground to the head of the people that the boxes show, on average."""
FOCAL = 1.5
"""Focal length in picture heights: some 60 degrees across a 16:9 picture."""
USUAL = ((0.35, 0.11), (0.9, 0.31))
"""(foot, height) of two people as a camera 5 m up shows them: what holds until real ones were seen."""
WEIGHT = 0.3
"""The number of boxes of its height that each of them counts for."""
ROWS, KEPT = 24, 40
"""Rows of the picture whose people are judged together, and the last boxes of each that count: a camera that was
moved is learnt anew after as many people."""
STEP = 0.25
"""Own heights by which the feet of a person must have moved to count, and to count again: who sits or works at a
counter stays, and would in an hour outweigh all who walk."""
UPRIGHT = 1.8
"""Minimum height of a box in widths to be that of a whole person upright: who walks across has 2, who sits or is
hidden to the hips 1.5."""
OFF = 0.1
"""Share of its height by which a row may be off the line and still count in full (Huber, "Robust estimation of a
location parameter", Annals of Mathematical Statistics 35, 1964): behind a counter all people are short."""
LEAST = 0.03
"""Minimum height of a box, in picture heights, whose height says anything."""
LEAST_SCORE = 0.4
ROUNDS = 3
"""Fits, each with the weights that the one before gives."""
_EDGE = 0.01
_NEAR_HORIZON = 0.02
"""Nearer to the horizon, in picture heights, nothing is measured."""


class Plane(Protocol):
    """The ground that a camera sees."""

    def metres(self, x: float, y: float) -> tuple[float, float]:
        """The ground point that a relative picture point shows: metres to the right of the picture's middle, and away
        from the camera.
        """
        ...


@dataclass(slots=True)
class Perspective:
    """A plane learnt from people; shared by all rules of a camera. Not thread-safe.

    Attributes:
        slope: height of people per distance of their feet below the horizon, at `horizon`; both in picture heights.
    """

    slope: float = 0.0
    horizon: float = 0.0
    _aspect: float = 16 / 9
    _rows: dict[int, "_Row"] = field(default_factory=dict)
    _places: dict[int, tuple[float, float]] = field(default_factory=dict)
    _asked: Observation | None = None

    def __post_init__(self) -> None:
        self._solve()

    def learn(self, observation: Observation) -> None:
        """Take the people of a look into account; the same look counts once however many rules ask."""
        if observation is self._asked or observation.held:
            return
        self._asked = observation
        self._aspect = max(observation.width, 1) / max(observation.height, 1)
        before, self._places = self._places, {}
        learnt = False
        for number, (x1, y1, x2, y2) in _people(observation):
            height, foot = y2 - y1, ((x1 + x2) / 2 * self._aspect, y2)
            last = self._places[number] = before.get(number, foot)
            whole = min(x1, y1) > _EDGE and max(x2, y2) < 1 - _EDGE
            upright = height >= max(UPRIGHT * (x2 - x1) * self._aspect, LEAST)
            if whole and upright and math.dist(last, foot) >= STEP * height:
                self._places[number], learnt = foot, True
                self._rows.setdefault(int(y2 * ROWS), _Row()).add(y2, height)
        if learnt:
            self._solve()

    def metres(self, x: float, y: float) -> tuple[float, float]:
        """As `Plane.metres`; above the horizon as if a little below it."""
        below = max(y - self.horizon, _NEAR_HORIZON)
        scale = TALL / (self.slope * below)
        return (x - 0.5) * self._aspect * scale, FOCAL * scale

    def tall(self, foot: float) -> float:
        """How high, in picture heights, people look whose feet are at this height of the picture."""
        return self.slope * max(foot - self.horizon, _NEAR_HORIZON)

    def _solve(self) -> None:
        seen = [(row.foot, row.height, float(len(row.boxes))) for row in self._rows.values()]
        rows = np.array([*((foot, height, WEIGHT) for foot, height in USUAL), *seen])
        foot, height, count = rows.T
        counts = weights = count / height**2  # an error of a height is in proportion to it
        terms = np.array((np.ones(len(rows)), foot, height, foot * foot, foot * height))
        for _ in range(ROUNDS):
            n, y, h, yy, yh = (terms @ weights).tolist()
            self.slope = min(max((n * yh - y * h) / max(n * yy - y * y, 1e-9), 0.05), 3.0)
            self.horizon = (y - h / self.slope) / n
            off = np.abs(height / np.maximum(self.slope * (foot - self.horizon), 1e-3) - 1)
            weights = counts * np.minimum(1.0, OFF / np.maximum(off, 1e-9))


@dataclass(slots=True)
class _Row:
    """The people whose feet were in one row of the picture: the last (foot, height), and their medians."""

    boxes: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=KEPT))
    foot: float = 0.0
    height: float = 0.0

    def add(self, foot: float, height: float) -> None:
        self.boxes.append((foot, height))
        self.foot, self.height = (median(column) for column in zip(*self.boxes, strict=True))


def _people(observation: Observation) -> list[tuple[int, list[float]]]:
    """Track numbers and relative boxes of those whom a look is sure of."""
    found = observation.detections
    named = classes_named(("person",), observation.labels, observation.groups)
    if found.confidence is None or found.class_id is None or found.tracker_id is None or not named:
        return []
    people = {number for number, label in enumerate(observation.labels) if label in named}
    # In plain Python: an array of so few rows takes longer.
    rows = zip(found.class_id.tolist(), found.confidence.tolist(), strict=True)
    sure = [row for row, (kind, score) in enumerate(rows) if kind in people and score >= LEAST_SCORE]
    boxes = relative_boxes(found.xyxy[sure].astype(np.float64), observation.width, observation.height)
    return list(zip(found.tracker_id[sure].tolist(), boxes.tolist(), strict=True))
