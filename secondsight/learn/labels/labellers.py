"""Who labels samples by machine: a stronger detector, or the brain."""

import math
from collections.abc import Sequence
from dataclasses import replace

from secondsight.clock import Clock
from secondsight.errors import ConfigError
from secondsight.learn.labels.asking import SURE, BrainQuestions
from secondsight.learn.pictures import detect, frame_of
from secondsight.learn.values import LabelledBox, LabelSource, Sample, SampleLabel
from secondsight.sentinel import Detector


class TeacherLabeller:
    """A stronger detector as teacher: it finds boxes by itself, so that its labels are complete.

    Args:
        classes: those that it and the sentinel have in common; others are left out.
        sure: confidence from which its boxes are taken; boxes from half of that make it less sure of the picture.
    """

    def __init__(self, detector: Detector, classes: Sequence[str], clock: Clock, sure: float = SURE) -> None:
        self._detector, self._clock, self._sure = detector, clock, sure
        self._classes = set(classes) & set(detector.labels)
        if not self._classes:
            raise ConfigError(
                f"model {detector.name} knows none of the classes to be labelled: {', '.join(classes)}; "
                "choose a teacher that does"
            )

    def label(self, sample: Sample, jpeg: bytes) -> SampleLabel | None:
        """Label one sample. The confidence falls with every box that the teacher is in doubt about."""
        seen = detect(self._detector, frame_of(jpeg), self._sure / 2)
        found = [box for box in seen if box.label in self._classes]
        boxes = tuple(box for box in found if box.confidence >= self._sure)
        doubts = len(found) - len(boxes)
        confidence = (1 + len(boxes)) / (1 + len(boxes) + doubts)
        author = self._detector.name
        return SampleLabel(sample.id, boxes, LabelSource.TEACHER, author, confidence, True, self._clock.now())


class BrainLabeller:
    """The brain confirms what the sentinel saw, box by box, asked both ways.

    "Is this a car?" and "is this something else than a car?" must get opposite answers. A brain that says yes to
    everything, or answers at random, contradicts itself, and its answer is thrown away.
    """

    def __init__(self, questions: BrainQuestions, clock: Clock) -> None:
        self._questions, self._clock = questions, clock

    async def label(self, sample: Sample, jpeg: bytes) -> SampleLabel | None:
        """Label one sample; its confidence is that of its least sure box. Not complete: it only answers for boxes.

        Raises:
            BrainError: no answer now, or the picture may not leave; it says whether to try again.
        """
        boxes = []
        for seen in sample.seen:
            probability = await self._ask(sample, jpeg, seen)
            if probability is not None and probability >= SURE:
                boxes.append(replace(seen, confidence=probability))
        if not boxes:
            return None
        confidence = min(box.confidence for box in boxes)
        author = self._questions.name
        return SampleLabel(
            sample.id, tuple(boxes), LabelSource.BRAIN, author, confidence, False, self._clock.now()
        )

    async def _ask(self, sample: Sample, jpeg: bytes, seen: LabelledBox) -> float | None:
        """The probability that a box shows its class; None where both answers do not fit together."""
        ask, kind = self._questions.probability, seen.label
        yes = await ask(sample, jpeg, seen, f"Is the marked object a {kind}?")
        no = await ask(
            sample, jpeg, seen, f"Is the marked object something other than a {kind}, or nothing at all?"
        )
        if yes is None or no is None or (yes >= SURE) == (no >= SURE):
            return None
        return math.sqrt(yes * (1 - no))
