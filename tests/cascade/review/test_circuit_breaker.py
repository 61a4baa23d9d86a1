"""Leaving a brain alone that does not answer, and finding it again."""

import random

import pytest

from secondsight.cascade.review.circuit_breaker import BreakerState, CircuitBreaker
from secondsight.clock import ManualClock
from secondsight.errors import BrainError

AWAY = BrainError("connection refused", retryable=True, away=True)
BROKEN = BrainError("500", retryable=True)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> CircuitBreaker:
    return CircuitBreaker(clock, failures=3, backoff=1.0, rng=random.Random(1))


def test_a_brain_that_is_away_is_left_alone_at_once(breaker: CircuitBreaker, clock: ManualClock) -> None:
    assert breaker.admit("a") == 0.0
    breaker.failed("a", AWAY, "away")
    assert (breaker.state, breaker.trouble) == (BreakerState.OPEN, "away")
    wait = breaker.admit("a")
    assert 0.5 <= wait <= 1.5, "the first pause is the backoff, give or take a half"
    clock.advance(wait)
    assert breaker.state is BreakerState.HALF_OPEN


def test_one_probe_at_a_time(breaker: CircuitBreaker, clock: ManualClock) -> None:
    breaker.failed("a", AWAY, "away")
    clock.advance(2)
    assert breaker.admit("a") == 0.0
    assert breaker.admit("a") > 0.0, "one is under way"
    breaker.unused("a")
    assert breaker.admit("a") == 0.0, "it did not ask, so that another may"
    breaker.succeeded("a")
    assert breaker.state is BreakerState.CLOSED
    assert breaker.trouble is None
    assert breaker.admit("a") == breaker.admit("a") == 0.0


def test_reviews_that_began_before_say_nothing_of_the_probe(
    breaker: CircuitBreaker, clock: ManualClock
) -> None:
    breaker.failed("a", AWAY, "away")
    clock.advance(2)
    assert breaker.admit("b") == 0.0
    breaker.unused("c")
    assert breaker.admit("d") > 0.0, "b is still at it"
    breaker.failed("b", AWAY, "away")
    assert breaker.state is BreakerState.OPEN


def test_a_failure_says_whether_it_opened_the_breaker(breaker: CircuitBreaker, clock: ManualClock) -> None:
    assert not breaker.failed("a", BROKEN, "500")
    assert breaker.failed("a", AWAY, "away")
    assert not breaker.failed("b", AWAY, "away"), "it was open"
    assert 0.0 < breaker.left <= 1.5
    clock.advance(2)
    assert breaker.left == 0.0
    assert breaker.admit("c") == 0.0
    assert not breaker.failed("c", AWAY, "away"), "a probe opens nothing that was closed"


def test_pauses_double_up_to_half_a_minute_and_begin_anew(
    breaker: CircuitBreaker, clock: ManualClock
) -> None:
    waits = []
    breaker.failed("a", AWAY, "away")
    for _ in range(10):
        waits.append(breaker.admit("a"))
        clock.advance(waits[-1])
        assert breaker.admit("a") == 0.0
        breaker.failed("a", AWAY, "away")
    assert all(0.5 * 2**n <= wait <= 1.5 * 2**n for n, wait in enumerate(waits[:5]))
    assert max(waits) <= 45.0
    clock.advance(60)
    assert breaker.admit("a") == 0.0
    breaker.succeeded("a")
    breaker.failed("a", AWAY, "away")
    assert breaker.admit("a") <= 1.5


def test_failures_in_a_row_open_it_and_others_do_not(breaker: CircuitBreaker) -> None:
    for _ in range(2):
        breaker.failed("a", BROKEN, "500")
    breaker.succeeded("a")
    for _ in range(2):
        breaker.failed("a", BROKEN, "500")
        assert breaker.state is BreakerState.CLOSED
    breaker.failed("a", BROKEN, "500")
    assert breaker.state is BreakerState.OPEN


def test_late_failures_of_reviews_under_way_do_not_lengthen_the_pause(
    breaker: CircuitBreaker, clock: ManualClock
) -> None:
    breaker.failed("a", AWAY, "away")
    wait = breaker.admit("a")
    for _ in range(5):
        breaker.failed("a", AWAY, "away")
    assert breaker.admit("a") == wait


@pytest.mark.parametrize("order", ["before", "after"])
def test_what_the_server_asks_for_is_the_least(
    breaker: CircuitBreaker, clock: ManualClock, order: str
) -> None:
    busy = BrainError("429", retryable=True, away=True, retry_after=20.0)
    for error in (busy, AWAY) if order == "before" else (AWAY, busy):
        breaker.failed("a", error, str(error))
    assert breaker.admit("a") >= 20.0
    breaker.succeeded("a")  # a review that was under way when the server asked for patience
    assert breaker.admit("a") >= 20.0
    clock.advance(20.0)
    assert breaker.admit("a") == 0.0
    breaker.succeeded("a")
    assert breaker.state is BreakerState.CLOSED
