"""ONNX files of attribute classifiers, as the second stage reads them."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import nn

from secondsight.learn.export.onnx import write_onnx
from secondsight.learn.networks.attribute_classifier import AttributeNet


def export_attribute(
    network: AttributeNet,
    path: Path,
    size: tuple[int, int],
    labels: Sequence[str],
    facts: Mapping[str, str] | None = None,
) -> None:
    """Write a network with a softmax to `path`, for any batch, whole or not at all. Same weights, same bytes.

    Args:
        size: (width, height) of the pictures.
        labels: class names by position, stored as the property `names`.
        facts: further properties of the file, such as `seed`.
    """
    still = nn.Sequential(copy.deepcopy(network), nn.Softmax(dim=1)).eval()
    properties = {"task": "classify", "names": repr(dict(enumerate(labels))), **(facts or {})}
    write_onnx(still, path, size, properties, batched=True)
