"""Whether the camera itself has moved: a little, as a mast in the wind, or to another view.

A small movement is a translation of the whole picture, found by phase correlation (Kuglin and Hines, "The phase
correlation image alignment method", IEEE Conference on Cybernetics and Society, 1975). Another view is told by its
edges: light and fog change how steep they are, and leave them where they were.
"""

import numpy as np

from secondsight.behaviour.signals.image_ops import Bytes, Planes, halved, steepness, window

LEAST_SHIFT, MOST_SHIFT = 0.25, 16.0
"""Pixels: a smaller shift is not worth the move, a larger one is another view."""
ALIKE = 0.3
"""Correlation of the edges of two pictures below which they show different views."""


def displacement(usual: Bytes, now: Bytes) -> tuple[float, float] | None:
    """How far the view has moved, by whole-picture phase correlation at half size.

    Args:
        usual, now: brightness, (h, w).

    Returns:
        Pixels to the right and down by which `now` must be moved to lie on `usual`; None if too few or too many.
    """
    import cv2

    one, other = halved(usual).astype(np.float32), halved(now).astype(np.float32)
    (x, y), _ = cv2.phaseCorrelate(other, one, window(one.shape))
    return (2 * x, 2 * y) if LEAST_SHIFT <= 2 * np.hypot(x, y) <= MOST_SHIFT else None


def moved(picture: Planes, shift: tuple[float, float]) -> Planes:
    """A picture moved to the right and down; what comes in at its edges repeats them."""
    import cv2

    matrix = np.array(((1, 0, shift[0]), (0, 1, shift[1])), np.float32)
    rows, columns = picture[0].shape
    blue, green, red = (
        np.asarray(cv2.warpAffine(plane, matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE), np.uint8)
        for plane in picture
    )
    return blue, green, red


def another_view(usual: Bytes, now: Bytes) -> bool:
    """Whether two pictures, brightness (h, w), show different views: their edges lie elsewhere."""
    one, other = (steepness(halved(picture)).ravel() for picture in (usual, now))
    one, other = one - one.mean(), other - other.mean()
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return size > 0 and float(one @ other) < ALIKE * size
