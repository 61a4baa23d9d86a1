"""Which curve calibrates each kind of a model best.

All kinds of one model are fitted together, so that one with few labels gets a curve too (`curves.platt`). Curves
replace the raw probabilities only where their log loss is smaller on samples that the fit had not seen. That is
decided for the model as a whole, and for a kind alone where it has labels enough to tell; with many labels an
isotonic curve competes as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from secondsight.certify.calibration.curves import Curve, Floats, Labelled, as_is, isotonic, platt
from secondsight.certify.calibration.reliability import ece, log_loss

MIN_LABELS = 20
"""Least labels of all kinds of a model, below which nothing is fitted. A kind with as many of its own may choose
another curve than the model as a whole."""
MIN_OUTCOMES = 3
"""Least labels of either outcome among them."""
MIN_KIND = 5
"""Least labels of a kind, below which it gets no curve."""
MIN_ISOTONIC = 200
"""Least labels of a kind for which an isotonic curve is tried: with fewer it follows chance (Niculescu-Mizil and
Caruana 2005 needed about a thousand to prefer it; the choice by log loss is the safeguard here)."""
FOLDS = 5

_CurveFitter = Callable[[Sequence[Labelled]], list[Curve]]


@dataclass(frozen=True, slots=True)
class FittedCurve:
    """A curve and how good it is.

    Attributes:
        labels, true: count of samples of its kind, and of those that were true.
        ece_before, ece_after: expected calibration error of the raw probabilities, and of curves on samples that
            they were not fitted to.
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


def fit_curves(kinds: Sequence[Labelled]) -> list[FittedCurve | None]:
    """The best curve for each kind of one model; None for kinds with too few labels.

    Args:
        kinds: for each kind, raw probabilities and outcomes.
    """
    if _shortage_of_model(kinds):
        return [None] * len(kinds)
    ways: list[_CurveFitter] = [as_is, platt]
    unseen = [_cross_validated(way, kinds) for way in ways]
    curves = [way(kinds) for way in ways]
    truth = np.concatenate([y for _, y in kinds])
    best = int(np.argmin([log_loss(np.concatenate(each), truth) for each in unseen]))
    fits: list[FittedCurve | None] = []
    for number, (p, y) in enumerate(kinds):
        if len(y) < MIN_KIND:
            fits.append(None)
            continue
        choices = [(each[number], curve[number]) for each, curve in zip(unseen, curves, strict=True)]
        if len(y) >= MIN_ISOTONIC:
            choices.append((_cross_validated(_isotonic, [(p, y)])[0], isotonic(p, y)))
        if len(y) < MIN_LABELS:
            choices = [choices[best]]
        calibrated, curve = min(choices, key=lambda choice: log_loss(choice[0], y))
        fits.append(
            FittedCurve(
                curve=curve,
                labels=len(y),
                true=int(y.sum()),
                ece_before=ece(p, y),
                ece_after=ece(calibrated, y),
                loss_before=log_loss(p, y),
                loss_after=log_loss(calibrated, y),
                unseen=tuple(calibrated.tolist()),
            )
        )
    return fits


def _isotonic(kinds: Sequence[Labelled]) -> list[Curve]:
    return [isotonic(p, y) for p, y in kinds]


def _cross_validated(way: _CurveFitter, kinds: Sequence[Labelled]) -> list[Floats]:
    """For each sample the probability from a curve that was fitted without it.

    Every fold has its share of both outcomes of each kind, drawn at random: taken in turn from the sorted samples,
    the folds would be too much alike, and the error would look too small.
    """
    rng = np.random.default_rng(0)
    folds = []
    for _, y in kinds:
        fold = np.empty(len(y), dtype=np.intp)
        for outcome in (True, False):
            # Where they begin is drawn too, or a kind's few labels would all be in the first folds.
            count = int((y == outcome).sum())
            fold[y == outcome] = rng.permutation((np.arange(count) + rng.integers(FOLDS)) % FOLDS)
        folds.append(fold)
    unseen = [np.empty(len(y)) for _, y in kinds]
    for number in range(FOLDS):
        known = [(p[fold != number], y[fold != number]) for (p, y), fold in zip(kinds, folds, strict=True)]
        for given, (p, _), fold, curve in zip(unseen, kinds, folds, way(known), strict=True):
            given[fold == number] = curve(p[fold == number])
    return unseen


def shortage(kinds: Sequence[Labelled], count: int) -> str:
    """Why a kind with this `count` of labels, among the kinds of one model, got no curve; for people."""
    return _shortage_of_model(kinds) or f"{count} labels; {MIN_KIND} of a kind are needed"


def _shortage_of_model(kinds: Sequence[Labelled]) -> str:
    labels, true = sum(len(y) for _, y in kinds), sum(int(y.sum()) for _, y in kinds)
    if labels < MIN_LABELS:
        return f"{labels} labels; {MIN_LABELS} are needed, of all kinds together"
    if min(true, labels - true) < MIN_OUTCOMES:
        return f"{true} true and {labels - true} false; {MIN_OUTCOMES} of either are needed"
    return ""
