"""Curves from probabilities to what people found: their shape, the choice between them, what a verdict becomes."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression, minimize

from secondsight.cascade.calibration import (
    MIN_ISOTONIC,
    MIN_LABELS,
    Curve,
    calibrated,
    ece,
    fit,
    fit_groups,
    isotonic,
    log_loss,
    platt,
)
from secondsight.records import Verification
from secondsight.store import Calibration, Sample
from tests.store.samples import verdict

EVERYWHERE = np.linspace(0, 1, 201)
Rows = list[tuple[float, bool]]


def rows(least: int, most: int) -> st.SearchStrategy[Rows]:
    return st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=least, max_size=most)


def drawn(count: int, seed: int, distort=lambda p: p) -> tuple[list[float], list[bool]]:
    """What a brain says that distorts the true probabilities, and what then happens."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, count)
    return distort(p).tolist(), (rng.random(count) < p).tolist()


def too_sure(p):
    logit = np.log(p / (1 - p))
    return 1 / (1 + np.exp(-(2.5 * logit + 1.0)))


@pytest.mark.parametrize("way", [platt, isotonic], ids=lambda way: way.__name__)
@given(rows(1, 60))
@settings(max_examples=60, deadline=None)
def test_a_curve_rises_and_stays_within_0_and_1(way, samples: Rows) -> None:
    raw, truth = np.array([p for p, _ in samples]), np.array([t for _, t in samples])
    curve = way(raw, truth)
    read = curve(EVERYWHERE)
    assert ((read >= 0) & (read <= 1)).all()
    assert (np.diff(read) >= -1e-12).all()


@given(rows(MIN_LABELS, 60), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_samples_does_not_matter(samples: Rows, chance: random.Random) -> None:
    shuffled = list(samples)
    chance.shuffle(shuffled)
    one, other = (fit([p for p, _ in some], [t for _, t in some]) for some in (samples, shuffled))
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.curve == other.curve
        assert replace(one, unseen=()) == replace(other, unseen=())


@given(rows(1, 80))
@settings(max_examples=60, deadline=None)
def test_isotonic_is_that_of_scipy_but_for_the_certain(samples: Rows) -> None:
    samples = sorted(samples)
    raw, truth = np.array([p for p, _ in samples]), np.array([t for _, t in samples])
    values, inverse, counts = np.unique(raw, return_inverse=True, return_counts=True)
    means = np.bincount(inverse, weights=truth) / counts
    expected = isotonic_regression(means, weights=counts).x
    least = 1 / (len(raw) + 2)
    assert isotonic(raw, truth)(values) == pytest.approx(np.clip(expected, least, 1 - least), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_platt_is_the_minimum_that_scipy_finds(seed: int) -> None:
    raw, truth = (np.array(each) for each in drawn(60, seed, too_sure))
    ((slope, offset),) = platt(raw, truth).parameters
    positive = truth.sum()
    target = np.where(truth, (positive + 1) / (positive + 2), 1 / (len(truth) - positive + 2))
    x = np.log(raw / (1 - raw))

    def loss(weights):
        z = weights[0] * x + weights[1]
        return np.sum(np.logaddexp(0, z) - target * z)

    best = minimize(loss, (1.0, 0.0), method="BFGS").x
    assert (slope, offset) == pytest.approx(tuple(best), abs=1e-3)


def test_a_known_distortion_is_undone() -> None:
    fitted = fit(*drawn(4000, 1, too_sure))
    assert fitted is not None
    assert fitted.curve.method == "platt"
    ((slope, offset),) = fitted.curve.parameters
    assert (slope, offset) == pytest.approx((1 / 2.5, -1 / 2.5), abs=0.1)
    fresh, happened = drawn(5000, 2, too_sure)
    assert ece(fitted.curve(fresh), happened) < ece(fresh, happened) / 4
    assert fitted.ece_after < fitted.ece_before / 2
    assert fitted.loss_after < fitted.loss_before


def test_a_free_curve_is_taken_only_with_many_labels_and_where_it_is_better() -> None:
    def stepped(p):
        return np.where(p < 0.5, 0.45 + p / 100, 0.55 + p / 100)

    many, few = fit(*drawn(800, 3, stepped)), fit(*drawn(MIN_ISOTONIC - 1, 3, stepped))
    assert many is not None
    assert few is not None
    assert few.curve.method != "isotonic"
    kinked = fit(*drawn(2000, 4, lambda p: np.where(p < 0.8, p / 8, (p - 0.3) / 0.7)))
    assert kinked is not None
    assert kinked.curve.method == "isotonic"


def test_numbers_that_are_right_stay_as_they_are() -> None:
    fitted = fit(*drawn(3000, 5))
    assert fitted is not None
    assert fitted.curve.method == "as_is"
    assert fitted.curve([0.25, 0.5]).tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("true", "false", "enough"),
    [(10, 10, True), (10, 9, False), (17, 3, True), (18, 2, False), (40, 0, False)],
)
def test_few_labels_fit_nothing_and_the_group_says_why(true: int, false: int, enough: bool) -> None:
    samples = [Sample("fall", "m", "clip", 0.5 + n / 1000, n < true) for n in range(true + false)]
    (group,) = fit_groups(samples)
    assert (group.fit is not None) is enough
    assert (group.calibration is not None) is enough
    if not enough:
        assert str(true + false if true + false < MIN_LABELS else true) in group.why_not


def test_where_more_means_less_the_curve_is_flat() -> None:
    raw, truth = np.linspace(0.1, 0.9, 40), np.arange(40) < 20
    assert np.ptp(platt(raw, truth)(EVERYWHERE)) == pytest.approx(0)
    assert platt(raw, truth)([0.3])[0] == pytest.approx(0.5)


@pytest.mark.parametrize("way", [platt, isotonic], ids=lambda way: way.__name__)
def test_nothing_is_certain_after_a_few_samples(way) -> None:
    raw, truth = np.array([0.0] * 10 + [1.0] * 10), np.array([False] * 10 + [True] * 10)
    low, high = way(raw, truth)([0.0, 1.0])
    assert 0 < low < 0.2
    assert 0.8 < high < 1
    assert math.isfinite(log_loss(way(raw, truth)([0.0, 1.0]), [True, False]))


def test_kinds_models_and_sources_are_fitted_apart() -> None:
    samples = [
        Sample(kind, model, source, 0.4 + n / 100, n % 2 == 0)
        for kind, model, source in (
            ("a", "m", "clip"),
            ("b", "m", "clip"),
            ("a", "n", "clip"),
            ("a", "m", "logprobs"),
        )
        for n in range(20)
    ]
    assert [(g.kind, g.model, g.source, len(g.raw)) for g in fit_groups(samples)] == [
        ("a", "m", "clip", 20),
        ("a", "m", "logprobs", 20),
        ("a", "n", "clip", 20),
        ("b", "m", "clip", 20),
    ]


@pytest.mark.parametrize(
    ("probability", "decided"),
    [
        (0.7, Verification.CONFIRMED),
        (0.5, Verification.CONFIRMED),
        (0.49, Verification.UNSURE),
        (0.2, Verification.UNSURE),
        (0.19, Verification.REJECTED),
    ],
)
def test_the_calibrated_probability_decides(probability: float, decided: Verification) -> None:
    known = Calibration("k", "m", "s", "isotonic", ((0.0, probability), (1.0, probability)), 20, 0.2, 0.1)
    said = verdict(Verification.REJECTED, raw=0.9, probability=0.9, calibrated=False, notes=())
    read = calibrated(said, known, confirm=0.5, reject_below=0.2)
    assert (read.verification, read.calibrated, read.raw) == (decided, True, 0.9)
    assert read.probability == pytest.approx(probability)


def test_what_was_found_against_a_verdict_outweighs_its_probability() -> None:
    known = Calibration("k", "m", "s", "as_is", (), 20, 0.2, 0.1)
    doubted = verdict(Verification.UNSURE, raw=0.99, notes=("yes to both forms",))
    assert calibrated(doubted, known, 0.5, 0.2).verification is Verification.UNSURE
    unclear = replace(doubted, notes=())
    assert calibrated(unclear, known, 0.5, 0.2).verification is Verification.CONFIRMED


def test_a_curve_is_the_same_from_its_stored_form() -> None:
    raw, truth = (np.array(each) for each in drawn(300, 6, too_sure))
    for curve in (platt(raw, truth), isotonic(raw, truth)):
        again = Curve(curve.method, tuple((float(a), float(b)) for a, b in curve.parameters))
        assert again(EVERYWHERE).tolist() == curve(EVERYWHERE).tolist()
