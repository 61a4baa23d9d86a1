"""Where brightness changes from look to look: agitation of bodies, and arms that a box leaves out."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.signals.deformation import GreyPicture, deformation
from secondsight.behaviour.signals.image_ops import Mask, apart, median, sums
from secondsight.records import Frame, Observation

Boxes: TypeAlias = NDArray[np.float64]

ROWS = 180
"""Brightness is compared at about this number of rows: a person of a quarter of the picture then has 45 of them."""
CHANGED = 24
"""Change of brightness, in grey levels, that is movement: above noise and compression, below clothes on a floor."""


class Motion:
    """Compares the brightness of one look with that of the look before; not thread-safe. Every rule of a camera may
    ask about the same look, it is compared once.
    """

    def __init__(self) -> None:
        self._asked: Observation | None = None
        self._now: GreyPicture | None = None
        self._before: GreyPicture | None = None
        self._moved: Mask | None = None

    def changed(self, observation: Observation) -> Mask | None:
        """Where a look differs from the one asked about before, bool (h, w) at about ROWS rows, read only; None if
        not known.
        """
        if observation is not self._asked:
            self._asked = observation
            self._moved = None if observation.frame is None else self._compare(observation.frame)
        return self._moved

    def _compare(self, frame: Frame) -> Mask | None:
        now, before = np.ascontiguousarray(frame.luma(max(1, frame.height // ROWS))), self._now
        if before is not None and before.pixels.shape != now.shape:
            before = None
        self._before, self._now = before, GreyPicture(now)
        if before is None:
            return None
        difference = apart(now, before.pixels)
        # Lamps and exposure change all of the picture, people less than half of it.
        found: Mask = difference > CHANGED + int(median(difference[::8, ::8]))
        found.flags.writeable = False
        return found

    def deformations(
        self, observation: Observation, boxes: Boxes, past: Sequence[Sequence[float] | None]
    ) -> list[Callable[[], float | None] | None]:
        """Functions that say how much each body deforms, see `deformation`. They compare it at the first call: mostly
        nobody calls.

        Args:
            boxes: of the bodies, relative (n, 4).
            past: their boxes in the look before; None where a body was not seen then, or is not asked about.

        Returns:
            None where it is not known.
        """
        self.changed(observation)
        now, before = self._now, self._before
        if observation.frame is None or now is None or before is None:
            return [None] * len(boxes)
        return [
            None if then is None else cache(partial(_deformation, now, before, box, then))
            for box, then in zip(boxes.tolist(), past, strict=True)
        ]

    def shares(self, observation: Observation, boxes: Boxes) -> list[float]:
        """Share 0..1 of each relative box (n, 4) that changed since the look before; 0 where that is not known."""
        moved = self.changed(observation)
        return [0.0] * len(boxes) if moved is None else shares(moved, boxes).tolist()


def _deformation(
    now: GreyPicture, before: GreyPicture, box: Sequence[float], past: Sequence[float]
) -> float | None:
    return deformation(now.smooth, before.smooth, box, past)


def shares(mask: Mask, boxes: Boxes) -> NDArray[np.float64]:
    """Share 0..1 of each relative box (n, 4) within the picture that is set in a mask (h, w): float64 (n,)."""
    return shares_of(sums(mask), boxes)


def shares_of(table: NDArray[np.int32], boxes: Boxes) -> NDArray[np.float64]:
    """As `shares`, where the mask's sums are known."""
    rows, columns = table.shape
    x1, y1, x2, y2 = corners(boxes, (rows - 1, columns - 1)).T
    # By one index instead of two: a third of the time.
    flat, top, foot = table.ravel(), y1 * columns, y2 * columns
    found = flat[foot + x2] - flat[top + x2] - flat[foot + x1] + flat[top + x1]
    share: NDArray[np.float64] = found / np.maximum((y2 - y1) * (x2 - x1), 1)
    return share


def corners(boxes: Boxes, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """First columns and rows of relative boxes (n, 4), and those behind their last: x1, y1, x2, y2. A box has at
    least one pixel either way where it touches the picture.
    """
    size = np.array((shape[1], shape[0]) * 2)
    first = (boxes * size).astype(np.intp)
    first[:, 2:] += 1
    found: NDArray[np.intp] = np.minimum(np.maximum(first, 0), size)
    return found
