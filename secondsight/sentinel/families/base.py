"""What a model family is: a frozen value made of plain functions. A new family is one such value in its own
module.

Layouts are written as shapes, with n boxes, nc classes, and the picture's size W x H. What a family's output
means is its task: boxes (with masks or key points, if it has them), class probabilities, an embedding, or a class
for every cell of the picture.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

import numpy as np

from secondsight.errors import ModelError
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_CANDIDATES = 1000
"""Boxes that NMS looks at, best first. A picture has far fewer objects; a bad threshold must not stall a
camera.
"""


KEYPOINTS = 17
"""Key points of a person, in COCO's order: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles."""

Task = Literal["detect", "segment", "pose", "classify", "embed", "regions", "read"]
FINDS: tuple[Task, ...] = ("detect", "segment", "pose")
"""Tasks whose models find objects in a picture."""


class Masks(NamedTuple):
    """Masks in the form that YOLACT introduced (Bolya et al. 2019): sigmoid(coefficients x prototypes) > 0.5.

    Attributes:
        coefficients: float32 (n, m), one row per box.
        prototypes: float32 (m, h, w), shared by all boxes; they cover the whole canvas.
    """

    coefficients: NDArray[np.float32]
    prototypes: NDArray[np.float32]


class Boxes(NamedTuple):
    """Detections in the model's own pixels: xyxy float32 (n, 4), confidence float32 (n,), class_id int (n,).

    Attributes:
        masks: of models that have them.
        points: float32 (n, 17, 3): x, y and score of COCO's key points, of models that have them.
    """

    xyxy: NDArray[np.float32]
    confidence: NDArray[np.float32]
    class_id: NDArray[np.intp]
    masks: Masks | None = None
    points: NDArray[np.float32] | None = None

    def take(self, rows: NDArray[Any]) -> Boxes:
        """Some of the rows, chosen by position or by a mask."""
        masks, points = self.masks, self.points
        return Boxes(
            self.xyxy[rows],
            self.confidence[rows],
            self.class_id[rows],
            None if masks is None else masks._replace(coefficients=masks.coefficients[rows]),
            None if points is None else points[rows],
        )


Decode = Callable[[Sequence["NDArray[Any]"], float, float], Boxes]
"""(outputs of one picture, each with its batch axis of 1; lowest score; IoU above which NMS drops) ->
boxes.
"""
Read = Callable[[Sequence["NDArray[Any]"]], "NDArray[Any]"]
"""outputs of one picture -> what the task predicts: probabilities float32 (nc,), a unit vector float32 (d,),
classes int32 (h, w) of a grid over the canvas, or characters float32 (n, 2) of a line: class and probability of each.
"""
D = TypeVar("D")


def _no_constants(info: ModelInfo) -> Mapping[str, NDArray[Any]]:
    return {}


@dataclass(frozen=True, slots=True)
class Family(Generic[D]):
    """One kind of model: how its picture is prepared and its output read.

    Attributes:
        summary: the layout in a few words, for messages and `models show`.
        fits: whether a model could be of this family by its shapes.
        certain: whether nothing else it could be would be read differently.
        classes: how many classes the model's outputs speak of, or None where they do not tell.
        bind: makes the decoder for a model and its count of labels: a `Decode` for the tasks in `FINDS`, else a
            `Read`.
        constants: value of every input besides the picture, by name.
        trims: whether the model is convolutional throughout, so that it can look at smaller pictures
            (`Detector.open`); all that `bind` then needs to know of one is its size.
        batched: whether the first axis of every output counts pictures.
        aliases: other names users know it by.
        task: what its models are for.
    """

    name: str
    summary: str
    pixels: Pixels
    fits: Callable[[ModelInfo], bool]
    certain: Callable[[ModelInfo], bool]
    classes: Callable[[ModelInfo], int | None]
    bind: Callable[[ModelInfo, int], D]
    constants: Callable[[ModelInfo], Mapping[str, NDArray[Any]]] = _no_constants
    trims: bool = False
    batched: bool = True
    aliases: tuple[str, ...] = ()
    task: Task = "detect"


def select(boxes: NDArray[Any], confidence: NDArray[Any], class_id: NDArray[Any]) -> Boxes:
    """`Boxes` of the promised types."""
    return Boxes(
        np.ascontiguousarray(boxes, np.float32),
        np.ascontiguousarray(confidence, np.float32),
        np.ascontiguousarray(class_id, np.intp),
    )


NOTHING = Boxes(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.intp))


def corners(centres: NDArray[Any]) -> NDArray[Any]:
    """(n, 4) centre x, centre y, width, height -> left, top, right, bottom."""
    half = centres[:, 2:4] * 0.5
    return np.concatenate((centres[:, :2] - half, centres[:, :2] + half), axis=1)


def sigmoid(values: NDArray[Any]) -> NDArray[Any]:
    """Logistic function, without overflow for large negative values."""
    result: NDArray[Any] = 0.5 * (1.0 + np.tanh(0.5 * values))
    return result


def logit(probability: float) -> float:
    """The value whose sigmoid is `probability`; infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        return float(np.log(probability) - np.log1p(-probability))


def nms(boxes: Boxes, iou: float) -> Boxes:
    """Greedy non-maximum suppression within each class: drops a box that overlaps a better one by more than
    `iou`.

    Overlap is intersection over union with continuous coordinates, as in torchvision. The result is ordered
    by falling confidence.
    """
    order = np.argsort(-boxes.confidence, kind="stable")[:MAX_CANDIDATES]
    boxes = boxes.take(order)
    if len(order) < 2:
        return boxes
    xyxy = boxes.xyxy
    corner = np.minimum(xyxy[:, None, 2:], xyxy[None, :, 2:]) - np.maximum(
        xyxy[:, None, :2], xyxy[None, :, :2]
    )
    np.maximum(corner, 0, out=corner)
    shared = corner[..., 0] * corner[..., 1]
    area = (xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1])
    clash = shared > iou * (area[:, None] + area[None, :] - shared)
    clash &= boxes.class_id[:, None] == boxes.class_id[None, :]
    keep = np.ones(len(order), np.bool_)
    np.fill_diagonal(clash, False)
    for row in np.flatnonzero(clash.any(axis=1)):
        if keep[row]:
            keep[row + 1 :] &= ~clash[row, row + 1 :]
    return boxes.take(keep)


def cells(size: tuple[int, int], strides: Sequence[int] = (8, 16, 32)) -> int:
    """Count of grid cells of a (width, height) picture over all strides."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in strides)


MAX_NAMES_TEXT = 2_000_000
"""Most characters of a file's list of class names."""


def names_of(info: ModelInfo) -> tuple[str, ...]:
    """Class names from the `names` property that some exporters write as a Python dict or list, others as JSON, with
    numbers or their digits for keys; () without.

    Raises:
        ModelError: the property is larger than any list of class names; reading it would take gigabytes.
    """
    if len(info.metadata.get("names", "")) > MAX_NAMES_TEXT:
        raise ModelError(
            f"its property `names` has {len(info.metadata['names']) / 1e6:.1f} MB, which no list of class names has; "
            "export it anew, or state its labels after removing the property"
        )
    try:
        names = ast.literal_eval(info.metadata["names"])
        numbered = {int(key): name for key, name in names.items()} if isinstance(names, dict) else names
        values = [numbered[i] for i in range(len(names))]
    except (KeyError, ValueError, SyntaxError, TypeError, IndexError, RecursionError, MemoryError):
        return ()
    return tuple(str(value) for value in values)


def detects(info: ModelInfo, task: str = "detect") -> bool:
    """False for a model whose `task` property names another job (Ultralytics: detect, segment, pose, obb,
    classify).
    """
    return info.metadata.get("task", task) == task


def shape_of(info: ModelInfo, output: str) -> tuple[int | None, ...]:
    """Shape of an output by name; () if there is none of that name."""
    return next((spec.shape for spec in info.outputs if spec.name == output), ())


def positions(info: ModelInfo, *names: str) -> tuple[int, ...]:
    """Position of each output by name. Raises ValueError for a name that is not there."""
    found = [spec.name for spec in info.outputs]
    return tuple(found.index(name) for name in names)
