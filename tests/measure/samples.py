"""Labels and suspicions for hand-worked examples."""

from collections.abc import Sequence
from typing import Any

from secondsight.ground_truth import Recording, TrueEvent
from secondsight.measure.metrics.events import Found
from secondsight.records import Verification


def event(start: float, end: float, kind: str = "fall", id: str = "", **more: Any) -> TrueEvent:
    return TrueEvent(id or f"{kind}-{start}", kind, start, end, **more)


def lookalike(start: float, end: float, kind: str = "tying_shoe", resembles: str = "fall") -> TrueEvent:
    return event(start, end, kind, resembles=resembles)


def found(start: float, end: float, kind: str = "fall", **more: Any) -> Found:
    """Triggered 1 s after its start; alerted and unverified, as without a brain, unless said otherwise."""
    values: dict[str, Any] = {
        "id": f"{kind}@{start}",
        "triggered": start + 1,
        "score": 0.5,
        "told": start + 7,
        "alert": more.get("verification") is not Verification.REJECTED,
        **more,
    }
    return Found(kind=kind, start=start, end=end, **values)


def recording(
    events: Sequence[TrueEvent] = (),
    lookalikes: Sequence[TrueEvent] = (),
    *,
    camera: str = "hall",
    hours: float = 1.0,
    labelled: Sequence[str] = ("fall",),
    **more: Any,
) -> Recording:
    values: dict[str, Any] = {
        "video": f"{camera}.mp4",
        "width": 640,
        "height": 360,
        "frame_rate": 10.0,
        "duration": hours * 3600,
        "start_time": 1_700_000_000.0,
        **more,
    }
    return Recording(
        camera=camera,
        labelled=tuple(labelled),
        events=tuple(events),
        lookalikes=tuple(lookalikes),
        **values,
    )
