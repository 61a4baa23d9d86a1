"""The first layer without its detour computes what it computed before, and nothing else is touched."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op
from openvino import properties

from secondsight.sentinel.runtime.openvino_focus import replace_focus_with_convolution
from tests.table import table

CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))


def network(
    corners: Sequence[tuple[int, int]] = CORNERS,
    kernel: int = 3,
    pad: int = 1,
    stride: int = 1,
    step: int = 2,
) -> Any:
    """A focus of a picture of 3 channels and 16 x 24 pixels, and a convolution to 5 channels."""
    picture = op.parameter([1, 3, 16, 24], np.float32)

    def cut(source: Any, axis: int, begin: int) -> Any:
        return op.slice(source, *(np.array([value]) for value in (begin, 2**31 - 1, step, axis)))

    stack = op.concat([cut(cut(picture, 2, down), 3, across) for down, across in corners], 1)
    weights = np.random.default_rng(1).normal(size=(5, 3 * len(corners), kernel, kernel)).astype(np.float32)
    pads = [pad, pad]
    found = op.convolution(stack, op.constant(weights), [stride, stride], pads, pads, [1, 1])
    return ov.Model([op.relu(found)], [picture])


def output(model: Any, picture: Any) -> Any:
    exact = {properties.hint.inference_precision: ov.Type.f32}
    return ov.Core().compile_model(model, "CPU", exact)(picture)[0]


@table("corners", [CORNERS, CORNERS[::-1]], ids=["in order", "in another order"])
@table(("kernel", "pad"), [(3, 1), (1, 0), (5, 2), (3, 0)])
def test_the_sums_are_the_same(corners: Sequence[tuple[int, int]], kernel: int, pad: int) -> None:
    model = network(corners, kernel, pad)
    direct = model.clone()
    assert replace_focus_with_convolution(direct) == 1
    assert not [node for node in direct.get_ordered_ops() if node.get_type_name() in ("Slice", "Concat")]
    picture = np.random.default_rng(2).normal(size=(1, 3, 16, 24)).astype(np.float32)
    assert np.allclose(output(model, picture), output(direct, picture), atol=1e-4)


@pytest.mark.parametrize(
    "other",
    [
        {"corners": CORNERS[:3]},
        {"corners": (*CORNERS[:3], (0, 0))},
        {"stride": 2},
        {"step": 3, "corners": ((0, 0),) * 4},
    ],
    ids=["three quarters", "a quarter twice", "a stride", "thirds"],
)
def test_what_only_looks_like_one_is_left(other: dict[str, Any]) -> None:
    assert replace_focus_with_convolution(network(**other)) == 0


def test_yolox_nano_has_one_and_finds_the_same(data_dir: Path) -> None:
    model = ov.Core().read_model(str(data_dir / "models" / "yolox_nano.onnx"))
    direct = model.clone()
    assert replace_focus_with_convolution(direct) == 1
    picture = np.random.default_rng(3).uniform(0, 255, (1, 3, 416, 416)).astype(np.float32)
    assert np.allclose(output(model, picture), output(direct, picture), atol=1e-3)
