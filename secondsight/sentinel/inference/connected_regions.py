"""From a class for every cell of a picture to its regions: connected areas of one class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from secondsight.records import Box, Region, label_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_AREA = 0.0005
"""Smallest share of the picture that is a region: 200 pixels of 768x432. What is smaller is a ragged edge."""
MOST = 64
"""Regions of one picture, the largest first; a model gone mad must not flood the rules."""
BACKGROUND = frozenset({"", "background", "_background_", "void", "unlabelled", "unlabeled"})
"""Labels that mean nothing in particular."""


def regions_of(
    classes: NDArray[np.int32], labels: Sequence[str], min_area: float = MIN_AREA
) -> tuple[Region, ...]:
    """Connected regions (edges and corners connect), the largest first.

    Args:
        classes: int32 (h, w), a grid of any resolution that covers the picture. Enlarging it to the picture first
            would change none of these relative numbers.
        min_area: smallest share of the picture that counts.
    """
    import cv2

    found: list[Region] = []
    down, across = classes.shape
    for number in np.unique(classes).tolist():
        label = label_of(labels, number)
        if label.lower() in BACKGROUND or number < 0:
            continue
        plane = (classes == number).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(plane, connectivity=8)
        for x, y, width, height, cells in stats[1:].tolist():
            area = cells / (down * across)
            if area >= min_area:
                box = Box(x / across, y / down, (x + width) / across, (y + height) / down)
                found.append(Region(label, box, area))
    return tuple(sorted(found, key=lambda region: (-region.area, region.label, region.box))[:MOST])
