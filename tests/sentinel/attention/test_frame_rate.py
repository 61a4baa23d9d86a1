"""Looks at an even pace out of frames that come at another one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.sentinel.attention.gate import FrameRateLimiter
from tests.table import table


@table(
    ("rate", "fps", "gaps"),
    [
        (12.5, 5, {2, 3}),
        (10, 5, {2}),
        (25, 5, {5}),
        (30, 5, {6}),
        (29.97, 5, {6, 5}),
        (4, 5, {1}),
        (15, 10, {1, 2}),
    ],
)
def test_cadence_is_even(rate: float, fps: float, gaps: set[int]) -> None:
    cadence = FrameRateLimiter(fps)
    taken = [number for number in range(600) if cadence.due(number / rate)]
    assert set(np.diff(taken)) == gaps
    assert len(taken) == pytest.approx(600 * min(1, fps / rate), rel=0.01)


@given(jitter=st.lists(st.floats(-0.02, 0.02), min_size=100, max_size=100), fps=st.sampled_from([2, 5, 8]))
def test_cadence_keeps_the_rate_under_jitter(jitter: list[float], fps: float) -> None:
    cadence = FrameRateLimiter(fps)
    taken = [t for n, j in enumerate(jitter) if cadence.due(t := n / 25 + j)]
    assert len(taken) == pytest.approx(100 / 25 * fps, abs=1)


@table("rate", [10, 12.5, 25, 29.97, 60])
@table("fps", [2, 5, 8])
def test_what_the_cadence_does_not_want_it_would_not_take(rate: float, fps: float) -> None:
    plain, asked, wanted = FrameRateLimiter(fps), FrameRateLimiter(fps), set()
    taken = [number for number in range(600) if plain.due(number / rate)]
    mine = []
    for group in range(0, 600, 4):
        for number in (group + 3, group + 1, group, group + 2):
            if asked.wants(number / rate, 1 / rate):
                wanted.add(number)
        mine += [
            number for number in range(group, group + 4) if number in wanted and asked.due(number / rate)
        ]
    assert mine == taken
    if rate > 2 * fps:
        assert len(wanted) < 600 * 0.8


@given(jitter=st.lists(st.floats(-0.02, 0.02), min_size=100, max_size=100), stated=st.floats(0.001, 1))
def test_every_beat_is_wanted_once_at_least_whatever_the_interval_is_said_to_be(
    jitter: list[float], stated: float
) -> None:
    cadence = FrameRateLimiter(5)
    times = [n / 25 + j for n, j in enumerate(jitter)]
    taken = [time for time in times if cadence.wants(time, stated) and cadence.due(time)]
    assert len(taken) == pytest.approx(20, abs=2)
    assert max(np.diff(taken)) < 0.42
