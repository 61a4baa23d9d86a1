"""What a model's probability means: a monotone curve from what it says to what people found, and how good that is.

Pure, on numbers alone. Two curves compete with leaving the numbers as they are: Platt's logistic one on the logit
(Platt, "Probabilistic Outputs for Support Vector Machines", 1999, with his smoothed targets; the safeguarded Newton
steps of Lin, Lin and Weng, "A Note on Platt's Probabilistic Outputs", 2007), and isotonic regression (pool adjacent
violators; Zadrozny and Elkan 2002). The lowest log loss on samples that the fit had not seen decides.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from secondsight.records import Verdict, Verification
from secondsight.store import Calibration, Sample

MIN_LABELS, MIN_EACH = 20, 3
"""Labels from which on anything is fitted, and how many of either outcome they must hold."""
MIN_ISOTONIC = 200
"""Labels from which on a free curve is tried: with fewer it follows chance (Niculescu-Mizil and Caruana 2005 needed
about a thousand to prefer it; the choice by log loss is the safeguard here)."""
FOLDS = 5
BINS = 10
_EDGE = 1e-6
"""Probabilities are kept so far from 0 and 1 before their logit is taken."""

Parameters = tuple[tuple[float, float], ...]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """A monotone reading of probabilities.

    Attributes:
        method: `as_is`, `platt` or `isotonic`.
        parameters: of `platt` one pair, slope (>= 0) and offset on the logit; of `isotonic` its corners, ascending
            in both numbers.
    """

    method: str
    parameters: Parameters = ()

    def __call__(self, raw: ArrayLike) -> _Floats:
        """Probabilities (n,) read by the curve, 0..1."""
        p = np.asarray(raw, dtype=np.float64)
        if self.method == "platt":
            ((slope, offset),) = self.parameters
            return _sigmoid(slope * _logit(p) + offset)
        if self.method == "isotonic":
            x, y = np.array(self.parameters).T
            return np.asarray(np.interp(p, x, y))
        return p


@dataclass(frozen=True, slots=True)
class Fit:
    """A curve and what is known of it.

    Attributes:
        labels, true: samples it was fitted to, and those of them that were true.
        ece_before, ece_after: expected calibration error of the raw numbers, and of curves on samples that they were
            not fitted to.
        loss_before, loss_after: log loss likewise, in nats.
        unseen: the probability that a curve fitted without it gives each sample, in the order of the samples.
    """

    curve: Curve
    labels: int
    true: int
    ece_before: float
    ece_after: float
    loss_before: float
    loss_after: float
    unseen: tuple[float, ...]


def fit(raw: Sequence[float], truth: Sequence[bool]) -> Fit | None:
    """The best curve for these samples, whatever their order; None when they are too few to fit anything."""
    p, y = np.asarray(raw, dtype=np.float64), np.asarray(truth, dtype=np.bool_)
    if p.shape != y.shape or p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("as many probabilities in 0..1 as outcomes")
    if len(y) < MIN_LABELS or min(y.sum(), (~y).sum()) < MIN_EACH:
        return None
    order = np.lexsort((p, y))
    p, y = p[order], y[order]
    ways: list[Callable[[_Floats, NDArray[np.bool_]], Curve]] = [_as_is, platt]
    if len(y) >= MIN_ISOTONIC:
        ways.append(isotonic)
    unseen = [_cross_validated(way, p, y) for way in ways]
    losses = [log_loss(one, y) for one in unseen]
    best = int(np.argmin(losses))
    back = np.empty(len(y))
    back[order] = unseen[best]
    return Fit(
        curve=ways[best](p, y),
        labels=len(y),
        true=int(y.sum()),
        ece_before=ece(p, y),
        ece_after=ece(unseen[best], y),
        loss_before=losses[0],
        loss_after=losses[best],
        unseen=tuple(back.tolist()),
    )


def platt(p: _Floats, y: NDArray[np.bool_]) -> Curve:
    """The logistic curve on the logit that fits best; flat where higher numbers would mean less."""
    positive, negative = int(y.sum()), int((~y).sum())
    target = np.where(y, (positive + 1) / (positive + 2), 1 / (negative + 2))
    x = _logit(p)
    weights = np.array([0.0, math.log((positive + 1) / (negative + 1))])
    design = np.stack((x, np.ones_like(x)), axis=1)
    loss = _logistic_loss(design @ weights, target)
    for _ in range(100):
        q = _sigmoid(design @ weights)
        gradient = design.T @ (q - target)
        if np.abs(gradient).max() < 1e-7:
            break
        curvature = (design.T * (q * (1 - q))) @ design + 1e-12 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-10:
            tried = weights - size * step
            there = _logistic_loss(design @ tried, target)
            if there < loss + 1e-4 * size * float(gradient @ -step):
                weights, loss = tried, there
                break
            size /= 2
        else:
            break
    slope, offset = float(weights[0]), float(weights[1])
    if slope < 0:
        mean = float(target.mean())
        slope, offset = 0.0, math.log(mean / (1 - mean))
    return Curve("platt", ((slope, offset),))


def isotonic(p: _Floats, y: NDArray[np.bool_]) -> Curve:
    """The rising step curve of least squares, its steps joined by straight lines and kept off 0 and 1."""
    values, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    sums = np.bincount(inverse, weights=y.astype(np.float64))
    blocks: list[list[float]] = []
    for value, count, total in zip(values.tolist(), counts.tolist(), sums.tolist(), strict=True):
        blocks.append([total, count, value, value])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            total_last, count_last, _, high = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total_last, blocks[-1][1] + count_last, blocks[-1][2], high]
    # Nothing is certain after n samples (Laplace's rule of succession).
    least = 1 / (len(p) + 2)
    corners: list[tuple[float, float]] = []
    for total, count, low, high in blocks:
        level = min(max(total / count, least), 1 - least)
        corners += [(low, level)] if low == high else [(low, level), (high, level)]
    return Curve("isotonic", tuple(corners))


def ece(p: ArrayLike, y: ArrayLike) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015), 0 best."""
    given, real = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    number = np.minimum((given * BINS).astype(int), BINS - 1)
    gaps = np.bincount(number, weights=real - given, minlength=BINS)
    return float(np.abs(gaps).sum() / len(given))


def log_loss(p: ArrayLike, y: ArrayLike) -> float:
    """Mean negative log-likelihood of the outcomes, nats."""
    given = np.clip(np.asarray(p, dtype=np.float64), _EDGE, 1 - _EDGE)
    return float(-np.mean(np.where(np.asarray(y, dtype=np.bool_), np.log(given), np.log1p(-given))))


def calibrated(verdict: Verdict, known: Calibration, confirm: float, reject_below: float) -> Verdict:
    """The verdict with its probability read by a calibration, and decided by that.

    Confirmed from `confirm` on, rejected below `reject_below`, else unsure. A verdict that is unsure for what was
    found against it stays so.
    """
    assert verdict.raw is not None
    probability = float(Curve(known.method, known.parameters)([verdict.raw])[0])
    decided = Verification.UNSURE
    if not (verdict.verification is Verification.UNSURE and verdict.notes):
        if probability >= confirm:
            decided = Verification.CONFIRMED
        elif probability < reject_below:
            decided = Verification.REJECTED
    return replace(verdict, verification=decided, probability=probability, calibrated=True)


def _as_is(p: _Floats, y: NDArray[np.bool_]) -> Curve:
    return Curve("as_is")


def _cross_validated(
    way: Callable[[_Floats, NDArray[np.bool_]], Curve], p: _Floats, y: NDArray[np.bool_]
) -> _Floats:
    """What curves fitted without it give each sample. Every fold holds its share of both outcomes, drawn at random:
    taken in turn from the sorted samples, the folds would be too much alike, and chance would look like truth."""
    rng = np.random.default_rng(0)
    fold = np.empty(len(y), dtype=np.intp)
    for outcome in (True, False):
        fold[y == outcome] = rng.permutation(np.arange((y == outcome).sum()) % FOLDS)
    unseen = np.empty(len(y))
    for number in range(FOLDS):
        held_out = fold == number
        unseen[held_out] = way(p[~held_out], y[~held_out])(p[held_out])
    return unseen


def _logit(p: _Floats) -> _Floats:
    inside = np.clip(p, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _sigmoid(x: _Floats) -> _Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


def _logistic_loss(x: _Floats, target: _Floats) -> float:
    return float(np.sum(np.logaddexp(0.0, x) - target * x))


@dataclass(frozen=True, slots=True)
class Group:
    """The samples of one kind, model and source, and what was fitted to them.

    Attributes:
        raw, truth: the samples.
        fit: None when they are too few.
    """

    kind: str
    model: str
    source: str
    raw: tuple[float, ...]
    truth: tuple[bool, ...]
    fit: Fit | None

    @property
    def why_not(self) -> str:
        """Why nothing was fitted, for people."""
        labels, true = len(self.truth), sum(self.truth)
        if labels < MIN_LABELS:
            return f"{labels} labels; {MIN_LABELS} are needed"
        return f"{true} true and {labels - true} false; {MIN_EACH} of either are needed"

    @property
    def calibration(self) -> Calibration | None:
        """What is to be stored of it."""
        if self.fit is None:
            return None
        return Calibration(
            kind=self.kind,
            model=self.model,
            source=self.source,
            method=self.fit.curve.method,
            parameters=self.fit.curve.parameters,
            samples=self.fit.labels,
            ece_before=self.fit.ece_before,
            ece_after=self.fit.ece_after,
        )


def fit_groups(samples: Iterable[Sample]) -> list[Group]:
    """Fit every kind, model and source on its own, in that order."""
    together: dict[tuple[str, str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        together[sample.kind, sample.model, sample.source].append(sample)
    groups = []
    for (kind, model, source), some in sorted(together.items()):
        raw = tuple(min(max(sample.raw, 0.0), 1.0) for sample in some)
        truth = tuple(sample.truth for sample in some)
        groups.append(Group(kind, model, source, raw, truth, fit(raw, truth)))
    return groups
