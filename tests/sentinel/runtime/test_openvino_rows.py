"""A table put together as rows holds what it held before, and nothing else is touched."""

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op
from openvino import properties

from secondsight.sentinel.runtime.openvino_rows import transpose_grids_early

SIDES = ((4, 6), (2, 3))


def network(
    batch: int = 2,
    axis: int = 2,
    order: tuple[int, ...] = (0, 2, 1),
    flat: tuple[int, ...] = (0, 5, -1),
    sides: tuple[tuple[int, int], ...] = SIDES,
) -> Any:
    """Two grids of 5 values per cell, flattened to `flat`, stacked and turned."""
    grids = [op.parameter([batch, 5, *side], np.float32) for side in sides]
    parts = [op.reshape(grid, np.array(flat), special_zero=True) for grid in grids]
    return ov.Model([op.transpose(op.concat(parts, axis), np.array(order))], grids)


def output(model: Any, *inputs: Any) -> Any:
    exact = {properties.hint.inference_precision: ov.Type.f32}
    return ov.Core().compile_model(model, "CPU", exact)(list(inputs))[0]


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("axis", [2, -1])
def test_rows_are_the_same(batch: int, axis: int) -> None:
    model = network(batch, axis)
    direct = model.clone()
    assert transpose_grids_early(direct) == 1
    inputs = [np.random.default_rng(1).normal(size=(batch, 5, *sides)).astype(np.float32) for sides in SIDES]
    assert np.array_equal(output(model, *inputs), output(direct, *inputs))


@pytest.mark.parametrize(
    "other",
    [
        {"order": (2, 0, 1)},
        {"axis": 1, "sides": (SIDES[0], SIDES[0])},
        {"flat": (0, 6, -1), "axis": -1},
    ],
    ids=["turned otherwise", "stacked otherwise", "values torn apart"],
)
def test_what_only_looks_like_one_is_left(other: dict[str, Any]) -> None:
    assert transpose_grids_early(network(**other)) == 0


@pytest.mark.parametrize("size", [(256, 160), pytest.param((416, 416), marks=pytest.mark.slow)])
def test_yolox_nano_has_one_and_finds_the_same_in_every_size(data_dir: Path, size: tuple[int, int]) -> None:
    model = ov.Core().read_model(str(data_dir / "models" / "yolox_nano.onnx"))
    direct = model.clone()
    assert transpose_grids_early(direct) == 1
    assert direct.output(0).get_names() == model.output(0).get_names()
    picture = np.random.default_rng(3).uniform(0, 255, (1, 3, *size)).astype(np.float32)
    for each in (model, direct):
        each.reshape([1, 3, *size])
    assert np.array_equal(output(model, picture), output(direct, picture))
