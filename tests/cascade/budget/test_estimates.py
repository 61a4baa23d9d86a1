"""Worth, price and pace: the numbers that order the queue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.cascade import CostEstimate, CostEstimates, decide
from secondsight.cascade.budget.estimates import LatencyEstimate, review_value
from secondsight.clock import ManualClock
from secondsight.config import PolicySettings
from secondsight.records import Usage
from secondsight.store import CallTotals
from tests.cascade.conftest import suspicion
from tests.table import table


@table(
    ("score", "severity", "price", "value"),
    [
        (0.5, 1.0, 1.0, 1.0),
        (0.5, 0.5, 1.0, 0.5),
        (0.5, 1.0, 4.0, 0.25),
        (0.9, 1.0, 1.0, 0.36),
        (0.1, 1.0, 1.0, 0.36),
        (1.0, 1.0, 1.0, 0.05),
        (0.0, 0.2, 1.0, 0.01),
        (0.5, 0.0, 1.0, 0.0),
    ],
)
def test_worth(score: float, severity: float, price: float, value: float) -> None:
    assert review_value(score, severity, price) == pytest.approx(value)


@given(st.floats(-1, 2), st.floats(0, 1), st.floats(0.01, 100))
def test_worth_is_never_negative_and_grows_with_severity(score: float, severity: float, price: float) -> None:
    assert 0.0 <= review_value(score, severity, price) <= review_value(score, 1.0, price)


def test_a_decision_says_what_a_verdict_is_worth() -> None:
    policy = PolicySettings()
    made = decide(suspicion(1.0), policy, brain=True, now=0.0, price=2.0, weight=0.8)
    assert made.value == pytest.approx(0.8 * 4 * 0.7 * 0.3 / 2)
    assert decide(suspicion(1.0), policy, brain=False, now=0.0).value == 0.0


def test_prices_are_learned_per_kind_and_over_all() -> None:
    prices = CostEstimates()
    assert prices.estimate("fall") == CostEstimate(1.0, 0.0, 0.0)
    assert prices.relative("fall") == 1.0
    for _ in range(50):
        prices.learn("fall", Usage(2, 2900, 100, 0.03, 1.0))
        prices.learn("smoke", Usage(1, 900, 100, 0.01, 1.0))
    assert prices.estimate("fall").tokens == pytest.approx(3000)
    assert prices.estimate("fall").calls == pytest.approx(2)
    assert prices.estimate("smoke").money == pytest.approx(0.01)
    assert 1.2 < prices.relative("fall") < 2.0
    assert 0.4 < prices.relative("smoke") < 0.8
    assert prices.estimate("unknown") == prices.estimate()


def test_without_money_the_tokens_are_the_price() -> None:
    prices = CostEstimates()
    for _ in range(20):
        prices.learn("fall", Usage(1, 3000, 0, 0.0, 1.0))
        prices.learn("smoke", Usage(1, 1000, 0, None, 1.0))
    assert prices.relative("fall") > 1.0 > prices.relative("smoke")


def test_prices_begin_with_the_ledger() -> None:
    prices = CostEstimates()
    prices.seed(
        [
            CallTotals(("fall",), 20, 10, 0, 40_000, 2_000, 30.0, 1.0, 0, 0.0, 1.0),
            CallTotals(("smoke",), 30, 30, 0, 30_000, 0, 30.0, 0.3, 0, 0.0, 1.0),
            CallTotals(("",), 99, 0, 0, 99_000, 0, 30.0, 9.0, 0, 0.0, 1.0),
        ]
    )
    assert prices.estimate("fall") == CostEstimate(2.0, 4200.0, 0.1)
    assert prices.estimate().calls == pytest.approx((10 * 2 + 30 * 1) / 40)
    assert prices.estimate().tokens == pytest.approx((10 * 4200 + 30 * 1000) / 40)
    assert prices.relative("fall") == pytest.approx(0.1 / (1.3 / 40))


def test_a_few_dear_reviews_do_not_make_a_kind_dear() -> None:
    prices = CostEstimates()
    for _ in range(100):
        prices.learn("fall", Usage(1, 1000, 0, 0.0, 1.0))
    prices.learn("smoke", Usage(1, 90_000, 0, 0.0, 1.0))
    assert prices.relative("smoke") == 1.0


def test_pace() -> None:
    clock = ManualClock()
    pace = LatencyEstimate(clock)
    assert (pace.most, pace.mean) == (0.0, None)
    for seconds in range(1, 101):
        pace.took(float(seconds))
    assert (pace.most, pace.mean) == (95.0, 50.5)
    clock.advance(601)
    assert (pace.most, pace.mean) == (0.0, None), (
        "a brain that was slow must get the chance to show it is not"
    )
