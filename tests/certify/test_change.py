"""A change is found, and false alarms are as rare as promised."""

import numpy as np
import pytest

from secondsight.certify import ChangeTest

ALPHA = 0.05


def alarm(values: list[float], seed: int = 0) -> int | None:
    """Number of the value at which the evidence passes 1/alpha."""
    test = ChangeTest(seed)
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
    for seed in range(400):
        values = rng.integers(0, 3, 100) * 1.0 if draw == "ties" else getattr(rng, draw)(100)
        alarms += alarm(values.tolist(), seed) is not None
    assert alarms / 400 <= ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / 400)


@pytest.mark.parametrize(("at", "soon"), [(15, 12), (80, 7)])
def test_a_change_is_found_early_or_late(at: int, soon: int) -> None:
    rng = np.random.default_rng(12)
    found = [alarm([*rng.exponential(1, at), *rng.exponential(1, 30) + 6], seed) for seed in range(30)]
    after = [number - at for number in found if number is not None and number >= at]
    assert len(after) >= 26
    assert np.median(after) <= soon


def test_wealth_is_a_fair_game() -> None:
    """Without a change the mean over many streams stays at 1; a few values, since its spread grows with each."""
    rng = np.random.default_rng(13)
    wealths = []
    for seed in range(4000):
        test = ChangeTest(seed)
        for value in rng.normal(size=3):
            test.add(value)
        wealths.append(test.wealth)
    assert abs(np.mean(wealths) - 1) < 4 * np.std(wealths) / np.sqrt(4000)


def test_the_same_values_and_seed_give_the_same_wealth() -> None:
    first, second = ChangeTest(3), ChangeTest(3)
    for value in (1.0, 1.0, 2.0, 0.5):
        first.add(value)
        second.add(value)
    assert first.wealth == second.wealth != 1.0
