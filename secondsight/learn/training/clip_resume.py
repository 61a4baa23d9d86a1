"""Takes up the training of two encoders from the files they were exported to, so that a model that ships, or one
that a site trained, can learn more without its first samples.

Batch normalisations, which an export folds into the convolutions, are taken out again.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from secondsight.errors import ModelError
from secondsight.learn.networks.clip import ImageTower, TextTower, TwoTowers, pixels
from secondsight.learn.training.folding import unfolding

_TEXT_WEIGHTS = ("sources", "mix", "think.0", "think.2")
"""Linear layers of one layer of the text tower, in the order of the graph; it holds them transposed and unnamed."""


def resume(folder: Path, tokenizer: Tokenizer, pictures: Tensor) -> TwoTowers:
    """The towers of an export, ready to learn more.

    Args:
        folder: what `export` wrote.
        tokenizer: of the new training; words that both know keep their meaning.
        pictures: uint8 (n, SIDE, SIDE, 3), RGB, some dozens of what will be learned from.

    Raises:
        ModelError: the folder has no export of these towers.
    """
    towers = TwoTowers(tokenizer.get_vocab_size())
    try:
        _load_image(towers.image, _graph(folder / "vision_model.onnx"), pictures)
        before = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
        _load_text(towers.text, _graph(folder / "text_model.onnx"), before, tokenizer.get_vocab())
        scale = json.loads((folder / "config.json").read_text(encoding="utf-8"))["logit_scale"]
    except (OSError, KeyError, RuntimeError, StopIteration, ValueError) as error:
        raise ModelError(f"{folder} has no pair of encoders that learning can go on from: {error}") from None
    with torch.no_grad():
        towers.logit_scale.fill_(float(scale))
    return towers.train()


def _graph(path: Path) -> Any:
    import onnx

    return onnx.load(str(path)).graph


def _tensors(graph: Any) -> dict[str, Tensor]:
    from onnx import numpy_helper

    return {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}


@torch.no_grad()
def _load_image(tower: ImageTower, graph: Any, pictures: Tensor) -> None:
    tensors = _tensors(graph)
    folded = iter([node.input[1:3] for node in graph.node if node.op_type == "Conv"])
    for convolution, norm in _pairs(tower):
        weight, bias = next(folded)
        convolution.weight.copy_(tensors[weight])
        norm.register_forward_pre_hook(unfolding(tensors[bias]))
    head, last = tower.head[0], tower.head[1]
    for module, name in ((head, "head.0"), (last, "head.1")):
        named = {
            key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(name)
        }
        module.load_state_dict(named, strict=False)
    tower.eval()(pixels(pictures))
    for _, norm in _pairs(tower):
        norm._forward_pre_hooks.clear()


def _pairs(tower: ImageTower) -> Iterator[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Every convolution with the normalisation after it, in the order in which pictures pass them."""
    layers = [one for one in tower.body.modules() if isinstance(one, nn.Conv2d | nn.BatchNorm2d)]
    for convolution, norm in zip(layers[::2], layers[1::2], strict=True):
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        yield convolution, norm


@torch.no_grad()
def _load_text(tower: TextTower, graph: Any, before: dict[str, int], now: dict[str, int]) -> None:
    tensors = _tensors(graph)
    words = tensors.pop("words.weight")
    for word, number in now.items():
        if word in before:
            tower.words.weight[number] = words[before[word]]
    unnamed = iter([tensors.pop(name) for name in list(tensors) if "MatMul" in name])
    for layer in range(len(tower.layers)):
        for name in _TEXT_WEIGHTS:
            tensors[f"layers.{layer}.{name}.weight"] = next(unnamed).T
    tensors["head.1.weight"] = next(unnamed).T
    missing, unknown = tower.load_state_dict(tensors, strict=False)
    if unknown or set(missing) != {"words.weight"}:
        raise ValueError(f"unlike weights: {', '.join([*unknown, *missing])}")
