"""How much a body changes its shape from look to look, beyond moving as a whole.

The upper half of a box is sought in the look before, near where the box was then, by normalised cross-correlation
(Lewis, "Fast normalized cross-correlation", Vision Interface, 1995); what even the best place does not explain is
deformation. People who stand, talk or walk carry head, trunk and arms along much as they are; bodies that strike,
wrestle or are torn about do not. Light and contrast cancel out, so that it works at night too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from secondsight.behaviour.signals.image_ops import Bytes, smoothed

UPPER = 0.5
"""Share of a box from its top that is compared: legs deform when people walk."""
SEARCH = 1 / 30
"""Share of the picture's height around the place of the look before in which the upper half is sought."""
LEAST = 6
"""Pixels of a side below which nothing can be told."""


@dataclass(frozen=True, eq=False)
class GreyPicture:
    """Brightness of one look, (h, w)."""

    pixels: Bytes

    @cached_property
    def smooth(self) -> Bytes:
        """Blurred by a pixel."""
        return smoothed(self.pixels)


def deformation(now: Bytes, before: Bytes, box: Sequence[float], past: Sequence[float]) -> float | None:
    """Share 0..1 of the upper half of a body that its best place in the look before does not explain.

    Args:
        now, before: brightness of two looks, (h, w).
        box: relative, in this look. past: the same body's in the look before.

    Returns:
        None if it is too small or too much of it lies outside of the picture.
    """
    import cv2

    rows, columns = now.shape
    x1, y1, x2, y2 = _pixels(box, rows, columns)
    y2 = y1 + round(UPPER * (y2 - y1))
    left, top, right, foot = max(x1, 0), max(y1, 0), min(x2, columns), min(y2, rows)
    if right - left < LEAST or foot - top < LEAST:
        return None
    then_x1, then_y1, then_x2, _ = _pixels(past, rows, columns)
    around = round(SEARCH * rows)
    aside, down = abs(then_x1 + then_x2 - x1 - x2) // 2 + around, abs(then_y1 - y1) + around
    sought = before[max(top - down, 0) : foot + down, max(left - aside, 0) : right + aside]
    found = cv2.matchTemplate(sought, now[top:foot, left:right], cv2.TM_CCOEFF_NORMED)
    return min(max(1 - float(found.max()), 0.0), 1.0)


def _pixels(box: Sequence[float], rows: int, columns: int) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = box
    return round(x1 * columns), round(y1 * rows), round(x2 * columns), round(y2 * rows)
