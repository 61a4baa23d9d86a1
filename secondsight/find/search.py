"""Finds the events whose pictures are most like a text."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from secondsight.brain import Embedder
from secondsight.errors import ConfigError
from secondsight.find.index import indexed
from secondsight.records import Box, Event, Verification
from secondsight.store import EventSearch, Store

_MOST_EVENTS = 5000
"""The newest events that are searched."""
_MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event that looks like what was searched for.

    Attributes:
        score: cosine of the text and the part of the picture that is most like it, -1..1; only its order means
            something.
        frame: number of that key frame of the event.
        box: that part; the whole picture if it covers all. Where a large model confirmed it, the place it saw.
        verification: what a large model says; None where it has not looked.
    """

    event: Event
    score: float
    frame: int
    box: Box
    verification: Verification | None = None


def find_events(
    text: str,
    store: Store,
    data: Path,
    embedder: Embedder,
    *,
    since: float | None = None,
    until: float | None = None,
    cameras: Collection[str] | None = None,
    limit: int = 10,
) -> list[FoundEvent]:
    """The events triggered in [since, until) whose key frames are most like a text, best first.

    Args:
        text: in words, such as `a person in red`.
        data: the data folder, where pictures are and the index is kept.
        cameras: only these; all for None.

    Raises:
        ConfigError: the text is empty or too long, or of a language that the model does not know.
        StoreError: the store cannot be asked.
    """
    words = " ".join(text.split())
    if not words or len(words) > _MOST_WORDS:
        raise ConfigError(
            f"say in 1 to {_MOST_WORDS} characters what is to be seen, such as `a person in red`"
        )
    wanted = embedder.words(words)
    seen = None if cameras is None else tuple(sorted(cameras))
    page = store.search.page(EventSearch(cameras=seen, since=since, until=until), limit=_MOST_EVENTS)
    index = indexed(page.events, data, embedder)
    if index is None:
        return []
    by_id = {event.id: event for event in page.events}
    scores = index.vectors @ wanted
    found: dict[str, FoundEvent] = {}
    for row in np.argsort(-scores, kind="stable"):
        event = by_id.get(str(index.events[row]))
        if event is not None and event.id not in found:
            box = Box(*(float(side) for side in index.boxes[row]))
            found[event.id] = FoundEvent(event, float(scores[row]), int(index.frames[row]), box)
            if len(found) == limit:
                break
    return list(found.values())
