"""Who labels samples by machine: a stronger detector, or the brain."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from secondsight.brain import Reviewer
from secondsight.cascade import EgressGate
from secondsight.clock import Clock
from secondsight.errors import ConfigError
from secondsight.learn.pictures import detect, frame_of
from secondsight.learn.values import LabelledBox, LabelSource, Sample, SampleLabel
from secondsight.records import Egress, KeyFrame, Purpose, Question, ReviewFrame, ReviewRequest, Verification
from secondsight.sentinel import Detector

_SURE, _BORDER = 0.5, 0.25
"""Confidence from which a teacher's box is taken; boxes between both make it less sure of the picture."""


class TeacherLabeller:
    """A stronger detector as teacher: it finds boxes by itself, so that its labels are complete.

    Args:
        classes: those that it and the sentinel have in common; others are left out.
    """

    def __init__(self, detector: Detector, classes: Sequence[str], clock: Clock) -> None:
        self._detector, self._clock = detector, clock
        self._classes = set(classes) & set(detector.labels)
        if not self._classes:
            raise ConfigError(
                f"model {detector.name} knows none of the classes to be labelled: {', '.join(classes)}; "
                "choose a teacher that does"
            )

    def label(self, sample: Sample, jpeg: bytes) -> SampleLabel | None:
        """Label one sample. The confidence falls with every box that the teacher is in doubt about."""
        found = [box for box in detect(self._detector, frame_of(jpeg), _BORDER) if box.label in self._classes]
        boxes = tuple(box for box in found if box.confidence >= _SURE)
        doubts = len(found) - len(boxes)
        confidence = (1 + len(boxes)) / (1 + len(boxes) + doubts)
        author = self._detector.name
        return SampleLabel(sample.id, boxes, LabelSource.TEACHER, author, confidence, True, self._clock.now())


class BrainLabeller:
    """The brain confirms what the sentinel saw, box by box, asked both ways.

    "Is this a car?" and "is this something else than a car?" must get opposite answers. A brain that says yes to
    everything, or answers at random, contradicts itself, and its answer is thrown away.

    Args:
        gate: releases what goes to the brain.
        level: what of a camera's pictures may leave.
    """

    def __init__(
        self, brain: Reviewer, gate: EgressGate, level: Callable[[str], Egress], clock: Clock
    ) -> None:
        if not brain.reads_questions:
            raise ConfigError(
                f"the brain {brain.name} answers a fixed set of questions and cannot label; name a stronger model "
                "with --teacher",
                key="brain.backend",
            )
        self._brain, self._gate, self._level, self._clock = brain, gate, level, clock

    async def label(self, sample: Sample, jpeg: bytes) -> SampleLabel | None:
        """Label one sample; its confidence is that of its least sure box. Not complete: it only answers for boxes.

        Raises:
            BrainError: no answer now, or the picture may not leave; it says whether to try again.
        """
        boxes = []
        for seen in sample.seen:
            probability = await self._ask(sample, jpeg, seen)
            if probability is not None and probability >= _SURE:
                boxes.append(replace(seen, confidence=probability))
        if not boxes:
            return None
        confidence = min(box.confidence for box in boxes)
        author = self._brain.name
        return SampleLabel(
            sample.id, tuple(boxes), LabelSource.BRAIN, author, confidence, False, self._clock.now()
        )

    async def _ask(self, sample: Sample, jpeg: bytes, seen: LabelledBox) -> float | None:
        """The probability that a box shows its class; None where both answers do not fit together."""
        yes = await self._answer(sample, jpeg, seen, f"Is the marked object a {seen.label}?")
        no = await self._answer(
            sample,
            jpeg,
            seen,
            f"Is the marked object something other than a {seen.label}, or nothing at all?",
        )
        if yes is None or no is None or (yes >= _SURE) == (no >= _SURE):
            return None
        return math.sqrt(yes * (1 - no))

    async def _answer(self, sample: Sample, jpeg: bytes, seen: LabelledBox, text: str) -> float | None:
        request = ReviewRequest(
            case_id=sample.id,
            kind="label",
            camera="",
            label=seen.label,
            zone=None,
            start=sample.time,
            triggered=sample.time,
            frames=(ReviewFrame(jpeg, sample.time, seen.box),),
            questions=(Question("present", text),),
            sheet="label.1",
            source=sample.camera,
            purpose=Purpose.LABEL,
        )
        around = tuple((other.label, other.box) for other in sample.seen)
        key_frame = KeyFrame(sample.path, sample.time, seen.box, around)
        released = self._gate.release(request, (key_frame,), self._level(sample.camera))
        verdict = await self._brain.review(released)
        if verdict.probability is not None:
            return verdict.probability
        return {Verification.CONFIRMED: 0.9, Verification.REJECTED: 0.1}.get(verdict.verification)
