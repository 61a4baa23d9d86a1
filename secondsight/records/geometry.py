"""Areas and overlaps of single boxes: corners x1, y1, x2, y2 in order, in one unit, with y downwards.

For many boxes at once there are `supervision.box_iou_batch` and the array functions of the rooms.
"""

from collections.abc import Sequence

from secondsight.records.seen import Box


def area(box: Sequence[float]) -> float:
    """Area of a box, in squares of its unit."""
    return (box[2] - box[0]) * (box[3] - box[1])


def iou(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union of two boxes, also called Jaccard index (Jaccard, 1901).

    Args:
        a: left, top, right, bottom; any unit.
        b: the other box, in the same unit.

    Returns:
        0..1; 0 if one of the boxes has no area.

    Examples:
        >>> from secondsight.records import Box, iou
        >>> round(iou(Box(0.0, 0.0, 0.5, 0.5), Box(0.25, 0.0, 0.75, 0.5)), 3)
        0.333
    """
    shared = _shared(a, b)
    return shared / (area(a) + area(b) - shared) if shared else 0.0


def overlap_of_smaller(a: Sequence[float], b: Sequence[float]) -> float:
    """Share of the smaller box that the other one covers (intersection over minimum).

    Args:
        a: left, top, right, bottom; any unit.
        b: the other box, in the same unit.

    Returns:
        0..1; 0 if one of the boxes has no area.
    """
    shared = _shared(a, b)
    return shared / min(area(a), area(b)) if shared else 0.0


def share_within(inner: Sequence[float], outer: Sequence[float]) -> float:
    """Share of a box that lies within another.

    Args:
        inner: left, top, right, bottom; any unit.
        outer: the other box, in the same unit.

    Returns:
        0..1; 0 if `inner` has no area.
    """
    shared = _shared(inner, outer)
    return shared / area(inner) if shared else 0.0


def hull(a: Box, b: Box) -> Box:
    """The smallest box around both."""
    return Box(min(a.x1, b.x1), min(a.y1, b.y1), max(a.x2, b.x2), max(a.y2, b.y2))


def _shared(a: Sequence[float], b: Sequence[float]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0
