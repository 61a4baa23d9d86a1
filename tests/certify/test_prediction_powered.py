"""Means from many predictions and few labels."""

import numpy as np
import pytest

from secondsight.certify import prediction_powered_mean


def _run(seed: int, accuracy: float, n: int = 60, m: int = 1000):
    """Labels with mean 0.3; predictions agree with them as often as `accuracy`."""
    rng = np.random.default_rng(seed)
    truth = rng.binomial(1, 0.3, n + m).astype(float)
    agree = rng.random(n + m) < accuracy
    predicted = np.where(agree, truth, 1 - truth)
    return prediction_powered_mean(truth[:n], predicted[:n], predicted[n:], alpha=0.1)


def _misses(runs: int, accuracy: float) -> float:
    return float(np.mean([not (r := _run(seed, accuracy)).low <= 0.3 <= r.high for seed in range(runs)]))


@pytest.mark.parametrize("accuracy", [0.5, 0.8, 1.0])
def test_the_interval_holds_however_good_the_predictions_are(accuracy: float) -> None:
    assert _misses(400, accuracy) <= 0.1 + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("accuracy", [0.5, 0.8, 1.0])
def test_the_interval_holds_in_two_thousand_runs(accuracy: float) -> None:
    assert _misses(2000, accuracy) <= 0.1 + 0.025


def test_good_predictions_narrow_the_interval_and_random_ones_do_no_harm() -> None:
    width = {
        accuracy: np.mean([(r := _run(s, accuracy)).high - r.low for s in range(50)])
        for accuracy in (0.5, 0.95)
    }
    classical = 2 * 1.645 * np.sqrt(0.3 * 0.7 / 60)
    assert width[0.95] < 0.6 * classical
    assert width[0.5] < 1.05 * classical


def test_a_brain_that_always_says_yes_is_not_trusted() -> None:
    labels = np.array([0.0, 1.0] * 20)
    found = prediction_powered_mean(labels, np.ones(40), np.ones(500))
    assert (found.trust, found.mean) == (0.0, 0.5)


def test_too_few_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two labels"):
        prediction_powered_mean(np.ones(1), np.ones(1), np.ones(5))
