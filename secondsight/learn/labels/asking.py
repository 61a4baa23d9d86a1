"""Asks the brain about one marked thing in a sample, and lets nothing out that may not leave."""

from collections.abc import Callable

from secondsight.brain import Reviewer
from secondsight.cascade import EgressGate
from secondsight.errors import ConfigError
from secondsight.learn.values import LabelledBox, Sample
from secondsight.records import Egress, KeyFrame, Purpose, Question, ReviewFrame, ReviewRequest, Verification

SURE = 0.5
"""Probability from which an answer is a yes."""
_BY_ANSWER = {Verification.CONFIRMED: 0.9, Verification.REJECTED: 0.1}
"""What an answer without a probability counts as."""


class BrainQuestions:
    """Questions to a brain about things in samples.

    Args:
        gate: releases what goes to the brain.
        level: what of a camera's pictures may leave.

    Raises:
        ConfigError: the brain answers a fixed set of questions.
    """

    def __init__(self, brain: Reviewer, gate: EgressGate, level: Callable[[str], Egress]) -> None:
        if not brain.reads_questions:
            raise ConfigError(
                f"the brain {brain.name} answers a fixed set of questions and cannot label; name a stronger model "
                "with --teacher",
                key="brain.backend",
            )
        self._brain, self._gate, self._level = brain, gate, level
        self.name = brain.name

    async def probability(self, sample: Sample, jpeg: bytes, seen: LabelledBox, text: str) -> float | None:
        """That the answer is yes, 0..1; None where the brain is unsure.

        Raises:
            BrainError: no answer now, or the picture may not leave; it says whether to try again.
        """
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
        return _BY_ANSWER.get(verdict.verification)
