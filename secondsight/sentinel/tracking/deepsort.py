"""DeepSORT (Wojke, Bewley, Paulus 2017): objects are recognised by their appearance, not only by their place.

After Bewley et al.'s SORT loses a person behind a pillar, only appearance can tell that the same one comes out
again. Each track keeps its last embeddings. Confirmed tracks choose among the detections whose appearance
and place both allow it, those seen last first (the matching cascade, section 2.3): the place of one that was not seen
for long is so uncertain that it would otherwise win. What is left, and tracks that are not confirmed, are matched by
overlap.

The authors let appearance alone decide among what the place allows, since the cameras of their data move (section
2.2: lambda = 0). These cameras stand still, and small pictures of far people look alike: place and appearance have an
equal say here (their equation 5), so that appearance breaks the tie where it tells, and the place where it does not.

It is driven like the algorithms of the `trackers` package (`tracker.py`): by timestamps, and its tracks have the
attributes of theirs that count there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from secondsight.sentinel.tracking.appearance import APPEARANCE
from secondsight.sentinel.tracking.kalman import (
    GATE,
    RATE,
    Gaussian,
    begun,
    corners_of,
    distances,
    measured,
    predicted,
    updated,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

GALLERY = 100
"""Embeddings kept of a track, the latest (section 2.2)."""
MINIMUM_IOU = 0.3
"""Least overlap in the last stage; the authors' code allows an IoU distance of 0.7."""
PLACE = 0.5
"""Share of the place in the cost of a pair, lambda of equation 5; both parts are shares of what is allowed."""
_NEVER = 1e5
"""Cost of a pair that is not allowed."""


class Tracklet:
    """One object.

    Attributes:
        tracker_id: -1 until it is confirmed.
        time_since_update: looks since it was seen; 0 in the one that sees it.
        time_since_update_seconds: the same in seconds of the algorithm's clock.
    """

    __slots__ = ("gallery", "hits", "state", "time_since_update", "time_since_update_seconds", "tracker_id")

    def __init__(self, measurement: NDArray[np.float64], look: NDArray[np.float32] | None) -> None:
        self.state: Gaussian = begun(measurement)
        self.gallery: deque[NDArray[np.float32]] = deque(maxlen=GALLERY)
        self.tracker_id, self.hits = -1, 1
        self.time_since_update, self.time_since_update_seconds = 0, 0.0
        if look is not None:
            self.gallery.append(look)

    def predict(self, seconds: float) -> None:
        """Let time pass."""
        self.state = predicted(self.state, seconds)
        self.time_since_update += 1
        self.time_since_update_seconds += seconds

    def see(self, measurement: NDArray[np.float64], look: NDArray[np.float32] | None) -> None:
        """Take what was seen of it."""
        self.state = updated(self.state, measurement)
        self.hits += 1
        self.time_since_update, self.time_since_update_seconds = 0, 0.0
        if look is not None:
            self.gallery.append(look)

    def lead(self, box: NDArray[np.float64], seconds: float) -> None:
        """Give it the velocity that leads to a box (4,) in this time."""
        mean = self.state.mean.copy()
        mean[4:] = (measured(box[None])[0] - mean[:4]) / (seconds * RATE)
        self.state = self.state._replace(mean=mean)

    def expected(self, seconds: float) -> NDArray[np.float64]:
        """Corners (4,) of where it will be in this time."""
        return corners_of(self.state.mean[:4] + seconds * RATE * self.state.mean[4:])

    def get_state_bbox(self) -> NDArray[np.float64]:
        """Corners (4,) of where it should be."""
        return corners_of(self.state.mean)


class DeepSort:
    """The tracker of one epoch.

    Args:
        lost_track: seconds after which an unseen object is forgotten.
        activation: lowest confidence of a detection that may begin a track.
        confirmations: looks in a row that must show an object before it gets an id.
        distance: largest cosine distance of two looks of one object; what it must be depends on what describes
            them (section 2.2: chosen on data apart).
    """

    def __init__(self, lost_track: float, activation: float, confirmations: int, distance: float) -> None:
        self._lost_track, self._activation = lost_track, activation
        self._confirmations, self._distance = confirmations, distance
        self._clock: float | None = None
        self._numbers = 0
        self.tracks: list[Tracklet] = []

    def update(self, detections: Detections, timestamp: float) -> Detections:
        """The detections with `tracker_id` set, -1 where there is no confirmed track.

        Args:
            detections: in pixels, with confidence; `data[APPEARANCE]` may hold embeddings.
            timestamp: seconds, growing.
        """
        elapsed = 0.0 if self._clock is None else timestamp - self._clock
        self._clock = timestamp
        for track in self.tracks:
            track.predict(elapsed)
        self.tracks = [t for t in self.tracks if t.time_since_update_seconds <= self._lost_track]
        places = measured(detections.xyxy.astype(np.float64))
        found = detections.data.get(APPEARANCE)
        looks: NDArray[np.float32] | None = None if found is None else np.asarray(found, np.float32)
        ids = np.full(len(places), -1, np.intp)
        left = list(range(len(places)))
        for track, row in self._matches(detections, places, looks, left):
            track.see(places[row], None if looks is None else looks[row])
            if track.tracker_id < 0 and track.hits >= self._confirmations:
                track.tracker_id, self._numbers = self._numbers, self._numbers + 1
            ids[row] = track.tracker_id
        # A track that is missed before it is confirmed was no object.
        self.tracks = [t for t in self.tracks if t.tracker_id >= 0 or t.time_since_update == 0]
        assert detections.confidence is not None
        for row in left:
            if detections.confidence[row] >= self._activation:
                self.tracks.append(Tracklet(places[row], None if looks is None else looks[row]))
        result = cast("Detections", detections[np.arange(len(places))])
        result.tracker_id = ids
        return result

    def _matches(
        self,
        detections: Detections,
        places: NDArray[np.float64],
        looks: NDArray[np.float32] | None,
        left: list[int],
    ) -> Iterator[tuple[Tracklet, int]]:
        """Pairs of a track and a row; what stays in `left` matches no track."""
        from supervision import box_iou_batch

        confirmed = [track for track in self.tracks if track.tracker_id >= 0]
        unseen = list(confirmed)
        if looks is not None:
            for age in sorted({track.time_since_update for track in confirmed}):
                level = [track for track in confirmed if track.time_since_update == age and track.gallery]
                for track, row in _assign(level, left, self._costs(level, left, places, looks), 1.0):
                    unseen.remove(track)
                    yield track, row
        near = [track for track in unseen if track.time_since_update == 1 or looks is None]
        near += [track for track in self.tracks if track.tracker_id < 0]
        boxes = np.array([track.get_state_bbox() for track in near]).reshape(-1, 4)
        costs = 1 - box_iou_batch(boxes, detections.xyxy[left]).astype(np.float64)
        yield from _assign(near, left, costs, 1 - MINIMUM_IOU)

    def _costs(
        self,
        tracks: Sequence[Tracklet],
        rows: Sequence[int],
        places: NDArray[np.float64],
        looks: NDArray[np.float32],
    ) -> NDArray[np.float64]:
        """Costs of pairs, 0..1, (tracks, rows); huge where the place or the looks forbid it. Looks are compared by
        their cosine distance to the nearest of the gallery."""
        costs = np.full((len(tracks), len(rows)), _NEVER)
        for row, track in enumerate(tracks if rows else ()):
            away = distances(track.state, places[rows])
            near = np.flatnonzero(away <= GATE)
            if len(near):
                gallery = np.stack(tuple(track.gallery))
                other = 1 - (gallery @ looks[np.array(rows)[near]].T).max(axis=0)
                both = PLACE * away[near] / GATE + (1 - PLACE) * other / self._distance
                costs[row, near] = np.where(other <= self._distance, both, _NEVER)
        return costs


def _assign(
    tracks: Sequence[Tracklet], left: list[int], costs: NDArray[np.float64], most: float
) -> list[tuple[Tracklet, int]]:
    """The cheapest pairs of tracks and rows that cost at most `most`; takes their rows out of `left`."""
    if not tracks or not left:
        return []
    from scipy.optimize import linear_sum_assignment

    # Pairs above the limit all cost the same, so that the allowed ones are never given up to avoid a worse one.
    limited = np.where(costs > most, most + 1e-5, costs)
    pairs = zip(*linear_sum_assignment(limited), strict=True)
    rows = list(left)
    matched = [(tracks[track], rows[row]) for track, row in pairs if costs[track, row] <= most]
    for _, row in matched:
        left.remove(row)
    return matched
