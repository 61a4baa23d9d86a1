"""Small ONNX files with exactly the layouts that models are published with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Shape = tuple[int | str, ...]


def save(
    path: Path,
    nodes: list[Any],
    inputs: Mapping[str, tuple[int, Shape]],
    outputs: Mapping[str, tuple[int, Shape | None]],
    constants: Mapping[str, NDArray[Any]] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write a checked ONNX file; inputs and outputs are name -> (element type, shape)."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(name, *spec) for name, spec in inputs.items()],
        [helper.make_tensor_value_info(name, *spec) for name, spec in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, dict(metadata or {}))
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def constant_model(
    path: Path,
    outputs: Mapping[str, NDArray[Any]],
    *,
    image: str = "images",
    shape: Shape = (1, 3, 64, 64),
    metadata: Mapping[str, str] | None = None,
    operators: tuple[str, ...] = (),
) -> Path:
    """A model that answers every picture with the same outputs (plus nothing times the picture).

    `operators` are put in the graph's way without changing a value, as `Exp` marks some exports.
    """
    nodes = [
        helper.make_node("ReduceMax", [image], ["top"], keepdims=0),
        helper.make_node("Mul", ["top", "zero"], ["nothing"]),
    ]
    source = "nothing"
    for number, operator in enumerate(operators):
        nodes.append(helper.make_node(operator, [source], [f"op{number}"]))
        nodes.append(helper.make_node("Mul", [f"op{number}", "zero"], [f"none{number}"]))
        source = f"none{number}"
    constants: dict[str, NDArray[Any]] = {"zero": np.zeros(1, np.float32)}
    specs: dict[str, tuple[int, Shape | None]] = {}
    for name, value in outputs.items():
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        constants[f"{name}.value"] = value
        nodes.append(helper.make_node("Cast", [source], [f"{name}.none"], to=kind))
        nodes.append(helper.make_node("Add", [f"{name}.value", f"{name}.none"], [name]))
        specs[name] = (kind, value.shape)
    return save(path, nodes, {image: (TensorProto.FLOAT, shape)}, specs, constants, metadata)


def rt_detr_model(path: Path, labels: NDArray[Any], boxes: NDArray[Any], scores: NDArray[Any]) -> Path:
    """RT-DETR's own layout: `boxes`, relative corners (1, k, 4), come out times `orig_target_sizes`."""
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
        helper.make_node("Mul", ["top", "zero"], ["nothing"]),
        helper.make_node("Add", ["scores.value", "nothing"], ["scores"]),
        helper.make_node("Identity", ["labels.value"], ["labels"]),
        helper.make_node("Cast", ["orig_target_sizes"], ["sizes"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["sizes", "sizes"], ["sides"], axis=1),
        helper.make_node("Unsqueeze", ["sides", "axis"], ["scale"]),
        helper.make_node("Mul", ["boxes.value", "scale"], ["boxes"]),
    ]
    constants: dict[str, NDArray[Any]] = {
        "zero": np.array(0, np.float32),
        "axis": np.array([1], np.int64),
        "labels.value": labels,
        "boxes.value": boxes,
        "scores.value": scores,
    }
    count = boxes.shape[1]
    return save(
        path,
        nodes,
        {"images": (TensorProto.FLOAT, ("N", 3, 64, 96)), "orig_target_sizes": (TensorProto.INT64, ("N", 2))},
        {
            "labels": (TensorProto.INT64, (1, count)),
            "boxes": (TensorProto.FLOAT, ("N", count, 4)),
            "scores": (TensorProto.FLOAT, (1, count)),
        },
        constants,
    )


def echo_model(path: Path, shape: Shape = (1, 3, 4, 6), kind: int = TensorProto.FLOAT) -> Path:
    """A model that gives back its picture as it arrived: what the conversion made of the pixels."""
    nodes = [helper.make_node("Identity", ["images"], ["echo"])]
    return save(path, nodes, {"images": (kind, shape)}, {"echo": (kind, shape)})


def failing_model(path: Path) -> Path:
    """A model that runs for dark pictures only: a bright pixel picks a row that is not there."""
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
        helper.make_node("Cast", ["top"], ["count"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", ["count", "axis"], ["sides"]),
        helper.make_node("ConstantOfShape", ["sides"], ["long"]),
        helper.make_node("Reshape", ["long", "three"], ["output"]),
    ]
    return save(
        path,
        nodes,
        {"images": (TensorProto.FLOAT, (1, 3, 8, 8))},
        {"output": (TensorProto.FLOAT, (3,))},
        {"axis": np.array([0], np.int64), "three": np.array([3], np.int64)},
    )


def endless_model(source: Path, path: Path, above: float = -1.0) -> Path:
    """A model that never returns from pictures with a value above `above`: an ONNX `Loop` that nothing ends."""
    model = onnx.load(str(source))
    graph = model.graph
    image = graph.input[0].name
    for node in graph.node:
        node.input[:] = ["image.awaited" if name == image else name for name in node.input]
    scalars = [("round", TensorProto.INT64), ("going", TensorProto.BOOL), ("total", TensorProto.FLOAT)]
    values = [helper.make_tensor_value_info(name, kind, ()) for name, kind in scalars]
    again = helper.make_tensor_value_info("again", TensorProto.BOOL, ())
    more = helper.make_tensor_value_info("more", TensorProto.FLOAT, ())
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["again"]),
            helper.make_node("Mul", ["total", "total"], ["more"]),
        ],
        "round",
        values,
        [again, more],
    )
    for name, value in (("loop.above", above), ("loop.zero", 0.0)):
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), name))
    nodes = [
        helper.make_node("ReduceMax", [image], ["loop.top"], keepdims=0),
        helper.make_node("Greater", ["loop.top", "loop.above"], ["loop.bright"]),
        helper.make_node("Loop", ["", "loop.bright", "loop.zero"], ["loop.total"], body=body),
        helper.make_node("Add", [image, "loop.total"], ["image.awaited"]),
    ]
    for node in reversed(nodes):
        graph.node.insert(0, node)
    onnx.save(model, str(path))
    return path
