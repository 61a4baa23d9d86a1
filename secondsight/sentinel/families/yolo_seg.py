"""YOLO with masks: boxes as of the family without them, a row of coefficients per box, and shared prototypes.

- `yolov5-seg`: outputs (1, n, 5 + nc + m) and (1, m, h, w), rows as of `yolov5`.
- `yolov8-seg` (also v9, v11, v12): outputs (1, 4 + nc + m, n) and (1, m, h, w), columns as of `yolov8`.

m is 32, and the prototypes have a quarter of the picture's size (`Segment` in Ultralytics' `nn/modules/head.py`,
`process_mask_native` in its `utils/ops.py`). The two outputs come in any order; the rank tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import (
    NOTHING,
    Boxes,
    Decode,
    Family,
    Masks,
    cells,
    corners,
    detects,
    nms,
    select,
)
from secondsight.sentinel.families.yolo import PIXELS, PYRAMIDS
from secondsight.sentinel.families.yolox import scored_rows
from secondsight.sentinel.runtime.base import ModelInfo

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _outputs(info: ModelInfo) -> tuple[tuple[int, int], tuple[int, int, int]] | None:
    """The table's two sides and the prototypes' three; None for any other model, or open shapes."""
    shapes = {len(spec.shape): spec.shape for spec in info.outputs}
    if len(info.outputs) != 2 or len(info.inputs) != 1 or shapes.keys() != {3, 4}:
        return None
    (_, *table), (_, *prototypes) = shapes[3], shapes[4]
    if not all(table) or not all(prototypes) or not (detects(info, "segment") or detects(info)):
        return None
    count, down, across = (int(side or 0) for side in prototypes)
    width, height = info.size
    if width * down != height * across:
        return None
    return (int(table[0] or 0), int(table[1] or 0)), (count, down, across)


def _fits_v5(info: ModelInfo) -> bool:
    found = _outputs(info)
    if found is None:
        return False
    (rows, columns), (count, _, _) = found
    return columns > 5 + count and rows in (3 * cells(info.size, strides) for strides in PYRAMIDS)


def _fits_v8(info: ModelInfo) -> bool:
    found = _outputs(info)
    if found is None:
        return False
    (channels, columns), (count, _, _) = found
    return channels > 4 + count and columns in (cells(info.size, strides) for strides in PYRAMIDS)


def _classes(before: int, axis: int, info: ModelInfo) -> int | None:
    found = _outputs(info)
    return None if found is None else found[0][axis] - before - found[1][0]


def _split(outputs: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Table and prototypes of one picture."""
    table, prototypes = sorted((output[0] for output in outputs), key=lambda output: output.ndim)
    return table, prototypes


def _bind_v5(info: ModelInfo, labels: int) -> Decode:
    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        rows, prototypes = _split(outputs)
        split = rows.shape[1] - len(prototypes)
        index, centres, score, class_id = scored_rows(rows[:, :split], threshold)
        if not len(index):
            return NOTHING
        masks = Masks(rows[index, split:].astype(np.float32), prototypes)
        return nms(select(corners(centres), score, class_id)._replace(masks=masks), iou)

    return decode


def _bind_v8(info: ModelInfo, labels: int) -> Decode:
    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        table, prototypes = _split(outputs)
        split = len(table) - len(prototypes)
        index = np.flatnonzero(table[4:split].max(axis=0) >= threshold)
        if not len(index):
            return NOTHING
        chosen = table[:, index].T
        class_id = chosen[:, 4:split].argmax(axis=1)
        score = chosen[np.arange(len(index)), class_id + 4]
        masks = Masks(chosen[:, split:].astype(np.float32), prototypes)
        return nms(select(corners(chosen[:, :4]), score, class_id)._replace(masks=masks), iou)

    return decode


YOLOV5_SEG: Family[Decode] = Family(
    name="yolov5-seg",
    summary="outputs (1, n, 5+nc+m), three rows per grid cell, and prototypes (1, m, h, w)",
    pixels=PIXELS,
    fits=_fits_v5,
    certain=lambda info: _fits_v5(info) and not _fits_v8(info),
    classes=lambda info: _classes(5, 1, info),
    bind=_bind_v5,
    trims=True,
    task="segment",
)

YOLOV8_SEG: Family[Decode] = Family(
    name="yolov8-seg",
    summary="outputs (1, 4+nc+m, n), one column per grid cell, and prototypes (1, m, h, w)",
    pixels=PIXELS,
    fits=_fits_v8,
    certain=lambda info: _fits_v8(info) and not _fits_v5(info),
    classes=lambda info: _classes(4, 0, info),
    bind=_bind_v8,
    trims=True,
    aliases=("yolov9-seg", "yolov11-seg", "yolo11-seg", "yolov12-seg", "yolo12-seg"),
    task="segment",
)
