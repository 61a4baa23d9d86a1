"""Who labels samples by machine: a stronger detector, or the brain."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from secondsight.brain import Brain
from secondsight.cascade import Redactor
from secondsight.clock import Clock
from secondsight.errors import BrainError, ConfigError
from secondsight.learn.pictures import detect, frame_of
from secondsight.learn.values import LabelledBox, LabelSource, Sample, SampleLabel
from secondsight.records import Egress, KeyFrame, Purpose, Question, ReviewFrame, ReviewRequest, Verification
from secondsight.sentinel import Detector

_SURE, _BORDER = 0.5, 0.25
"""Confidence from which a teacher's box is taken; boxes between both make it less sure of the picture."""


class Labeller(Protocol):
    """Says what is in a picture."""

    def label(self, sample: Sample, jpeg: bytes) -> SampleLabel | None:
        """Label one sample; None where it has nothing to say.

        Raises:
            BrainError: no answer now; it says whether to try again.
        """
        ...


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


@dataclass(frozen=True, slots=True)
class LabelEgress:
    """What may go to the brain.

    Attributes:
        level: of the sample's camera.
        redactor: hides people and plates, where the level asks for it.
    """

    level: Egress
    redactor: Redactor | None = None


class BrainLabeller:
    """The brain confirms what the sentinel saw, box by box, asked both ways.

    "Is this a car?" and "is this something else than a car?" must get opposite answers. A brain that says yes to
    everything, or answers at random, contradicts itself, and its answer is thrown away.

    Args:
        egress: for each camera, what may leave. Only asked where the brain is not on this machine.
    """

    def __init__(self, brain: Brain, egress: dict[str, LabelEgress], clock: Clock) -> None:
        if not brain.reads_questions:
            raise ConfigError(
                f"the brain {brain.name} answers a fixed set of questions and cannot label; name a stronger model "
                "with --teacher",
                key="brain.backend",
            )
        self._brain, self._egress, self._clock = brain, egress, clock

    def label(self, sample: Sample, jpeg: bytes) -> SampleLabel | None:
        """Label one sample; its confidence is that of its least sure box. Not complete: it only answers for boxes."""
        boxes = []
        for seen in sample.seen:
            probability = asyncio.run(self._ask(sample, jpeg, seen))
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
            questions=(Question("decision", text),),
            sheet="label.1",
            source=sample.camera,
            purpose=Purpose.LABEL,
        )
        verdict = await self._brain.review(self._released(request, sample, seen))
        if verdict.probability is not None:
            return verdict.probability
        return {Verification.CONFIRMED: 0.9, Verification.REJECTED: 0.1}.get(verdict.verification)

    def _released(self, request: ReviewRequest, sample: Sample, seen: LabelledBox) -> ReviewRequest:
        """The request as it may leave. Raises BrainError."""
        if not self._brain.remote:
            return request
        allowed = self._egress.get(sample.camera, LabelEgress(Egress.LOCAL_ONLY))
        if allowed.level is Egress.FULL:
            return replace(request, egress=Egress.FULL)
        if allowed.level is Egress.REDACTED and allowed.redactor is not None:
            around = tuple((other.label, other.box) for other in sample.seen)
            redacted = allowed.redactor.redact(
                request, [KeyFrame(sample.path, sample.time, seen.box, around)]
            )
            return replace(redacted, egress=Egress.REDACTED)
        raise BrainError(
            f"nothing of camera {sample.camera} may leave this machine (egress: {allowed.level.value})",
            retryable=False,
        )
