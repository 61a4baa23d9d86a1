"""The few moments the brain gets to see."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from secondsight.cascade.recording.key_frames import best_view, choose_times
from secondsight.records import Box, Candidate, TrackId, TrackPoint

TRACK = TrackId("hall", 0, 1)


def candidate(start: float, triggered: float, peak: float) -> Candidate:
    return Candidate("c", "hall", 0, "r", "intrusion", start, triggered, peak, 0.5, (TRACK,), "person")


def point(time: float, size: float, score: float) -> TrackPoint:
    return TrackPoint(time, Box(0.5 - size / 2, 0.5 - size / 2, 0.5 + size / 2, 0.5 + size / 2), score)


def test_best_view_is_where_the_suspect_is_large_and_sure() -> None:
    points = [point(1, 0.1, 0.9), point(2, 0.4, 0.8), point(3, 0.4, 0.5), point(9, 0.9, 0.9)]
    assert best_view(candidate(1, 1, 1), [points], 0, 5) == 2


def test_best_view_of_several_suspects_shows_them_together() -> None:
    one = [point(1, 0.5, 0.9), point(2, 0.4, 0.9)]
    other = [point(2, 0.4, 0.9), point(3, 0.5, 0.9)]
    assert best_view(candidate(1, 1, 1), [one, other], 0, 5) == 2


def test_without_a_trail_the_rule_s_own_peak_is_taken_as_far_as_the_clip_reaches() -> None:
    assert best_view(candidate(1, 1, 3), [], 0, 10) == 3
    assert best_view(candidate(1, 1, 30), [], 0, 10) == 10


@given(
    st.floats(0, 20),
    st.floats(0, 10),
    st.floats(-5, 30),
    st.floats(0, 10),
    st.floats(0.1, 40),
    st.integers(1, 12),
)
def test_times_lie_in_the_clip_hold_the_peak_and_differ(
    start: float, wait: float, peak: float, begin: float, length: float, count: int
) -> None:
    end = begin + length
    times = choose_times(candidate(start, start + wait, peak), peak, begin, end, count)
    assert 1 <= len(times) <= count
    assert times == sorted(times)
    assert all(begin <= time <= end for time in times)
    assert min(max(peak, begin), end) in times
    assert all(b - a >= 0.2 - 1e-9 for a, b in pairwise(times))


def test_the_frames_show_how_it_came_about_and_what_followed() -> None:
    times = choose_times(candidate(5, 5.4, 6), peak=6.0, start=0, end=10.4, count=6)
    assert times[0] == 4.0
    assert times[-1] == 10.4
    assert 6.0 in times
    assert len(times) == 6


def test_the_moment_in_which_it_began_is_shown() -> None:
    """A bag is put down in second 5, its owner goes, and it is reported in second 20."""
    times = choose_times(candidate(5, 20, 18), peak=18.0, start=0, end=25, count=6)
    assert {4.0, 5.0, 18.0, 25.0} <= set(times)
    assert all(b - a <= 7 for a, b in pairwise(times))


def test_what_is_reported_at_once_needs_no_picture_of_its_first_moment() -> None:
    """Who has just come into sight is seen worse than before and after."""
    times = choose_times(candidate(5, 5.4, 6), peak=6.0, start=0, end=10.4, count=4)
    assert {4.0, 6.0, 10.4} <= set(times)
    assert 5.0 not in times
