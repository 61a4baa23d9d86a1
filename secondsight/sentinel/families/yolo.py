"""YOLOv5, YOLOv8 to YOLOv13 and the end-to-end YOLOs, as Ultralytics' and the original exporters write them.

- `yolov5`: output (1, n, 5 + nc), three anchors per cell of strides 8, 16, 32 (and 64): centre x, centre y,
  w, h in pixels, objectness, class scores; score = objectness * class. YOLOv7's export without NMS is the
  same.
- `yolov8` (also v9, v11, v12): output (1, 4 + nc, n), channels first, one column per cell: centre x, centre
  y, w, h in pixels, class scores. https://docs.ultralytics.com/guides/end2end-detection/ states (N, nc + 4,
  8400).
- `yolo-e2e` (YOLOv10, YOLO26, and exports with `nms=True`): output (1, k, 6), k = 300 by default: x1, y1, x2,
  y2 in pixels, score, class; NMS is done or not needed (same page: (N, 300, 6)).

Picture: RGB, 0..1, scaled to fit in the centre, padded with 114 (`letterbox` in YOLOv5's
`utils/augmentations.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import (
    KEYPOINTS,
    NOTHING,
    Boxes,
    Decode,
    Family,
    cells,
    corners,
    detects,
    names_of,
    nms,
    select,
)
from secondsight.sentinel.families.yolox import bind_decoded, classes
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = Pixels(order="rgb", fit="centre", divisor=255.0, pad=114)
PYRAMIDS = ((8, 16, 32), (8, 16, 32, 64))
POSE_CHANNELS = 4 + 1 + 3 * KEYPOINTS
_MAX_FINAL = 1000
"""More rows than that are no final detections: exporters keep 100 to 300."""


def _only_output(info: ModelInfo, rank: int = 3) -> tuple[int, ...]:
    """Shape of the single output of a detector with a single input; () for any other model, or an open
    shape.
    """
    if len(info.outputs) != 1 or len(info.inputs) != 1 or not detects(info):
        return ()
    shape = info.outputs[0].shape
    return tuple(side for side in shape if side is not None) if len(shape) == rank else ()


def _fits_v5(info: ModelInfo) -> bool:
    match _only_output(info):
        case (_, rows, columns):
            per_cell = [rows / cells(info.size, strides) for strides in PYRAMIDS]
            return columns > 5 and (3 in per_cell or 1 in per_cell)
    return False


def _certain_v5(info: ModelInfo) -> bool:
    return _fits_v5(info) and _only_output(info)[1] in (3 * cells(info.size, strides) for strides in PYRAMIDS)


def _fits_v8(info: ModelInfo) -> bool:
    match _only_output(info):
        case (_, channels, columns):
            return channels > 4 and columns in (cells(info.size, strides) for strides in PYRAMIDS)
    return False


def _certain_v8(info: ModelInfo) -> bool:
    # A pose head has the same shape with more channels; `names` tells where it is there. On a tiny picture the table
    # may be square enough to be read either way.
    names = names_of(info)
    if not _fits_v8(info) or _fits_v5(info):
        return False
    classes = _only_output(info)[1] - 4
    return len(names) == classes if names else classes != POSE_CHANNELS - 4


def _bind_v8(info: ModelInfo, labels: int) -> Decode:
    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        table = outputs[0][0]
        index = np.flatnonzero(table[4:].max(axis=0) >= threshold)
        if not len(index):
            return NOTHING
        chosen = table[:, index].T
        class_id = chosen[:, 4:].argmax(axis=1)
        score = chosen[np.arange(len(index)), class_id + 4]
        return nms(select(corners(chosen[:, :4]), score, class_id), iou)

    return decode


def _fits_e2e(info: ModelInfo) -> bool:
    match _only_output(info):
        case (_, rows, 6):
            return rows <= _MAX_FINAL and not _certain_v5(info)
    return False


def _bind_e2e(info: ModelInfo, labels: int) -> Decode:
    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        rows = outputs[0][0]
        rows = rows[rows[:, 4] >= threshold]
        return select(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.intp))

    return decode


YOLOV5: Family[Decode] = Family(
    name="yolov5",
    summary="one output (1, n, 5+nc), three rows per grid cell, boxes in pixels",
    pixels=PIXELS,
    fits=_fits_v5,
    certain=_certain_v5,
    classes=classes,
    bind=bind_decoded,
    trims=True,
    aliases=("yolov7",),
)

YOLOV8: Family[Decode] = Family(
    name="yolov8",
    summary="one output (1, 4+nc, n), one column per grid cell",
    pixels=PIXELS,
    fits=_fits_v8,
    certain=_certain_v8,
    classes=lambda info: _only_output(info)[1] - 4,
    bind=_bind_v8,
    trims=True,
    aliases=("yolov9", "yolov11", "yolo11", "yolov12", "yolo12"),
)

YOLO_E2E: Family[Decode] = Family(
    name="yolo-e2e",
    summary="one output (1, k, 6) of final detections x1, y1, x2, y2, score, class",
    pixels=PIXELS,
    fits=_fits_e2e,
    certain=_fits_e2e,
    classes=lambda info: len(names_of(info)) or None,
    bind=_bind_e2e,
    trims=True,
    aliases=("yolov10", "yolo10", "yolo26"),
)
