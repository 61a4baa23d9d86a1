"""Embeddings of key frames and of what is in them, in one file of the data folder for each model and day.

A file is written whole, and only adds to what pictures tell: without it nothing but time is lost.
"""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from secondsight.brain import Embedder
from secondsight.log import fields
from secondsight.media import make_folder, write_atomic
from secondsight.records import Box, Event, KeyFrame

_log = logging.getLogger(__name__)

FOLDER = "find"
_MOST_PARTS = 12
"""Things of one picture that are embedded, beside the picture itself."""
_WHOLE = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class PictureIndex:
    """Embedded parts of pictures, row by row.

    Attributes:
        vectors: float32 (n, d), each of length 1.
        events: ids of the events, text (n,).
        frames: which key frame of the event, int32 (n,).
        boxes: where in the picture, float32 (n, 4), relative.
    """

    vectors: NDArray[np.float32]
    events: NDArray[np.str_]
    frames: NDArray[np.int32]
    boxes: NDArray[np.float32]

    def joined(self, other: "PictureIndex") -> "PictureIndex":
        """The rows of both."""
        return PictureIndex(
            np.concatenate([self.vectors, other.vectors]),
            np.concatenate([self.events, other.events]),
            np.concatenate([self.frames, other.frames]),
            np.concatenate([self.boxes, other.boxes]),
        )


def indexed(events: Sequence[Event], data: Path, embedder: Embedder) -> PictureIndex | None:
    """The index of all pictures of these events; what is not there yet is added, and kept. None without pictures."""
    days: dict[str, list[Event]] = {}
    for event in events:
        if event.key_frames:
            days.setdefault(datetime.fromtimestamp(event.triggered, UTC).strftime("%Y-%m-%d"), []).append(
                event
            )
    whole: PictureIndex | None = None
    for day, some in sorted(days.items()):
        of_day = _day(some, data, data / FOLDER / embedder.name / f"{day}.npz", embedder)
        if of_day is not None:
            whole = of_day if whole is None else whole.joined(of_day)
    return whole


def _day(events: Sequence[Event], data: Path, file: Path, embedder: Embedder) -> PictureIndex | None:
    kept = _read(file)
    known = set() if kept is None else set(kept.events.tolist())
    new = [made for event in events if event.id not in known and (made := _embedded(event, data, embedder))]
    for one in new:
        kept = one if kept is None else kept.joined(one)
    if new and kept is not None:
        target = io.BytesIO()
        half = kept.vectors.astype(np.float16)
        np.savez_compressed(target, vectors=half, events=kept.events, frames=kept.frames, boxes=kept.boxes)
        make_folder(file.parent)
        write_atomic(file, target.getvalue(), min_free=0)
    return kept


def _read(file: Path) -> PictureIndex | None:
    if not file.is_file():
        return None
    try:
        with np.load(file, allow_pickle=False) as held:
            vectors = held["vectors"].astype(np.float32)
            return PictureIndex(vectors, held["events"], held["frames"], held["boxes"])
    except (OSError, ValueError, KeyError) as error:
        _log.warning("an index is made anew", extra=fields(file=file, error=str(error)))
        return None


def _embedded(event: Event, data: Path, embedder: Embedder) -> PictureIndex | None:
    rows: PictureIndex | None = None
    for number, frame in enumerate(event.key_frames):
        parts = _parts(frame)
        try:
            vectors = embedder.parts((data / frame.path).read_bytes(), parts)
        except (OSError, ValueError):  # retention has removed it, or it is broken
            continue
        boxes = np.array([_WHOLE if box is None else box for box in parts], np.float32)
        made = PictureIndex(
            vectors, np.array([event.id] * len(parts)), np.full(len(parts), number, np.int32), boxes
        )
        rows = made if rows is None else rows.joined(made)
    return rows


def _parts(frame: KeyFrame) -> list[Box | None]:
    """The whole picture, and everything in it, the suspect first."""
    boxes = [frame.box] if frame.box is not None else []
    boxes += [box for _, box in frame.around if box not in boxes]
    return [None, *boxes[:_MOST_PARTS]]
