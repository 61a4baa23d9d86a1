"""What the loop keeps: samples, labels, datasets, bundles. Plain values, without torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from secondsight.records import Box


class SampleReason(StrEnum):
    """Why a picture was kept for learning."""

    UNCERTAIN = "uncertain"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"
    MISSED = "missed"
    UNIFORM = "uniform"


class LabelSource(StrEnum):
    """Who says what is in a sample. Later ones overrule earlier ones."""

    SENTINEL = "sentinel"
    TRACK = "track"
    TEACHER = "teacher"
    BRAIN = "brain"
    HUMAN = "human"

    @property
    def rank(self) -> int:
        """The higher, the more it counts."""
        return list(LabelSource).index(self)


class BundleState(StrEnum):
    """Where a bundle stands on its way."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    PRODUCTION = "production"
    RETIRED = "retired"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One thing in a picture.

    Attributes:
        label: its class.
        box: where, in shares of the picture.
        confidence: that it is there and of this class, 0..1.
        track: number of the track that it belongs to, if one is known.
    """

    label: str
    box: Box
    confidence: float = 1.0
    track: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture kept for learning.

    Attributes:
        id: names the file too.
        camera, epoch, time: where and when it was taken; UTC seconds.
        reason: why it was kept.
        probability: with which it was drawn among its like; only `uniform` samples may estimate rates.
        path: of the JPEG, relative to the data folder.
        width, height: pixels.
        bundle: what was in production.
        seen: what that saw, with the tracker's numbers.
        brightness: mean of the picture, 0..1; tells night from day.
        sha256: of the file.
        score: the number behind the reason, such as the detection's confidence.
    """

    id: str
    camera: str
    epoch: int
    time: float
    reason: SampleReason
    probability: float
    path: str
    width: int
    height: int
    bundle: str
    seen: tuple[LabelledBox, ...]
    brightness: float
    sha256: str
    score: float = 0.0

    @property
    def day(self) -> str:
        """Camera and UTC day, the unit in which data is split and tests count: `hall/2026-01-31`."""
        return f"{self.camera}/{datetime.fromtimestamp(self.time, UTC):%Y-%m-%d}"

    @property
    def condition(self) -> str:
        """`dark` or `bright`."""
        return "dark" if self.brightness < DARK else "bright"


DARK = 0.25
"""Mean brightness below which a picture counts as dark."""


@dataclass(frozen=True, slots=True)
class SampleLabel:
    """What one source says of a whole picture. It never changes; a later one stands beside it.

    Attributes:
        boxes: what is there.
        source, author: who says so; the author is a person's or a model's name.
        confidence: in the label as a whole, 0..1.
        complete: whether everything of the known classes is in it; else only what is named is known.
        time: when it was said, UTC seconds.
    """

    sample: str
    boxes: tuple[LabelledBox, ...]
    source: LabelSource
    author: str
    confidence: float
    complete: bool
    time: float


@dataclass(frozen=True, slots=True, eq=False)
class AttributeAnswer:
    """What a teacher says of one thing in a picture.

    Attributes:
        probabilities: of each answer of an `AttributeTask`, float32 (k,), summing to 1.
        embedding: float32 (d,), of length 1; None where the teacher has none.
    """

    probabilities: NDArray[np.float32]
    embedding: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class AttributeTask:
    """A question about tracks, and its answers.

    Attributes:
        name: of the attribute, such as `helmet`.
        answers: labels, each with what is to be seen then: `("bare", "a person with a bare head")`.
        classes: of the tracks that it is asked about.
        region: part of the box where it is seen, as in `sentinel.second_stage`.
    """

    name: str
    answers: tuple[tuple[str, str], ...]
    classes: tuple[str, ...] = ("person",)
    region: str = "whole"

    @property
    def labels(self) -> tuple[str, ...]:
        """The answers' labels."""
        return tuple(label for label, _ in self.answers)

    def things_in(self, sample: Sample) -> list[LabelledBox]:
        """What it is asked about in a sample: whatever is tall enough to tell."""
        return [
            seen
            for seen in sample.seen
            if seen.label in self.classes and (seen.box.y2 - seen.box.y1) * sample.height >= MIN_HEIGHT
        ]


MIN_HEIGHT = 24
"""Pixels of a box's height below which a second-stage model does not look either, by default."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What goes live together: a detector, and the tracker and thresholds that it was tested with.

    Attributes:
        name: stands in the history, such as `b0003`.
        model: path of the ONNX file, relative to the data folder; empty for the model of the site file.
        base: name of that model in the model store.
        sha256: of the file; empty for the model of the site file.
        labels: class names by position.
        family: of the model.
        tracker: its name.
        threshold: lowest confidence that the tracker sees.
        parent: the bundle it was trained from.
        dataset: version of the dataset it learned from; 0 for none.
        state: where it stands.
        created: UTC seconds.
    """

    name: str
    model: str
    base: str
    sha256: str
    labels: tuple[str, ...]
    family: str
    tracker: str
    threshold: float
    parent: str
    dataset: int
    state: BundleState
    created: float


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of what is live, or on its way to be.

    Attributes:
        action: such as `promoted`.
        reason: one sentence.
        evidence: the numbers behind it, by name.
        by: who did it: `loop`, or a person.
    """

    time: float
    bundle: str
    action: str
    reason: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    by: str = "loop"
