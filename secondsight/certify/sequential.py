"""Statistics that may be looked at after every observation: betting confidence sequences and e-processes.

To look each day and stop when the figure pleases breaks an ordinary confidence interval. These hold at all times at
once, because they are the wealth of a gambler who bets against what is to be refuted: in a fair game it
passes 1/alpha with probability alpha at most (Ville's inequality).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GRID = 1000
"""Candidate means between 0 and 1 that a confidence sequence keeps a wealth for."""
_STAKE = 0.5
"""Largest share of the wealth of a confidence sequence that one observation can lose (c in the paper)."""
_BOLD = 0.9
"""The same for an e-process."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval that holds with the confidence it was asked for.

    Attributes:
        low, high: both ends belong to it.
    """

    low: float
    high: float


class ConfidenceSequence:
    """Bounds on the mean of values in 0..1, valid after each of them at once.

    The hedged capital process with predictable plug-in bets: Waudby-Smith and Ramdas, "Estimating means of bounded
    random variables by betting", JRSS B 2023, Theorem 3 and equation (26). Needs values whose mean, given those
    before, is constant; they need not be independent. Where values come in clusters, give it one mean per cluster.

    Args:
        alpha: probability with which the bounds may ever miss the mean.

    Examples:
        >>> from secondsight.certify import ConfidenceSequence
        >>> sequence = ConfidenceSequence(alpha=0.05)
        >>> for found in (1.0, 1.0, 0.0, 1.0) * 50:
        ...     sequence.add(found)
        >>> round(sequence.bounds.low, 2), round(sequence.bounds.high, 2)
        (0.65, 0.85)
    """

    def __init__(self, alpha: float = 0.05) -> None:
        self._alpha = alpha
        self._means = np.linspace(0.0, 1.0, _GRID + 1)
        self._up = np.zeros(_GRID + 1)
        self._down = np.zeros(_GRID + 1)
        self._moments = _Moments()
        self.bounds = Bounds(0.0, 1.0)

    @property
    def count(self) -> int:
        """Values so far."""
        return self._moments.count

    def add(self, value: float) -> None:
        """Take the next value, 0..1. Raises ValueError outside that."""
        _check(value)
        count = self.count + 1
        bet = np.sqrt(2 * np.log(2 / self._alpha) / (self._moments.variance * count * np.log(count + 1)))
        means = self._means
        with np.errstate(divide="ignore"):
            self._up += np.log1p(np.minimum(bet, _STAKE / means) * (value - means))
            self._down += np.log1p(-np.minimum(bet, _STAKE / (1 - means)) * (value - means))
        self._moments.add(value)
        wealth = np.maximum(self._up, self._down) - np.log(2)
        possible = means[wealth < np.log(1 / self._alpha)]
        step = 1 / _GRID
        if possible.size:
            # A step wider on both sides, since the truth may lie between two candidates.
            low = max(self.bounds.low, float(possible[0]) - step)
            high = min(self.bounds.high, float(possible[-1]) + step)
            self.bounds = Bounds(low, max(low, high))


class EProcess:
    """Evidence that the mean of values in 0..1 is above a limit; to be read after each of them.

    The capital of a one-sided bet, its size chosen by the approximate GRAPA rule: Waudby-Smith and Ramdas 2023,
    section 4 and appendix B.3. If the mean, given the past, never exceeds the limit, `evidence` ever reaches 1/alpha
    with probability alpha at most.

    Args:
        limit: what the mean is not above, unless the evidence speaks against it; between 0 and 1, exclusive.

    Attributes:
        evidence: the highest wealth so far; starts at 1.
    """

    def __init__(self, limit: float) -> None:
        if not 0 < limit < 1:
            raise ValueError(f"the limit lies between 0 and 1, not at {limit:g}")
        self._limit = limit
        self._wealth = 1.0
        self._moments = _Moments()
        self.evidence = 1.0

    @property
    def count(self) -> int:
        """Values so far."""
        return self._moments.count

    def add(self, value: float) -> None:
        """Take the next value, 0..1. Raises ValueError outside that."""
        _check(value)
        ahead = self._moments.mean - self._limit
        bet = ahead / (self._moments.variance + ahead**2)
        bet = min(max(bet, 0.0), _BOLD / self._limit)
        self._wealth *= 1 + bet * (value - self._limit)
        self.evidence = max(self.evidence, self._wealth)
        self._moments.add(value)

    def refutes(self, alpha: float) -> bool:
        """Whether a mean at or below the limit is refuted at level `alpha`."""
        return self.evidence >= 1 / alpha


class _Moments:
    """Running mean and variance that begin as if one value of 1/2 and a variance of 1/4 had been seen.

    A bet may rest on the past only: read them before adding.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0.5
        self._squares = 0.25

    @property
    def mean(self) -> float:
        return self._sum / (self.count + 1)

    @property
    def variance(self) -> float:
        return self._squares / (self.count + 1)

    def add(self, value: float) -> None:
        self.count += 1
        self._sum += value
        self._squares += (value - self.mean) ** 2


def cluster_means(values: NDArray[np.float64], clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean of each cluster, by its number: what counts as one observation where members depend on each other.

    Args:
        values: float (n,).
        clusters: number of the cluster of each, (n,).
    """
    _, place = np.unique(clusters, return_inverse=True)
    return np.asarray(np.bincount(place, weights=values) / np.bincount(place), dtype=np.float64)


def _check(value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"values lie in 0..1: {value}")
