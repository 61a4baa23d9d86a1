"""Takes a detour out of networks that end by turning a table over.

YOLOX gives one row per cell of its grids. Its graph lays the values of each grid out as planes, puts the grids one
after the other and turns the whole at the end. OpenVINO on a CPU holds a grid cell by cell already: it would copy
everything into planes and back. Rows that are put together as rows are copied once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from openvino import opset13 as operators


def transpose_grids_early(model: Any) -> int:
    """Let every table of an OpenVINO model be put together as rows, in place; what it computes stays the same.

    Returns:
        how many there were.
    """
    found = [(node, grids) for node in model.get_ordered_ops() if (grids := _grids(node))]
    for turn, grids in found:
        rows = [
            operators.reshape(
                operators.transpose(grid, np.array([0, 2, 3, 1])),
                np.array([0, -1, grid.get_partial_shape()[1].get_length()]),
                special_zero=True,
            )
            for grid in grids
        ]
        table = operators.concat(rows, 1)
        table.set_friendly_name(turn.get_friendly_name())
        names = turn.output(0).get_names()
        turn.output(0).replace(table.output(0))
        table.output(0).set_names(names)
    return len(found)


def _grids(turn: Any) -> list[Any]:
    """What (n, values, height, width) a node turns into rows (n, cells, values); nothing if it does not."""
    if turn.get_type_name() != "Transpose":
        return []
    order, table = turn.input_value(1).get_node(), turn.input_value(0).get_node()
    if order.get_type_name() != "Constant" or order.data.ravel().tolist() != [0, 2, 1]:
        return []
    if table.get_type_name() != "Concat" or table.get_attributes()["axis"] not in (2, -1):
        return []
    flat = [table.input_value(number) for number in range(table.get_input_size())]
    if any(part.get_node().get_type_name() != "Reshape" for part in flat):
        return []
    grids = [part.get_node().input_value(0) for part in flat]
    return grids if all(map(_flattens, grids, flat)) else []


def _flattens(grid: Any, flat: Any) -> bool:
    """Whether the cells of a grid, and nothing else of it, became one axis."""
    sides, short = grid.get_partial_shape(), flat.get_partial_shape()
    known = not any(side.is_dynamic for side in (*sides, *short))
    return bool(known and len(sides) == 4 and len(short) == 3 and list(sides)[:2] == list(short)[:2])
