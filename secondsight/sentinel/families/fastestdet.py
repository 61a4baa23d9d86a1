"""FastestDet (https://github.com/dog-qiuqiu/FastestDet): one anchor-free grid of stride 16.

Output (1, 5 + nc, H/16, W/16): objectness, offset x, offset y, width, height, class scores. Per cell
centre = (cell + tanh(offset)) / grid, size = sigmoid(size), relative to the picture; score = objectness^0.6 *
class^0.4 (`utils/tool.py:handle_preds`). Picture: BGR, 0..1, stretched (`test.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import NOTHING, Boxes, Decode, Family, corners, nms, select, sigmoid
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIDE = 16
OBJECT_POWER, CLASS_POWER = 0.6, 0.4


def _fits(info: ModelInfo) -> bool:
    if len(info.outputs) != 1 or len(info.inputs) != 1:
        return False
    shape = info.outputs[0].shape
    width, height = info.size
    return len(shape) == 4 and (shape[1] or 0) > 5 and shape[2:] == (height // STRIDE, width // STRIDE)


def _bind(info: ModelInfo, labels: int) -> Decode:
    width, height = info.size
    columns = width // STRIDE

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        table = outputs[0][0].reshape(outputs[0].shape[1], -1)
        # No class score exceeds 1, so a cell below this objectness cannot reach the threshold.
        index = np.flatnonzero(table[0] >= threshold ** (1 / OBJECT_POWER))
        chosen = table[:, index].T
        class_id = chosen[:, 5:].argmax(axis=1)
        best = chosen[np.arange(len(index)), class_id + 5]
        score = chosen[:, 0] ** OBJECT_POWER * best**CLASS_POWER
        good = score >= threshold
        if not good.any():
            return NOTHING
        index, chosen = index[good], chosen[good]
        cell = np.stack((index % columns, index // columns), axis=1)
        centre = (cell + np.tanh(chosen[:, 1:3])) * STRIDE
        size = sigmoid(chosen[:, 3:5]) * (width, height)
        boxes = corners(np.concatenate((centre, size), axis=1))
        return nms(select(boxes, score[good], class_id[good]), iou)

    return decode


FASTESTDET: Family[Decode] = Family(
    name="fastestdet",
    summary="one output (1, 5+nc, H/16, W/16)",
    pixels=Pixels(order="bgr", fit="stretch", divisor=255.0),
    fits=_fits,
    # A segmentation model of this stride has the same shape; FastestDet's graph ends in a softmax of its classes.
    certain=lambda info: _fits(info) and "Softmax" in info.operators,
    classes=lambda info: int(info.outputs[0].shape[1] or 5) - 5,
    bind=_bind,
)
