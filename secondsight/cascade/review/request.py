"""Makes the self-contained request of a review from a case and its files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from secondsight.brain import QuestionSheet
from secondsight.cascade.review.merge import CaseGroup
from secondsight.errors import BrainError
from secondsight.records import Case, Outline, Question, ReviewFrame, ReviewRequest


def _nowhere(case: Case) -> Outline:
    return ()


def _as_it_is(request: ReviewRequest, case: Case) -> ReviewRequest:
    """For brains of which it is known that nothing leaves."""
    return request


@dataclass(frozen=True, slots=True)
class Requests:
    """What a request is made from.

    Attributes:
        data: folder that the key frames' paths begin in.
        describe: camera name -> its description for the brain.
        sheet_of: case -> the questions to ask.
        outline_of: case -> the zone or line it is about.
        leave: (whole request, case) -> the request as it may leave this machine; raises BrainError if it may not.
    """

    data: Path
    describe: Callable[[str], str]
    sheet_of: Callable[[Case], QuestionSheet]
    outline_of: Callable[[Case], Outline] = _nowhere
    leave: Callable[[ReviewRequest, Case], ReviewRequest] = _as_it_is

    def deciding(self, case: Case) -> Question:
        """The question that decides a case."""
        return self.sheet_of(case).questions[0]

    def make(self, company: CaseGroup) -> ReviewRequest:
        """The request for a case and those that are looked at with it, as it may leave.

        Raises:
            BrainError: there are no pictures, or nothing may leave.
        """
        case, candidate = company.leader, company.leader.candidate
        try:
            frames = tuple(
                ReviewFrame((self.data / key.path).read_bytes(), key.time, key.box) for key in case.key_frames
            )
        except OSError as error:
            raise BrainError(f"a key frame cannot be read: {error.strerror}", retryable=False) from None
        if not frames:
            raise BrainError("the case has no pictures to show", retryable=False)
        sheet = self.sheet_of(case)
        request = ReviewRequest(
            case_id=case.id,
            kind=candidate.kind,
            camera=self.describe(candidate.camera),
            label=candidate.label,
            zone=candidate.zone,
            start=candidate.start,
            triggered=candidate.triggered,
            frames=frames,
            questions=(*sheet.questions, *(question for _, question in company.others)),
            sheet=sheet.version,
            language=sheet.language,
            source=candidate.camera,
            outline=self.outline_of(case),
        )
        return self.leave(request, case)
