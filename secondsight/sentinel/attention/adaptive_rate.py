"""Knows when a picture holds no surprise: all that moves are objects that go on as they went.

A person who crosses a room for twenty seconds is looked at a hundred times, and all but the first and last few looks
say what was foreseen. While that is so, a look now and then is enough to keep the object's identity; the gate goes on
comparing every frame it would have compared, and the first motion that lies beside what was foreseen is looked at in
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
"""Least overlap (IoU) of where an object was foreseen and where it is."""
AT_REST = 0.95
"""An object whose boxes in two looks overlap so far stands still: it will not cross a border unforeseen, and what the
detector takes it for, a chair for a person, is decided already."""
SMOOTHING = 0.5
"""Weight of the last step in an object's velocity: boxes tremble."""
AROUND = 0.25
"""Share of a foreseen box's sides, at least `LEAST_AROUND` pixels, around it in which motion is the object's own:
swinging arms, shadows, a step quicker than the last."""
LEAST_AROUND = 8.0
REACH = 0.1
"""Share of its box's height that an object may stray from its course between two looks."""
CONFIDENCE = 0.05
"""By how much an object's score must exceed the least that counts: one that flickers around it is no certainty."""


class LookNeeds(NamedTuple):
    """What a camera's rules need dense looks for.

    Attributes:
        borders: segments that objects must not be near, relative, (n, 2, 2): edges of zones, lines.
        clearance: least distance from them, as a share of the picture's height.
        score: least confidence that counts for every rule.
        looks: looks in a row that must have been foreseen before fewer do.
    """

    borders: NDArray[np.float64]
    clearance: float = 0.0
    score: float = 0.4
    looks: int = 4


@dataclass(slots=True)
class _Course:
    """One object: its box in the last look and its sides' velocities, pixels per second, float64 (4,)."""

    box: NDArray[np.float64]
    velocity: NDArray[np.float64]
    label: int
    moving: bool = True
    looks: int = 0


class AdaptiveRate:
    """Foresees the objects of one camera and epoch; not thread-safe.

    Args:
        pause: longest time between two looks, in seconds.
        watched: None: dense looks are needed always.
    """

    def __init__(self, pause: float, watched: LookNeeds | None) -> None:
        self._pause, self._watched = pause, watched
        self._courses: dict[int, _Course] = {}
        self._time = 0.0
        self._size = np.ones(2)
        self._sure = False

    @property
    def able(self) -> bool:
        """Whether anything can ever be foreseen."""
        return self._watched is not None

    def see(self, tracked: Detections, sight: TrackerView, time: float, size: tuple[int, int]) -> None:
        """Take what the tracker made of a look.

        Args:
            tracked: rows of confirmed objects.
            size: (width, height) of the frame.
        """
        if self._watched is None:
            return
        elapsed, self._time, self._size = time - self._time, time, np.array(size, np.float64)
        numbers, scores, labels = tracked.tracker_id, tracked.confidence, tracked.class_id
        before, self._courses = self._courses, {}
        if numbers is not None and scores is not None and labels is not None:
            boxes = tracked.xyxy.astype(np.float64)
            rows = zip(numbers.tolist(), boxes, scores.tolist(), labels.tolist(), strict=True)
            for number, box, score, label in rows:
                self._courses[number] = self._next(before.get(number), box, score, label, elapsed)
        # Whom the look missed may move unseen only beside what is foreseen, and that is looked at.
        self._sure = not (sight.young or sight.cut) and all(
            course.looks >= self._watched.looks for course in self._courses.values()
        )

    def foreseen(self, time: float) -> list[Box] | None:
        """Where, relative, all objects are expected at a time, with some room around each.

        Returns:
            None if any of them may do what nobody foresees, or two meet and may be taken for each other.
        """
        if not self._sure:
            return None
        if not self._courses:
            return []
        moving = np.array([course.moving for course in self._courses.values()])
        boxes = np.array([course.box for course in self._courses.values()])
        boxes += np.array([course.velocity for course in self._courses.values()]) * max(
            0.0, time - self._time
        )
        room = np.maximum(AROUND * (boxes[:, 2:] - boxes[:, :2]), LEAST_AROUND)
        boxes = np.hstack((boxes[:, :2] - room, boxes[:, 2:] + room))
        if _meet(boxes, moving):
            return None
        return [Box(*row) for row in (boxes / np.tile(self._size, 2)).tolist()]

    def _next(
        self, course: _Course | None, box: NDArray[np.float64], score: float, label: int, elapsed: float
    ) -> _Course:
        """An object's course after another look at it."""
        assert self._watched is not None
        if course is None or elapsed <= 0:
            return _Course(box, np.zeros(4), label)
        expected = course.box + course.velocity * elapsed
        step = (box - course.box) / elapsed
        velocity = course.velocity + SMOOTHING * (step - course.velocity)
        moving = iou(course.box.tolist(), box.tolist()) < AT_REST
        as_expected = not moving or (
            label == course.label
            and score >= self._watched.score + CONFIDENCE
            and iou(expected.tolist(), box.tolist()) >= AGREEMENT
            and not self._near_a_border(box, velocity)
        )
        return _Course(box, velocity, label, moving, course.looks + 1 if as_expected else 0)

    def _near_a_border(self, box: NDArray[np.float64], velocity: NDArray[np.float64]) -> bool:
        """Whether an object's foot may meet a border before the next look but one."""
        assert self._watched is not None
        borders = self._watched.borders * self._size
        if not len(borders):
            return False
        foot = np.array(((box[0] + box[2]) / 2, box[3]))
        speed = float(np.hypot((velocity[0] + velocity[2]) / 2, velocity[3]))
        reach = 2 * speed * self._pause + REACH * (box[3] - box[1]) + self._watched.clearance * self._size[1]
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
