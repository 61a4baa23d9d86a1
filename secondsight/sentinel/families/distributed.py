"""Anchor-free detectors whose sides are distributions: PicoDet and NanoDet-Plus; and RTMDet as MMDeploy writes it.

Each cell of the grids of stride 8, 16, 32, 64 (row by row, finest grid first, a grid's sides rounded up) has class
scores that have been through the sigmoid, and for the left, top, right and bottom side logits over the distances 0..7
strides: the side is the mean distance of their softmax (Li et al., "Generalized Focal Loss", NeurIPS 2020).

- `picodet` (Yu et al., "PP-PicoDet", 2021): outputs per stride, four of scores (1, n, nc) and four of sides
  (1, n, 32). A cell stands for its middle (`deploy/third_engine/demo_onnxruntime` of PaddleDetection).
- `nanodet` (NanoDet-Plus, https://github.com/RangiLyu/nanodet): one output (1, n, nc + 32). A cell stands for its
  upper left corner (`get_single_level_center_priors` in `nanodet_plus_head.py`).
- `rtmdet` (Lyu et al., "RTMDet", 2022), exported end to end by MMDeploy: `dets` (1, k, 5) of x1, y1, x2, y2, score in
  pixels, and `labels` (1, k); NMS is done.

Pictures: BGR less ImageNet's mean, by its deviation; stretched, and of `rtmdet` scaled to fit at the top left.
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
    nms,
    positions,
    select,
    shape_of,
)
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIDES = (8, 16, 32, 64)
BINS = 8
"""Distances of a side's distribution."""
_MEAN, _STD = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
_STRETCHED = Pixels(order="bgr", fit="stretch", mean=_MEAN, std=_STD)
_FITTED = Pixels(order="bgr", fit="top-left", mean=_MEAN, std=_STD, pad=114)


def _grids(size: tuple[int, int]) -> list[tuple[int, int]]:
    """Columns and rows of each grid."""
    return [(-(-size[0] // stride), -(-size[1] // stride)) for stride in STRIDES]


def _centres(size: tuple[int, int], offset: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What every cell stands for, pixels (n, 2), and its stride (n, 1)."""
    points, strides = [], []
    for stride, (columns, rows) in zip(STRIDES, _grids(size), strict=True):
        y, x = np.mgrid[:rows, :columns]
        points.append((np.stack((x, y), axis=-1).reshape(-1, 2) + offset) * stride)
        strides.append(np.full((rows * columns, 1), stride))
    return np.concatenate(points).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _decoder(size: tuple[int, int], offset: float) -> Any:
    points, strides = _centres(size, offset)

    def decode(scores: NDArray[Any], sides: NDArray[Any], threshold: float, iou: float) -> Boxes:
        index = np.flatnonzero(scores.max(axis=1) >= threshold)
        if not len(index):
            return NOTHING
        chosen = scores[index]
        class_id = chosen.argmax(axis=1)
        logits = sides[index].reshape(-1, 4, BINS)
        weights = np.exp(logits - logits.max(axis=2, keepdims=True))
        reach = (weights @ np.arange(BINS)) / weights.sum(axis=2) * strides[index]
        corners = np.concatenate((points[index] - reach[:, :2], points[index] + reach[:, 2:]), axis=1)
        return nms(select(corners, chosen[np.arange(len(index)), class_id], class_id), iou)

    return decode


def _pico_outputs(info: ModelInfo) -> tuple[list[int], list[int]] | None:
    """Positions of the scores and of the sides, finest grid first; None for any other model."""
    if len(info.outputs) != 2 * len(STRIDES) or len(info.inputs) != 1:
        return None
    scores, sides = [], []
    for columns, rows in _grids(info.size):
        here = [
            place
            for place, spec in enumerate(info.outputs)
            if len(spec.shape) == 3 and spec.shape[1] == columns * rows and spec.shape[2]
        ]
        if len(here) != 2:
            return None
        # With as many classes as a side has logits the order tells: scores come first.
        here.sort(key=lambda place: (info.outputs[place].shape[2] == 4 * BINS, place))
        scores.append(here[0])
        sides.append(here[1])
    widths = {info.outputs[place].shape[2] for place in scores}
    return (scores, sides) if len(widths) == 1 and _are_sides(info, sides) else None


def _are_sides(info: ModelInfo, places: Sequence[int]) -> bool:
    return all(info.outputs[place].shape[2] == 4 * BINS for place in places)


def _pico_classes(info: ModelInfo) -> int | None:
    found = _pico_outputs(info)
    return None if found is None else info.outputs[found[0][0]].shape[2]


def _bind_pico(info: ModelInfo, labels: int) -> Decode:
    decode = _decoder(info.size, 0.5)
    found = _pico_outputs(info)
    assert found is not None, "`fits` said so"
    scores, sides = found

    def read(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        joined = (np.concatenate([outputs[place][0] for place in places]) for places in (scores, sides))
        boxes: Boxes = decode(*joined, threshold, iou)
        return boxes

    return read


def _fits_nano(info: ModelInfo) -> bool:
    if len(info.outputs) != 1 or len(info.inputs) != 1:
        return False
    shape = info.outputs[0].shape
    cells = sum(columns * rows for columns, rows in _grids(info.size))
    return len(shape) == 3 and shape[1] == cells and (shape[2] or 0) > 4 * BINS


def _rounds_up(size: tuple[int, int]) -> bool:
    """Whether a grid's sides are no whole strides: only then other families' tables have another length."""
    return any(side % STRIDES[-1] for side in size)


def _nano_classes(info: ModelInfo) -> int:
    return int(info.outputs[0].shape[2] or 0) - 4 * BINS


def _bind_nano(info: ModelInfo, labels: int) -> Decode:
    decode, classes = _decoder(info.size, 0.0), _nano_classes(info)

    def read(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        rows = outputs[0][0]
        boxes: Boxes = decode(rows[:, :classes], rows[:, classes:], threshold, iou)
        return boxes

    return read


def _fits_rtm(info: ModelInfo) -> bool:
    dets, labels = shape_of(info, "dets"), shape_of(info, "labels")
    return len(info.outputs) == 2 and len(dets) == 3 and dets[2] == 5 and len(labels) == 2


def _bind_rtm(info: ModelInfo, labels: int) -> Decode:
    dets, classes = positions(info, "dets", "labels")

    def read(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        rows = outputs[dets][0]
        good = rows[:, 4] >= threshold
        return select(rows[good, :4], rows[good, 4], outputs[classes][0][good].astype(np.intp))

    return read


PICODET: Family[Decode] = Family(
    name="picodet",
    summary="scores (1, n, nc) and sides (1, n, 32) of each of the strides 8, 16, 32, 64",
    pixels=_STRETCHED,
    fits=lambda info: _pico_outputs(info) is not None,
    certain=lambda info: _pico_outputs(info) is not None,
    classes=_pico_classes,
    bind=_bind_pico,
    aliases=("pp-picodet",),
)

NANODET: Family[Decode] = Family(
    name="nanodet",
    summary="one output (1, n, nc+32) of scores and sides, one row per cell of strides 8, 16, 32, 64",
    pixels=_STRETCHED,
    fits=_fits_nano,
    certain=lambda info: _fits_nano(info) and _rounds_up(info.size),
    classes=_nano_classes,
    bind=_bind_nano,
    aliases=("nanodet-plus",),
)

RTMDET: Family[Decode] = Family(
    name="rtmdet",
    summary="`dets` (1, k, 5) and `labels` (1, k), as MMDeploy exports it end to end",
    pixels=_FITTED,
    fits=_fits_rtm,
    certain=_fits_rtm,
    classes=lambda info: None,
    bind=_bind_rtm,
)
