"""What key points say of a body that its box cannot: whether the torso is upright.

Key points are those of COCO (Lin et al., "Microsoft COCO: common objects in context", ECCV 2014), 17 of them.
The torso's angle to the vertical tells lying from crouching and sitting; Chen et al. ("Fall detection based
on key points of human-skeleton using OpenPose", Symmetry 12, 2020) take that of the body's centre line to the
ground.
"""

import math

import numpy as np
from numpy.typing import NDArray

UPRIGHT, BENT, LYING = 1, 0, -1
SHOULDERS, HIPS, ANKLES = (5, 6), (11, 12), (15, 16)
LEAST_SCORE = 0.3
"""Score of a key point below which it was not seen."""
STRAIGHT, FLAT = 40.0, 60.0
"""Degrees between the torso and the vertical up to which it is upright, and from which it lies."""
SHORT = 0.35
"""A torso shorter than this share of the whole body's extent points along the line of sight: nothing is known."""


def torso(points: NDArray[np.float32], aspect: float) -> int | None:
    """UPRIGHT, BENT or LYING; None where shoulders and hips were not seen well enough.

    Args:
        points: float32 (17, 3), x and y relative to the picture, and score.
        aspect: the picture's width in heights.
    """
    shoulder, hip = _middle(points, SHOULDERS, aspect), _middle(points, HIPS, aspect)
    if shoulder is None or hip is None:
        return None
    dx, down = abs(shoulder[0] - hip[0]), hip[1] - shoulder[1]
    ankle = _middle(points, ANKLES, aspect)
    length = math.hypot(dx, down)
    if ankle is not None and length < SHORT * max(math.dist(shoulder, ankle), 1e-6):
        return LYING if down < 0 else None
    angle = math.degrees(math.atan2(dx, down))
    return UPRIGHT if angle <= STRAIGHT else LYING if angle >= FLAT else BENT


def _middle(points: NDArray[np.float32], pair: tuple[int, int], aspect: float) -> tuple[float, float] | None:
    seen = [points[index].tolist() for index in pair if points[index, 2] >= LEAST_SCORE]
    if not seen:
        return None
    return sum(x for x, _, _ in seen) / len(seen) * aspect, sum(y for _, y, _ in seen) / len(seen)
