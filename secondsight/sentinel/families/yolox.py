"""YOLOX (Ge et al. 2021, https://github.com/Megvii-BaseDetection/YOLOX), as its `tools/export_onnx.py` writes
it.

Output (1, n, 5 + nc), one row per cell of the grids of stride 8, 16, 32 (row by row, finest grid first):
x, y, w, h, objectness, class scores; both scores have been through the sigmoid, score = objectness * class.
By default the box is raw: centre = (xy + cell) * stride, size = exp(wh) * stride (`demo_postprocess` in
`yolox/utils/demo_utils.py`). With `--decode_in_inference` it is pixels already; that graph holds an `Exp`,
the raw one does not, which tells the two apart.

Picture: BGR, 0..255 as it is, scaled to fit at the top left, padded with 114
(`yolox/data/data_augment.py:preproc`; releases before 0.1.1 normalised, those files are not meant here).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import NOTHING, Boxes, Decode, Family, cells, corners, nms, select
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIDES = (8, 16, 32)


def grid(size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cell (n, 2) as x, y and stride (n, 1) of every output row."""
    cell, stride = [], []
    for step in STRIDES:
        rows, columns = size[1] // step, size[0] // step
        y, x = np.mgrid[:rows, :columns]
        cell.append(np.stack((x, y), axis=-1).reshape(-1, 2))
        stride.append(np.full((rows * columns, 1), step))
    return np.concatenate(cell).astype(np.float32), np.concatenate(stride).astype(np.float32)


def scored_rows(
    rows: NDArray[Any], threshold: float
) -> tuple[NDArray[np.intp], NDArray[Any], NDArray[np.float32], NDArray[np.intp]]:
    """Rows of a (n, 5 + nc) table whose best score = objectness * class reaches the threshold.

    No class score exceeds 1, so most rows fall to their objectness alone and their classes are never read.

    Returns:
        their positions, their boxes as they stand (m, 4), their scores (m,), their classes (m,).
    """
    index = np.flatnonzero(rows[:, 4] >= threshold)
    chosen = rows[index]
    class_id = chosen[:, 5:].argmax(axis=1)
    score = chosen[:, 4] * chosen[np.arange(len(index)), class_id + 5]
    good = score >= threshold
    return index[good], chosen[good, :4], score[good], class_id[good]


def _bind_raw(info: ModelInfo, labels: int) -> Decode:
    cell, stride = grid(info.size)

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        index, raw, score, class_id = scored_rows(outputs[0][0], threshold)
        if not len(index):
            return NOTHING
        step = stride[index]
        centres = np.concatenate(((raw[:, :2] + cell[index]) * step, np.exp(raw[:, 2:]) * step), axis=1)
        return nms(select(corners(centres), score, class_id), iou)

    return decode


def bind_decoded(info: ModelInfo, labels: int) -> Decode:
    """Decoder of rows whose boxes are centre, width and height in pixels: also that of YOLOv5."""

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        index, centres, score, class_id = scored_rows(outputs[0][0], threshold)
        if not len(index):
            return NOTHING
        return nms(select(corners(centres), score, class_id), iou)

    return decode


def classes(info: ModelInfo) -> int:
    """nc of an output (1, n, 5 + nc)."""
    return int(info.outputs[0].shape[2] or 5) - 5


def _fits(info: ModelInfo) -> bool:
    if len(info.outputs) != 1 or len(info.inputs) != 1:
        return False
    shape = info.outputs[0].shape
    return len(shape) == 3 and shape[1] == cells(info.size, STRIDES) and (shape[2] or 0) > 5


def _named(info: ModelInfo) -> bool:
    # The same shape is written by YOLOv6, with other colours and range; only the names tell them apart.
    return _fits(info) and info.outputs[0].name == "output" and info.inputs[0].name == "images"


_PIXELS = Pixels(order="bgr", fit="top-left", pad=114)

YOLOX: Family[Decode] = Family(
    name="yolox",
    summary="one output (1, n, 5+nc), one row per grid cell, raw boxes",
    pixels=_PIXELS,
    fits=_fits,
    certain=lambda info: _named(info) and bool(info.operators) and "Exp" not in info.operators,
    classes=classes,
    bind=_bind_raw,
    trims=True,
)

YOLOX_DECODED: Family[Decode] = Family(
    name="yolox-decoded",
    summary="one output (1, n, 5+nc), one row per grid cell, boxes in pixels (--decode_in_inference)",
    pixels=_PIXELS,
    fits=_fits,
    certain=lambda info: _named(info) and "Exp" in info.operators,
    classes=classes,
    bind=bind_decoded,
    trims=True,
)
