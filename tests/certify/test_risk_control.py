"""Thresholds whose risk is certified."""

import numpy as np
import pytest

from secondsight.certify import certify_threshold, risk_p_value

THRESHOLDS = tuple(np.linspace(0.0, 0.6, 13))
ALPHA, LIMIT = 0.1, 0.1


def _excess(runs: int, days: int = 80) -> tuple[float, int]:
    """How often the true risk of the certified threshold is above the limit, and how often there is one. Scores of
    one day share a shift: members of a cluster depend on each other."""
    rng = np.random.default_rng(5)
    shifts = rng.normal(0, 0.08, 20_000)
    true_risk = [float(np.mean(np.clip(t - 0.1 - shifts, 0, 0.9) / 0.9)) for t in THRESHOLDS]
    wrong = certified = 0
    for run in range(runs):
        rng = np.random.default_rng(run)
        sizes = rng.integers(1, 8, days)
        clusters = np.repeat(np.arange(days), sizes)
        scores = rng.uniform(0.1, 1.0, len(clusters)) + np.repeat(rng.normal(0, 0.08, days), sizes)
        losses = (scores[:, None] < np.array(THRESHOLDS)).astype(float)
        found = certify_threshold(losses, THRESHOLDS, clusters, limit=LIMIT, alpha=ALPHA)
        if found is not None:
            certified += 1
            wrong += true_risk[THRESHOLDS.index(found.threshold)] > LIMIT
    return wrong / runs, certified


def test_the_certified_threshold_keeps_its_promise() -> None:
    wrong, certified = _excess(300)
    assert wrong <= ALPHA + 0.03
    assert certified > 250


@pytest.mark.slow
def test_the_certified_threshold_keeps_its_promise_in_two_thousand_runs() -> None:
    assert _excess(2000)[0] <= ALPHA + 0.012


@pytest.mark.parametrize(
    ("errors", "count", "limit", "certain"),
    [(0, 59, 0.05, True), (0, 57, 0.05, False), (0, 29, 0.1, True), (0, 27, 0.1, False), (9, 29, 0.1, False)],
)
def test_the_counts_that_a_certificate_of_95_percent_needs(
    errors: int, count: int, limit: float, certain: bool
) -> None:
    """Hoeffding's bound gives (1 - limit)^n for no error, as the exact binomial test does."""
    losses = np.array([1.0] * errors + [0.0] * (count - errors))
    assert (risk_p_value(losses, limit) <= 0.05) is certain


def test_few_clusters_certify_nothing() -> None:
    losses = np.zeros((5, 1))
    assert certify_threshold(losses, (0.0,), np.arange(5), limit=0.05) is None
    # A hundred members of five clusters are no more than five observations.
    assert certify_threshold(np.zeros((100, 1)), (0.0,), np.repeat(np.arange(5), 20), limit=0.05) is None
    assert certify_threshold(np.zeros((100, 1)), (0.0,), np.arange(100), limit=0.05) is not None


def test_the_sequence_stops_at_the_first_failure() -> None:
    """A later threshold that happens to look fine is not reached."""
    losses = np.zeros((100, 3))
    losses[:, 1] = 1.0
    found = certify_threshold(losses, (0.1, 0.2, 0.3), np.arange(100), limit=0.05)
    assert found is not None
    assert (found.threshold, found.risk, found.clusters) == (0.1, 0.0, 100)


def test_losses_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="3 members under 2 thresholds"):
        certify_threshold(np.zeros((3, 3)), (0.1, 0.2), np.arange(3), limit=0.1)


def test_no_losses_prove_nothing() -> None:
    assert risk_p_value(np.zeros(0), 0.1) == 1.0
