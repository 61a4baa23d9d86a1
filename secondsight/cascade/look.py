"""What a case looks like, as a short unit vector: so that two cases can be compared without their pictures.

Half of it is the brightness of an 8 x 8 grid over the suspect's box, less its mean, so that the light of the day
counts little; half are the square roots of a colour histogram (4 x 4 x 4 cells of RGB; the product of two such is
the Bhattacharyya coefficient), so that posture counts little. Their cosine is the mean of both likenesses.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from secondsight.cascade.merge import overlap
from secondsight.records import Box, Candidate, KeyFrame
from secondsight.store import Appearance

_GRID = 8
_LEVELS = 4
LENGTH = _GRID**2 + _LEVELS**3
_SIDE = 32
"""Pixels of either side of the part of the picture that is read."""


def appearance(data: Path, candidate: Candidate, key_frames: Sequence[KeyFrame]) -> Appearance | None:
    """Place and look of a case in the key frame nearest its best view; None without a box or a picture.

    Args:
        data: folder that the key frames' paths begin in.
    """
    known = [frame for frame in key_frames if frame.box is not None]
    if not known:
        return None
    frame = min(known, key=lambda key: abs(key.time - candidate.peak))
    assert frame.box is not None
    vector = look(data / frame.path, frame.box)
    return None if vector is None else Appearance(frame.box, vector)


def look(picture: Path, box: Box) -> tuple[float, ...] | None:
    """The look of what a picture shows within a relative box; None if it cannot be read or shows one grey."""
    from PIL import Image

    try:
        with Image.open(picture) as image:
            width, height = image.size
            left, top = int(max(box.x1, 0.0) * width), int(max(box.y1, 0.0) * height)
            right, bottom = (
                min(max(left + 1, round(box.x2 * width)), width),
                min(max(top + 1, round(box.y2 * height)), height),
            )
            part = image.convert("RGB").resize(
                (_SIDE, _SIDE), Image.Resampling.BOX, (left, top, right, bottom)
            )
    except (OSError, ValueError):
        return None
    return vector_of(np.asarray(part))


def vector_of(pixels: NDArray[np.uint8]) -> tuple[float, ...] | None:
    """The look of uint8 (32, 32, 3) RGB: a unit vector of `LENGTH` numbers; None for one even grey."""
    step = _SIDE // _GRID
    grey = pixels @ np.array([0.299, 0.587, 0.114])
    cells = grey.reshape(_GRID, step, _GRID, step).mean(axis=(1, 3)).ravel()
    shape = cells - cells.mean()
    size = float(np.linalg.norm(shape))
    if size < 1.0:
        return None
    levels = pixels.reshape(-1, 3) // (256 // _LEVELS)
    cell = levels @ np.array([_LEVELS**2, _LEVELS, 1])
    colours = np.sqrt(np.bincount(cell, minlength=_LEVELS**3) / len(cell))
    whole = np.concatenate((shape / size, colours)) / math.sqrt(2)
    return tuple(np.round(whole, 4).tolist())


def distance(a: Sequence[float], b: Sequence[float]) -> float:
    """Cosine distance of two looks: 0 for the same, 1 and more for nothing in common."""
    return 1.0 - float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))


def alike(a: Appearance, b: Appearance, least_overlap: float, radius: float) -> bool:
    """Whether two cases are in the same place and look the same."""
    return overlap(a.box, b.box) >= least_overlap and distance(a.vector, b.vector) <= radius


def mean(seen: Sequence[Appearance]) -> Appearance:
    """The middle of several: the mean box, and the mean look as a unit vector."""
    box = Box(*np.mean([one.box for one in seen], axis=0).tolist())
    vector = np.mean([one.vector for one in seen], axis=0)
    return Appearance(box, tuple(np.round(vector / np.linalg.norm(vector), 4).tolist()))
