"""Where tracks were: interpolation, and forgetting."""

import numpy as np
import pytest
import supervision as sv

from secondsight.cascade.recording.track_history import TrackHistory, box_at, hull_at
from secondsight.records import Box, Observation, TrackId, TrackPoint
from tests.table import table


def seen(time: float, *tracks: tuple[int, float]) -> Observation:
    """Tracks as (number, left edge in pixels), 20 pixels wide in a 100 x 100 picture."""
    boxes = np.array([[x, 10, x + 20, 60] for _, x in tracks], np.float32).reshape(-1, 4)
    detections = sv.Detections(
        xyxy=boxes,
        confidence=np.full(len(tracks), 0.5, np.float32),
        class_id=np.zeros(len(tracks), int),
        tracker_id=np.array([number for number, _ in tracks], int),
    )
    return Observation("hall", 3, time, 100, 100, detections, ("person",))


def test_points_are_relative_and_of_the_track_asked_for() -> None:
    history = TrackHistory(10.0)
    history.observe(seen(1.0, (1, 0), (2, 50)))
    history.observe(seen(2.0, (1, 10)))
    (points,) = history.of([TrackId("hall", 3, 1)])
    assert [p.time for p in points] == [1.0, 2.0]
    assert points[1].box == pytest.approx(Box(0.1, 0.1, 0.3, 0.6))
    assert history.of([TrackId("hall", 4, 1)]) == []


def test_what_is_older_than_the_window_is_forgotten() -> None:
    history = TrackHistory(10.0)
    for second in range(1000):
        history.observe(seen(float(second), (second, 0)))
    assert history.of([TrackId("hall", 3, 500)]) == []
    assert [len(points) for points in history.of([TrackId("hall", 3, 999)])] == [1]
    assert len(history._points) <= 13


@table(
    ("time", "left"),
    [
        (1.0, 0.0),
        (1.5, 0.1),
        (2.0, 0.2),
        (2.1, 0.2),
        (0.9, 0.0),
        (2.4, None),
        (0.5, None),
        (5.0, None),
        (8.0, 0.5),
    ],
)
def test_boxes_between_points_are_interpolated_and_none_is_made_up(time: float, left: float | None) -> None:
    points = [TrackPoint(at, Box(x, 0, x + 0.1, 0.1), 1) for at, x in ((1.0, 0.0), (2.0, 0.2), (8.0, 0.5))]
    box = box_at(points, time)
    assert (None if box is None else round(box.x1, 6)) == left


def test_the_box_of_several_tracks_is_around_them_and_never_between_them() -> None:
    history = TrackHistory(10.0)
    for time in (1.0, 2.0):
        history.observe(seen(time, (1, 0), (2, 70)))
    history.observe(seen(3.0, (2, 70)))
    paths = history.of([TrackId("hall", 3, 1), TrackId("hall", 3, 2), TrackId("hall", 3, 9)])
    for time in (1.0, 1.3, 2.0):
        assert hull_at(paths, time) == pytest.approx(Box(0.0, 0.1, 0.9, 0.6)), time
    assert hull_at(paths, 2.5) == pytest.approx(Box(0.7, 0.1, 0.9, 0.6)), "one of them is out of sight"
    assert hull_at(paths, 9.0) is None
