"""Makes the self-contained request of a review from a group of cases, their context and their key frames."""

from dataclasses import dataclass
from pathlib import Path

from secondsight.cascade.egress.egress import EgressGate
from secondsight.cascade.review.context import ReviewContext
from secondsight.cascade.review.merge import CaseGroup
from secondsight.errors import BrainError
from secondsight.records import Case, ReviewFrame, ReviewRequest


@dataclass(frozen=True, slots=True)
class RequestBuilder:
    """Reads key frames and lets through what may leave this machine.

    Attributes:
        data: folder that the key frames' paths begin in.
        egress: releases requests to the brain.
    """

    data: Path
    egress: EgressGate

    def build(self, group: CaseGroup, context: ReviewContext) -> ReviewRequest:
        """The request for a group of cases, as it may leave this machine.

        Args:
            context: of the group's leader.

        Raises:
            BrainError: there are no key frames, or nothing may leave.
        """
        case, candidate = group.leader, group.leader.candidate
        request = ReviewRequest(
            case_id=case.id,
            kind=candidate.kind,
            camera=context.description,
            label=candidate.label,
            zone=candidate.zone,
            start=candidate.start,
            triggered=candidate.triggered,
            frames=self._frames(case),
            questions=(*context.sheet.questions, *(question for _, question in group.others)),
            sheet=context.sheet.version,
            language=context.sheet.language,
            source=candidate.camera,
            outline=context.outlines.get(candidate.zone or "", ()),
            deadline=case.decision.deadline,
        )
        return self.egress.release(request, case.key_frames, context.egress)

    def _frames(self, case: Case) -> tuple[ReviewFrame, ...]:
        try:
            frames = tuple(
                ReviewFrame((self.data / key.path).read_bytes(), key.time, key.box) for key in case.key_frames
            )
        except OSError as error:
            raise BrainError(f"a key frame cannot be read: {error.strerror}", retryable=False) from None
        if not frames:
            raise BrainError("the case has no key frames to show", retryable=False)
        return frames
