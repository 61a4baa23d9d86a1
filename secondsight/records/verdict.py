"""What the brain is asked, what it answers, and what each of its calls took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from secondsight.records.seen import Box

Outline = tuple[tuple[float, float], ...]
"""The corners of a zone, or both ends of a line, in shares of a picture's width and height."""


class Question(NamedTuple):
    """One question to the brain. The first question of a sheet decides.

    Attributes:
        key: name of the answer in `Verdict.answers`.
        text: the words.
        choices: possible answers; empty for a short text.
        opposite: the deciding question asked the other way round: its answer is yes exactly where this one's
            is no.

    Examples:
        >>> from secondsight.records import Question
        >>> Question("decision", "Is a person inside the marked zone?").choices
        ('yes', 'no', 'unclear')
    """

    key: str
    text: str
    choices: tuple[str, ...] = ("yes", "no", "unclear")
    opposite: str = ""


class Verification(StrEnum):
    """What is known about an event."""

    UNVERIFIED = "unverified"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A frame the brain points at, by its position in the request, and where in it."""

    frame: int
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What one verdict consumed. Tokens are None when the server did not say; cost is in the site's currency."""

    calls: int = 1
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    latency: float = 0.0


class Purpose(StrEnum):
    """What a call of the brain is for; all of them share one budget and one ledger."""

    VERIFY = "verify"
    GUARD = "guard"
    REPEAT = "repeat"
    CHECK = "check"
    AUDIT = "audit"
    LABEL = "label"
    ANSWER = "answer"
    REPORT = "report"


class Egress(StrEnum):
    """What of a camera's pictures and words may leave this machine."""

    LOCAL_ONLY = "local_only"
    REDACTED = "redacted"
    FULL = "full"


class Outcome(StrEnum):
    """What came of a call: an answer of the asked form, another one, none, or nobody waited for it any more."""

    ANSWERED = "answered"
    MALFORMED = "malformed"
    FAILED = "failed"
    ABANDONED = "abandoned"


MOST_TOKENS = 10**9
"""Tokens of one call that are believed: a server that names more does not know, and no database could add them."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a large model, as booked in the ledger, whatever came of it.

    Attributes:
        time: when it was made.
        case_id: the case it was for; empty for a question or a report.
        camera: name of the camera whose pictures it showed; empty for several.
        backend: name of the brain, such as `openai:qwen2.5-vl-7b`.
        destination: where it went, without secrets; empty for this very process.
        remote: False only when it is certain that nothing left this machine.
        egress: what was allowed to leave.
        frames: count of pictures shown.
        digest: BLAKE2b of what was sent, 32 hex digits; empty when nothing was.
        seconds: how long it took.
        tokens_in, tokens_out: as the backend counted them; None when it did not say.
        cost: in the site's currency; None when no price or no count is known.
    """

    time: float
    purpose: Purpose
    case_id: str
    camera: str
    kind: str
    backend: str
    destination: str
    remote: bool
    outcome: Outcome
    egress: Egress = Egress.FULL
    frames: int = 0
    digest: str = ""
    seconds: float = 0.0
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The brain's answer.

    Attributes:
        verification: CONFIRMED, REJECTED or UNSURE.
        probability: that the candidate is true, 0..1; None when the backend cannot tell. It is never
            invented.
        answers: answer to each question of the sheet, by key.
        evidence: the frames, and places in them, that the brain points at.
        summary: one sentence for people.
        model: name of the brain, such as `openai:qwen2.5-vl-7b`.
        prompt_version: version of the sheet and wording that were answered.
        usage: calls, tokens, seconds and cost.
        calibrated: whether `probability` was fitted to human feedback.
        raw: the probability as the backend gave it, before any calibration.
        probability_source: where it comes from, such as `logprobs`, `repeats` or `clip`; empty without one.
        notes: what speaks against the answer, such as a contradiction, in the order of discovery.

    Examples:
        >>> from secondsight.records import Usage, Verdict, Verification
        >>> verdict = Verdict(
        ...     verification=Verification.REJECTED,
        ...     probability=0.08,
        ...     answers={"decision": "no"},
        ...     evidence=(),
        ...     summary="The person stands outside the marked zone.",
        ...     model="openai:qwen2.5-vl-7b",
        ...     prompt_version="intrusion.en.1-0123abcd",
        ...     usage=Usage(tokens_in=1800, tokens_out=60, latency=1.4),
        ... )
        >>> verdict.verification is Verification.REJECTED, verdict.usage.cost
        (True, None)
    """

    verification: Verification
    probability: float | None
    answers: Mapping[str, str]
    evidence: tuple[Evidence, ...]
    summary: str
    model: str
    prompt_version: str
    usage: Usage
    calibrated: bool = False
    raw: float | None = None
    probability_source: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewFrame:
    """One picture of a review request: JPEG bytes, time, and the suspect's box if known, relative to the picture.

    Attributes:
        part: what it shows of the camera's picture; None for all of it.
    """

    jpeg: bytes
    time: float
    box: Box | None
    part: Box | None = None


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """Everything a brain needs for one review; self-contained and stateless.

    Attributes:
        case_id: id of the case, for the ledger.
        kind: what is suspected, such as `intrusion`.
        camera: the camera's description for the brain (not its address).
        label: class name of the suspect.
        zone: name of the zone or line, if the rule has one.
        start: first moment of the suspected behaviour, UTC seconds.
        triggered: moment at which the rule reported it, UTC seconds.
        frames: the pictures, in the order of time.
        questions: the sheet; the first question decides.
        sheet: version of the sheet the questions come from, for the verdict's `prompt_version`.
        language: language of the questions and of everything said around them.
        source: name of the camera, for the ledger; it is never sent.
        purpose: for the ledger.
        egress: what the ledger says was allowed to leave; pictures and words are as they may go.
        outline: the zone or line that the candidate is about, to be drawn; empty without one.
        deadline: when nobody needs the verdict any more, UTC seconds; None if that is not known.

    Examples:
        >>> from secondsight.brain import question_sheet
        >>> from secondsight.records import Box, ReviewFrame, ReviewRequest
        >>> sheet = question_sheet("intrusion", "en")
        >>> request = ReviewRequest(
        ...     case_id="20260101T080000-75efa9ac2b0f",
        ...     kind="intrusion",
        ...     camera="A store room with shelves",
        ...     label="person",
        ...     zone="store-room",
        ...     start=1_767_254_400.0,
        ...     triggered=1_767_254_401.2,
        ...     frames=(ReviewFrame(b"JPEG bytes", 1_767_254_400.8, Box(0.4, 0.3, 0.5, 0.7)),),
        ...     questions=sheet.questions,
        ...     sheet=sheet.version,
        ... )
        >>> request.frames[0].time - request.start < 1
        True
    """

    case_id: str
    kind: str
    camera: str
    label: str
    zone: str | None
    start: float
    triggered: float
    frames: tuple[ReviewFrame, ...]
    questions: tuple[Question, ...]
    sheet: str = ""
    language: Literal["en", "zh"] = "en"
    source: str = ""
    purpose: Purpose = Purpose.VERIFY
    egress: Egress = Egress.FULL
    outline: Outline = ()
    deadline: float | None = None
