"""What a look tells at a glance: its boxes, and the picture's brightness in a coarse grid.

Cheap enough for the frame path: the grid is read from every n-th pixel of the decoder's own plane.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.records import Box, Frame, Observation, iou

ROWS, COLUMNS = 9, 16
Grid = NDArray[np.float32]
"""Mean brightness of each cell, 0..255, float32 (9, 16)."""

_SAME_GREY = 6.0
"""Grey levels by which two pictures may differ in any cell and still look the same."""
_SAME_PLACE = 0.6
_CHANGED = 25.0
"""Grey levels by which a cell must differ from the background."""
_LIGHT = 0.4
"""Share of the cells that, changed at once, are light and no object."""


@dataclass(frozen=True, slots=True, eq=False)
class LookSummary:
    """One look.

    Attributes:
        time: UTC seconds.
        boxes: in shares of the picture; `scores`, `classes` and `tracks` belong to them.
        grid: see `Grid`.
    """

    time: float
    boxes: tuple[Box, ...]
    scores: tuple[float, ...]
    classes: tuple[int, ...]
    tracks: tuple[int, ...]
    grid: Grid


def summarise(seen: Observation, frame: Frame) -> LookSummary:
    """What is needed of an observation to decide whether to keep it."""
    found = seen.detections
    scale = np.array((seen.width, seen.height, seen.width, seen.height))
    count = len(found)
    scores = found.confidence if found.confidence is not None else np.zeros(count)
    classes = found.class_id if found.class_id is not None else np.zeros(count, int)
    tracks = found.tracker_id if found.tracker_id is not None else np.full(count, -1)
    return LookSummary(
        seen.time,
        tuple(Box(*row) for row in (found.xyxy / scale).tolist()),
        tuple(scores.tolist()),
        tuple(classes.tolist()),
        tuple(tracks.tolist()),
        brightness_grid(frame),
    )


def brightness_grid(frame: Frame) -> Grid:
    """The mean brightness of each cell of a picture."""
    luma = frame.luma(max(1, min(frame.height // (4 * ROWS), frame.width // (4 * COLUMNS))))
    height, width = luma.shape[0] // ROWS, luma.shape[1] // COLUMNS
    if not height or not width:
        return np.full((ROWS, COLUMNS), luma.mean(), np.float32)
    whole = luma[: height * ROWS, : width * COLUMNS].reshape(ROWS, height, COLUMNS, width)
    return np.asarray(whole.mean(axis=(1, 3), dtype=np.float32))


def same_look(a: LookSummary, b: LookSummary) -> bool:
    """Whether two looks teach the same: alike in every cell, and the same classes in the same places."""
    if sorted(a.classes) != sorted(b.classes) or float(np.abs(a.grid - b.grid).max()) > _SAME_GREY:
        return False
    return all(
        any(
            kind == other and iou(box, place) >= _SAME_PLACE
            for other, place in zip(b.classes, b.boxes, strict=True)
        )
        for kind, box in zip(a.classes, a.boxes, strict=True)
    )


def unexplained(look: LookSummary, background: Grid) -> float:
    """Share of the picture that differs from the background where no box is; 0 if it is light that has changed."""
    changed = np.abs(look.grid - background) > _CHANGED
    if changed.mean() > _LIGHT:
        return 0.0
    for box in look.boxes:
        left, right = int(box.x1 * COLUMNS), int(np.ceil(box.x2 * COLUMNS))
        top, bottom = int(box.y1 * ROWS), int(np.ceil(box.y2 * ROWS))
        # A cell further: shadows belong to their objects.
        changed[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
    return float(changed.mean()) if changed.sum() >= 2 else 0.0
