"""What a model's probability means: for each kind a curve from what it gives to what people found.

All kinds of one model are fitted together (`certify.fit_curves`), so that one with few labels gets a curve too.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from secondsight.certify import Curve, FittedCurve, Labelled, fit_curves, shortage
from secondsight.records import Verdict, Verification
from secondsight.store import Calibration, CalibrationSample

NUMBERS_ALONE = frozenset({"clip"})
"""Sources of probabilities that come without an answer in words."""


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """The samples of one kind, model and source, and what was fitted to them.

    Attributes:
        raw, truth: the samples.
        fit: None when there are too few.
        why_not: why nothing was fitted, in words; empty if something was.
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
        """The calibration to store; None if nothing was fitted."""
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


def fit_groups(samples: Iterable[CalibrationSample]) -> list[CalibrationGroup]:
    """Fit every kind of each model and source; the order of the samples does not matter."""
    together: dict[tuple[str, str], dict[str, list[CalibrationSample]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for sample in samples:
        together[sample.model, sample.source][sample.kind].append(sample)
    groups = []
    for (model, source), kinds in together.items():
        names = sorted(kinds)
        known = [_labelled(kinds[name]) for name in names]
        for name, (raw, truth), fit in zip(names, known, fit_curves(known), strict=True):
            why_not = "" if fit else shortage(known, len(raw))
            groups.append(
                CalibrationGroup(
                    name, model, source, tuple(raw.tolist()), tuple(truth.tolist()), fit, why_not
                )
            )
    return sorted(groups, key=lambda group: (group.kind, group.model, group.source))


def _labelled(samples: Sequence[CalibrationSample]) -> Labelled:
    raw = np.clip(np.array([sample.raw for sample in samples], dtype=np.float64), 0.0, 1.0)
    truth = np.array([sample.truth for sample in samples], dtype=np.bool_)
    order = np.lexsort((raw, truth))
    return raw[order], truth[order]


def calibrated(verdict: Verdict, known: Calibration, confirm: float, reject_below: float) -> Verdict:
    """The verdict with its probability read from a calibration curve.

    For a model that gives nothing but a number, that number decides: confirmed from `confirm` upwards, rejected below
    `reject_below`, else unsure. A model that answers in words was checked by the guard: its number may turn a
    decision into unsure, but never an unclear or contradicted answer into a decision, nor one decision into another.

    Args:
        verdict: not calibrated yet, with a raw probability.
        known: the calibration of its kind, model and source.
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
