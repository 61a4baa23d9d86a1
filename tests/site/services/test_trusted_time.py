"""A clock that jumps removes nothing; one that goes on evenly is believed again."""

import logging

import pytest

from secondsight.clock import ManualClock
from secondsight.site.services.trusted_time import TimeState, TrustedTime

START = 1_700_000_000.0
HOUR, DAY = 3600.0, 86_400.0
SLACK = 3 * DAY


class Clock(ManualClock):
    """A wall clock that can be set, beside a steady one."""

    def __init__(self) -> None:
        super().__init__(START)
        self.offset = 0.0

    def now(self) -> float:
        return super().now() + self.offset


def run(time: TrustedTime, clock: Clock, seconds: float) -> float:
    """Ask once a minute, as a site does; the last answer."""
    for _ in range(round(seconds / 60)):
        clock.advance(60)
        time.now()
    return time.now()


def test_a_clock_that_goes_evenly_is_the_time() -> None:
    clock = Clock()
    time = TrustedTime(clock, SLACK, None)
    assert run(time, clock, 2 * HOUR) == clock.now()
    clock.offset = 5 * 60.0  # a correction
    assert time.now() == clock.now()
    assert not time.doubted


@pytest.mark.parametrize("jump", [40 * DAY, 400 * DAY, -40 * DAY])
def test_a_jump_is_held_and_believed_after_a_day(jump: float, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    time = TrustedTime(clock, SLACK, None)
    clock.offset = jump
    believed_until = START + 23 * HOUR
    assert run(time, clock, 23 * HOUR) == min(believed_until, believed_until + jump)
    assert time.doubted
    assert caplog.text.count("the clock has jumped") == 1
    assert run(time, clock, 2 * HOUR) == clock.now()
    assert not time.doubted


def test_a_clock_that_comes_back_is_believed_at_once() -> None:
    clock = Clock()
    time = TrustedTime(clock, SLACK, None)
    clock.offset = 40 * DAY
    run(time, clock, HOUR)
    clock.offset = 0.0
    assert time.now() == clock.now()
    assert not time.doubted


def test_a_second_jump_begins_the_day_anew(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    time = TrustedTime(clock, SLACK, None)
    clock.offset = 40 * DAY
    run(time, clock, 20 * HOUR)
    clock.offset = 80 * DAY
    assert run(time, clock, 20 * HOUR) == START + 40 * HOUR
    assert caplog.text.count("the clock has jumped") == 2
    assert run(time, clock, 5 * HOUR) == clock.now()


def test_a_jump_between_two_runs_is_noticed_and_the_wait_goes_on_in_the_next() -> None:
    clock = Clock()
    first = TrustedTime(clock, SLACK, None)
    run(first, clock, HOUR)
    clock.offset = 40 * DAY
    second = TrustedTime(clock, SLACK, first.state)
    assert second.now() == START + HOUR
    run(second, clock, 12 * HOUR)
    clock.advance(10 * HOUR)  # nothing ran
    third = TrustedTime(clock, SLACK, second.state)
    assert run(third, clock, 11 * HOUR) < START + 2 * DAY
    assert run(third, clock, 2 * HOUR) == clock.now()


def test_a_pause_as_long_as_the_slack_raises_no_doubt(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    clock.advance(2.9 * DAY)
    assert TrustedTime(clock, SLACK, TimeState(START)).now() == clock.now()
    assert not caplog.records
