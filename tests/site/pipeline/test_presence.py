"""Visits and coverage as the frame path notes them."""

import numpy as np

from secondsight.config import CameraSettings
from secondsight.records import Coverage, CoverageState
from secondsight.site.pipeline.presence import BlindSpans, WatchedSpans, ZoneVisits

LEFT = {"coordinates": [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]}
SETTINGS = CameraSettings.model_validate(
    {
        "source": "x.mp4",
        "zones": {"left": LEFT},
        "lines": {"middle": {"coordinates": [[0.5, 1.0], [0.5, 0.0]]}},
    }
)


def walked(*steps: tuple[float, float]) -> list[tuple[object, ...]]:
    """The visits of one track that is seen at times and horizontal places."""
    visits = ZoneVisits("hall", 1, SETTINGS)
    for time, x in steps:
        visits.look(time, [7], np.array([[x, 0.5]]))
    return [
        (one.zone, one.enter, one.leave, one.entered_by, one.left_by)
        for one in visits.over(7, "person", {"helmet": "none"})
    ]


def test_a_stay_begins_and_ends_where_the_zone_does() -> None:
    found = walked((0.0, 0.9), (8.0, 0.8), (9.0, 0.4), (10.0, 0.3), (11.0, 0.2), (12.0, 0.7), (20.0, 0.8))
    assert found == [
        ("frame", 0.0, 20.0, None, "middle:left_to_right"),  # the last line, however long ago
        ("left", 9.0, 11.0, "middle:right_to_left", "middle:left_to_right"),
    ]


def test_jitter_at_the_border_is_no_visit_and_no_end() -> None:
    assert [one[0] for one in walked((0.0, 0.6), (1.0, 0.49), (2.0, 0.6), (3.0, 0.6))] == ["frame"]
    found = walked((0.0, 0.4), (1.0, 0.4), (2.0, 0.51), (3.0, 0.4), (4.0, 0.3))
    assert [one[:3] for one in found if one[0] == "left"] == [("left", 0.0, 4.0)]


def test_who_comes_back_makes_two_visits() -> None:
    found = walked((0.0, 0.4), (1.0, 0.4), (2.0, 0.7), (3.0, 0.7), (4.0, 0.4), (5.0, 0.4))
    assert [one[:3] for one in found if one[0] == "left"] == [("left", 0.0, 1.0), ("left", 4.0, 5.0)]


def test_one_look_is_no_visit() -> None:
    assert walked((0.0, 0.4)) == []


def test_watched_stretches_grow_until_a_long_pause() -> None:
    noted: list[Coverage] = []
    spans = WatchedSpans("hall", 30.0, noted.append)
    for time in (*range(0, 130, 10), 500, 510):
        spans.seen(float(time))
    spans.close()
    ends: dict[float, float] = {}
    for camera, state, start, end in noted:
        assert (camera, state) == ("hall", CoverageState.WATCHED)
        assert end >= ends.get(start, 0.0)
        ends[start] = end
    assert ends == {0.0: 120.0, 500.0: 510.0}


def test_a_blind_camera_is_noted_while_and_once_it_is_blind() -> None:
    noted: list[Coverage] = []
    spans = BlindSpans(noted.append)
    for time in range(200):
        spans.look({"hall": not 50 <= time < 150, "yard": True}, float(time))
    assert {one.start for one in noted} == {50.0}
    assert noted[-1] == Coverage("hall", CoverageState.BLIND, 50.0, 150.0)
    assert len(noted) == 2
