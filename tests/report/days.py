"""Stores with a day of every pack in them, small enough to count by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from secondsight.config import SiteConfig, make_site
from secondsight.records import Action, Counter, Verification, Word
from secondsight.store import (
    AddCounters,
    AttachClip,
    CloseCandidate,
    FeedbackEntry,
    OpenCandidate,
    SetCounters,
    Store,
)
from tests.store.samples import candidate, decision, key_frames, verdict

NOON = 1_767_268_800.0
"""2026-01-01T12:00:00Z."""
HOUR = 3600.0


def config(folder: Path, rules: dict[str, Any], **sections: Any) -> SiteConfig:
    """A site in Shanghai with the cameras `hall` and `yard`, which have the zones and lines that rules need."""
    place = {
        "source": "rtsp://10.0.0.5/x",
        "zones": {
            name: {"coordinates": [[0, 0], [1, 0], [1, 1]]} for name in ("shelf", "till", "yard", "road")
        },
        "lines": {"door": {"coordinates": [[0, 0], [1, 1]]}},
    }
    values = {
        "site": {"name": "works", "timezone": "Asia/Shanghai"},
        "cameras": {"hall": place, "yard": place},
        "rules": rules,
        **sections,
    }
    return make_site(values, folder)


def add_event(
    store: Store,
    number: int,
    at: float,
    verification: Verification | None = None,
    *,
    over: float | None = None,
    truth: bool | None = None,
    told: float | None = None,
    taken: float | None = None,
    frames: bool = False,
    words: str = "A person.",
    **changes: Any,
) -> str:
    """An event at a time; `told` and `taken` are when its steps were stored, `over` when it ended."""
    made = candidate(f"e{number}", triggered=at, start=at, **changes)
    reviewed = verification is not None
    store.apply([OpenCandidate(made, decision(Action.REVIEW if reviewed else Action.ACCEPT))])
    shown = tuple(replace(frame, time=at) for frame in key_frames(made.id)) if frames else ()
    store.apply([AttachClip(made.id, None, shown, None)])
    if verification is not None:
        store.cases.settle(made.id, verification, verdict(verification, summary=words))
    if over is not None:
        store.apply([CloseCandidate(replace(made, end=over))])
    if truth is not None:
        store.feedback.add([FeedbackEntry(made.id, truth, "guard")])
    waiting = store.steps.unpublished()
    store.steps.publish(
        [
            replace(step, word=Word.ALERT if step.number == 1 and told is not None else Word.NONE)
            for step in waiting
        ]
    )
    if taken is not None:
        store.steps.acknowledge(made.id, "guard")
    return made.id


def add_counts(store: Store, camera: str, minute: float, **values: float) -> None:
    """Counts of one minute; `__` stands for `:` and `_dot_` for a dot."""
    rows = tuple(
        Counter(camera, int(minute), name.replace("__", ":").replace("_dot_", "."), value)
        for name, value in values.items()
    )
    heat = tuple(row for row in rows if row.name.startswith("heat."))
    store.apply([AddCounters(tuple(row for row in rows if row not in heat)), SetCounters(heat)])
