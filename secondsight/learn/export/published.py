"""Weights of published YOLOX models, read out of their ONNX files.

The exported graphs name their weights by number and have batch normalisation folded into the convolutions. What stays
is the order: the exporter wrote the convolutions in the order in which they ran, which is ours too. So each of our
convolutions, in running order, takes the next one of the graph; shapes must agree throughout.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from secondsight.errors import ModelError
from secondsight.learn.networks.yolox import Plan, Unit, Yolox
from secondsight.learn.training.folding import unfolding

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_published(path: Path) -> Yolox:
    """A network with the plan and the weights of a YOLOX file, in evaluation mode.

    The normalisation layers start as what folding left of them: a scale of one and the bias. Train them with their
    statistics frozen (`eval()`), else batch statistics would change what the network has learned; or `thaw` it first.

    Raises:
        ModelError: the file is no ONNX file, or no YOLOX as its `tools/export_onnx.py` writes it.
    """
    found = _convolutions(path)
    network = Yolox(_plan(path, found))
    layers = _running_order(network)
    if len(layers) != len(found):
        raise ModelError(f"{path}: {len(found)} convolutions, but a YOLOX of this size has {len(layers)}")
    with torch.no_grad():
        for (name, layer), (weight, bias) in zip(layers, found, strict=True):
            conv = layer.conv if isinstance(layer, Unit) else layer
            assert isinstance(conv, nn.Conv2d)
            if conv.weight.shape != weight.shape:
                raise ModelError(
                    f"{path}: weights of shape {tuple(weight.shape)} where {name} has {tuple(conv.weight.shape)}"
                )
            conv.weight.copy_(weight)
            if isinstance(layer, Unit):
                _as_folded(layer.norm, bias)
            elif conv.bias is not None:
                conv.bias.copy_(bias)
    return network.eval()


@torch.no_grad()
def thaw(network: Yolox, images: Tensor) -> Yolox:
    """Make what `read_published` gave ready to train with the statistics of its batches.

    Args:
        network: changed in place; it finds what it found.
        images: float (n, 3, h, w), some dozens of what will be learned from.
    """
    norms = [layer.norm for layer in network.modules() if isinstance(layer, Unit)]
    hooks = [norm.register_forward_pre_hook(unfolding(norm.bias.clone())) for norm in norms]
    network.eval()(images)
    for hook in hooks:
        hook.remove()
    return network.train()


def _as_folded(norm: nn.BatchNorm2d, bias: Tensor) -> None:
    """Make a normalisation add `bias` and do nothing else."""
    assert norm.running_var is not None
    norm.running_var.fill_(1 - norm.eps)
    norm.bias.copy_(bias)


def _convolutions(path: Path) -> "list[tuple[Tensor, Tensor]]":
    """Weight and bias of every convolution, in the graph's order."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import numpy_helper

    try:
        graph = onnx.load(path).graph
    except (OSError, DecodeError) as error:
        raise ModelError(f"{path} cannot be read as an ONNX file: {error}") from None
    stored = {item.name: item for item in graph.initializer}

    def tensors(names: "Sequence[str]") -> "tuple[Tensor, ...]":
        return tuple(torch.from_numpy(numpy_helper.to_array(stored[name]).copy()) for name in names)

    found: list[Any] = []
    for node in graph.node:
        if node.op_type == "Conv":
            if len(node.input) != 3 or any(name not in stored for name in node.input[1:]):
                raise ModelError(
                    f"{path}: a convolution without stored weight and bias; not a published YOLOX"
                )
            found.append(tensors(node.input[1:]))
    return found


def _plan(path: Path, found: "list[tuple[Tensor, Tensor]]") -> Plan:
    """What the weights tell of the plan: the stem's channels, whether the second layer is depthwise, the heads."""
    if len(found) < 20 or found[0][0].shape[1:] != (12, 3, 3):
        raise ModelError(f"{path}: does not begin as a YOLOX does (a 3x3 convolution over 12 channels)")
    depthwise = found[1][0].shape[1] == 1
    # Each head ends in class, box and objectness; the last two of the file are box and objectness.
    classes = len(found[-3 - (4 if depthwise else 2)][0])
    plan = Plan(classes, len(found[0][0]) / 64, 0.33, depthwise)
    for depth in (0.33, 0.67, 1.0, 1.33):
        deeper = Plan(classes, plan.width, depth, depthwise)
        if sum(isinstance(layer, nn.Conv2d) for layer in Yolox(deeper).modules()) == len(found):
            return deeper
    return plan


def _running_order(network: Yolox) -> list[tuple[str, nn.Module]]:
    """Units and bare convolutions with their names, in the order in which they run."""
    ran: list[tuple[str, nn.Module]] = []
    inside = {id(layer.conv) for layer in network.modules() if isinstance(layer, Unit)}
    hooks = []
    for name, layer in network.named_modules():
        if isinstance(layer, Unit) or (isinstance(layer, nn.Conv2d) and id(layer) not in inside):
            hooks.append(
                layer.register_forward_pre_hook(lambda layer, _, name=name: ran.append((name, layer)))
            )
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    return ran
