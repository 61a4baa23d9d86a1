"""Where brightness changes from look to look: agitation of bodies, and arms that a box leaves out."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from secondsight.records import Frame, Observation

Levels: TypeAlias = NDArray[np.int16]
Mask: TypeAlias = NDArray[np.bool_]

ROWS = 180
"""Brightness is compared at about so many rows: a person of a quarter of the picture then has 45 of them."""
CHANGED = 24
"""Change of brightness, in grey levels, that is movement: above noise and compression, below clothes on a floor."""


class Motion:
    """Compares the brightness of one look with that of the look before; not thread-safe."""

    def __init__(self) -> None:
        self._before: Levels | None = None

    def changed(self, observation: Observation) -> Mask | None:
        """Where a look differs from the one of the last call, bool (h, w) at about ROWS rows; None if not known."""
        frame = observation.frame
        if frame is None:
            return None
        now, before = _luma(frame), self._before
        self._before = now
        if before is None or before.shape != now.shape:
            return None
        moved = np.abs(now - before)
        # Lamps and exposure change all of the picture, people less than half of it.
        moved -= np.int16(np.median(moved[::4, ::4]))
        found: Mask = moved > CHANGED
        return found

    def shares(self, observation: Observation, boxes: NDArray[np.float64]) -> list[float]:
        """Share 0..1 of each relative box (n, 4) that changed since the last call; 0 where that is not known."""
        moved = self.changed(observation)
        if moved is None:
            return [0.0] * len(boxes)
        return [share(moved[within(box, moved.shape)]) for box in boxes.tolist()]


def within(box: Sequence[float], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a relative box, at least one of each where it touches the picture."""
    x1, y1, x2, y2 = box
    rows, columns = shape[:2]
    return (
        slice(max(int(y1 * rows), 0), max(int(y2 * rows) + 1, 0)),
        slice(max(int(x1 * columns), 0), max(int(x2 * columns) + 1, 0)),
    )


def share(moved: Mask) -> float:
    """Share 0..1 of a mask that is set; 0 of an empty one."""
    return float(np.count_nonzero(moved) / moved.size) if moved.size else 0.0


def _luma(frame: Frame) -> Levels:
    return frame.luma(max(1, frame.height // ROWS)).astype(np.int16)
