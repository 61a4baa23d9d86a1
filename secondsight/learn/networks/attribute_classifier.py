"""A small classifier of parts of people, such as a head or an upper body: what a second-stage model is made of.

Four convolutions are enough for crops of a few dozen pixels; a look costs well under a millisecond on one core.
"""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor, nn

from secondsight.learn.export.onnx import write_onnx


class AttributeNet(nn.Module):
    """RGB pictures float32 (n, 3, h, w) in 0..1 -> logits (n, classes); h and w are multiples of 16.

    Args:
        widths: channels after each of the four halvings.
    """

    def __init__(self, classes: int, widths: tuple[int, int, int, int] = (16, 32, 48, 64)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in widths:
            layers += [nn.Conv2d(channels, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True)]
            channels = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(channels, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits; the mean over the last map makes them bear a shifted crop."""
        logits: Tensor = self.head(self.body(pictures).mean(dim=(2, 3)))
        return logits


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
