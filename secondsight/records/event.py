"""What people see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from secondsight.records.case import Candidate, Clip, KeyFrame
from secondsight.records.seen import TrackId
from secondsight.records.verdict import Verdict, Verification


@dataclass(frozen=True, slots=True)
class Event:
    """What people see. It has one id from first suspicion to verdict.

    All times are UTC seconds. `event_to_json` writes an event as JSON.

    Attributes:
        id: as of the candidate.
        camera: name of the camera.
        rule: name of the rule in the site file.
        kind: what happened, such as `intrusion`.
        start: first moment of the behaviour.
        triggered: moment at which the rule reported it (>= start).
        end: last moment of the behaviour; None while it goes on.
        score: how sure the sentinel is, 0..1.
        label: class name of the suspect.
        zone: name of the zone or line, if the rule has one.
        tracks: the suspects, the main one first.
        verification: what is known about it.
        settled: no further change of `verification` is expected.
        alert: whether it is to be pushed to people; false for rejected ones and those the policy holds back.
        clip: the video, once it is written.
        key_frames: pictures of the suspect, in the order of time.
        verdict: the brain's answer, if it gave one.
        note: why there is no clip or no verdict, if so.
        attributes: as of the candidate.
        truth: what people last said about it; None if nobody has said anything.
        bundle: as of the candidate.

    Examples:
        >>> from secondsight.records import Event, Verification
        >>> event = Event(
        ...     id="20260101T080000-75efa9ac2b0f",
        ...     camera="hall",
        ...     rule="no-entry",
        ...     kind="intrusion",
        ...     start=1_767_254_400.0,
        ...     triggered=1_767_254_401.2,
        ...     end=None,
        ...     score=0.62,
        ...     label="person",
        ...     zone="store-room",
        ...     tracks=(),
        ...     verification=Verification.CONFIRMED,
        ...     settled=True,
        ...     alert=True,
        ... )
        >>> print(f"{event.camera}: {event.kind}, {event.verification}")
        hall: intrusion, confirmed
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
    bundle: str | None = None


def snapshot_path(event: Event | Candidate) -> str:
    """Where the picture of the moment at which a rule triggered lies, beside the event's key frames.

    Args:
        event: the event, or the candidate that it comes from.

    Returns:
        A path relative to the data folder. There is no file where there was no picture.
    """
    return snapshot_path_of(event.id, event.triggered)


def snapshot_path_of(id: str, triggered: float) -> str:
    """As `snapshot_path`, for an event of which only these two are known."""
    day = datetime.fromtimestamp(triggered, UTC).strftime("%Y-%m-%d")
    return f"frames/{day}/{id}/snapshot.jpg"
