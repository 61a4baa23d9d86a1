"""What people see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from secondsight.records.case import Clip, KeyFrame
from secondsight.records.seen import TrackId
from secondsight.records.verdict import Verdict, Verification


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
