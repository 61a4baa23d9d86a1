"""What a model's probability means: for each kind a curve from what it says to what people found.

All kinds of one model are fitted together, so that one with few labels gets a curve too (`curves.platt`). Whether
curves are better than the numbers as they are is decided by log loss on samples that the fit had not seen: for the
model as a whole, and for a kind alone where it has labels enough to tell; with many a free curve competes as well.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from secondsight.cascade.feedback.calibration_curves import (
    Curve,
    Floats,
    Labelled,
    as_is,
    ece,
    isotonic,
    log_loss,
    platt,
)
from secondsight.records import Verdict, Verification
from secondsight.store import Calibration, CalibrationSample

MIN_LABELS, MIN_EACH = 20, 3
"""Labels of all kinds of a model from which on anything is fitted, and how many of either outcome they must hold.
From `MIN_LABELS` on a kind of its own may choose another curve than the model as a whole."""
MIN_OWN = 5
"""Labels of a kind from which on it gets a curve."""
MIN_ISOTONIC = 200
"""Labels of a kind from which on a free curve is tried: with fewer it follows chance (Niculescu-Mizil and Caruana
2005 needed about a thousand to prefer it; the choice by log loss is the safeguard here)."""
FOLDS = 5
NUMBERS_ALONE = frozenset({"clip"})
"""Sources of probability that come without an answer in words."""

CurveFitter = Callable[[Sequence[Labelled]], list[Curve]]


@dataclass(frozen=True, slots=True)
class FittedCurve:
    """A curve and what is known of it.

    Attributes:
        labels, true: samples of its kind, and those of them that were true.
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


@dataclass(frozen=True, slots=True)
class Group:
    """The samples of one kind, model and source, and what was fitted to them.

    Attributes:
        raw, truth: the samples.
        fit: None when they are too few.
        why_not: why nothing was fitted, for people.
    """

    kind: str
    model: str
    source: str
    raw: tuple[float, ...]
    truth: tuple[bool, ...]
    fit: FittedCurve | None
    why_not: str = ""

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


def fit_groups(samples: Iterable[CalibrationSample]) -> list[Group]:
    """Fit every kind of each model and source, whatever the order of the samples."""
    together: dict[tuple[str, str], dict[str, list[CalibrationSample]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for sample in samples:
        together[sample.model, sample.source][sample.kind].append(sample)
    groups = []
    for (model, source), kinds in together.items():
        names = sorted(kinds)
        known = [_labelled(kinds[name]) for name in names]
        problem = _problem(known)
        fits = [None] * len(known) if problem else _fits(known)
        for name, (raw, truth), fit in zip(names, known, fits, strict=True):
            few = "" if fit else problem or f"{len(raw)} labels; {MIN_OWN} of a kind are needed"
            groups.append(Group(name, model, source, tuple(raw.tolist()), tuple(truth.tolist()), fit, few))
    return sorted(groups, key=lambda group: (group.kind, group.model, group.source))


def _labelled(samples: Sequence[CalibrationSample]) -> Labelled:
    raw = np.clip(np.array([sample.raw for sample in samples], dtype=np.float64), 0.0, 1.0)
    truth = np.array([sample.truth for sample in samples], dtype=np.bool_)
    order = np.lexsort((raw, truth))
    return raw[order], truth[order]


def _problem(kinds: Sequence[Labelled]) -> str:
    """Why nothing can be fitted to these kinds of one model; empty if it can."""
    labels, true = sum(len(y) for _, y in kinds), sum(int(y.sum()) for _, y in kinds)
    if labels < MIN_LABELS:
        return f"{labels} labels; {MIN_LABELS} are needed, of all kinds together"
    if min(true, labels - true) < MIN_EACH:
        return f"{true} true and {labels - true} false; {MIN_EACH} of either are needed"
    return ""


def _fits(kinds: Sequence[Labelled]) -> list[FittedCurve | None]:
    """What is best for each kind; None for those with too few labels."""
    ways: list[CurveFitter] = [as_is, platt]
    unseen = [_cross_validated(way, kinds) for way in ways]
    curves = [way(kinds) for way in ways]
    truth = np.concatenate([y for _, y in kinds])
    usual = int(np.argmin([log_loss(np.concatenate(each), truth) for each in unseen]))
    fits: list[FittedCurve | None] = []
    for number, (p, y) in enumerate(kinds):
        if len(y) < MIN_OWN:
            fits.append(None)
            continue
        choices = [(each[number], curve[number]) for each, curve in zip(unseen, curves, strict=True)]
        if len(y) >= MIN_ISOTONIC:
            choices.append((_cross_validated(_free, [(p, y)])[0], isotonic(p, y)))
        if len(y) < MIN_LABELS:
            choices = [choices[usual]]
        read, curve = min(choices, key=lambda choice: log_loss(choice[0], y))
        fits.append(
            FittedCurve(
                curve=curve,
                labels=len(y),
                true=int(y.sum()),
                ece_before=ece(p, y),
                ece_after=ece(read, y),
                loss_before=log_loss(p, y),
                loss_after=log_loss(read, y),
                unseen=tuple(read.tolist()),
            )
        )
    return fits


def _free(kinds: Sequence[Labelled]) -> list[Curve]:
    return [isotonic(p, y) for p, y in kinds]


def _cross_validated(way: CurveFitter, kinds: Sequence[Labelled]) -> list[Floats]:
    """What curves fitted without it give each sample. Every fold holds its share of both outcomes of each kind, drawn
    at random: taken in turn from the sorted samples, the folds would be too much alike, and chance would look like
    truth."""
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
        for read, (p, _), fold, curve in zip(unseen, kinds, folds, way(known), strict=True):
            read[fold == number] = curve(p[fold == number])
    return unseen


def calibrated(verdict: Verdict, known: Calibration, confirm: float, reject_below: float) -> Verdict:
    """The verdict with its probability read by a calibration.

    Of a model that gives nothing but a number, that decides: confirmed from `confirm` on, rejected below
    `reject_below`, else unsure. One that answers in words was held to them by the guard: its number may take
    certainty away, but makes no verdict of what was unclear or contradicted, and none the other way round.
    """
    assert verdict.raw is not None
    probability = float(Curve(known.method, known.parameters)([verdict.raw])[0])
    decided = Verification.UNSURE
    if probability >= confirm:
        decided = Verification.CONFIRMED
    elif probability < reject_below:
        decided = Verification.REJECTED
    if verdict.probability_source not in NUMBERS_ALONE and decided is not verdict.verification:
        decided = Verification.UNSURE
    return replace(verdict, verification=decided, probability=probability, calibrated=True)
