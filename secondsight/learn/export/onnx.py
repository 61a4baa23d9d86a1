"""ONNX files of trained networks, as the published YOLOX files are: names, layout and activations alike, so that the
sentinel's `yolox` decoder reads both.
"""

import copy
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from secondsight.learn.networks.yolox import Yolox

OPSET = 17


class _Published(nn.Module):
    """The network with its scores through the sigmoid."""

    def __init__(self, network: Yolox) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        rows = self.network(images)
        return torch.cat((rows[..., :4], rows[..., 4:].sigmoid()), dim=-1)


def export_yolox(
    network: Yolox,
    path: Path,
    size: tuple[int, int],
    labels: Sequence[str],
    facts: Mapping[str, str] | None = None,
) -> None:
    """Write a network to `path`, whole or not at all. The same weights give the same bytes.

    Args:
        size: (width, height) of the pictures, multiples of 32.
        labels: class names by position; stored as the property `names`, where the model store finds them.
        facts: further properties of the file, such as `seed`.
    """
    still = _Published(copy.deepcopy(network)).eval()
    still.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    write_onnx(still, path, size, {**(facts or {}), "names": repr(dict(enumerate(labels)))})


def write_onnx(
    still: nn.Module,
    path: Path,
    size: tuple[int, int],
    properties: Mapping[str, str],
    *,
    batched: bool = False,
) -> None:
    """Write a network in evaluation mode, pictures `images` (n, 3, h, w) to `output`, whole or not at all.

    Args:
        size: (width, height) of the pictures.
        properties: of the file, as text.
        batched: for any n; else for one picture.
    """
    import onnx

    temporary = path.with_name(f".{path.name}.part")
    with warnings.catch_warnings():
        # The newer exporter needs one more package and does not fold the normalisation.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            still,
            (torch.zeros(1, 3, size[1], size[0]),),
            temporary,
            input_names=["images"],
            output_names=["output"],
            dynamic_axes={"images": {0: "batch"}, "output": {0: "batch"}} if batched else None,
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(temporary)
    onnx.helper.set_model_props(model, dict(properties))
    onnx.save(model, temporary)
    temporary.replace(path)
