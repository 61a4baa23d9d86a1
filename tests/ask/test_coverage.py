"""When a camera was not watched."""

from secondsight.ask.coverage import Gap, Unseen, gaps_of
from secondsight.records import Coverage, CoverageState

WATCHED, BLIND = CoverageState.WATCHED, CoverageState.BLIND


def test_what_lies_between_watched_stretches_was_not_seen() -> None:
    spans = [
        Coverage("hall", WATCHED, 0.0, 500.0),
        Coverage("hall", WATCHED, 400.0, 1000.0),
        Coverage("hall", BLIND, 1900.0, 2400.0),
        Coverage("hall", WATCHED, 2500.0, 2990.0),
    ]
    assert gaps_of(spans, ("hall", "yard"), 100.0, 3000.0) == (
        Gap("yard", Unseen.DOWN, 100.0, 3000.0),
        Gap("hall", Unseen.DOWN, 1000.0, 1900.0),
        Gap("hall", Unseen.BLIND, 1900.0, 2400.0),
        Gap("hall", Unseen.DOWN, 2400.0, 2500.0),
    )


def test_a_camera_that_was_watched_has_no_gaps() -> None:
    assert gaps_of([Coverage("hall", WATCHED, 0.0, 1000.0)], ("hall",), 10.0, 1000.0) == ()
    assert gaps_of([], (), 10.0, 1000.0) == ()
