"""Follows fast things from look to look, where boxes do not overlap from one to the next.

A track that was seen once has no velocity yet. Algorithms that go by overlap expect it where it was, and at five
looks a second a car on a motorway is a length farther on: it dies, and the next look begins another that dies as
well. Two looks are what a velocity is made of (two-point differencing, Bar-Shalom, Li and Kirubarajan, "Estimation
with Applications to Tracking and Navigation", 2001, section 5.5.3), so a new track that nothing overlaps is given the
velocity that leads to the nearest new thing of like size within reach; then the algorithm itself finds it there, and
goes on with that velocity.

A picture shows distance: what drives away at constant speed makes steps that shrink, and a fast thing is expected
beyond where it is. So one that moves by a good part of its size from look to look, and that nothing overlaps where it
is expected, is led to a thing on its course: less far, or farther, and not aside. Slow things, and whatever overlaps
where any track is expected, are left to the algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 2.0
"""Largest step between two looks, in sizes of the boxes: at 5 looks a second a car seen from the side does 45 m/s."""
ALIKE = 0.5
"""Minimum ratio of widths, and of heights, of the two boxes."""
FAST = 0.5
"""Step between two looks, in sizes of the box, from which a thing is fast."""
SHARES = 0.25, 2.0
"""How much of the step expected a fast thing may make."""
ASIDE = 0.5
"""How far from its course it may be, in sizes of the boxes."""
_MEASURED = 4


Expect = Callable[[Any, float], "NDArray[np.float64]"]
"""(track, time to come) -> where it is expected then: corners in pixels, float64 (4,)."""


def first_steps(
    tracks: Sequence[Any], boxes: NDArray[np.float64], overlap: float, expect: Expect, time: float
) -> Iterator[tuple[Any, NDArray[np.float64]]]:
    """Tracks that would find nothing, each with the box of the next look that may show the same thing.

    Args:
        tracks: of an algorithm, as of the last look; one without number was seen in it for the first time.
        boxes: of the look to come, (n, 4), pixels.
        overlap: IoU from which the algorithm matches by itself.
        expect: says where tracks will be.
        time: to the look to come.
    """
    if not len(boxes) or not tracks:
        return
    from supervision import box_iou_batch

    expected = np.array([expect(track, time) for track in tracks])
    overlaps = box_iou_batch(expected, boxes) >= overlap
    free = boxes[~overlaps.any(axis=0)]
    lost = ~overlaps.any(axis=1) & np.array([track.time_since_update == 0 for track in tracks])
    if not len(free) or not lost.any():
        return
    places = np.array([track.get_state_bbox() for track in tracks])
    new = np.array([is_new(track) for track in tracks])
    ways = _centres(expected) - _centres(places)
    fast = np.linalg.norm(ways / _sizes(places), axis=1) >= FAST
    lone = np.flatnonzero(lost & (new | fast))
    if not len(lone):
        return
    distances = np.where(
        new[lone, None],
        _distances(places[lone], np.zeros((len(lone), 2)), free) / REACH,
        _distances(places[lone], ways[lone], free) / ASIDE,
    )
    for row, near in enumerate(distances.argmin(axis=1)):
        # Each the other's nearest: in a stream of like things nobody is led to the neighbour's place.
        if distances[row, near] <= 1 and distances[:, near].argmin() == row:
            yield tracks[lone[row]], free[near]


def lead(track: Any, box: NDArray[np.float64], steps: float) -> None:
    """Give a track of the `trackers` package the velocity that leads to a box in `steps` units of its time."""
    estimator = track.state_estimator
    way = estimator.bbox_to_measurement(box) - estimator.bbox_to_measurement(track.get_state_bbox())
    state = estimator.kf.state
    # Place and size come first in every state, then the velocities of those that change.
    state[_MEASURED:] = np.reshape(way[: len(state) - _MEASURED] / steps, state[_MEASURED:].shape)


def expected(track: Any, steps: float) -> NDArray[np.float64]:
    """Where a track of the `trackers` package is expected in `steps` units of its time: corners, (4,)."""
    estimator = track.state_estimator
    now = estimator.kf.state
    estimator.kf.state = then = now.copy()
    estimator.clamp_velocity(steps)
    then[: len(now) - _MEASURED] += steps * then[_MEASURED:]
    box: NDArray[np.float64] = estimator.state_to_bbox()
    estimator.kf.state = now
    return box


def is_new(track: Any) -> bool:
    """Whether a track was seen in the last look for the first time, and is not confirmed."""
    return bool(track.tracker_id < 0 and track.time_since_update == 0)


def _centres(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _sizes(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-6)


def _distances(
    froms: NDArray[np.float64], ways: NDArray[np.float64], boxes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distances of centres (m,) from courses, in sizes of the boxes, (n, m); infinite where sizes differ too much.

    Args:
        ways: the steps expected (n, 2); courses are `SHARES` of them.
    """
    sizes, others = _sizes(froms)[:, None], _sizes(boxes)
    apart = (_centres(boxes) - _centres(froms)[:, None]) / ((sizes + others) / 2)
    course = ways[:, None] / ((sizes + others) / 2)
    share = (apart * course).sum(axis=2) / np.maximum((course**2).sum(axis=2), 1e-9)
    distances: NDArray[np.float64] = np.linalg.norm(
        apart - np.clip(share, *SHARES)[..., None] * course, axis=2
    )
    ratio = np.minimum(sizes, others) / np.maximum(sizes, others)
    return np.where((ratio >= ALIKE).all(axis=2), distances, np.inf)
