"""The typed records that travel between rooms; this module imports nothing of ours.

Times are UTC seconds (float). Boxes in records are relative: x and y in 0..1 of the picture's width and height,
origin top left, so that they outlive a change of resolution. Pixel boxes live only in `supervision.Detections`,
between the decoder of a model and the behaviours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from supervision import Detections

SCHEMA_VERSION = 1
"""Version of the JSON forms that leave the program (docs/json.md)."""


class Frame(Protocol):
    """One decoded picture. Pixels are converted on demand; nothing is copied that nobody asked for."""

    @property
    def camera(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def index(self) -> int:
        """Number of the frame within its epoch, from 0."""
        ...

    @property
    def time(self) -> float: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        """Brightness of every `step`-th pixel in both directions, uint8, about (height/step, width/step).

        May be a view into the decoder's buffer: read it, do not keep it.
        """
        ...

    def bgr(self) -> NDArray[np.uint8]:
        """The whole picture, uint8 (height, width, 3). The dear exception, for drawing and saving."""
        ...

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        """The picture scaled to exactly (height, width, 3), uint8, straight from the decoder's planes."""
        ...

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        """The part of the picture within `box`, scaled to exactly (height, width, 3), uint8 BGR.

        Cheap for small boxes. The box is cut off at the picture's edges; at least two pixels are taken either way.
        """
        ...


class Box(NamedTuple):
    """Relative corners in 0..1: left, top, right, bottom."""

    x1: float
    y1: float
    x2: float
    y2: float


class TrackId(NamedTuple):
    """One object over time in one camera; unique for ever."""

    camera: str
    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.camera}/{self.epoch}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> TrackId:
        """The inverse of `str`. Raises ValueError for any other text."""
        camera, epoch, number = text.rsplit("/", 2)
        return cls(camera, int(epoch), int(number))


class TrackPoint(NamedTuple):
    """Where a track was at one moment."""

    time: float
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Track:
    """Summary of a finished track. `path` holds bottom-centre points (x, y), relative, at most a few dozen."""

    id: TrackId
    label: str
    start: float
    end: float
    score: float
    path: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a second-stage model says of one track, voted over its last looks.

    Attributes:
        label: the class that the votes favour, in the model's own words.
        score: mean probability of that class over the votes, 0..1.
        votes: count of looks voted on. Below the configured number the answer is provisional.
    """

    label: str
    score: float
    votes: int


@dataclass(frozen=True, slots=True)
class Region:
    """One connected area of a class, as a segmentation model sees it.

    Attributes:
        area: share of the picture that it covers, 0..1.
    """

    label: str
    box: Box
    area: float


@dataclass(frozen=True, slots=True)
class Observation:
    """What the sentinel saw at one moment of one camera: the input of every behaviour.

    Attributes:
        detections: tracked boxes in pixels; `tracker_id` is set, every id >= 0.
        labels: class name of every class id of the detector, by position.
        held: nothing moved, so the model did not run and the boxes are those of the last look.
        frame: the pixels, for behaviours that look at them; None when held.
        attributes: tracker id -> name of the second-stage model -> its voted answer. A track that no model has
            looked at yet, or that is too small, is missing.
        poses: tracker id -> float32 (17, 3): x and y, relative to the picture, and score 0..1 of the 17 key
            points of COCO, from the last look of the pose model.
        regions: areas of the last look of the segmentation model.
    """

    camera: str
    epoch: int
    time: float
    width: int
    height: int
    detections: Detections
    labels: tuple[str, ...]
    held: bool = False
    frame: Frame | None = None
    attributes: Mapping[int, Mapping[str, Attribute]] = field(default_factory=dict)
    poses: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule's suspicion. Reported when it arises (`end` is None) and again, under the same id, when it is over.

    Attributes:
        start: first moment of the suspected behaviour, such as entering the zone.
        triggered: moment at which the rule became sure enough to report it (>= start).
        peak: moment at which the suspect is seen best.
        score: the number that the policy compares with its thresholds, 0..1.
        scores: every number that led to it, by name, kept for guarantees and learning.
        label: class name of the suspect.
        zone: name of the zone or line, if the rule has one.
        box: where in the picture, for what is no tracked object (smoke, a landslide).
        attributes: what second-stage models say of the suspects, such as a number plate, by the model's name.
    """

    id: str
    camera: str
    epoch: int
    rule: str
    kind: str
    start: float
    triggered: float
    peak: float
    score: float
    tracks: tuple[TrackId, ...]
    label: str = ""
    zone: str | None = None
    end: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    box: Box | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


def candidate_id(camera: str, origin: str, rule: str, subject: TrackId | str, start: float) -> str:
    """A stable, readable, time-sortable id: the same suspicion of the same recording always gets the same one.

    Args:
        origin: identity of what is watched: a file's fingerprint, or "live".
        subject: the suspect's first track, or other words that tell suspicions of the same moment apart.
    """
    text = "\0".join((camera, origin, rule, str(subject), f"{start:.3f}"))
    stamp = datetime.fromtimestamp(start, UTC).strftime("%Y%m%dT%H%M%S")
    return f"{stamp}-{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Clip:
    """A cut of a camera's stream, playable as it is.

    Attributes:
        path: file, relative to the data folder.
        start: time of the file's first frame. It is a key frame, hence may lie before the time asked for.
        end: time of the last frame.
        offset: seconds from the file's first frame to the time asked for (>= 0).
        codec: name of the video codec in the file.
        reencoded: False when the packets were copied as they came.
        size: bytes.
    """

    path: str
    start: float
    end: float
    offset: float
    codec: str
    reencoded: bool
    size: int


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """One JPEG of a case, relative path, with the suspect's box at that moment if it is known.

    Attributes:
        around: class and box of everything that was tracked at that moment, the suspect too.
    """

    path: str
    time: float
    box: Box | None
    around: tuple[tuple[str, Box], ...] = ()


class Question(NamedTuple):
    """One question to the brain. The first of a sheet decides; `choices` empty means a short text.

    Attributes:
        opposite: of a deciding question: one that is answered yes exactly where this one is answered no.
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


class CaseState(StrEnum):
    """Life of a case: recording -> queued <-> leased -> settled."""

    RECORDING = "recording"
    QUEUED = "queued"
    LEASED = "leased"
    SETTLED = "settled"


class Action(StrEnum):
    """What the policy does with a candidate."""

    DROP = "drop"
    ACCEPT = "accept"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """The policy's answer for one candidate, stored with everything it was computed from.

    Attributes:
        probability: probability with which this action was drawn; 1.0 for a deterministic choice.
        alert_without_brain: whether people see the event when the brain is away, fails or runs out of time.
        deadline: time after which a verdict is of no use; None when not reviewed.
        value: what a verdict is worth while it is fresh, for the order of the queue.
    """

    action: Action
    reason: str
    version: str
    priority: int = 0
    thresholds: tuple[float, float] | None = None
    probability: float = 1.0
    alert_without_brain: bool = True
    deadline: float | None = None
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate on its way to a verdict. Durable: what is here is what the database holds.

    Attributes:
        merged_into: the case in whose review this one is looked at, or whose verdict it shares.
    """

    id: str
    candidate: Candidate
    decision: PolicyDecision
    state: CaseState
    clip: Clip | None
    key_frames: tuple[KeyFrame, ...]
    attempts: int = 0
    error: str | None = None
    merged_into: str | None = None


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
        probability: of the candidate being true, 0..1; None when the backend cannot tell (never invented).
        calibrated: whether `probability` was fitted to human feedback.
        answers: answer to each question of the sheet, by key.
        raw: the probability as the backend gave it, before any calibration.
        probability_source: where it comes from, such as `logprobs`, `repeats` or `clip`; empty without one.
        notes: what was found against the answer, such as a contradiction, in the order it was found.
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
        kind: what is suspected, such as `intrusion`.
        camera: the camera's description for the brain (not its address).
        questions: the sheet; the first question decides.
        sheet: version of the sheet the questions come from, for the verdict's `prompt_version`.
        language: language of the questions and of everything said around them.
        source: name of the camera, for the ledger; it is never sent.
        purpose: for the ledger.
        egress: what the ledger says was allowed to leave; pictures and words are as they may go.
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


@dataclass(frozen=True, slots=True)
class Event:
    """What people see. One stable id from first suspicion to verdict.

    Attributes:
        settled: no further change of `verification` is expected.
        alert: whether it is to be pushed to people; false for rejected ones and those the policy holds back.
        note: why there is no clip or no verdict, if so.
        attributes: as of the candidate.
        truth: what people say of it, in their newest word; None while nobody has.
    """

    id: str
    camera: str
    rule: str
    kind: str
    start: float
    triggered: float
    end: float | None
    score: float
    label: str
    zone: str | None
    tracks: tuple[TrackId, ...]
    verification: Verification
    settled: bool
    alert: bool
    clip: Clip | None = None
    key_frames: tuple[KeyFrame, ...] = ()
    verdict: Verdict | None = None
    note: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    truth: bool | None = None


class Counter(NamedTuple):
    """One count of one camera in one minute. `minute` is the minute's start in UTC seconds."""

    camera: str
    minute: int
    name: str
    value: float


def label_of(labels: Sequence[str], class_id: int) -> str:
    """Name of a class id, or its number for a model whose labels do not reach so far."""
    return labels[class_id] if 0 <= class_id < len(labels) else str(class_id)
