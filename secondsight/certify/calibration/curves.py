"""Monotone curves from the probabilities a model gives to how often they come true.

Platt's curve is logistic on the logit (Platt, "Probabilistic Outputs for Support Vector Machines", 1999). With few
labels of a kind it follows chance, so the kinds of one model are fitted together: each kind's slope and offset
are drawn towards those of all, the more the fewer labels it has and the more alike the kinds are. How alike they are
is learned too: empirical Bayes (Kass and Steffey, "Approximate Bayesian Inference in Conditionally Independent
Hierarchical Models", 1989), by expectation and maximisation with Laplace's approximation of each kind's posterior.
Isotonic regression pools adjacent violators (Zadrozny and Elkan 2002; `scipy.optimize.isotonic_regression`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_EDGE = 1e-6
"""Least distance of probabilities from 0 and 1 when their logit is taken."""
_SAME_STEP = 1e-12
"""Steps of the isotonic curve that differ by less differ by rounding alone."""
_MEAN, _MEAN_SPREAD = np.array([1.0, 0.0]), np.array([1.0, 2.0])
"""Slope and offset that leave numbers as they are, and how far (standard deviations) a model's may lie from these."""
_SPREAD, _SPREAD_WEIGHT = np.array([0.3, 1.0]), 2.0
"""How far a kind's slope and offset may lie from the model's, and for how many kinds that expectation counts."""
_ROUNDS, _STEPS, _SETTLED = 30, 100, 1e-3

Parameters = tuple[tuple[float, float], ...]
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Labelled = tuple[Floats, Truths]
"""Probabilities (n,) of one kind, and outcomes (n,)."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A monotone map from probabilities to probabilities.

    Attributes:
        method: `as_is`, `platt` or `isotonic`.
        parameters: of `platt` one pair, slope (>= 0) and offset on the logit; of `isotonic` its corners, ascending
            in both numbers.
    """

    method: str
    parameters: Parameters = ()

    def __call__(self, raw: ArrayLike) -> Floats:
        """Map probabilities, float (n,) in 0..1, to calibrated ones, float64 (n,) in 0..1."""
        p = np.asarray(raw, dtype=np.float64)
        if self.method == "platt":
            ((slope, offset),) = self.parameters
            return _sigmoid(slope * _logit(p) + offset)
        if self.method == "isotonic":
            x, y = np.array(self.parameters).T
            return np.asarray(np.interp(p, x, y))
        return p


def as_is(kinds: Sequence[Labelled]) -> list[Curve]:
    """The curve that changes nothing, for each kind."""
    return [Curve("as_is")] * len(kinds)


def platt(kinds: Sequence[Labelled]) -> list[Curve]:
    """A logistic curve for each kind of one model, drawn towards that of all; flat where more would mean less."""
    known = [(_logit(p), y.astype(np.float64)) for p, y in kinds]
    mean, spread, middle = _MEAN, _SPREAD**2, np.tile(_MEAN, (len(kinds), 1))
    for _ in range(_ROUNDS):
        found = [_most_likely(x, y, mean, spread, begin) for (x, y), begin in zip(known, middle, strict=True)]
        before, middle = middle, np.array([weights for weights, _ in found])
        weight = len(known) / spread, 1 / _MEAN_SPREAD**2
        mean = (weight[0] * middle.mean(axis=0) + weight[1] * _MEAN) / (weight[0] + weight[1])
        around = ((middle - mean) ** 2 + [variance for _, variance in found]).sum(axis=0)
        spread = (around + _SPREAD_WEIGHT * _SPREAD**2) / (len(known) + _SPREAD_WEIGHT)
        if np.abs(middle - before).max() < _SETTLED:
            break
    curves = []
    for (x, y), begin in zip(known, middle, strict=True):
        slope, offset = _most_likely(x, y, mean, spread, begin)[0].tolist()
        if slope < 0:
            slope, offset = 0.0, _most_likely(0 * x, y, mean, spread, begin)[0].tolist()[1]
        curves.append(Curve("platt", ((slope, offset),)))
    return curves


def _most_likely(x: Floats, y: Floats, mean: Floats, spread: Floats, begin: Floats) -> tuple[Floats, Floats]:
    """Slope and offset (2,) that labels and prior (means and variances) make most likely, and the variances that are
    left: Newton's steps from `begin`, halved while they go too far."""
    design = np.stack((x, np.ones_like(x)), axis=1)

    def cost(weights: Floats) -> float:
        z = design @ weights
        prior = float(((weights - mean) ** 2 / spread).sum())
        return float((np.logaddexp(0.0, z) - y * z).sum()) + prior / 2

    weights, curvature = begin, np.diag(1 / spread)
    for _ in range(_STEPS):
        q = _sigmoid(design @ weights)
        gradient = design.T @ (q - y) + (weights - mean) / spread
        curvature = (design.T * (q * (1 - q))) @ design + np.diag(1 / spread)
        if np.abs(gradient).max() < 1e-7:
            break
        step = np.linalg.solve(curvature, gradient)
        size, there = 1.0, cost(weights)
        while size > 1e-10 and cost(weights - size * step) > there - 1e-4 * size * float(gradient @ step):
            size /= 2
        weights = weights - size * step
    return weights, np.diag(np.linalg.inv(curvature))


def isotonic(p: Floats, y: Truths) -> Curve:
    """The rising step curve of least squares, its steps joined by straight lines and kept off 0 and 1."""
    from scipy.optimize import isotonic_regression  # takes a second to load, and only fitting needs it

    values, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    shares = np.bincount(inverse, weights=y.astype(np.float64)) / counts
    steps = isotonic_regression(shares, weights=counts).x
    # Nothing is certain after n samples (Laplace's rule of succession).
    least = 1 / (len(p) + 2)
    levels = np.clip(steps, least, 1 - least)
    begins = np.flatnonzero(np.diff(steps, prepend=-1.0) > _SAME_STEP)
    ends = np.append(begins[1:], len(values)) - 1
    corners: list[tuple[float, float]] = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        corners += [(float(values[at]), float(levels[begin])) for at in dict.fromkeys((begin, end))]
    return Curve("isotonic", tuple(corners))


def _logit(p: Floats) -> Floats:
    inside = np.clip(p, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))
