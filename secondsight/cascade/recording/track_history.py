"""Where each track has been in the last seconds: key frames mark the suspect and know who else is seen."""

import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence

from secondsight.records import Box, Observation, TrackId, TrackPoint, label_of

_LONGEST_GAP = 2.0
"""Seconds between two points over which a box is still interpolated."""
_CLOSE = 0.15
"""Seconds before the first and after the last point at which its box is still shown: less than the time between two
looks at 5 a second."""


class TrackHistory:
    """Recent boxes of one camera's tracks. Bounded by time: points older than `seconds` are forgotten.

    Written by the analysis thread and read by the recorder, hence the lock.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._points: dict[TrackId, deque[TrackPoint]] = {}
        self._labels: dict[TrackId, str] = {}
        self._lock = threading.Lock()
        self._swept = 0.0

    def observe(self, seen: Observation) -> None:
        """Remember where every tracked object of one observation is."""
        found = seen.detections
        ids, scores, classes = found.tracker_id, found.confidence, found.class_id
        if ids is not None and scores is not None and classes is not None and len(ids):
            relative = found.xyxy / (seen.width, seen.height, seen.width, seen.height)
            rows = zip(ids.tolist(), classes.tolist(), relative.tolist(), scores.tolist(), strict=True)
            with self._lock:
                for number, label, box, score in rows:
                    track = TrackId(seen.camera, seen.epoch, number)
                    self._points.setdefault(track, deque()).append(TrackPoint(seen.time, Box(*box), score))
                    self._labels[track] = label_of(seen.labels, label)
        if abs(seen.time - self._swept) > 1.0:
            self._sweep(seen.time)

    def of(self, tracks: Sequence[TrackId]) -> list[list[TrackPoint]]:
        """Known points of each of `tracks` that has any, in order of time."""
        with self._lock:
            return [list(self._points[track]) for track in tracks if track in self._points]

    def around(self, time: float) -> tuple[tuple[str, Box], ...]:
        """Class and box of every track at `time`, as far as that is known (`box_at`)."""
        with self._lock:
            known = [(self._labels[track], list(points)) for track, points in self._points.items()]
        boxes = [(label, box_at(points, time)) for label, points in known]
        return tuple((label, box) for label, box in boxes if box is not None)

    def _sweep(self, now: float) -> None:
        self._swept = now
        with self._lock:
            for track, points in list(self._points.items()):
                while points and points[0].time < now - self._seconds:
                    points.popleft()
                if not points:
                    del self._points[track], self._labels[track]


def hull_at(paths: Sequence[Sequence[TrackPoint]], time: float) -> Box | None:
    """Smallest box around the boxes that the tracks have at `time` (`box_at`); None where none of them is seen.

    Args:
        paths: the points of each track, in order of time.
    """
    boxes = [box for points in paths if (box := box_at(points, time)) is not None]
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))


def box_at(points: Sequence[TrackPoint], time: float) -> Box | None:
    """Box of a track at `time`; None where nobody has been seen, as a box there would mislead.

    Interpolated between two points up to two seconds apart, else that of a point very close by.

    Args:
        points: of the track, in order of time.
    """
    after = bisect_left(points, time, key=lambda point: point.time)
    near = points[max(after - 1, 0) : after + 1]
    if len(near) == 2 and after < len(points) and near[1].time - near[0].time <= _LONGEST_GAP:
        share = (time - near[0].time) / (near[1].time - near[0].time) if near[1].time > near[0].time else 0.0
        return Box(*(a + share * (b - a) for a, b in zip(near[0].box, near[1].box, strict=True)))
    close = [point for point in near if abs(point.time - time) <= _CLOSE]
    return min(close, key=lambda point: abs(point.time - time)).box if close else None
