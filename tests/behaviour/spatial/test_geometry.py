"""Geometry against plain references written the slow way: exact fractions, one point at a time."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.behaviour.spatial.geometry import (
    Edges,
    areas,
    bottom_centres,
    crossing,
    inside_polygon,
    relative_boxes,
    shared_areas,
    signed_distance,
)

# A coarse grid makes points meet edges, corners and each other often; fractions make the reference exact.
GRID = 16
coordinate = st.integers(0, GRID)
point = st.tuples(coordinate, coordinate)
Pair = tuple[int, int]


def turn(a: Pair, b: Pair, p: Pair) -> int:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def on_segment(a: Pair, b: Pair, p: Pair) -> bool:
    within = min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
    return within and turn(a, b, p) == 0


def inside_reference(p: Pair, polygon: list[Pair]) -> bool:
    """On an edge, or a ray to the left meets an odd number of edges; ray heights between the grid's rows."""
    edges = list(zip(polygon, polygon[1:] + polygon[:1], strict=True))
    if any(on_segment(a, b, p) for a, b in edges):
        return True
    height = Fraction(p[1]) + Fraction(1, 1000)  # p is on no edge, so so little does not change the answer
    count = 0
    for (ax, ay), (bx, by) in edges:
        if min(ay, by) < height < max(ay, by):
            count += ax + (height - ay) / (by - ay) * (bx - ax) < p[0]
    return count % 2 == 1


@given(st.lists(point, min_size=3, max_size=8), st.lists(point, min_size=1, max_size=12))
def test_inside_polygon(polygon: list[Pair], points: list[Pair]) -> None:
    got = inside_polygon(np.array(points) / GRID, np.array(polygon) / GRID)
    assert got.tolist() == [inside_reference(p, polygon) for p in points]


@given(st.lists(point, min_size=3, max_size=6), st.lists(point, min_size=1, max_size=6))
def test_inside_does_not_depend_on_how_the_polygon_is_written(
    polygon: list[Pair], points: list[Pair]
) -> None:
    where, corners = np.array(points) / GRID, np.array(polygon) / GRID
    expected = inside_polygon(where, corners).tolist()
    assert inside_polygon(where, corners[::-1]).tolist() == expected
    assert inside_polygon(where, np.roll(corners, 1, axis=0)).tolist() == expected
    assert inside_polygon(where, np.vstack((corners, corners[:1]))).tolist() == expected


@given(
    st.lists(st.lists(point, min_size=3, max_size=6), min_size=1, max_size=4),
    st.lists(point, min_size=1, max_size=6),
)
def test_several_polygons_at_once(polygons: list[list[Pair]], points: list[Pair]) -> None:
    zones, where = [np.array(polygon) / GRID for polygon in polygons], np.array(points) / GRID
    found = Edges.of(zones).inside(where)
    assert found.tolist() == [inside_polygon(where, zone).tolist() for zone in zones]


def test_even_odd_rule() -> None:
    """The inner part of a polygon that winds around twice is outside."""
    star = np.array([(0.5, 0.0), (0.8, 1.0), (0.0, 0.4), (1.0, 0.4), (0.2, 1.0)])
    assert inside_polygon(np.array([(0.5, 0.5), (0.5, 0.2)]), star).tolist() == [False, True]


def test_no_points() -> None:
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    assert inside_polygon(np.empty((0, 2)), square).shape == (0,)


def crossing_reference(p: Pair, q: Pair, a: Pair, b: Pair) -> Fraction | None:
    """Share of the step p -> q at which it passes the closed segment a-b; the line is its right side's."""
    from_line, to_line = turn(a, b, p), turn(a, b, q)
    if (from_line < 0) == (to_line < 0):
        return None
    share = Fraction(from_line, from_line - to_line)
    x, y = p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])
    within = min(a[0], b[0]) <= x <= max(a[0], b[0]) and min(a[1], b[1]) <= y <= max(a[1], b[1])
    return share if within else None


@given(st.lists(st.tuples(point, point), min_size=1, max_size=12), point, point)
def test_crossing(steps: list[tuple[Pair, Pair]], a: Pair, b: Pair) -> None:
    if a == b:
        return
    before, after = (np.array([step[i] for step in steps]) / GRID for i in (0, 1))
    got = crossing(before, after, np.array(a) / GRID, np.array(b) / GRID)
    for (p, q), share in zip(steps, got.tolist(), strict=True):
        expected = crossing_reference(p, q, a, b)
        assert np.isnan(share) if expected is None else share == pytest.approx(float(expected))


@given(st.lists(point, min_size=2, max_size=20), point, point)
def test_a_path_changes_sides_as_often_as_it_must(path: list[Pair], a: Pair, b: Pair) -> None:
    """A path crosses the infinite line an odd number of times exactly if its ends are on two sides."""
    if a == b:
        return
    start, end = np.array(a, dtype=float), np.array(b, dtype=float)
    far_start, far_end = start - 100 * (end - start), end + 100 * (end - start)
    places = np.array(path, dtype=float)
    crossed = ~np.isnan(crossing(places[:-1], places[1:], far_start, far_end))
    sides = signed_distance(places, start, end) < 0
    assert crossed.sum() % 2 == (sides[0] != sides[-1])


def test_crossing_of_nan() -> None:
    nowhere, there = np.array([(np.nan, np.nan)]), np.array([(0.5, 0.2)])
    a, b = np.array((0.0, 0.5)), np.array((1.0, 0.5))
    assert np.isnan(crossing(nowhere, there, a, b)).all()
    assert np.isnan(crossing(there, nowhere, a, b)).all()


def test_signed_distance_is_negative_on_the_left() -> None:
    points = np.array([(0.5, 0.2), (0.5, 0.5), (5.0, 0.9)])
    rightwards = signed_distance(points, np.array((0.0, 0.5)), np.array((1.0, 0.5)))
    assert rightwards == pytest.approx([-0.3, 0.0, 0.4])
    leftwards = signed_distance(points, np.array((1.0, 0.5)), np.array((0.0, 0.5)))
    assert leftwards == pytest.approx([0.3, 0.0, -0.4])


def test_boxes() -> None:
    boxes = relative_boxes(np.array([(64.0, 36, 128, 72), (-10, -10, 700, 400), (5, 5, 5, 9)]), 640, 360)
    assert boxes[0] == pytest.approx((0.1, 0.1, 0.2, 0.2))
    assert boxes[1] == pytest.approx((0, 0, 1, 1))
    assert bottom_centres(boxes)[:2] == pytest.approx(np.array([(0.15, 0.2), (0.5, 1.0)]))
    assert areas(boxes) == pytest.approx((0.01, 1.0, 0.0))
    assert areas(np.array([(0.5, 0.5, 0.4, 0.9)])) == pytest.approx((0.0,))
    assert relative_boxes(np.empty((0, 4)), 640, 360).shape == (0, 4)
    assert relative_boxes(np.array([(1.0, 1, 2, 2)]), 0, 0).shape == (1, 4)


box = st.tuples(point, point).map(lambda c: (*c[0], *c[1]))


@given(box, box)
def test_shared_areas(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """Counted in cells of the grid."""

    def cells(c: tuple[int, ...]) -> set[Pair]:
        return {(x, y) for x in range(c[0], c[2]) for y in range(c[1], c[3])}

    both = cells(a) & cells(b)
    assert shared_areas(np.array([a, b, a]), np.array([b, a])) == pytest.approx(
        np.array([(len(both), len(cells(a))), (len(cells(b)), len(both)), (len(both), len(cells(a)))])
    )
