"""Which thresholds keep a risk below a limit, with stated confidence: Learn-then-Test."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.certify.sequential import cluster_means


@dataclass(frozen=True, slots=True)
class CertifiedThreshold:
    """A threshold whose risk is bounded.

    Attributes:
        threshold: the boldest one that is certified.
        risk: its mean loss on the labelled clusters.
        limit: with the confidence asked for, its true risk is no higher.
        clusters: how many the certificate rests on.
    """

    threshold: float
    risk: float
    limit: float
    clusters: int


def risk_p_value(losses: NDArray[np.float64], limit: float) -> float:
    """P-value of "the mean loss exceeds `limit`", for independent losses in 0..1, float (n,).

    The smaller of Hoeffding's and Bentkus's bound: Bates et al., "Distribution-free, risk-controlling prediction
    sets", JACM 2021, Theorem 5; Angelopoulos et al., "Learn then test", 2021, Proposition 1.
    """
    from scipy.special import bdtr  # not with the module: every run would load it, and few certify

    count = len(losses)
    if not count:
        return 1.0
    mean = float(np.mean(losses))
    if mean >= limit:
        return 1.0
    hoeffding = math.exp(-count * _divergence(mean, limit))
    bentkus = math.e * float(bdtr(math.ceil(count * mean - 1e-9), count, limit))
    return min(1.0, hoeffding, bentkus)


def certify_threshold(
    losses: NDArray[np.float64],
    thresholds: Sequence[float],
    clusters: NDArray[np.int64],
    *,
    limit: float,
    alpha: float = 0.05,
) -> CertifiedThreshold | None:
    """The last of some thresholds, in order of boldness, whose risk is certified.

    Fixed-sequence testing of Learn-then-Test (Angelopoulos et al. 2021, section 3.2): from the safest on, until
    one fails. The chance that the returned one has a risk above `limit` is `alpha` at most. A cluster, such as a
    camera-day, counts once, with its mean loss: its members may depend on each other in any way.

    Args:
        losses: of each member under each threshold, 0..1, float (members, thresholds).
        thresholds: from the safest to the boldest.
        clusters: number of each member's cluster, (members,).
        limit: highest risk, as a mean over clusters.
        alpha: probability of being wrong.

    Returns:
        None if not even the safest can be certified: there are too few clusters, or it is too risky.
    """
    if losses.shape != (len(clusters), len(thresholds)):
        raise ValueError(
            f"losses of {len(clusters)} members under {len(thresholds)} thresholds: {losses.shape}"
        )
    best = None
    for column, threshold in enumerate(thresholds):
        means = cluster_means(losses[:, column], clusters)
        if risk_p_value(means, limit) > alpha:
            break
        best = CertifiedThreshold(float(threshold), float(means.mean()), limit, len(means))
    return best


def _divergence(a: float, b: float) -> float:
    """Kullback-Leibler divergence of two coins, in nats."""
    heads = a * math.log(a / b) if a > 0 else 0.0
    tails = (1 - a) * math.log((1 - a) / (1 - b)) if a < 1 else 0.0
    return heads + tails
