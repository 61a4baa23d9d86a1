"""Key points of people, the 17 of COCO.

- `yolo-pose` (YOLOv8-, YOLO11-pose): output (1, 4 + 1 + 51, n), one column per grid cell: box as of `yolov8`, score
  of the person, then x, y, score of each key point, in pixels
  (https://docs.ultralytics.com/tasks/pose/, `Pose` in Ultralytics' `nn/modules/head.py`). Many people per picture,
  so it can also be the site's detector. YOLOv5's and YOLOv7's pose forks are not meant.
- `simcc` (RTMPose; Li et al. 2022, Jiang et al. 2023): outputs `simcc_x` (1, k, 2W) and `simcc_y` (1, k, 2H), one
  score per half pixel; the place of the largest is the coordinate, the smaller of the two maxima the score
  (`get_simcc_maximum` in mmpose). One person per picture. Of more than 17 points (Halpe, whole body) the first
  17 are COCO's. The file's picture is RGB, less ImageNet's mean, divided by its deviation.
- `movenet`: output (1, 1, 17, 3): y, x, score, relative to the picture; one person. RGB, 0..255
  (https://www.tensorflow.org/hub/tutorials/movenet).
- `movenet-multipose`: output (1, 6, 56), up to six people: y, x, score of each key point, then the box (top, left,
  bottom, right) and the person's score, relative to the picture, whose sides are multiples of 32. RGB, 0..255
  (https://www.kaggle.com/models/google/movenet/tensorFlow2/multipose-lightning). Looks at whole pictures: the site's
  detector.
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
    nms,
    select,
)
from secondsight.sentinel.families.detr import IMAGENET_MEAN, IMAGENET_STD
from secondsight.sentinel.families.yolo import PIXELS, POSE_CHANNELS, PYRAMIDS
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPLIT = 2
"""Scores per pixel along each axis; mmpose's `simcc_split_ratio` of every published RTMPose."""

MOST = 6
"""People whom MoveNet MultiPose finds in one picture. Its scores are low: TensorFlow's own sample takes 0.11 for a
person (`detection_threshold` of its `pose_estimation`), where detectors take a third. Their square root is at that
scale, so that one threshold of a site fits both."""


def _fits_yolo(info: ModelInfo) -> bool:
    if len(info.outputs) != 1 or len(info.inputs) != 1 or not (detects(info) or detects(info, "pose")):
        return False
    shape = info.outputs[0].shape
    columns = [cells(info.size, strides) for strides in PYRAMIDS]
    return len(shape) == 3 and shape[1] == POSE_CHANNELS and shape[2] in columns


def _bind_yolo(info: ModelInfo, labels: int) -> Decode:
    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        table = outputs[0][0]
        index = np.flatnonzero(table[4] >= threshold)
        if not len(index):
            return NOTHING
        chosen = table[:, index].T
        boxes = select(corners(chosen[:, :4]), chosen[:, 4], np.zeros(len(index)))
        points = chosen[:, 5:].astype(np.float32).reshape(-1, KEYPOINTS, 3)
        return nms(boxes._replace(points=points), iou)

    return decode


def _fits_simcc(info: ModelInfo) -> bool:
    if len(info.inputs) != 1 or len(info.outputs) != 2:
        return False
    shapes = [spec.shape for spec in info.outputs]
    if any(len(shape) != 3 or shape[1] is None or shape[1] < KEYPOINTS for shape in shapes):
        return False
    found = sorted(shape[2] or 0 for shape in shapes)
    return shapes[0][1] == shapes[1][1] and found == sorted(_SPLIT * side for side in info.size)


def _named_simcc(info: ModelInfo) -> bool:
    return _fits_simcc(info) and {spec.name for spec in info.outputs} == {"simcc_x", "simcc_y"}


def _bind_simcc(info: ModelInfo, labels: int) -> Decode:
    names = [spec.name for spec in info.outputs]
    across, down = (names.index("simcc_x"), names.index("simcc_y")) if _named_simcc(info) else (0, 1)

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        tables = [outputs[at][0, :KEYPOINTS] for at in (across, down)]
        places = [table.argmax(axis=1) / _SPLIT for table in tables]
        score = np.minimum(tables[0].max(axis=1), tables[1].max(axis=1))
        return _one(np.stack((*places, np.clip(score, 0, 1)), axis=1), info.size, threshold)

    return decode


def _fits_movenet(info: ModelInfo) -> bool:
    return len(info.inputs) == 1 and len(info.outputs) == 1 and info.outputs[0].shape == (1, 1, KEYPOINTS, 3)


def _bind_movenet(info: ModelInfo, labels: int) -> Decode:
    scale = np.array((*info.size, 1), np.float32)

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        return _one(outputs[0].reshape(KEYPOINTS, 3)[:, (1, 0, 2)] * scale, info.size, threshold)

    return decode


def _fits_multipose(info: ModelInfo) -> bool:
    return len(info.inputs) == 1 and len(info.outputs) == 1 and info.outputs[0].shape == (1, MOST, 56)


def _bind_multipose(info: ModelInfo, labels: int) -> Decode:
    width, height = info.size
    scale = np.array((width, height, width, height), np.float32)

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        table = outputs[0][0]
        confidence = np.sqrt(np.clip(table[:, -1], 0, 1))
        rows = np.flatnonzero(confidence >= threshold)
        if not len(rows):
            return NOTHING
        points = table[rows, :-5].reshape(-1, KEYPOINTS, 3)[:, :, (1, 0, 2)] * (width, height, 1)
        boxes = select(table[rows][:, (-4, -5, -2, -3)] * scale, confidence[rows], np.zeros(len(rows)))
        return nms(boxes._replace(points=points.astype(np.float32)), iou)

    return decode


def _one(points: NDArray[Any], size: tuple[int, int], threshold: float) -> Boxes:
    """The one person of a picture; sure of it as of the mean of the points."""
    confidence = points[:, 2].mean(keepdims=True)
    if not confidence[0] >= threshold:
        return NOTHING
    whole = select(np.array([[0, 0, *size]]), confidence, np.zeros(1))
    return whole._replace(points=np.ascontiguousarray(points[None], np.float32))


YOLO_POSE: Family[Decode] = Family(
    name="yolo-pose",
    summary="one output (1, 56, n), one column per grid cell: box, score, 17 key points",
    pixels=PIXELS,
    fits=_fits_yolo,
    certain=lambda info: _fits_yolo(info) and info.metadata.get("task") == "pose",
    classes=lambda info: 1,
    bind=_bind_yolo,
    trims=True,
    aliases=("yolov8-pose", "yolov11-pose", "yolo11-pose"),
    task="pose",
)

SIMCC: Family[Decode] = Family(
    name="simcc",
    summary="outputs simcc_x (1, k, 2W) and simcc_y (1, k, 2H), k at least 17",
    pixels=Pixels(order="rgb", fit="centre", divisor=255.0, mean=IMAGENET_MEAN, std=IMAGENET_STD, pad=0),
    fits=_fits_simcc,
    certain=_named_simcc,
    classes=lambda info: 1,
    bind=_bind_simcc,
    aliases=("rtmpose",),
    task="pose",
)

MOVENET: Family[Decode] = Family(
    name="movenet",
    summary="one output (1, 1, 17, 3): y, x, score, relative",
    pixels=Pixels(order="rgb", fit="centre", pad=0),
    fits=_fits_movenet,
    certain=_fits_movenet,
    classes=lambda info: 1,
    bind=_bind_movenet,
    batched=False,
    task="pose",
)

MOVENET_MULTIPOSE: Family[Decode] = Family(
    name="movenet-multipose",
    summary="one output (1, 6, 56): 17 times y, x, score, then box and score, relative",
    pixels=Pixels(order="rgb", fit="top-left", pad=0),
    fits=_fits_multipose,
    certain=_fits_multipose,
    classes=lambda info: 1,
    bind=_bind_multipose,
    trims=True,
    batched=False,
    aliases=("multipose",),
    task="pose",
)
