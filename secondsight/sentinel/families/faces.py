"""Detectors of faces and of number plates.

YuNet (Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023), as OpenCV's zoo publishes it.

Twelve outputs (1, n, c), four for each stride 8, 16, 32 of one anchor a cell, row by row: `cls` (1) and `obj` (1),
both through the sigmoid, score = sqrt(cls * obj); `bbox` (4): centre = (xy + cell) * stride, size = exp(wh) * stride;
`kps` (10): five points of the face, which are not read here.

Picture: BGR, 0..255 as it is, scaled to fit at the top left, padded with black.

RetinaFace (Deng et al. 2020) with MobileNet, as it is exported from PyTorch, and detectors of number plates like it.

Three outputs (1, n, c), two anchors for each cell of strides 8, 16 and 32, row by row: boxes (4), as shifts and
logarithms of sizes of the anchors with SSD's variances 0.1 and 0.2; probabilities of background and of what is sought
(2); and points, five of a face (10) or the corners of a plate (8), which are not read here. Their order differs;
their widths tell which is which, and what it finds.

Picture: BGR, 0..255, less 104, 117, 123.
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
    cells,
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


Sizes = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""Sides of the two square anchors of each stride, in pixels of the model's picture."""
FACES: Sizes = ((16, 32), (64, 128), (256, 512))
PLATES: Sizes = ((24, 48), (96, 192), (288, 384))
_CENTRE, _SIZE = 0.1, 0.2
_SHIFTS, _SCORES = 4, 2


def anchors(size: tuple[int, int], sides: Sizes) -> NDArray[np.float32]:
    """Centres and sides of all anchors of a (width, height) picture, in pixels: float32 (n, 4)."""
    rows = []
    for stride, both in zip(STRIDES, sides, strict=True):
        across, down = size[0] // stride, size[1] // stride
        x, y = np.meshgrid(np.arange(across) + 0.5, np.arange(down) + 0.5)
        places = np.repeat(np.stack((x, y), axis=-1).reshape(-1, 2) * stride, 2, axis=0)
        squares = np.tile(np.array(both, np.float64)[:, None], (across * down, 2))
        rows.append(np.concatenate((places, squares), axis=1))
    return np.concatenate(rows).astype(np.float32)


def _retinaface(name: str, what: str, sides: Sizes, points: int) -> Family[Decode]:
    def bind(info: ModelInfo, labels: int) -> Decode:
        known = anchors(info.size, sides)

        def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
            widths = [output.shape[-1] for output in outputs]
            shifts, scores = (outputs[widths.index(width)][0] for width in (_SHIFTS, _SCORES))
            index = np.flatnonzero(scores[:, 1] >= threshold)
            if not len(index):
                return NOTHING
            near, shift = known[index], shifts[index]
            places = near[:, :2] + shift[:, :2] * _CENTRE * near[:, 2:]
            boxes = corners(np.concatenate((places, near[:, 2:] * np.exp(shift[:, 2:] * _SIZE)), axis=1))
            return nms(select(boxes, scores[index, 1], np.zeros(len(index))), iou)

        return decode

    def fits(info: ModelInfo) -> bool:
        count = 2 * cells(info.size, STRIDES)
        shapes = {spec.shape[1:] for spec in info.outputs}
        return len(info.outputs) == 3 and shapes == {(count, width) for width in (_SHIFTS, _SCORES, points)}

    return Family(
        name=name,
        summary=f"boxes (1, n, 4), scores (1, n, 2), points (1, n, {points}) of two anchors a cell; {what}",
        pixels=Pixels(order="bgr", fit="top-left", mean=(104.0, 117.0, 123.0), pad=0),
        fits=fits,
        certain=fits,
        classes=lambda info: 1,
        bind=bind,
    )


RETINAFACE = _retinaface("retinaface", "faces: anchors of 16 to 512 pixels", FACES, 10)
RETINAFACE_PLATE = _retinaface("retinaface-plate", "number plates: anchors of 24 to 384 pixels", PLATES, 8)
