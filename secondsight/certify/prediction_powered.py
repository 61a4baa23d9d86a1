"""A mean from many cheap predictions and few expensive labels: prediction-powered inference."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CorrectedMean:
    """A mean of predictions, corrected by labels.

    Attributes:
        mean: the estimate.
        low, high: confidence interval; asymptotic, so trust it from some 30 labelled clusters on.
        trust: how far predictions were used, 0 (labels alone) to 1; what they deserve by their agreement.
    """

    mean: float
    low: float
    high: float
    trust: float


def prediction_powered_mean(
    labels: NDArray[np.float64],
    predicted: NDArray[np.float64],
    others: NDArray[np.float64],
    *,
    alpha: float = 0.05,
) -> CorrectedMean:
    """The mean of what labels measure, over items of which few are labelled and all are predicted.

    Angelopoulos et al., "Prediction-powered inference", Science 2023, algorithm 1, with the power tuning of "PPI++"
    (Angelopoulos, Duchi and Zrnic 2023, section 6). However wrong the predictions are, the estimate is not biased: a
    brain that says yes to everything only widens the interval. Items are independent; where they come in
    clusters, give means of clusters.

    Args:
        labels: of the labelled items, float (n,), n >= 2.
        predicted: predictions for those, (n,).
        others: predictions for the items without a label, (m,), m >= 2.
        alpha: probability with which the interval misses.
    """
    if labels.shape != predicted.shape or len(labels) < 2 or len(others) < 2:
        raise ValueError("at least two labels, as many predictions for them, and two predictions of others")
    n, m = len(labels), len(others)
    spread = float(np.var(np.concatenate([predicted, others]), ddof=1))
    shared = float(np.cov(labels, predicted, ddof=1)[0, 1])
    trust = min(1.0, max(0.0, shared / ((1 + n / m) * spread))) if spread > 0 else 0.0
    mean = float(trust * others.mean() + (labels - trust * predicted).mean())
    variance = trust**2 * np.var(others, ddof=1) / m + np.var(labels - trust * predicted, ddof=1) / n
    reach = float(NormalDist().inv_cdf(1 - alpha / 2) * np.sqrt(variance))
    return CorrectedMean(mean, mean - reach, mean + reach, trust)
