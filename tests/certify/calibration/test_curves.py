"""The shape of calibration curves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.certify import Curve, log_loss
from secondsight.certify.calibration.curves import isotonic
from secondsight.certify.calibration.curves import platt as platt_of_all

EVERYWHERE = np.linspace(0, 1, 201)
Rows = list[tuple[float, bool]]


def rows(least: int, most: int) -> st.SearchStrategy[Rows]:
    return st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=least, max_size=most)


def platt(raw, truth) -> Curve:
    """The curve of one kind that is alone."""
    (curve,) = platt_of_all([(np.asarray(raw, dtype=float), np.asarray(truth, dtype=bool))])
    return curve


@pytest.mark.parametrize("way", [platt, isotonic], ids=lambda way: way.__name__)
@given(rows(1, 60))
def test_a_curve_rises_and_stays_within_0_and_1(way, samples: Rows) -> None:
    raw, truth = np.array([p for p, _ in samples]), np.array([t for _, t in samples])
    curve = way(raw, truth)
    read = curve(EVERYWHERE)
    assert ((read >= 0) & (read <= 1)).all()
    assert (np.diff(read) >= -1e-12).all()


@given(rows(1, 25))
def test_isotonic_is_the_least_squares_step_curve(samples: Rows) -> None:
    """By the max-min formula (Barlow et al. 1972): the largest over all begins of the smallest mean from there."""
    raw, truth = np.array([p for p, _ in samples]), np.array([t for _, t in samples])
    values = np.unique(raw)
    least = 1 / (len(raw) + 2)
    for at, value in enumerate(values):
        means = [
            [truth[(raw >= values[i]) & (raw <= values[j])].mean() for j in range(at, len(values))]
            for i in range(at + 1)
        ]
        expected = np.clip(max(min(row) for row in means), least, 1 - least)
        assert isotonic(raw, truth)([value])[0] == pytest.approx(expected, abs=1e-9)


def test_isotonic_has_a_corner_at_either_end_of_each_step() -> None:
    raw = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    truth = np.array([False, True, False, False, True, True, True])
    third = pytest.approx(1 / 3)
    corners: tuple[object, ...] = isotonic(raw, truth).parameters
    assert corners == (
        (0.1, pytest.approx(1 / 9)),
        (0.2, third),
        (0.4, third),
        (0.5, pytest.approx(8 / 9)),
        (0.7, pytest.approx(8 / 9)),
    )


def test_isotonic_joins_steps_that_differ_by_rounding_alone() -> None:
    truth = np.array(
        [int(digit) for digit in "11101110101101110000111101011000100001000111000100101010"], bool
    )
    levels = [y for _, y in isotonic(np.linspace(0, 1, len(truth)), truth).parameters]
    assert (np.diff(sorted(set(levels))) > 1e-9).all()


def test_where_more_means_less_the_curve_is_flat() -> None:
    raw, truth = np.linspace(0.1, 0.9, 40), np.arange(40) < 20
    assert np.ptp(platt(raw, truth)(EVERYWHERE)) == pytest.approx(0)
    assert platt(raw, truth)([0.3])[0] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("way", [platt, isotonic], ids=lambda way: way.__name__)
def test_nothing_is_certain_after_a_few_samples(way) -> None:
    raw, truth = np.array([0.0] * 10 + [1.0] * 10), np.array([False] * 10 + [True] * 10)
    low, high = way(raw, truth)([0.0, 1.0])
    assert 0 < low < 0.2
    assert 0.8 < high < 1
    assert math.isfinite(log_loss(way(raw, truth)([0.0, 1.0]), [True, False]))


def test_a_curve_is_the_same_from_its_stored_form() -> None:
    rng = np.random.default_rng(6)
    raw, truth = (rng.random(300), rng.random(300) < 0.4)
    for curve in (platt(raw, truth), isotonic(raw, truth)):
        again = Curve(curve.method, tuple((float(a), float(b)) for a, b in curve.parameters))
        assert again(EVERYWHERE).tolist() == curve(EVERYWHERE).tolist()
