"""Takes a detour out of networks that begin by cutting the picture into four.

YOLOX and the early YOLOv5 begin with a "focus": every second pixel of every second row makes a picture of half the
size, four of them lie on top of each other, and a convolution follows. OpenVINO on a CPU pays for the cutting and
stacking, and the convolution of twelve channels is its dearest layer. One with a kernel of twice the size and a
stride of two does the same sums over the picture as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from openvino import opset13 as operators

_FAR = 1_000_000
"""A slice that ends beyond this ends with the picture."""


def replace_focus_with_convolution(model: Any) -> int:
    """Replace every focus of an OpenVINO model, in place; what it computes stays the same but for rounding.

    Returns:
        how many there were.
    """
    found = [part for node in model.get_ordered_ops() if (part := _focus(node)) is not None]
    for convolution, source, corners in found:
        weights = convolution.input_value(1).get_node().data
        outputs, channels, height, width = weights.shape
        spread = np.zeros((outputs, channels // 4, 2 * height, 2 * width), weights.dtype)
        for number, (down, across) in enumerate(corners):
            own = slice(number * channels // 4, (number + 1) * channels // 4)
            spread[:, :, down::2, across::2] = weights[:, own]
        settings = convolution.get_attributes()
        begin, end = ([2 * side for side in settings[key]] for key in ("pads_begin", "pads_end"))
        direct = operators.convolution(source, operators.constant(spread), [2, 2], begin, end, [1, 1])
        direct.set_friendly_name(convolution.get_friendly_name())
        convolution.output(0).replace(direct.output(0))
    return len(found)


def _focus(node: Any) -> tuple[Any, Any, list[tuple[int, int]]] | None:
    """The convolution after a focus, the picture before it, and which quarter each part of the stack is."""
    if node.get_type_name() != "Convolution" or node.input_value(1).get_node().get_type_name() != "Constant":
        return None
    settings, stack = node.get_attributes(), node.input_value(0).get_node()
    plain = (settings["strides"], settings["dilations"], settings["auto_pad"]) == ([1, 1], [1, 1], "explicit")
    if not plain or stack.get_type_name() != "Concat" or stack.get_attributes()["axis"] not in (1, -3):
        return None
    quarters = [_quarter(stack.input_value(number)) for number in range(stack.get_input_size())]
    known = [quarter for quarter in quarters if quarter is not None]
    corners = [corner for _, corner in known]
    whole = len(quarters) == len(known) == 4 and len(set(corners)) == 4
    if not whole or any(source != known[0][0] for source, _ in known):
        return None
    sides = known[0][0].get_partial_shape()[2:]
    if any(side.is_dynamic or side.get_length() % 2 for side in sides):
        return None
    return node, known[0][0], corners


def _quarter(output: Any) -> tuple[Any, tuple[int, int]] | None:
    """What slices take every second row and column of, and with which row and column they begin; else None."""
    begins: dict[int, int] = {}
    while (node := output.get_node()).get_type_name() == "Slice":
        inputs = [node.input_value(number).get_node() for number in range(1, node.get_input_size())]
        if len(inputs) != 4 or any(value.get_type_name() != "Constant" for value in inputs):
            return None
        for begin, end, step, axis in zip(*(value.data.ravel().tolist() for value in inputs), strict=True):
            if axis not in (2, 3) or axis in begins or step != 2 or begin not in (0, 1) or end < _FAR:
                return None
            begins[axis] = begin
        output = node.input_value(0)
    return (output, (begins[2], begins[3])) if len(begins) == 2 else None
