"""Semantic segmentation: a class for every cell of a grid over the picture.

The networks end alike, whatever their stride: logits (1, nc, h, w), a single plane of foreground logits or
probabilities (1, 1, h, w), or classes already chosen, (1, h, w) or (1, 1, h, w) of integers. Further outputs are
heads for the training. What differs is the picture they want, and no shape tells it; so a family must be stated:
- `deeplab`: RGB, 0..1, less ImageNet's mean, divided by its deviation: DeepLabV3 and V3+, FCN and LR-ASPP of
  torchvision, Fast-SCNN, U-Nets of segmentation-models-pytorch.
- `bisenet`: BiSeNet v1 and v2 (https://github.com/CoinCheung/BiSeNet): RGB, 0..1, the mean and deviation of
  Cityscapes as its `lib/data/cityscapes_cv2.py` states them.
- `pp-liteseg`: PaddleSeg's models: RGB, -1..1 (`Normalize` with mean and std 0.5).
- `unet`: RGB, 0..1 (https://github.com/milesial/Pytorch-UNet).
The picture is stretched in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import Family, Read
from secondsight.sentinel.families.heads import IMAGENET, PLAIN
from secondsight.sentinel.runtime.base import ModelInfo, Pixels, TensorSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMED = "out"
"""torchvision's name of the output that counts; `aux` may stand before it."""
_COARSEST = 64
_CITYSCAPES = Pixels(
    order="rgb",
    fit="stretch",
    divisor=255.0,
    mean=(0.3257, 0.3690, 0.3223),
    std=(0.2112, 0.2148, 0.2115),
)
_HALF = Pixels(order="rgb", fit="stretch", divisor=255.0, mean=(0.5,) * 3, std=(0.5,) * 3)


def _position(info: ModelInfo) -> int:
    names = [spec.name for spec in info.outputs]
    return names.index(_NAMED) if _NAMED in names else 0


def _chosen(spec: TensorSpec) -> bool:
    """Whether an output holds classes instead of their scores."""
    return np.dtype(spec.dtype).kind in "iub" or len(spec.shape) == 3


def _fits(info: ModelInfo) -> bool:
    if len(info.inputs) != 1 or not info.outputs:
        return False
    spec = info.outputs[_position(info)]
    shape, (width, height) = spec.shape, info.size
    if len(shape) not in (3, 4) or not all(shape):
        return False
    if _chosen(spec) and len(shape) == 4 and shape[1] != 1:
        return False
    down, across = height / int(shape[-2] or 1), width / int(shape[-1] or 1)
    # Grids that do not divide the picture round up or down by a cell.
    same = abs(down - across) <= max(down / int(shape[-2] or 1), across / int(shape[-1] or 1)) + 1e-6
    return same and 1 <= min(down, across) <= _COARSEST


def _classes(info: ModelInfo) -> int | None:
    spec = info.outputs[_position(info)]
    if _chosen(spec):
        return None
    return 2 if spec.shape[1] == 1 else spec.shape[1]


def _bind(info: ModelInfo, labels: int) -> Read:
    at = _position(info)

    def read(outputs: Sequence[NDArray[Any]]) -> NDArray[np.int32]:
        return grid_of_classes(outputs[at])

    return read


def grid_of_classes(values: NDArray[Any]) -> NDArray[np.int32]:
    """Class of every cell, int32 (h, w), of one picture's output in any of the layouts above.

    A single plane of numbers is one class against the rest: probabilities if none lies outside of 0..1, else logits.
    """
    planes = values.reshape(-1, *values.shape[-2:])
    if len(planes) > 1:
        return np.asarray(planes.argmax(axis=0), np.int32)
    plane = planes[0]
    if values.ndim == 3 or plane.dtype.kind in "iub":
        return np.asarray(plane, np.int32)
    limit = 0.5 if plane.min() >= 0 and plane.max() <= 1 else 0.0
    return np.asarray(plane > limit, np.int32)


def _segmenter(name: str, what: str, pixels: Pixels, *aliases: str) -> Family[Read]:
    return Family(
        name=name,
        summary=f"output (1, nc, h, w) of class scores, or (1, h, w) of classes; {what}",
        pixels=pixels,
        fits=_fits,
        certain=lambda info: False,
        classes=_classes,
        bind=_bind,
        aliases=aliases,
        task="regions",
    )


DEEPLAB = _segmenter(
    "deeplab",
    "RGB normalised as for ImageNet",
    IMAGENET,
    *("deeplabv3", "deeplabv3+", "fcn", "fast-scnn", "fastscnn", "lraspp", "smp"),
)
BISENET = _segmenter("bisenet", "RGB normalised as for Cityscapes", _CITYSCAPES, "bisenetv1", "bisenetv2")
PP_LITESEG = _segmenter("pp-liteseg", "RGB, -1..1", _HALF, "ppliteseg", "paddleseg")
UNET = _segmenter("unet", "RGB, 0..1", PLAIN, "u-net")
