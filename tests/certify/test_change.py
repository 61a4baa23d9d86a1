"""A change is found, and false alarms are as rare as promised."""

import numpy as np
import pytest

from secondsight.certify import ChangeTest

ALPHA = 0.05


def alarm(values: list[float]) -> int | None:
    """Number of the value at which the evidence passes 1/alpha."""
    test = ChangeTest()
    for number, value in enumerate(values):
        test.add(value)
        if test.wealth >= 1 / ALPHA:
            return number
    return None


@pytest.mark.parametrize("draw", ["standard_cauchy", "standard_exponential", "ties"])
def test_false_alarms_are_rarer_than_alpha(draw: str) -> None:
    """Of 400 streams without change, read after every value: 5 % and three standard errors at most."""
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(400):
        values = rng.integers(0, 3, 100) * 1.0 if draw == "ties" else getattr(rng, draw)(100)
        alarms += alarm(values.tolist()) is not None
    assert alarms / 400 <= ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / 400)


@pytest.mark.parametrize(("at", "soon"), [(15, 12), (80, 7)])
def test_a_change_is_found_early_or_late(at: int, soon: int) -> None:
    rng = np.random.default_rng(12)
    found = [alarm([*rng.exponential(1, at), *rng.exponential(1, 30) + 6]) for _ in range(30)]
    after = [number - at for number in found if number is not None and number >= at]
    assert len(after) >= 26
    assert np.median(after) <= soon


def test_wealth_is_no_better_than_a_fair_game() -> None:
    """Without a change the mean over many streams is 1 at most; few values, since its spread grows with each."""
    rng = np.random.default_rng(13)
    wealths = []
    for _ in range(4000):
        test = ChangeTest()
        for value in rng.normal(size=12):
            test.add(value)
        wealths.append(test.wealth)
    assert np.mean(wealths) < 1 + 3 * np.std(wealths) / np.sqrt(4000)
    assert np.std(wealths) > 0


def test_nothing_strange_is_no_evidence() -> None:
    test = ChangeTest()
    for _ in range(200):
        test.add(1.0)
    assert test.wealth < 1
