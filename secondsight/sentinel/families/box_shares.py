"""Detectors whose boxes are shares of the picture, 0..1, as a detour by TensorFlow and some exporters leave them.

Nothing in the file tells them from those in pixels, so `models add` tries the model on a few pictures, and the family
of the other unit is what is installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import Boxes, Decode, Family
from secondsight.sentinel.families.yolo import YOLO_E2E, YOLOV5, YOLOV8
from secondsight.sentinel.runtime.base import ModelInfo

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUFFIX = "-shares"


def _of_shares(family: Family[Decode]) -> Family[Decode]:
    def bind(info: ModelInfo, labels: int) -> Decode:
        decode, sides = family.bind(info, labels), np.tile(np.array(info.size, np.float32), 2)

        def in_pixels(outputs: Sequence[NDArray[Any]], threshold: float, iou: float) -> Boxes:
            boxes = decode(outputs, threshold, iou)
            return boxes._replace(xyxy=boxes.xyxy * sides)

        return in_pixels

    return replace(
        family,
        name=family.name + _SUFFIX,
        summary=f"{family.summary}, boxes as shares of the picture",
        certain=lambda info: False,
        bind=bind,
        trims=False,
        aliases=(),
    )


IN_SHARES = tuple(_of_shares(family) for family in (YOLOV5, YOLOV8, YOLO_E2E))


def in_shares(family: Family[Any]) -> Family[Any] | None:
    """The family of the same layout whose boxes are shares; None where there is none."""
    return next((one for one in IN_SHARES if one.name == family.name + _SUFFIX), None)
