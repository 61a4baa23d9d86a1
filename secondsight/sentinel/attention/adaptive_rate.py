"""Forecasts where objects will be, so that fewer looks do while they go on as they went.

A person who crosses a room for twenty seconds is looked at a hundred times, and all but the first and last few looks
say what was expected. While that is so, a look now and then is enough to keep the object's identity. The gate goes on
comparing every frame that it would have compared, and the first motion outside the forecast gets a look in
the same frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from secondsight.records import Box, iou

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

    from secondsight.sentinel.tracking.tracker import TrackerView

AGREEMENT = 0.5
"""Minimum overlap (IoU) of where an object was expected and where it is."""
AT_REST = 0.95
"""Overlap (IoU) of its boxes in two looks from which an object counts as standing still: it will not cross a border
unexpectedly, and its class, right or wrong, is decided already."""
SMOOTHING = 0.5
"""Weight of the last step in an object's velocity: boxes tremble."""
AROUND = 0.25
"""Share of an expected box's sides, at least `LEAST_AROUND` pixels, around it in which motion is the object's own:
swinging arms, shadows, a step quicker than the last."""
LEAST_AROUND = 8.0
REACH = 0.1
"""Share of its box's height that an object may stray from its course between two looks."""
CONFIDENCE = 0.05
"""By how much an object's score must exceed the minimum that counts: one that flickers around it is uncertain."""


class LookNeeds(NamedTuple):
    """What a camera's rules need dense looks for.

    Attributes:
        borders: segments that objects must not be near, relative, (n, 2, 2): edges of zones, lines.
        clearance: minimum distance from them, as a share of the picture's height.
        score: minimum confidence that counts for every rule.
        looks: looks in a row that must have been as expected before fewer do.
    """

    borders: NDArray[np.float64]
    clearance: float = 0.0
    score: float = 0.4
    looks: int = 4


@dataclass(frozen=True, slots=True)
class _Course:
    """One object: its box in the last look and its sides' velocities, pixels per second, float64 (4,)."""

    box: NDArray[np.float64]
    velocity: NDArray[np.float64]
    label: int
    moving: bool = True
    looks: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where the objects of one look will be if they go on as they went. Immutable: any thread may ask it.

    Attributes:
        time: of the look, in seconds.
        size: (width, height) of the frame, in pixels.
    """

    time: float
    size: tuple[int, int]
    courses: tuple[_Course, ...]

    def at(self, time: float) -> list[Box] | None:
        """Where all objects are expected at a time: relative boxes with some room around each.

        Returns:
            None if two of them may meet and be taken for each other.
        """
        if not self.courses:
            return []
        moving = np.array([course.moving for course in self.courses])
        boxes = np.array([course.box for course in self.courses])
        boxes += np.array([course.velocity for course in self.courses]) * max(0.0, time - self.time)
        room = np.maximum(AROUND * (boxes[:, 2:] - boxes[:, :2]), LEAST_AROUND)
        boxes = np.hstack((boxes[:, :2] - room, boxes[:, 2:] + room))
        if _meet(boxes, moving):
            return None
        return [Box(*row) for row in (boxes / np.tile(np.array(self.size, np.float64), 2)).tolist()]


class AdaptiveRate:
    """Follows the objects of one camera and epoch and forecasts their motion; not thread-safe.

    Args:
        pause: longest time between two looks, in seconds.
        needs: what the rules must not miss; None: they need every look, and there is never a forecast.
    """

    def __init__(self, pause: float, needs: LookNeeds | None) -> None:
        self._pause, self._needs = pause, needs
        self._courses: dict[int, _Course] = {}
        self._time = 0.0
        self._size = (1, 1)

    def update(
        self, tracked: Detections, view: TrackerView, time: float, size: tuple[int, int]
    ) -> Forecast | None:
        """Take the tracks of one look.

        Args:
            tracked: rows of confirmed objects.
            size: (width, height) of the frame.

        Returns:
            None if any object may do what was not expected.
        """
        if self._needs is None:
            return None
        elapsed, self._time, self._size = time - self._time, time, size
        numbers, scores, labels = tracked.tracker_id, tracked.confidence, tracked.class_id
        before, self._courses = self._courses, {}
        if numbers is not None and scores is not None and labels is not None:
            boxes = tracked.xyxy.astype(np.float64)
            rows = zip(numbers.tolist(), boxes, scores.tolist(), labels.tolist(), strict=True)
            for number, box, score, label in rows:
                self._courses[number] = self._next(before.get(number), box, score, label, elapsed)
        # A track that the look missed may move unseen only outside the forecast, and that is looked at.
        if view.young or view.cut or any(c.looks < self._needs.looks for c in self._courses.values()):
            return None
        return Forecast(time, size, tuple(self._courses.values()))

    def _next(
        self, course: _Course | None, box: NDArray[np.float64], score: float, label: int, elapsed: float
    ) -> _Course:
        """An object's course after another look at it."""
        assert self._needs is not None
        if course is None or elapsed <= 0:
            return _Course(box, np.zeros(4), label)
        expected = course.box + course.velocity * elapsed
        step = (box - course.box) / elapsed
        velocity = course.velocity + SMOOTHING * (step - course.velocity)
        moving = iou(course.box.tolist(), box.tolist()) < AT_REST
        as_expected = not moving or (
            label == course.label
            and score >= self._needs.score + CONFIDENCE
            and iou(expected.tolist(), box.tolist()) >= AGREEMENT
            and not self._near_a_border(box, velocity)
        )
        return _Course(box, velocity, label, moving, course.looks + 1 if as_expected else 0)

    def _near_a_border(self, box: NDArray[np.float64], velocity: NDArray[np.float64]) -> bool:
        """Whether an object's foot may meet a border before the next look but one."""
        assert self._needs is not None
        borders = self._needs.borders * np.array(self._size, np.float64)
        if not len(borders):
            return False
        foot = np.array(((box[0] + box[2]) / 2, box[3]))
        speed = float(np.hypot((velocity[0] + velocity[2]) / 2, velocity[3]))
        reach = 2 * speed * self._pause + REACH * (box[3] - box[1]) + self._needs.clearance * self._size[1]
        start, along = borders[:, 0], borders[:, 1] - borders[:, 0]
        length = np.maximum((along**2).sum(axis=1), 1e-9)
        share = np.clip(((foot - start) * along).sum(axis=1) / length, 0.0, 1.0)
        away = foot - (start + share[:, None] * along)
        return bool((np.hypot(away[:, 0], away[:, 1]) < reach).any())


def _meet(boxes: NDArray[np.float64], moving: NDArray[np.bool_]) -> bool:
    """Whether any moving box (n, 4) touches another one."""
    apart = np.any(boxes[:, None, :2] > boxes[None, :, 2:], axis=2)
    touched = (~(apart | apart.T)).sum(axis=1)
    return bool((touched[moving] > 1).any())
