"""Plane geometry of zones and lines, vectorised over the objects of one look.

Behaviours ask the same few questions of every object in every look, so each question is one call on arrays.
Nothing here knows tracks, rules or time. Pictures have their origin top left and y grows downwards; "left"
and "right" of a directed segment are meant as a viewer of the picture sees them when looking along it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]
"""float64 (n, 2): x, y."""

_TOLERANCE = 1e-9
"""Slack of the edge rules, far below one pixel: it absorbs rounding and nothing else."""


def relative_boxes(xyxy: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """Pixel corners (n, 4) as relative ones, float64 (n, 4), cut off at the picture's edges.

    Detectors and trackers put corners a little outside of the picture; a person standing at the lower edge
    must still stand inside a zone that ends there.
    """
    size = np.array((width, height, width, height), dtype=np.float64)
    relative: NDArray[np.float64] = xyxy.reshape(-1, 4) / np.maximum(size, 1)
    return np.minimum(np.maximum(relative, 0.0), 1.0)


def bottom_centres(boxes: NDArray[np.float64]) -> Points:
    """Where objects touch the ground: the middle of each box's lower edge. (n, 4) -> (n, 2), same units."""
    feet: Points = boxes[:, 2:].copy()
    feet[:, 0] = (boxes[:, 0] + feet[:, 0]) / 2
    return feet


def areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of each box, (n, 4) -> (n,); 0 for a box whose corners are in the wrong order."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return np.asarray(sides[:, 0] * sides[:, 1])


def shared_areas(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area that each box shares with each of others, (n, 4), (m, 4) -> (n, m)."""
    sides = np.minimum(some[:, None, 2:], others[:, 2:]) - np.maximum(some[:, None, :2], others[:, :2])
    sides = np.maximum(sides, 0)
    return np.asarray(sides[..., 0] * sides[..., 1])


def inside_polygon(points: Points, polygon: Points) -> NDArray[np.bool_]:
    """Find the points that lie in a polygon, by the even-odd rule (Shimrat, "Algorithm 112: Position of point
    relative to polygon", Communications of the ACM 5(8), 1962).

    A point on an edge or a corner is inside: objects cut off by the picture's edge lie exactly on a zone's
    edge there.

    Args:
        points: x and y, float64 (n, 2), any unit.
        polygon: corners, float64 (m, 2), in the same unit. Both turning directions are fine; the first point
            may be repeated at the end.

    Returns:
        bool (n,).

    Examples:
        >>> import numpy as np
        >>> from secondsight.behaviour import inside_polygon
        >>> square = np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])
        >>> inside_polygon(np.array([[0.5, 0.5], [0.8, 0.5], [0.9, 0.5]]), square)
        array([ True,  True, False])
    """
    inside: NDArray[np.bool_] = Edges.of([polygon]).inside(points)[0]
    return inside


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of k polygons: asked about together they cost little more than one.

    Attributes:
        first: index of each polygon's first edge, (k,).
        a, b, along: where the e edges begin and end, and the difference, float64 (2, e, 1).
        slack: of the turn about each edge of a point on it, (e, 1).
    """

    first: NDArray[np.intp]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    along: NDArray[np.float64]
    slack: NDArray[np.float64]

    @classmethod
    def of(cls, polygons: Sequence[Points]) -> "Edges":
        """The edges of at least one polygon (m, 2)."""
        first = np.cumsum([0, *(len(polygon) for polygon in polygons[:-1])])
        a = np.concatenate(polygons).T[:, :, None]
        turned = [corners for polygon in polygons for corners in (polygon[1:], polygon[:1])]
        b = np.concatenate(turned).T[:, :, None]
        return cls(first, a, b, b - a, _TOLERANCE * np.hypot(*(b - a)))

    def inside(self, points: Points) -> NDArray[np.bool_]:
        """As `inside_polygon`, for each polygon: bool (k, n)."""
        x, y = np.ascontiguousarray(points.T)
        (ax, ay), (bx, by), (dx, dy) = self.a, self.b, self.along
        turn = (x - ax) * dy - (y - ay) * dx
        crossed = ((ay > y) != (by > y)) & ((turn < 0) == (dy > 0))
        inside: NDArray[np.bool_] = np.logical_xor.reduceat(crossed, self.first, axis=0)
        on_line = np.abs(turn) <= self.slack
        if np.count_nonzero(on_line):
            on_edge = (
                on_line
                & (x >= np.minimum(ax, bx) - _TOLERANCE)
                & (x <= np.maximum(ax, bx) + _TOLERANCE)
                & (y >= np.minimum(ay, by) - _TOLERANCE)
                & (y <= np.maximum(ay, by) + _TOLERANCE)
            )
            inside |= np.logical_or.reduceat(on_edge, self.first, axis=0)
        return inside


def signed_distance(points: Points, start: Points, end: Points) -> NDArray[np.float64]:
    """Distance from the infinite line through `start` and `end`: < 0 left of it, > 0 right. (n, 2) -> (n,)

        left  (-)
    start ------> end
        right (+)
    """
    (ax, ay), (bx, by) = start, end
    turn = (bx - ax) * (points[:, 1] - ay) - (by - ay) * (points[:, 0] - ax)
    distance: NDArray[np.float64] = turn / np.hypot(bx - ax, by - ay)
    return distance


def crossing(before: Points, after: Points, start: Points, end: Points) -> NDArray[np.float64]:
    """At which share (0..1) of each step it crosses the finite segment. (n, 2), (n, 2) -> float64 (n,)

    NaN where it does not, also where a step leads around the segment's end or is itself NaN. A point
    exactly on the line belongs to its right side, so a path through such a point crosses once, not twice
    and not never. The segment's end points belong to it.
    """
    from_line, to_line = signed_distance(before, start, end), signed_distance(after, start, end)
    changed = (from_line < 0) != (to_line < 0)
    apart = np.where(changed, from_line - to_line, 1.0)
    share = from_line / apart
    where = before + share[:, None] * (after - before)
    along = (where - start) @ (end - start) / np.sum((end - start) ** 2)
    hit = changed & (along >= -_TOLERANCE) & (along <= 1 + _TOLERANCE)
    return np.where(hit, share, np.nan)
