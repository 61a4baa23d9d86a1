"""The DETR line that runs in real time: RT-DETR, D-FINE (and DEIM), RF-DETR. No NMS: each query is one
object.

Layouts, by the names of their tensors:
- RT-DETR and D-FINE, own exporters (`tools/export_onnx.py`, `tools/deployment/export_onnx.py`): inputs
  `images` and `orig_target_sizes` (1, 2) = width, height; outputs `labels` (1, k), `boxes` (1, k, 4) corners
  in those pixels, `scores` (1, k). We state the model's own size there.
- RT-DETR and D-FINE by Hugging Face's exporter: input `pixel_values`; outputs `logits` (1, k, nc) and
  `pred_boxes` (1, k, 4) centre, size, relative 0..1; score = sigmoid(logit)
  (`post_process_object_detection` in transformers' `image_processing_rt_detr.py`).
- RT-DETR by Ultralytics: one output (1, k, 4 + nc), relative centre and size, scores after the sigmoid.
- RF-DETR (https://rfdetr.roboflow.com/latest/exports/onnx/): outputs `dets` (1, k, 4) relative centre and
  size, `labels` (1, k, slots) logits. Slots: COCO's 91 sparse ids for the published weights; for one's own
  training, classes plus a last slot for background, which is left out here when there is one label less than
  slots.

Picture: stretched to the model's size, RGB, 0..1; RF-DETR also takes off ImageNet's mean and divides by its
deviation.

Official evaluation takes the best 300 of all (query, class) pairs, so that one box may come out under two
classes. For raw layouts each query reports its best class only: an object is one thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import (
    NOTHING,
    Boxes,
    Decode,
    Family,
    corners,
    detects,
    logit,
    positions,
    select,
    shape_of,
    sigmoid,
)
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_COCO_CLASSES = 80
_SIZES_INPUT = "orig_target_sizes"


def _final(info: ModelInfo) -> bool:
    """The layout of the models' own exporters."""
    wanted = {"labels", "boxes", "scores"}
    return wanted <= {spec.name for spec in info.outputs} and _SIZES_INPUT in {
        each.name for each in info.inputs
    }


def _hugging_face(info: ModelInfo) -> bool:
    logits, boxes = shape_of(info, "logits"), shape_of(info, "pred_boxes")
    return len(logits) == len(boxes) == 3 and boxes[2] == 4


def _ultralytics(info: ModelInfo) -> bool:
    if len(info.outputs) != 1 or len(info.inputs) != 1:
        return False
    shape = info.outputs[0].shape
    stated = "rtdetr" in info.metadata.get("description", "").lower().replace("-", "")
    return stated and detects(info) and len(shape) == 3 and (shape[2] or 0) > 4


def _roboflow(info: ModelInfo) -> bool:
    boxes, logits = shape_of(info, "dets"), shape_of(info, "labels")
    return len(boxes) == len(logits) == 3 and boxes[2] == 4


def _raw(info: ModelInfo, boxes: str, logits: str, labels: int) -> Decode:
    """Decoder of relative boxes and logits, two outputs."""
    box_at, logit_at = positions(info, boxes, logits)
    size = np.array(info.size * 2, np.float32)

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        values = outputs[logit_at][0, :, :labels] if labels else outputs[logit_at][0]
        return _best_class(outputs[box_at][0], values, logit(threshold), size)

    return decode


def _best_class(boxes: NDArray[Any], logits: NDArray[Any], lowest: float, size: NDArray[Any]) -> Boxes:
    index = np.flatnonzero(logits.max(axis=1) >= lowest)
    if not len(index):
        return NOTHING
    chosen = logits[index]
    class_id = chosen.argmax(axis=1)
    score = sigmoid(chosen[np.arange(len(index)), class_id])
    return select(corners(boxes[index]) * size, score, class_id)


def _bind_rt_detr(info: ModelInfo, labels: int) -> Decode:
    if _final(info):
        return _bind_final(info)
    if _hugging_face(info):
        return _raw(info, "pred_boxes", "logits", 0)
    size = np.array(info.size * 2, np.float32)

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        rows = outputs[0][0]
        index = np.flatnonzero(rows[:, 4:].max(axis=1) >= threshold)
        chosen = rows[index]
        class_id = chosen[:, 4:].argmax(axis=1)
        return select(corners(chosen[:, :4]) * size, chosen[np.arange(len(index)), class_id + 4], class_id)

    return decode


def _bind_final(info: ModelInfo) -> Decode:
    label_at, box_at, score_at = positions(info, "labels", "boxes", "scores")

    def decode(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
        score = outputs[score_at][0]
        good = score >= threshold
        return select(outputs[box_at][0][good], score[good], outputs[label_at][0][good])

    return decode


def _target_sizes(info: ModelInfo) -> Mapping[str, NDArray[Any]]:
    for spec in info.inputs:
        if spec.name == _SIZES_INPUT:
            return {_SIZES_INPUT: np.array([info.size], np.dtype(spec.dtype))}
    return {}


def _rt_detr_classes(info: ModelInfo) -> int | None:
    if _final(info):
        return None
    if _hugging_face(info):
        return shape_of(info, "logits")[2]
    columns = info.outputs[0].shape[2]
    return columns - 4 if columns else None


def _certain_rt_detr(info: ModelInfo) -> bool:
    # Other DETRs write `logits` and `pred_boxes` too, with other colours or a softmax. COCO's 80 contiguous
    # classes with a sigmoid are this line's alone; DETR, Deformable DETR and YOLOS have 91 or 92.
    if _hugging_face(info):
        return shape_of(info, "logits")[2] == _COCO_CLASSES
    return _final(info) or _ultralytics(info)


def _fits_rf_detr(info: ModelInfo) -> bool:
    return _roboflow(info) or _hugging_face(info)


def _bind_rf_detr(info: ModelInfo, labels: int) -> Decode:
    if _roboflow(info):
        return _raw(info, "dets", "labels", labels)
    return _raw(info, "pred_boxes", "logits", labels)


RT_DETR: Family[Decode] = Family(
    name="rt-detr",
    summary="outputs labels, boxes, scores (with input orig_target_sizes), or logits and pred_boxes",
    pixels=Pixels(order="rgb", fit="stretch", divisor=255.0),
    fits=lambda info: _final(info) or _hugging_face(info) or _ultralytics(info),
    certain=_certain_rt_detr,
    classes=_rt_detr_classes,
    bind=_bind_rt_detr,
    constants=_target_sizes,
    aliases=("rtdetr", "rt-detrv2", "d-fine", "dfine", "deim"),
)

RF_DETR: Family[Decode] = Family(
    name="rf-detr",
    summary="outputs dets (1, k, 4) and labels (1, k, slots), or logits and pred_boxes; ImageNet colours",
    pixels=Pixels(order="rgb", fit="stretch", divisor=255.0, mean=IMAGENET_MEAN, std=IMAGENET_STD),
    fits=_fits_rf_detr,
    certain=_roboflow,
    classes=lambda info: shape_of(info, "labels" if _roboflow(info) else "logits")[2],
    bind=_bind_rf_detr,
    aliases=("rfdetr",),
)
