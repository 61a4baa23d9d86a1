"""Masks of the boxes that were kept, at the frame's resolution, and only within their boxes.

A full boolean picture per object would be 40 MB for twenty people in 1080p. Only the prototypes under a box are
summed, enlarged to the box, and stored as runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import CompactMask

    from secondsight.sentinel.families.base import Masks
    from secondsight.sentinel.inference.letterbox import Letterbox


def crops_of(masks: Masks, xyxy: NDArray[np.float32], letterbox: Letterbox) -> CompactMask:
    """Masks of n boxes.

    The logits are enlarged linearly, pixel centre to pixel centre, before they are compared with zero: half of a
    probability (`process_mask_native` in Ultralytics' `utils/ops.py`).

    Args:
        xyxy: float32 (n, 4) in pixels of the frame, within it and with an area.

    Returns:
        As `Detections.mask`: per box the pixels that it touches, true where the object is.
    """
    from supervision import CompactMask

    width, height = letterbox.frame
    low = np.floor(xyxy[:, :2]).astype(np.intp)
    high = np.minimum(np.ceil(xyxy[:, 2:]).astype(np.intp), (width, height))
    runs = []
    for row, (x1, y1), (x2, y2) in zip(masks.coefficients, low.tolist(), high.tolist(), strict=True):
        down, across = masks.prototypes.shape[1:]
        columns = _places(x1, x2, letterbox.scale[0], letterbox.left, across / letterbox.canvas[0], across)
        rows = _places(y1, y2, letterbox.scale[1], letterbox.top, down / letterbox.canvas[1], down)
        runs.append(_runs(_logits(row, masks.prototypes, columns, rows) > 0))
    shapes = (high - low)[:, ::-1].astype(np.int32)
    return CompactMask(runs, shapes.reshape(-1, 2), low.astype(np.int32).reshape(-1, 2), (height, width))


def _places(first: int, end: int, scale: float, shift: int, share: float, count: int) -> NDArray[np.float64]:
    """Where the centres of the frame's pixels `first` to `end` lie among `count` prototype cells."""
    model = (np.arange(first, end) + 0.5) / scale + shift
    return np.clip(model * share - 0.5, 0, count - 1)


def _logits(
    row: NDArray[np.float32],
    prototypes: NDArray[np.float32],
    columns: NDArray[np.float64],
    rows: NDArray[np.float64],
) -> NDArray[Any]:
    """The mask's logits (len(rows), len(columns)) at these places."""
    left, top = int(columns[0]), int(rows[0])
    part = prototypes[:, top : int(rows[-1]) + 2, left : int(columns[-1]) + 2]
    small = np.tensordot(row, part, axes=1)
    return _along(_along(small, rows - top).T, columns - left).T


def _along(values: NDArray[Any], places: NDArray[np.float64]) -> NDArray[Any]:
    """Linear interpolation between the rows of `values` at fractional positions."""
    before = np.minimum(places.astype(np.intp), len(values) - 1)
    after = np.minimum(before + 1, len(values) - 1)
    share = (places - before).astype(np.float32)[:, None]
    result: NDArray[Any] = values[before] * (1 - share) + values[after] * share
    return result


def _runs(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Lengths of the runs of a mask column by column, beginning with one of false, maybe of length zero."""
    flat = np.concatenate(([False], mask.ravel(order="F")))
    starts = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate(([0], starts, [mask.size]))).astype(np.int32)
