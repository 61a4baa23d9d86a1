"""How well boxes are found: COCO average precision, as `supervision` computes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from supervision import Detections
from supervision.metrics import MeanAveragePrecision

from secondsight.ground_truth import Recording, TrueFrame


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """COCO's figures, 0..1; None where there is no true box of the sort.

    Attributes:
        ap: mean over IoU 0.50:0.05:0.95 and over classes; at most 100 boxes a picture and class.
        ap50, ap75: at that IoU alone.
        small, medium, large: `ap` of boxes below 32^2, below 96^2, from 96^2 pixels on.
        classes: `ap` of each class, by name.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    small: float | None
    medium: float | None
    large: float | None
    classes: Mapping[str, float]


def true_detections(
    recording: Recording, frame: TrueFrame, labels: Sequence[str], *, min_visible: float = 0.1
) -> Detections:
    """The true boxes of one frame in a detector's form.

    Objects of classes that are not in `labels` are left out. Those of which less than `min_visible` is seen are
    marked `ignore` in `data`: to find them is neither right nor wrong.

    Returns:
        xyxy float32 (n, 4) in the recording's pixels, class_id by position in `labels`, tracker_id the object's
        number.
    """
    classes = {object.number: object.label for object in recording.objects}
    numbers = {label: number for number, label in enumerate(labels)}
    boxes = [box for box in frame.boxes if classes.get(box.object) in numbers]
    if not boxes:
        return Detections.empty()
    scale = (recording.width, recording.height, recording.width, recording.height)
    return Detections(
        xyxy=np.array([box.box for box in boxes], dtype=np.float32) * np.array(scale, dtype=np.float32),
        class_id=np.array([numbers[classes[box.object]] for box in boxes]),
        tracker_id=np.array([box.object for box in boxes]),
        data={"ignore": np.array([int(box.visible < min_visible) for box in boxes])},
    )


def average_precision(
    found: Sequence[Detections], true: Sequence[Detections], labels: Sequence[str]
) -> AveragePrecision:
    """COCO AP over pictures, `found` and `true` in the same order; both in pixels of the same size.

    Raises:
        ValueError: not as many found as true pictures.
    """
    result = MeanAveragePrecision().update(list(found), list(true)).compute()
    sizes = (result.small_objects, result.medium_objects, result.large_objects)
    small, medium, large = (_figure(size.map50_95) if size is not None else None for size in sizes)
    classes = {}
    for number, row in zip(result.matched_classes, result.ap_per_class, strict=True):
        if (row >= 0).any():
            classes[labels[int(number)]] = float(row[row >= 0].mean())
    return AveragePrecision(
        _figure(result.map50_95), _figure(result.map50), _figure(result.map75), small, medium, large, classes
    )


def _figure(value: float) -> float | None:
    """COCO writes -1 where nothing is to be found."""
    return float(value) if value >= 0 else None
