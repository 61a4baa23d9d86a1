"""Brier score, calibration error and reliability bins."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.certify import Bin, ece, log_loss, reliability
from tests.approx import approx


def test_by_hand() -> None:
    found = reliability([0.1, 0.3, 0.3, 0.9, 1.0], [False, True, False, True, True], bins=2)
    assert found is not None
    assert found.count == 5
    assert found.brier == pytest.approx((0.01 + 0.49 + 0.09 + 0.01 + 0) / 5)
    assert found.bins == (
        Bin(0.0, 0.5, 3, approx(0.7 / 3), approx(1 / 3)),
        Bin(0.5, 1.0, 2, approx(0.95), 1.0),
    )
    assert found.ece == pytest.approx((3 * (1 / 3 - 0.7 / 3) + 2 * 0.05) / 5)


def test_nothing_and_nonsense() -> None:
    assert reliability([], []) is None
    with pytest.raises(ValueError, match=r"0\.\.1"):
        reliability([1.5], [True])
    with pytest.raises(ValueError, match="as many"):
        reliability([0.5], [])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.integers(1, 20))
def test_bounds(pairs: list[tuple[float, bool]], bins: int) -> None:
    found = reliability([p for p, _ in pairs], [y for _, y in pairs], bins)
    assert found is not None
    assert 0 <= found.brier <= 1
    assert 0 <= found.ece <= 1
    assert sum(one.count for one in found.bins) == len(pairs)
    sure = reliability([float(y) for _, y in pairs], [y for _, y in pairs], bins)
    assert sure is not None
    assert sure.brier == sure.ece == 0


def test_log_loss_by_hand() -> None:
    assert log_loss([0.25, 0.5], [True, False]) == pytest.approx((math.log(4) + math.log(2)) / 2)
    assert math.isfinite(log_loss([0.0], [True]))


def test_ece_is_that_of_the_diagram() -> None:
    p, y = [0.05, 0.17, 0.93, 1.0], [True, False, True, False]
    found = reliability(p, y)
    assert found is not None
    gaps = [one.count * abs(one.share - one.mean) for one in found.bins]
    assert ece(p, y) == found.ece == pytest.approx(sum(gaps) / 4)
