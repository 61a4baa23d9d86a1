"""Records to store: small, complete, every optional field set somewhere."""

from dataclasses import replace
from typing import Any

from secondsight.records import (
    Action,
    Box,
    Candidate,
    Clip,
    Evidence,
    KeyFrame,
    PolicyDecision,
    TrackId,
    Usage,
    Verdict,
    Verification,
)


def candidate(id: str = "c", triggered: float = 990.0, **changes: Any) -> Candidate:
    return replace(
        Candidate(
            id=id,
            camera="hall",
            epoch=1_700_000_000_123,
            rule="night",
            kind="intrusion",
            start=triggered - 1.25,
            triggered=triggered,
            peak=triggered + 0.123456,
            score=0.7,
            tracks=(TrackId("hall", 1_700_000_000_123, 7), TrackId("hall", 1_700_000_000_123, 8)),
            label="person",
            zone="yard",
            scores={"confidence": 0.7, "area": 0.02},
            box=Box(0.25, 0.5, 0.75, 1.0),
            attributes={"helmet": "bare"},
        ),
        **changes,
    )


def decision(action: Action = Action.REVIEW, **changes: Any) -> PolicyDecision:
    made = PolicyDecision(
        action=action,
        reason="inside the band",
        version="band-1",
        priority=3,
        thresholds=(0.3, 0.8),
        probability=0.5,
        alert_without_brain=True,
        deadline=2_000.0 if action is Action.REVIEW else None,
    )
    return replace(made, **changes)


def clip(id: str = "c", end: float = 1_005.0, size: int = 12_345) -> Clip:
    return Clip(f"clips/1970-01-01/{id}.mp4", end - 10, end, 0.75, "h264", False, size)


def key_frames(id: str = "c") -> tuple[KeyFrame, ...]:
    return (
        KeyFrame(f"frames/1970-01-01/{id}/0.jpg", 990.5, Box(0.1, 0.2, 0.3, 0.4)),
        KeyFrame(f"frames/1970-01-01/{id}/1.jpg", 991.5, None),
    )


def verdict(verification: Verification = Verification.CONFIRMED, **changes: Any) -> Verdict:
    made = Verdict(
        verification=verification,
        probability=0.91,
        answers={"present": "yes", "doing": "walks along the fence"},
        evidence=(Evidence(1, Box(0.1, 0.2, 0.3, 0.4)), Evidence(0)),
        summary="A person walks along the fence.",
        model="some-vlm",
        prompt_version="intrusion-en-1",
        usage=Usage(2, 1200, 80, 0.0042, 1.75),
        calibrated=True,
        raw=0.83,
        probability_source="logprobs",
        notes=("the opposite form agrees",),
    )
    return replace(made, **changes)
