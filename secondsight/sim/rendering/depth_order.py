"""Who is painted before whom: distance alone puts a man beside a lorry's tail behind the lorry.

Of two bodies that overlap in the picture the one that the other may hide comes first. A convex solid cannot hide a
point that lies with the camera on the outer side of one of its faces (Newell, Newell and Sancha, 1972, reduced to
points: a body stands for its place). Where solids do not decide, distance does.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from secondsight.sim.rendering.outlines import Faces, Silhouettes, Strokes
from secondsight.sim.shapes.camera import Camera

Matrix = NDArray[np.bool_]


def far_to_near(camera: Camera, scene: Silhouettes, painted: Strokes, flat: Sequence[bool]) -> Sequence[int]:
    """Positions of bodies in the order in which to paint them.

    Args:
        flat: per body, whether it lies flat on the ground: under everybody's feet, however near it is.
    """
    depths = camera.view(scene.places)[:, 2]
    by_depth = np.lexsort((-depths, ~np.array(flat, dtype=bool)))
    upright = [number for number in by_depth.tolist() if not flat[number]]
    lying = by_depth.tolist()[: len(by_depth) - len(upright)]
    first = _must_precede(camera, scene, painted, depths)[np.ix_(upright, upright)]
    # Row by row: whether a person painted earlier ought to come later.
    if not np.tril(first, -1).any():
        return [*lying, *upright]
    return [*lying, *(upright[number] for number in _sorted(first))]


def _must_precede(
    camera: Camera, scene: Silhouettes, painted: Strokes, depths: NDArray[np.float64]
) -> Matrix:
    """bool (n, n): whether the row's body is to be painted before the column's."""
    hides = _may_hide(camera, scene.faces, scene.places)
    count = len(scene.places)
    solid = np.zeros(count, dtype=bool)
    solid[scene.faces.bodies] = True
    # [i, j]: what speaks for i before j is that j may hide i, or that i cannot hide j.
    behind = np.where(solid[None, :], hides.T, False) | np.where(solid[:, None], ~hides, False)
    decided = behind & ~behind.T
    open_ = ~(decided | decided.T)
    farther = (depths[:, None] > depths[None, :]) | (
        (depths[:, None] == depths[None, :]) & (np.arange(count)[:, None] < np.arange(count)[None, :])
    )
    return np.asarray(_overlap(painted, count) & (decided | (open_ & farther)))


def _may_hide(camera: Camera, faces: Faces, points: NDArray[np.float64]) -> Matrix:
    """bool (bodies, points): whether some solid of the body may stand between the camera and the point."""
    hides = np.zeros((len(points), len(points)), dtype=bool)
    if len(faces.bodies):
        offset = -(faces.normals * faces.corners[:, 0]).sum(1)
        outside = (faces.normals @ points.T + offset[:, None] > 0) & (
            faces.normals @ camera.origin + offset > 0
        )[:, None]
        solids = np.unique(faces.solids, return_index=True)[1]
        np.logical_or.at(hides, faces.bodies[solids], ~np.logical_or.reduceat(outside, solids, axis=0))
    return hides


def _overlap(painted: Strokes, count: int) -> Matrix:
    """bool (n, n): whether two bodies' rectangles overlap in the picture; smoke may be anywhere."""
    reach = np.tile(np.array([-(1 << 20), -(1 << 20), 1 << 20, 1 << 20]), (count, 1))
    for body, (first, last) in enumerate(zip(painted.starts, painted.starts[1:], strict=False)):
        if last > first:
            own = painted.bounds[first:last]
            reach[body, :2], reach[body, 2:] = own[:, :2].min(0), own[:, 2:].max(0)
    low, high = reach[:, :2], reach[:, 2:]
    return np.asarray((low[:, None] < high[None, :]).all(-1) & (low[None, :] < high[:, None]).all(-1))


def _sorted(first: Matrix) -> Sequence[int]:
    """Topological order of 0..n-1; where several could be next, or a ring leaves none, the smallest is."""
    waiting = first.sum(0)
    left = list(range(len(first)))
    order = []
    while left:
        chosen = next((number for number in left if waiting[number] == 0), left[0])
        left.remove(chosen)
        order.append(chosen)
        waiting = waiting - first[chosen]
    return order
