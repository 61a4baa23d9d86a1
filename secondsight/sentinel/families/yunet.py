"""YuNet (Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023), as OpenCV's zoo publishes it.

Twelve outputs (1, n, c), four for each stride 8, 16, 32 of one anchor a cell, row by row: `cls` (1) and `obj` (1),
both through the sigmoid, score = sqrt(cls * obj); `bbox` (4): centre = (xy + cell) * stride, size = exp(wh) * stride;
`kps` (10): five points of the face, which are not read here.

Picture: BGR, 0..255 as it is, scaled to fit at the top left, padded with black.
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
    corners,
    nms,
    positions,
    select,
    shape_of,
)
from secondsight.sentinel.families.yolox import STRIDES, grid
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDTHS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def _bind(info: ModelInfo, labels: int) -> Decode:
    cell, stride = grid(info.size)
    scores, objects, boxes = (
        positions(info, *(f"{part}_{step}" for step in STRIDES)) for part in ("cls", "obj", "bbox")
    )

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        face, there, raw = (
            np.concatenate([outputs[place][0] for place in places]) for places in (scores, objects, boxes)
        )
        score = np.sqrt(np.clip(face[:, 0], 0.0, 1.0) * np.clip(there[:, 0], 0.0, 1.0))
        index = np.flatnonzero(score >= threshold)
        if not len(index):
            return NOTHING
        step = stride[index]
        sides = np.exp(raw[index, 2:]) * step
        centres = np.concatenate(((raw[index, :2] + cell[index]) * step, sides), axis=1)
        return nms(select(corners(centres), score[index], np.zeros(len(index))), iou)

    return decode


def _fits(info: ModelInfo) -> bool:
    width, height = info.size
    return len(info.outputs) == len(_WIDTHS) * len(STRIDES) and all(
        shape_of(info, f"{part}_{step}")[1:] == ((width // step) * (height // step), columns)
        for step in STRIDES
        for part, columns in _WIDTHS.items()
    )


YUNET: Family[Decode] = Family(
    name="yunet",
    summary="cls, obj, bbox and kps of strides 8, 16, 32, each (1, n, c)",
    pixels=Pixels(order="bgr", fit="top-left", pad=0),
    fits=_fits,
    certain=_fits,
    classes=lambda info: 1,
    bind=_bind,
)
