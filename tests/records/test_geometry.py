"""Areas and overlaps of single boxes, against counting the cells of a grid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.records import Box, area, hull, iou, overlap_of_smaller, share_within

Cells = set[tuple[int, int]]
side = st.tuples(st.integers(0, 16), st.integers(0, 16)).map(sorted)
boxes = st.tuples(side, side).map(lambda sides: Box(sides[0][0], sides[1][0], sides[0][1], sides[1][1]))


def cells(box: Box) -> Cells:
    x1, y1, x2, y2 = (int(corner) for corner in box)
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


@given(boxes, boxes)
def test_areas_and_overlaps(a: Box, b: Box) -> None:
    one, other = cells(a), cells(b)
    both = len(one & other)
    assert area(a) == len(one)
    assert iou(a, b) == pytest.approx(both / len(one | other) if both else 0.0)
    assert overlap_of_smaller(a, b) == pytest.approx(both / min(len(one), len(other)) if both else 0.0)
    assert share_within(a, b) == pytest.approx(both / len(one) if both else 0.0)


def test_any_corners_will_do() -> None:
    assert iou((0.0, 0.0, 0.5, 1.0), [0.25, 0.0, 0.75, 1.0]) == pytest.approx(1 / 3)


def test_hull() -> None:
    assert hull(Box(0, 0.1, 0.4, 0.4), Box(0.2, 0, 0.3, 0.6)) == Box(0, 0, 0.4, 0.6)
