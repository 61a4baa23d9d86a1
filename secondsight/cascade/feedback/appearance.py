"""What a case looks like: a small grey patch around its place, so that cases can be compared without their pictures.

Learned rejections and reused verdicts both compare cases this way. A detector's boxes of a thing that stands still
differ by a few pixels, and crops along them differ much more than the pictures do. So two cases are compared in one
place: each patch shows twice its box, and what is compared is cut from both patches along the first one's box. It is
compared by its edges: histograms of their direction in 4 x 4 cells, each edge shared among the nearest cells and
directions (Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", 2005), after a little blur.
Light, shade, colour and noise change them little, shapes and postures much.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from secondsight.records import Box, Candidate, KeyFrame, iou
from secondsight.store import Appearance

_SIDE = 16
"""Pixels of either side of a patch."""
LENGTH = _SIDE**2
_AROUND, _WITHIN = 2.0, 1.3
"""How much larger than the box a patch is, and what is compared."""
_CELLS, _DIRECTIONS = 4, 8

_Pixels = NDArray[np.float64]


def appearance(
    data: Path, candidate: Candidate, key_frames: Sequence[KeyFrame], *, min_contrast: float = 0.0
) -> Appearance | None:
    """Place and appearance of a case in the key frame nearest its best view; None without a box or a picture.

    Args:
        data: folder that the key frames' paths begin in.
        min_contrast: as for `appearance_vector`.
    """
    known = [frame for frame in key_frames if frame.box is not None]
    if not known:
        return None
    frame = min(known, key=lambda key: abs(key.time - candidate.peak))
    assert frame.box is not None
    vector = appearance_vector(data / frame.path, frame.box, min_contrast)
    return None if vector is None else Appearance(frame.box, vector)


def appearance_vector(picture: Path, box: Box, min_contrast: float = 0.0) -> tuple[float, ...] | None:
    """What a picture shows around a relative box: `LENGTH` brightnesses of mean 0 and deviation 1, row by row.

    None if the picture cannot be read or shows a single grey.

    Args:
        min_contrast: least difference, in grey levels of 255, between the darkest and the brightest part of what is
            compared. With less, noise would decide.
    """
    from PIL import Image

    try:
        with Image.open(picture) as image:
            width, height = image.size
            x1, y1, x2, y2 = _grown(box, _AROUND)
            left, top = min(x1 * width, width - 1), min(y1 * height, height - 1)
            right, bottom = max(x2 * width, left + 1), max(y2 * height, top + 1)
            part = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX, (left, top, right, bottom))
    except (OSError, ValueError):
        return None
    pixels = np.asarray(part, dtype=np.float64)
    if min_contrast and np.ptp(_cut(pixels, box, _grown(box, _WITHIN))) < min_contrast:
        return None
    return _standardised(pixels)


def distance(a: Appearance, b: Appearance) -> float:
    """Cosine distance of the edges within the first one's place: 0 for the same, 1 for nothing in common."""
    if not comparable(a, b):
        return 1.0
    place = _grown(a.box, _WITHIN)
    one, other = (_edges(_cut(_patch(each), each.box, place)) for each in (a, b))
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return 1.0 - float(one @ other) / size if size > 0 else 1.0


def comparable(a: Appearance, b: Appearance) -> bool:
    """Whether both were taken by this version."""
    return len(a.vector) == len(b.vector) == LENGTH


def same_appearance(a: Appearance, b: Appearance, least_overlap: float, radius: float) -> bool:
    """Whether two cases are in the same place and look the same there; never for one of another version.

    Args:
        least_overlap: of the boxes, intersection over union.
        radius: most cosine distance of the edges.
    """
    return iou(a.box, b.box) >= least_overlap and comparable(a, b) and distance(a, b) <= radius


def mean(seen: Sequence[Appearance]) -> Appearance:
    """The mean of several: the mean box, and the mean of what they show around it."""
    box = Box(*np.mean([one.box for one in seen], axis=0).tolist())
    place = _grown(box, _AROUND)
    whole = _standardised(np.mean([_cut(_patch(one), one.box, place) for one in seen], axis=0))
    return Appearance(box, seen[0].vector if whole is None else whole)


def _standardised(pixels: _Pixels) -> tuple[float, ...] | None:
    spread = float(pixels.std())
    if spread < 1e-3 * max(float(np.abs(pixels).max()), 1.0):
        return None
    return tuple(np.round((pixels - pixels.mean()) / spread, 2).ravel().tolist())


def _grown(box: Box, factor: float) -> Box:
    """A box about the same middle, moved into the picture."""
    width, height = min((box.x2 - box.x1) * factor, 1.0), min((box.y2 - box.y1) * factor, 1.0)
    x = min(max((box.x1 + box.x2 - width) / 2, 0.0), 1.0 - width)
    y = min(max((box.y1 + box.y2 - height) / 2, 0.0), 1.0 - height)
    return Box(x, y, x + width, y + height)


def _patch(seen: Appearance) -> _Pixels:
    return np.array(seen.vector).reshape(_SIDE, _SIDE)


def _cut(patch: _Pixels, box: Box, place: Box) -> _Pixels:
    """What the patch around a box shows of a place, (16, 16), interpolated; beyond its edge what is at its edge."""
    there = _grown(box, _AROUND)
    rows, below = _between(there.y1, there.y2, place.y1, place.y2)
    columns, beside = _between(there.x1, there.x2, place.x1, place.x2)
    upper = patch[rows] * (1 - below)[:, None] + patch[rows + 1] * below[:, None]
    return np.asarray(upper[:, columns] * (1 - beside) + upper[:, columns + 1] * beside)


def _between(low: float, high: float, first: float, last: float) -> tuple[NDArray[np.intp], _Pixels]:
    """For 16 points from `first` to `last` the pixel of [low, high] before each, and how far it is from there."""
    points = first + (np.arange(_SIDE) + 0.5) / _SIDE * (last - first)
    at = np.clip((points - low) / max(high - low, 1e-9) * _SIDE - 0.5, 0, _SIDE - 1)
    before = np.minimum(at.astype(np.intp), _SIDE - 2)
    return before, at - before


def _edges(pixels: _Pixels) -> _Pixels:
    """How much edge of each direction is in each cell: (4 * 4 * 8,)."""
    rows = np.pad(pixels, 1, mode="edge")
    rows = (rows[:-2] + 2 * rows[1:-1] + rows[2:]) / 4
    soft = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    down, across = np.gradient(soft)
    strength = np.hypot(down, across)
    turn = np.arctan2(down, across) % np.pi / np.pi * _DIRECTIONS
    lower = np.floor(turn).astype(np.intp)
    share = turn - lower
    # Every pixel's strength, shared between its two nearest directions.
    places = np.arange(_SIDE**2).reshape(_SIDE, _SIDE) * _DIRECTIONS
    each = sum(
        np.bincount((places + to % _DIRECTIONS).ravel(), part.ravel(), _SIDE**2 * _DIRECTIONS)
        for to, part in ((lower, strength * (1 - share)), (lower + 1, strength * share))
    )
    middles = (np.arange(_SIDE) + 0.5) * _CELLS / _SIDE - 0.5
    near = np.maximum(1 - np.abs(middles[:, None] - np.arange(_CELLS)), 0.0)
    directed = np.asarray(each).reshape(_SIDE, _SIDE, _DIRECTIONS)
    return np.asarray(np.einsum("yi,xj,yxd->ijd", near, near, directed)).ravel()
