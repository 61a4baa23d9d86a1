"""How reliable probabilities are: Brier score, log loss, expected calibration error, reliability diagram."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 10
_EDGE = 1e-6
"""Least distance of probabilities from 0 and 1 in the log loss."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions in [low, high): their count, their mean, and the share that came true."""

    low: float
    high: float
    count: int
    mean: float
    share: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How probabilities compare with what happened.

    Attributes:
        count: predictions.
        brier: see `brier`.
        ece: expected calibration error, see `ece`.
        bins: those with any prediction, in order.
    """

    count: int
    brier: float
    ece: float
    bins: tuple[Bin, ...]


def reliability(probabilities: ArrayLike, outcomes: Sequence[bool], bins: int = BINS) -> Reliability | None:
    """Compare probabilities with outcomes; None if there are none.

    Args:
        probabilities: float (n,), 0..1.
        outcomes: whether each came true, (n,).
        bins: of equal width; the last includes 1.
    """
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    if p.shape != y.shape or p.ndim != 1:
        raise ValueError(f"as many probabilities as outcomes: {p.shape} and {y.shape}")
    if not p.size:
        return None
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("probabilities lie in 0..1")
    number = _bin_of(p, bins)
    filled = tuple(
        Bin(i / bins, (i + 1) / bins, int(here.sum()), float(p[here].mean()), float(y[here].mean()))
        for i in range(bins)
        if (here := number == i).any()
    )
    return Reliability(p.size, brier(p, y), ece(p, y, bins), filled)


def brier(p: ArrayLike, y: ArrayLike) -> float:
    """Mean squared difference between probabilities and outcomes, both (n,); 0 best (Brier 1950)."""
    return float(np.mean((np.asarray(p, dtype=np.float64) - np.asarray(y, dtype=np.float64)) ** 2))


def ece(p: ArrayLike, y: ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error of probabilities and outcomes, both (n,), over equal-width bins; 0 best.

    The mean over bins of |share of true outcomes - mean probability|, weighted by count (Naeini et al. 2015).
    """
    given, real = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    gaps = np.bincount(_bin_of(given, bins), weights=real - given, minlength=bins)
    return float(np.abs(gaps).sum() / given.size)


def log_loss(p: ArrayLike, y: ArrayLike) -> float:
    """Mean negative log-likelihood of outcomes (n,) under probabilities (n,), in nats; 0 best."""
    given = np.clip(np.asarray(p, dtype=np.float64), _EDGE, 1 - _EDGE)
    return float(-np.mean(np.where(np.asarray(y, dtype=np.bool_), np.log(given), np.log1p(-given))))


def _bin_of(p: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    return np.minimum((p * bins).astype(np.intp), bins - 1)
