"""How polygons get onto a canvas: at twice the picture's size, in fixed point, the picture's corner at 0."""

import cv2
import numpy as np
from numpy.typing import NDArray

FINE = 2
"""Everything is painted at this multiple of the picture's size and then averaged: smooth edges, cheaply."""

_SHIFT = 4
_FAR = 30000.0

Polygons = NDArray[np.int32]
"""int32 (..., k, 2): fine pixels with _SHIFT bits of fraction; whole numbers are pixel centres, as OpenCV has it."""


def fixed(pixels: NDArray[np.floating], scale: int = FINE) -> Polygons:
    """Polygons (..., k, 2) in pixels of the picture, continuous, for `fill` on a canvas of `scale` times its size."""
    fine = np.clip(pixels * scale, -_FAR, _FAR) - 0.5
    return np.asarray(np.rint(fine * (1 << _SHIFT)), dtype=np.int32)


def offset(x: int, y: int) -> Polygons:
    """What to add to polygons to move them by whole pixels of the canvas; int32 (2,)."""
    return np.array([x << _SHIFT, y << _SHIFT], dtype=np.int32)


def bounds(polygons: Polygons) -> NDArray[np.int32]:
    """Fine pixels (..., 4) that polygons reach: left, top, right, bottom, the latter two exclusive."""
    low, high = polygons.min(-2) >> _SHIFT, (polygons.max(-2) >> _SHIFT) + 2
    return np.concatenate([low, high], -1)


def fill(canvas: NDArray[np.uint8], polygon: Polygons, colour: int | tuple[int, int, int]) -> None:
    """Paint one convex polygon (k, 2)."""
    cv2.fillConvexPoly(canvas, polygon, colour, cv2.LINE_8, _SHIFT)


def fill_any(canvas: NDArray[np.uint8], polygon: Polygons, colour: int | tuple[int, int, int]) -> None:
    """Paint one polygon (k, 2) that need not be convex."""
    cv2.fillPoly(canvas, [polygon], colour, cv2.LINE_8, _SHIFT)
