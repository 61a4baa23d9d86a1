"""A second request for a late answer. Time is simulated."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bench.common.simulated_loop import SimulatedLoop
from secondsight.cascade.review.hedge import hedged
from secondsight.clock import ManualClock
from secondsight.errors import BrainError
from tests.table import table


class Calls:
    """Calls that take so many seconds each and then answer or fail."""

    def __init__(self, *plan: tuple[float, str]) -> None:
        self.plan, self.begun, self.given_up = list(plan), 0, 0

    async def __call__(self) -> str:
        self.begun += 1
        seconds, answer = self.plan.pop(0)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if answer.startswith("!"):
            raise BrainError(answer, retryable=True)
        return answer


def simulate(work: Callable[[], Coroutine[Any, Any, str]]) -> tuple[str, float]:
    """What comes out, and after how many seconds."""
    clock = ManualClock(0.0)
    loop = SimulatedLoop(clock)
    try:
        return loop.run_until_complete(work()), round(clock.now(), 3)
    except BrainError as error:
        return str(error), round(clock.now(), 3)
    finally:
        loop.close()


@table(
    ("plan", "delay", "outcome", "begun", "given_up"),
    [
        pytest.param([(9, "a")], None, ("a", 9), 1, 0, id="off"),
        pytest.param([(1, "a")], 3, ("a", 1), 1, 0, id="in time"),
        pytest.param([(9, "a"), (1, "b")], 3, ("b", 4), 2, 1, id="the second is quicker"),
        pytest.param([(4, "a"), (9, "b")], 3, ("a", 4), 2, 1, id="the first is quicker after all"),
        pytest.param([(1, "!a")], 3, ("!a", 1), 1, 0, id="an early error is no reason to hedge"),
        pytest.param([(4, "!a"), (2, "b")], 3, ("b", 5), 2, 0, id="the first fails"),
        pytest.param([(9, "a"), (1, "!b")], 3, ("a", 9), 2, 0, id="the second fails"),
        pytest.param([(4, "!a"), (2, "!b")], 3, ("!b", 5), 2, 0, id="both fail"),
    ],
)
def test_hedging(
    plan: list[tuple[float, str]], delay: float | None, outcome: tuple[str, float], begun: int, given_up: int
) -> None:
    calls = Calls(*plan)
    assert simulate(lambda: hedged(calls, delay, lambda: True)) == outcome
    assert (calls.begun, calls.given_up) == (begun, given_up)


def test_an_answer_counts_though_the_other_call_fails_at_that_moment() -> None:
    async def many() -> str:
        plans = [[(4.0, "!a"), (1.0, "b")], [(4.0, "b"), (1.0, "!a")]] * 20
        pairs = [hedged(Calls(*plan), 3, lambda: True) for plan in plans]
        return "".join(set(await asyncio.gather(*pairs)))

    assert simulate(many) == ("b", 4)


def test_without_money_nothing_is_asked_twice() -> None:
    calls = Calls((9, "a"))
    assert simulate(lambda: hedged(calls, 3, lambda: False)) == ("a", 9)
    assert calls.begun == 1


def test_who_gives_up_gives_up_both() -> None:
    calls = Calls((9, "a"), (9, "b"))

    async def impatient() -> str:
        try:
            async with asyncio.timeout(5):
                return await hedged(calls, 3, lambda: True)
        except TimeoutError:
            return "too late"

    assert simulate(impatient) == ("too late", 5)
    assert calls.given_up == 2
