"""What a model found of what was there: boxes matched to labels, counted by class."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from secondsight.learn.values import LabelledBox
from secondsight.records import Box, iou

OVERLAP = 0.5
"""Intersection over union from which a box is of a labelled thing."""


@dataclass(frozen=True, slots=True)
class PictureScore:
    """One picture, counted by class.

    Attributes:
        true: what was there. found: how much of it was. false: what was reported and was not there.
    """

    true: Counter[str]
    found: Counter[str]
    false: Counter[str]


def score_picture(
    seen: Sequence[LabelledBox], truth: Sequence[LabelledBox], ignored: Sequence[Box] = ()
) -> PictureScore:
    """Compare what a model saw with what was there.

    The surest box takes the labelled thing of its class that it covers best, as in PASCAL VOC's evaluation
    (Everingham et al. 2010, section 4.2). A box that covers an ignored place counts neither way.
    """
    true = Counter(thing.label for thing in truth)
    found: Counter[str] = Counter()
    false: Counter[str] = Counter()
    open_things = list(truth)
    for box in sorted(seen, key=lambda one: -one.confidence):
        match = best_match(box, open_things)
        if match is not None:
            open_things.remove(match)
            found[box.label] += 1
        elif not any(iou(box.box, place) >= OVERLAP for place in ignored):
            false[box.label] += 1
    return PictureScore(true, found, false)


def best_match(box: LabelledBox, things: Sequence[LabelledBox]) -> LabelledBox | None:
    """The thing of the same class that a box covers best, if well enough."""
    same = [thing for thing in things if thing.label == box.label]
    best = max(same, key=lambda thing: iou(box.box, thing.box), default=None)
    return best if best is not None and iou(box.box, best.box) >= OVERLAP else None


def differences(
    one: Sequence[LabelledBox], other: Sequence[LabelledBox]
) -> tuple[list[LabelledBox], list[LabelledBox], list[LabelledBox]]:
    """What two models agree on (as the first has it), and what each saw alone."""
    agreed, alone = [], []
    rest = list(other)
    for box in sorted(one, key=lambda each: -each.confidence):
        match = best_match(box, rest)
        if match is None:
            alone.append(box)
        else:
            rest.remove(match)
            agreed.append(box)
    return agreed, alone, rest
