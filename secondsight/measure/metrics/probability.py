"""Are probabilities to be believed? Brier score, expected calibration error, reliability diagram."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions in [low, high): how many, their mean, and the share that came true."""

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
        brier: mean squared difference between probability and outcome, 0 best (Brier 1950).
        ece: expected calibration error, 0 best: mean over equal-width bins of |share - mean|, weighted by count
            (Naeini et al. 2015).
        bins: those that hold any prediction, in order.
    """

    count: int
    brier: float
    ece: float
    bins: tuple[Bin, ...]


def reliability(probabilities: ArrayLike, outcomes: Sequence[bool], bins: int = 10) -> Reliability | None:
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
    number = np.minimum((p * bins).astype(int), bins - 1)
    filled = tuple(
        Bin(i / bins, (i + 1) / bins, int(here.sum()), float(p[here].mean()), float(y[here].mean()))
        for i in range(bins)
        if (here := number == i).any()
    )
    ece = sum(one.count * abs(one.share - one.mean) for one in filled) / p.size
    return Reliability(p.size, float(np.mean((p - y) ** 2)), float(ece), filled)
