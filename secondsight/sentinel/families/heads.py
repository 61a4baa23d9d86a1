"""One vector per picture: classifiers and re-identification; and one line of text.

Every classification network ends alike, in logits or probabilities (1, n), also written (1, n, 1, 1): MobileNet,
ShuffleNet, SqueezeNet, ResNet, VGG and others. What differs is the picture they want, and no shape tells it; so
the families are called by that:
- `classifier`: RGB, 0..1, less ImageNet's mean, divided by its deviation, as torchvision and timm train them.
- `classifier-plain`: RGB, 0..1, as Ultralytics trains its `-cls` models.
- `classifier-tf`: RGB, -1..1, as Keras trains MobileNet (`preprocess_input`, mode `tf`).
Logits go through a softmax; outputs that are not negative and sum to one have been through it already.

`reid`: an embedding (1, d), brought to length one, so that the cosine of two looks is their scalar product (OSNet,
Zhou et al. 2019, and the networks of FastReID). RGB as of `classifier`. The picture is stretched in all of them.

Readers of one line of text: a score for each character in each step along the line.

They are trained by connectionist temporal classification (Graves et al. 2006): between characters, and where one goes
on, comes a blank. Read greedily: the best class of each step, repetitions as one, without blanks.
- `lprnet`: number plates (Zherzdev and Gruzdev 2018). Output (1, nc, t), the blank last.
- `ctc`: PP-OCR's recognisers, CRNN and others like them. Output (1, t, nc), the blank first.
The blank is a label of its own: `-` at the end of LPRNet's list, and at the start of the other's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import Family, Read, detects, names_of
from secondsight.sentinel.families.detr import IMAGENET_MEAN, IMAGENET_STD
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGENET = Pixels(order="rgb", fit="stretch", divisor=255.0, mean=IMAGENET_MEAN, std=IMAGENET_STD)
PLAIN = Pixels(order="rgb", fit="stretch", divisor=255.0)
_SYMMETRIC = Pixels(order="rgb", fit="stretch", mean=(127.5,) * 3, std=(127.5,) * 3)
_SUM = 1e-2
"""How far from one the sum of probabilities may be: half-precision files round a thousand of them."""


def _length(info: ModelInfo) -> int | None:
    """n of the only output (1, n) or (1, n, 1, 1); None for any other model."""
    if len(info.inputs) != 1 or len(info.outputs) != 1:
        return None
    shape = info.outputs[0].shape
    if len(shape) not in (2, 4) or shape[2:] not in ((), (1, 1)):
        return None
    return shape[1] if (shape[1] or 0) > 1 else None


def _classifies(info: ModelInfo) -> bool:
    return _length(info) is not None and (detects(info, "classify") or detects(info))


def _ultralytics(info: ModelInfo) -> bool:
    return info.metadata.get("task") == "classify" and len(names_of(info)) == _length(info)


def probabilities(values: NDArray[Any]) -> NDArray[np.float32]:
    """Class probabilities float32 (n,) of one picture's logits or probabilities, of any shape."""
    flat = values.reshape(-1).astype(np.float64)
    if not (flat.min() >= 0 and abs(flat.sum() - 1) < _SUM):
        flat = np.exp(flat - flat.max())
    return np.asarray(flat / flat.sum(), np.float32)


def unit(values: NDArray[Any]) -> NDArray[np.float32]:
    """One picture's embedding as a vector float32 (d,) of length one; zero stays zero."""
    flat = values.reshape(-1).astype(np.float32)
    length = float(np.linalg.norm(flat))
    result: NDArray[np.float32] = flat / length if length > 0 else flat
    return result


def _first(outputs: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    return probabilities(outputs[0])


def _embedding(outputs: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    return unit(outputs[0])


def _classifier(
    name: str, what: str, pixels: Pixels, aliases: tuple[str, ...], certain: bool
) -> Family[Read]:
    return Family(
        name=name,
        summary=f"one output (1, n) of class scores; {what}",
        pixels=pixels,
        fits=_classifies,
        certain=lambda info: certain and _classifies(info) and _ultralytics(info),
        classes=_length,
        bind=lambda info, labels: _first,
        aliases=aliases,
        task="classify",
    )


CLASSIFIER = _classifier(
    "classifier",
    "RGB normalised as for ImageNet",
    IMAGENET,
    ("mobilenet", "shufflenet", "squeezenet", "resnet", "vgg", "efficientnet"),
    False,
)
CLASSIFIER_PLAIN = _classifier("classifier-plain", "RGB, 0..1", PLAIN, ("yolov8-cls", "yolo11-cls"), True)
CLASSIFIER_TF = _classifier("classifier-tf", "RGB, -1..1", _SYMMETRIC, ("keras",), False)

REID: Family[Read] = Family(
    name="reid",
    summary="one output (1, d), an embedding; RGB normalised as for ImageNet",
    pixels=IMAGENET,
    fits=lambda info: _length(info) is not None and "task" not in info.metadata,
    certain=lambda info: False,
    classes=lambda info: None,
    bind=lambda info, labels: _embedding,
    aliases=("osnet", "fastreid"),
    task="embed",
)

_LEAST_CLASSES = 11
"""Ten digits and the blank."""
_TALLEST = 64
"""Pixels of a line's height that no reader exceeds."""


def collapsed(scores: NDArray[Any], blank: int) -> NDArray[np.float32]:
    """What a line says, by greedy decoding.

    Args:
        scores: (t, nc), logits or probabilities of each step.
        blank: position of the blank.

    Returns:
        Characters, float32 (n, 2): class, and its largest probability in the steps that say it.
    """
    values = scores.astype(np.float64)
    if values.min() < 0 or not np.allclose(values.sum(axis=1), 1, atol=0.01):
        values = np.exp(values - values.max(axis=1, keepdims=True))
        values /= values.sum(axis=1, keepdims=True)
    best = values.argmax(axis=1)
    runs = np.concatenate(([0], np.flatnonzero(np.diff(best)) + 1))
    sure = np.maximum.reduceat(values[np.arange(len(best)), best], runs)
    said = best[runs] != blank
    return np.column_stack((best[runs][said], sure[said])).astype(np.float32)


def _shape(info: ModelInfo) -> tuple[int | None, ...]:
    """(1, a, b) of the only output of a model that looks at a line; () for any other model."""
    shape = info.outputs[0].shape if len(info.inputs) == len(info.outputs) == 1 else ()
    width, height = info.size
    return shape if len(shape) == 3 and height <= _TALLEST and width >= 2 * height else ()


def _of(info: ModelInfo, axis: int) -> int | None:
    count = (_shape(info) or (None, None, None))[axis]
    return count if (count or 0) >= _LEAST_CLASSES else None


def _lprnet(outputs: Sequence[NDArray[Any]], blank: int) -> NDArray[np.float32]:
    return collapsed(outputs[0][0].T, blank)


def _ctc(outputs: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    return collapsed(outputs[0][0], 0)


LPRNET: Family[Read] = Family(
    name="lprnet",
    summary="one output (1, nc, t): scores of nc characters, the blank last, in t steps; BGR, -1..1",
    pixels=Pixels(order="bgr", fit="stretch", mean=(127.5,) * 3, std=(128.0,) * 3),
    fits=lambda info: _of(info, 1) is not None,
    certain=lambda info: False,
    classes=lambda info: _of(info, 1),
    bind=lambda info, labels: partial(_lprnet, blank=labels - 1),
    task="read",
)
CTC: Family[Read] = Family(
    name="ctc",
    summary="one output (1, t, nc): scores of nc characters, the blank first, in t steps; BGR, -1..1",
    pixels=Pixels(order="bgr", fit="stretch", mean=(127.5,) * 3, std=(127.5,) * 3),
    fits=lambda info: _of(info, 2) is not None,
    certain=lambda info: False,
    classes=lambda info: _of(info, 2),
    bind=lambda info, labels: _ctc,
    aliases=("crnn", "ppocr-rec"),
    task="read",
)
