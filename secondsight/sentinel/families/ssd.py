"""Single-shot detectors with NMS in the graph: output (1, 1, n, 7) = picture, class, score, x1, y1, x2, y2.

Boxes are relative corners, 0..1; a row with a negative picture number ends the list. Class 0 is background,
and the labels begin with it (https://docs.openvino.ai/2023.1/omz_models_model_mobilenet_ssd.html).

- `mobilenet-ssd` (https://github.com/chuanqi305/MobileNet-SSD, Caffe): BGR, (pixel - 127.5) * 0.007843,
  stretched; its input is called `data`.
- `ssd`: the same output with the normalisation inside the graph, as OpenVINO's model zoo converts them: BGR,
  0..255.

Nothing in the shapes tells the two apart; an input of another name has to be stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import Boxes, Decode, Family, select
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _fits(info: ModelInfo) -> bool:
    if len(info.outputs) != 1 or len(info.inputs) != 1:
        return False
    shape = info.outputs[0].shape
    return len(shape) == 4 and shape[:2] == (1, 1) and shape[3] == 7


def _bind(info: ModelInfo, labels: int) -> Decode:
    size = np.array(info.size * 2, np.float32)

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        rows = outputs[0].reshape(-1, 7)
        end = np.flatnonzero(rows[:, 0] < 0)
        rows = rows[: end[0]] if len(end) else rows
        rows = rows[rows[:, 2] >= threshold]
        if labels == 1:
            # Some number from 0, without a background; a single class is what it is, whatever its number.
            return select(rows[:, 3:] * size, rows[:, 2], np.zeros(len(rows), np.intp))
        rows = rows[rows[:, 1] > 0]
        return select(rows[:, 3:] * size, rows[:, 2], rows[:, 1].astype(np.intp))

    return decode


MOBILENET_SSD: Family[Decode] = Family(
    name="mobilenet-ssd",
    summary="one output (1, 1, n, 7); pixels normalised to -1..1",
    pixels=Pixels(order="bgr", fit="stretch", mean=(127.5, 127.5, 127.5), std=(1 / 0.007843,) * 3),
    fits=_fits,
    certain=lambda info: _fits(info) and info.inputs[0].name == "data" and info.size == (300, 300),
    classes=lambda info: None,
    bind=_bind,
    batched=False,
)

SSD: Family[Decode] = Family(
    name="ssd",
    summary="one output (1, 1, n, 7); pixels as they are, 0..255",
    pixels=Pixels(order="bgr", fit="stretch"),
    fits=_fits,
    certain=lambda info: False,
    classes=lambda info: None,
    bind=_bind,
    batched=False,
)
