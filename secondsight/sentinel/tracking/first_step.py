"""Follows fast things from their first look to their second.

A track that was seen once has no velocity yet. Algorithms that go by overlap expect it where it was, and at five
looks a second a car on a motorway is a length farther on: it dies, and the next look begins another that dies as
well. Two looks are what a velocity is made of (two-point differencing, Bar-Shalom, Li and Kirubarajan, "Estimation
with Applications to Tracking and Navigation", 2001, section 5.5.3), so a new track that nothing overlaps is given the
velocity that leads to the nearest new thing of like size within reach; then the algorithm itself finds it there, and
goes on with that velocity. Confirmed tracks, and things that overlap any track, are left to the algorithm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 2.0
"""Largest step between two looks, in sizes of the boxes: at 5 looks a second a car seen from the side does 45 m/s."""
ALIKE = 0.5
"""Minimum ratio of widths, and of heights, of the two boxes."""
_MEASURED = 4


def first_steps(
    tracks: Sequence[Any], boxes: NDArray[np.float64], overlap: float
) -> Iterator[tuple[Any, NDArray[np.float64]]]:
    """New tracks that would find nothing, each with the box of the next look that may show the same thing.

    Args:
        tracks: of an algorithm; one without number was seen in the last look for the first time.
        boxes: of the look to come, (n, 4), pixels.
        overlap: IoU from which the algorithm matches by itself.
    """
    if not len(boxes) or not any(is_new(track) for track in tracks):
        return
    from supervision import box_iou_batch

    places = np.array([track.get_state_bbox() for track in tracks])
    overlaps = box_iou_batch(places, boxes) >= overlap
    free = boxes[~np.any(overlaps, axis=0)]
    lone = [
        row
        for row, taken in enumerate(np.any(overlaps, axis=1).tolist())
        if is_new(tracks[row]) and not taken
    ]
    if not len(free) or not lone:
        return
    distances = _distances(places[lone], free)
    for row, near in enumerate(distances.argmin(axis=1)):
        # Each the other's nearest: in a stream of like things nobody is led to the neighbour's place.
        if distances[row, near] <= REACH and distances[:, near].argmin() == row:
            yield tracks[lone[row]], free[near]


def lead(track: Any, box: NDArray[np.float64], steps: float) -> None:
    """Give a track of the `trackers` package the velocity that leads to a box in `steps` units of its time."""
    estimator = track.state_estimator
    way = estimator.bbox_to_measurement(box) - estimator.bbox_to_measurement(track.get_state_bbox())
    state = estimator.kf.state
    # Place and size come first in every state, then the velocities of those that change.
    state[_MEASURED:] = np.reshape(way[: len(state) - _MEASURED] / steps, state[_MEASURED:].shape)


def is_new(track: Any) -> bool:
    """Whether a track was seen in the last look for the first time, and is not confirmed."""
    return bool(track.tracker_id < 0 and track.time_since_update == 0)


def _distances(froms: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances of centres in sizes of the boxes, (n, m); infinite where sizes differ too much."""
    sizes, others = froms[:, 2:] - froms[:, :2], boxes[:, 2:] - boxes[:, :2]
    apart = ((froms[:, :2] + froms[:, 2:])[:, None] - (boxes[:, :2] + boxes[:, 2:])) / 2
    mean = np.maximum((sizes[:, None] + others) / 2, 1e-6)
    ratio = np.minimum(sizes[:, None], others) / np.maximum(np.maximum(sizes[:, None], others), 1e-6)
    distances = np.hypot(*(apart / mean).transpose(2, 0, 1))
    return np.where((ratio >= ALIKE).all(axis=2), distances, np.inf)
