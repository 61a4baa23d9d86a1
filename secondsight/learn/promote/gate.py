"""The offline gate: a candidate against production on the reference set, per class, camera and condition."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from secondsight.learn.datasets.build import Dataset, DatasetItem
from secondsight.learn.datasets.splits import Split
from secondsight.learn.promote.scoring import score_picture
from secondsight.learn.values import LabelledBox

_FEW = 10
"""Labelled things below which a part of the reference set decides nothing by itself."""

RECALL, RECALL_BEFORE = "recall ", "recall before "
"""Beginnings of the names under which the history keeps recalls."""

See = Callable[[DatasetItem], Sequence[LabelledBox]]
"""What a model sees in a picture."""


@dataclass(frozen=True, slots=True)
class GateRow:
    """One class in one part of the reference set.

    Attributes:
        label: the class. part: `all`, a camera, or `dark` and `bright`.
        true: things that were there.
        production, candidate: how many of them each found.
        false_production, false_candidate: what each reported that was not there.
    """

    label: str
    part: str
    true: int
    production: int
    candidate: int
    false_production: int
    false_candidate: int

    @property
    def lost(self) -> float:
        """Recall that the candidate lost, -1..1."""
        return (self.production - self.candidate) / self.true if self.true else 0.0


@dataclass(frozen=True, slots=True)
class GateResult:
    """What the reference set says.

    Attributes:
        reasons: why the candidate does not pass; none if it does.
        decided: False where the reference set is too small to say anything.
    """

    rows: tuple[GateRow, ...]
    reasons: tuple[str, ...]
    decided: bool = True

    @property
    def passed(self) -> bool:
        return not self.reasons

    @property
    def recalls(self) -> dict[str, float]:
        """What each found of a class on the whole reference set: `recall person`, and `recall before person`."""
        whole = [row for row in self.rows if row.part == ALL and row.true]
        now = {f"{RECALL}{row.label}": row.candidate / row.true for row in whole}
        return now | {f"{RECALL_BEFORE}{row.label}": row.production / row.true for row in whole}


def run_gate(dataset: Dataset, production: See, candidate: See, *, margin: float, least: int) -> GateResult:
    """Compare two models on the reference set of a dataset.

    The gate spares the shadow what is clearly worse. It proves nothing: that is the sequential test's.

    Args:
        margin: recall that may be lost, per class, in all and in every part with enough labelled things.
        least: labelled things that the reference set must have.
    """
    items = dataset.of(Split.REFERENCE)
    labelled = sum(len(item.boxes) for item in items)
    if labelled < least:
        reason = (
            f"the reference set has {labelled} labelled things, and {least} are needed; "
            "label samples with `secondsight label`"
        )
        return GateResult((), (reason,), decided=False)
    rows = _rows(items, production, candidate)
    reasons = [
        f"{row.label} ({row.part}): found {row.candidate} of {row.true}, production {row.production}"
        for row in rows
        if row.lost > margin and (row.part == ALL or row.true >= _FEW)
    ]
    if not reasons and not _gains(rows):
        reasons.append("it is better in nothing: no fewer false reports, and no more found of any class")
    return GateResult(tuple(rows), tuple(reasons))


ALL = "all"


def _gains(rows: Sequence[GateRow]) -> bool:
    whole = [row for row in rows if row.part == ALL]
    fewer = sum(row.false_candidate for row in whole) < sum(row.false_production for row in whole)
    return fewer or any(row.candidate > row.production for row in whole)


def _rows(items: Sequence[DatasetItem], production: See, candidate: See) -> list[GateRow]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for item in items:
        parts = (ALL, item.day.rpartition("/")[0], item.condition)
        for who, see in (("production", production), ("candidate", candidate)):
            score = score_picture(see(item), item.boxes, item.ignored)
            for part in parts:
                for label, number in score.found.items():
                    counts[label, part][who] += number
                for label, number in score.false.items():
                    counts[label, part][f"false_{who}"] += number
                if who == "production":
                    for label, number in score.true.items():
                        counts[label, part]["true"] += number
    return [
        GateRow(
            label,
            part,
            **{
                name: found[name]
                for name in ("true", "production", "candidate", "false_production", "false_candidate")
            },
        )
        for (label, part), found in sorted(counts.items(), key=lambda entry: (entry[0][1] != ALL, entry[0]))
    ]
