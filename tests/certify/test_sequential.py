"""Bounds and evidence that may be read after every observation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.certify import ConfidenceSequence, EProcess, cluster_means

ALPHA = 0.1
VALUES = st.lists(st.floats(0, 1), max_size=40)


def _misses(runs: int, mean: float, length: int = 150) -> float:
    """Share of runs whose bounds lie beside the mean at any moment."""
    missed = 0
    for run in range(runs):
        sequence = ConfidenceSequence(ALPHA)
        for value in np.random.default_rng(run).beta(4 * mean, 4 * (1 - mean), length):
            sequence.add(float(value))
        # The bounds only ever shrink: the last ones lie within all before.
        missed += not sequence.bounds.low <= mean <= sequence.bounds.high
    return missed / runs


def _rejections(runs: int, mean: float, limit: float, length: int = 300) -> float:
    refuted = 0
    for run in range(runs):
        process = EProcess(limit)
        for value in np.random.default_rng(run).binomial(1, mean, length):
            process.add(float(value))
        refuted += process.refutes(ALPHA)
    return refuted / runs


@pytest.mark.parametrize("mean", [0.05, 0.5, 0.9])
def test_bounds_hold_at_all_times_as_often_as_they_promise(mean: float) -> None:
    assert _misses(200, mean) <= ALPHA + 0.04


@pytest.mark.slow
@pytest.mark.parametrize("mean", [0.05, 0.5, 0.9])
def test_bounds_hold_in_two_thousand_runs(mean: float) -> None:
    assert _misses(2000, mean) <= ALPHA + 0.013


@pytest.mark.parametrize("limit", [0.1, 0.5, 0.9])
def test_a_true_limit_is_rarely_refuted_and_a_false_one_often(limit: float) -> None:
    assert _rejections(300, limit, limit) <= ALPHA + 0.03
    assert _rejections(100, min(1.0, limit + 0.1), limit) > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0.1, 0.5, 0.9])
def test_a_true_limit_is_rarely_refuted_in_two_thousand_runs(limit: float) -> None:
    assert _rejections(2000, limit, limit) <= ALPHA + 0.012


def test_many_values_narrow_the_bounds() -> None:
    widths = []
    sequence = ConfidenceSequence(0.05)
    for count, value in enumerate(np.random.default_rng(1).binomial(1, 0.9, 800), 1):
        sequence.add(float(value))
        if count in (50, 200, 800):
            widths.append(sequence.bounds.high - sequence.bounds.low)
    assert widths[0] > widths[1] > widths[2]
    assert widths[2] < 0.09


@given(VALUES)
def test_bounds_shrink_only(values: list[float]) -> None:
    sequence = ConfidenceSequence()
    for value in values:
        before = sequence.bounds
        sequence.add(value)
        now = sequence.bounds
        assert before.low <= now.low <= now.high <= before.high
    assert sequence.count == len(values)


@given(VALUES)
def test_evidence_is_finite_and_grows_only(values: list[float]) -> None:
    process = EProcess(0.3)
    for value in values:
        before = process.evidence
        process.add(value)
        assert 1 <= before <= process.evidence < np.inf


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_values_beyond_the_bounds_are_refused(value: float) -> None:
    for taker in (ConfidenceSequence(), EProcess(0.5)):
        with pytest.raises(ValueError, match=r"0\.\.1"):
            taker.add(value)


@pytest.mark.parametrize("limit", [0.0, 1.0])
def test_a_limit_at_the_edge_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        EProcess(limit)


def test_the_mean_of_each_cluster() -> None:
    means = cluster_means(np.array([1.0, 0.0, 0.5, 1.0]), np.array([7, 7, 3, 7]))
    assert means.tolist() == [0.5, pytest.approx(2 / 3)]
