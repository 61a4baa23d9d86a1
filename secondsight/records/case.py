"""What is suspected, and its way to a verdict: candidates, decisions of the policy, cases with their clips."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from secondsight.records.seen import Box, TrackId


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule's suspicion. Reported when it arises (`end` is None) and again, under the same id, when it is
    over.

    All times are UTC seconds.

    Attributes:
        id: see `candidate_id`; the event keeps it.
        camera: name of the camera.
        epoch: number of the uninterrupted stretch of its stream.
        rule: name of the rule in the site file.
        kind: what is suspected, such as `intrusion`.
        start: first moment of the suspected behaviour, such as entering the zone.
        triggered: moment at which the rule became sure enough to report it (>= start).
        peak: moment at which the suspect is seen best.
        score: the number that the policy compares with its thresholds, 0..1.
        tracks: the suspects, the main one first; empty for what is no tracked object.
        label: class name of the suspect.
        zone: name of the zone or line, if the rule has one.
        end: last moment of the behaviour; None while it goes on.
        scores: every number that led to it, by name, kept for guarantees and learning.
        box: where in the picture, for what is no tracked object (smoke, a landslide).
        attributes: what second-stage models say of the suspects, such as a number plate, by the model's name.
        bundle: name of the bundle that looked when it arose, or of the model where no bundle does; None if unknown.

    Examples:
        >>> from dataclasses import replace
        >>> from secondsight.records import Candidate, TrackId
        >>> candidate = Candidate(
        ...     id="20260101T080000-75efa9ac2b0f",
        ...     camera="hall",
        ...     epoch=0,
        ...     rule="no-entry",
        ...     kind="intrusion",
        ...     start=1_767_254_400.0,
        ...     triggered=1_767_254_401.2,
        ...     peak=1_767_254_400.8,
        ...     score=0.62,
        ...     tracks=(TrackId("hall", 0, 7),),
        ...     label="person",
        ...     zone="store-room",
        ... )
        >>> over = replace(candidate, end=1_767_254_409.0)
        >>> over.id == candidate.id, over.end - over.start
        (True, 9.0)
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
    bundle: str | None = None


def candidate_id(camera: str, origin: str, rule: str, subject: TrackId | str, start: float) -> str:
    """Make the id of a candidate: readable, and sorted by time. The same suspicion always gets the same id.

    Args:
        camera: name of the camera.
        origin: identity of what is watched: a file's fingerprint, or `live`.
        rule: name of the rule.
        subject: the suspect's first track, or other words that tell suspicions of the same moment apart.
        start: first moment of the suspected behaviour, UTC seconds.

    Returns:
        The UTC time of `start` to the second, and twelve hex digits: BLAKE2b (RFC 7693) of all arguments.

    Examples:
        >>> from secondsight.records import TrackId, candidate_id
        >>> candidate_id("hall", "live", "no-entry", TrackId("hall", 0, 7), 1_767_254_400.0)
        '20260101T080000-75efa9ac2b0f'
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


class CaseState(StrEnum):
    """Life of a case: recording -> queued <-> leased -> settled."""

    RECORDING = "recording"
    QUEUED = "queued"
    LEASED = "leased"
    SETTLED = "settled"


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
