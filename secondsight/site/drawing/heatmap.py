"""Heat maps: where tracked objects were for how long, as colours over a picture."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour import HEAT_GRID
from secondsight.records import Counter

STRENGTH = 0.65
"""Opacity where it is hottest."""


def heat_of(counters: Iterable[Counter]) -> NDArray[np.float64]:
    """Seconds of presence in each cell, float64 (rows, columns), summed over all rules and minutes."""
    columns, rows = HEAT_GRID
    grid = np.zeros((rows, columns))
    for one in counters:
        if one.name.startswith("heat."):
            column, row = one.name.partition(":")[0].split(".")[1:]
            grid[int(row), int(column)] += one.value
    return grid


def draw_heat(picture: NDArray[np.uint8], grid: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A picture, uint8 BGR (h, w, 3), with a grid of seconds over it: blue for little, red for most; a copy.

    Colours follow the square root, so that a place where a person stood for hours does not hide where people walk.
    """
    import cv2

    height, width = picture.shape[:2]
    share = np.sqrt(grid / max(float(grid.max()), 1e-9)).astype(np.float32)
    smooth = np.clip(cv2.resize(share, (width, height), interpolation=cv2.INTER_CUBIC), 0.0, 1.0)
    colours = cv2.applyColorMap(np.rint(smooth * 255).astype(np.uint8), cv2.COLORMAP_TURBO)
    opacity = (STRENGTH * np.clip(2 * smooth, 0.0, 1.0))[..., None]
    return np.asarray(np.rint(picture * (1 - opacity) + colours * opacity), dtype=np.uint8)
