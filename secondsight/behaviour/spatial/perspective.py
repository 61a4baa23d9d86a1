"""Metres without calibration: how tall people look where they stand tells where the horizon is, and how far all is.

On flat ground the height of people in the picture grows evenly with the distance of their feet below the horizon, so
a straight line through both, over many people, gives the horizon and the camera's height (Hoiem, Efros and Hebert,
"Putting objects in perspective", International Journal of Computer Vision 80, 2008). Only the lens is unknown, and
taken for that of a usual camera. In the simulated city distances come out within a fifth of the truth;
where a site has a ground calibration, that is used instead.
"""

from dataclasses import dataclass, field
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
MOST = 3000.0
"""Boxes after which old ones count for less and less: a camera that was moved is learnt anew in some minutes."""
UPRIGHT = 1.6
"""Minimum height of a box in widths to be that of a person upright."""
LEAST = 0.03
"""Minimum height of a box, in picture heights, whose height says anything."""
LEAST_SCORE = 0.4
EVERY = 1.0
"""Seconds between two looks that are learnt from once `MOST` boxes are known: they hardly say anything new."""
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
    _sums: list[float] = field(default_factory=lambda: [0.0] * 5)
    _asked: Observation | None = None
    _learnt: float = float("-inf")

    def __post_init__(self) -> None:
        for foot, height in USUAL:
            self._add(foot, height, WEIGHT)
        self._solve()

    def learn(self, observation: Observation) -> None:
        """Take the people of a look into account; the same look counts once however many rules ask."""
        if observation is self._asked or observation.held:
            return
        self._asked = observation
        if self._sums[0] >= 0.9 * MOST and 0 <= observation.time - self._learnt < EVERY:
            return
        self._learnt = observation.time
        self._aspect = max(observation.width, 1) / max(observation.height, 1)
        for x1, y1, x2, y2 in _people(observation):
            whole = min(x1, y1) > _EDGE and max(x2, y2) < 1 - _EDGE
            upright = y2 - y1 >= max(UPRIGHT * (x2 - x1) * self._aspect, LEAST)
            if whole and upright:
                self._add(y2, y2 - y1, 1.0)
        if self._sums[0] > MOST:
            self._sums = [value * MOST / self._sums[0] for value in self._sums]
        self._solve()

    def metres(self, x: float, y: float) -> tuple[float, float]:
        """As `Plane.metres`; above the horizon as if a little below it."""
        below = max(y - self.horizon, _NEAR_HORIZON)
        scale = TALL / (self.slope * below)
        return (x - 0.5) * self._aspect * scale, FOCAL * scale

    def tall(self, foot: float) -> float:
        """How high, in picture heights, people look whose feet are at this height of the picture."""
        return self.slope * max(foot - self.horizon, _NEAR_HORIZON)

    def _add(self, foot: float, height: float, weight: float) -> None:
        # An error of a height is in proportion to it.
        weight /= height * height
        for i, value in enumerate((1.0, foot, foot * foot, height, foot * height)):
            self._sums[i] += weight * value

    def _solve(self) -> None:
        n, y, yy, h, yh = self._sums
        slope = (n * yh - y * h) / max(n * yy - y * y, 1e-9)
        self.slope = min(max(slope, 0.05), 3.0)
        self.horizon = (y - h / self.slope) / n


def _people(observation: Observation) -> list[list[float]]:
    """Relative boxes of those whom a look is sure of."""
    found = observation.detections
    named = classes_named(("person",), observation.labels, observation.groups)
    if found.confidence is None or found.class_id is None or not named:
        return []
    people = [number for number, label in enumerate(observation.labels) if label in named]
    sure = np.isin(found.class_id, people) & (found.confidence >= LEAST_SCORE)
    boxes: list[list[float]] = relative_boxes(
        found.xyxy[sure].astype(np.float64), observation.width, observation.height
    ).tolist()
    return boxes
