"""Who has been near which place and for how long, and what became of the place: left and taken things have people.

Places are pixels. A place is *usual* while nothing changed is seen there and no person hides it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.signals.background import SHORT
from secondsight.behaviour.signals.change import RESTING, covered
from secondsight.behaviour.signals.image_ops import Mask
from secondsight.behaviour.signals.views import TrackView, track_numbers
from secondsight.behaviour.state.region_state import ChangedPatch
from secondsight.records import Box, Observation

REACH = 0.3
"""Share of a person's box by which it is grown on each side to say who is near: an arm's length."""
LEVEL = 0.25
"""People who stand beside a thing have their feet where it stands, within this share of their height: else it
is a person before or behind it.
"""
BREAK = 2.0
"""Seconds unseen that do not end a person's stay: detectors miss a look or two."""
LATELY = 8.0 + RESTING + SHORT
"""Seconds before something is found to have changed within which a person must have been near it."""


class PeopleNearby:
    """Remembers people, when each place was usual last, and what was decided of it.

    Args:
        memory: seconds for which it is remembered who was near, besides `LATELY`.
        settling: seconds after the beginning in which what changes is decided to be nothing: people who were not
            found in the first looks leave ghosts.
    """

    def __init__(self, memory: float, settling: float) -> None:
        self._memory, self._settling = memory, settling
        self._first = float("inf")
        self._verdict: NDArray[np.int8] | None = None
        self._usual: NDArray[np.float64] | None = None
        self._looks: deque[tuple[float, NDArray[np.float64]]] = deque()

    def meet(self, time: float, people: Observation) -> None:
        """Take a look at people."""
        self._looks.append((time, _reach(people)))
        while time - self._looks[0][0] > self._memory + LATELY + BREAK:
            self._looks.popleft()

    def step(self, time: float, people: Observation, changed: Mask) -> None:
        """Take a look at pixels; `changed` says where something is missing or new."""
        if self._verdict is None or self._usual is None or self._verdict.shape != changed.shape:
            self._verdict, self._usual = np.zeros(changed.shape, np.int8), np.full(changed.shape, time)
        usual = ~(changed | covered(people, changed.shape, REACH))
        self._verdict[usual], self._usual[usual] = 0, time
        if time < self._first + self._settling:
            self._first = min(self._first, time)
            self._verdict[changed] = -1

    def decided(self, patch: ChangedPatch, time: float, decide: Callable[[], bool | None]) -> bool:
        """What was decided of a patch, or is now: once, as who comes later has not done it. None puts it off."""
        if self._verdict is None or time - self._first < self._settling:
            return False
        verdict = self._verdict[patch.where]
        known = verdict[patch.mask]
        if np.count_nonzero(known) >= known.size / 2:
            return bool(known.sum() > 0)
        yes = decide()
        if yes is not None:
            verdict[patch.mask] = 1 if yes else -1
        return bool(yes)

    def usual_until(self, patch: ChangedPatch) -> float:
        """When a place was last as usual, before people hid it; no earlier than people are known."""
        assert self._usual is not None
        last = float(np.median(self._usual[patch.where][patch.mask]))
        return max(last, self._looks[0][0]) if self._looks else last

    def tallest(self, box: Box, time: float) -> float:
        """The largest height of the people who were near a box of late, as a share of the picture's, or 0."""
        heights = (
            rows[_near(rows, box), 5].max(initial=0.0)
            for moment, rows in self._looks
            if time - moment <= LATELY
        )
        return float(max(heights, default=0.0))

    def near_now(self, box: Box) -> list[int]:
        """The tracks that reach a box in the last look."""
        rows = self._looks[-1][1] if self._looks else np.empty((0, 6))
        found: list[int] = rows[_near(rows, box), 0].astype(int).tolist()
        return found

    def stands_at(self, box: Box, distance: float, look: Observation) -> bool:
        """Whether a person of the last look has the feet within `distance` own heights of the foot of a box."""
        if not self._looks:
            return False
        _, left, _, right, foot, tall = self._looks[-1][1].T
        across = (look.width / max(look.height, 1)) * ((left + right) - (box.x1 + box.x2)) / 2
        return bool((np.hypot(across, foot - box.y2) <= distance * tall).any())

    def stays(self, box: Box, time: float, level: float = np.inf) -> dict[int, float]:
        """For how many seconds each track had been near a box, of those that were of late, with the feet at most
        `level` of their height above or below its foot.
        """
        seen: dict[int, tuple[float, float]] = {}
        for moment, rows in self._looks:
            stands = abs(rows[:, 4] - box.y2) <= level * rows[:, 5]
            for track in rows[_near(rows, box) & stands, 0].astype(int).tolist():
                first, last = seen.get(track, (moment, moment))
                seen[track] = (first if moment - last <= BREAK else moment, moment)
        return {track: last - first for track, (first, last) in seen.items() if time - last <= LATELY}

    def mark_reported(self, box: Box) -> None:
        """What is in a box has been reported; that it is hidden for a while and seen again is no news."""
        if self._verdict is not None:
            rows, columns = self._verdict.shape
            where = (
                slice(int(box.y1 * rows), int(box.y2 * rows) + 1),
                slice(int(box.x1 * columns), int(box.x2 * columns) + 1),
            )
            self._verdict[where] = -1


def only_counted(observation: Observation, seen: TrackView) -> Observation:
    """A look with no other detections than those that count for a rule."""
    from supervision import (
        Detections,  # takes a second to load, which a site without such rules need not wait for
    )

    found, numbers = observation.detections, set(compress(seen.ids, seen.counts))
    rows = [row for row, number in enumerate(track_numbers(observation)) if number in numbers]
    tracks = None if found.tracker_id is None else found.tracker_id[rows]
    return replace(observation, detections=Detections(xyxy=found.xyxy[rows], tracker_id=tracks))


def _reach(people: Observation) -> NDArray[np.float64]:
    """Rows (n, 6) of tracked people: number of the track, how far they reach to the left, up and to the right, where
    they stand, and how tall they are; all but the first relative to the picture.
    """
    found = people.detections
    if found.tracker_id is None:
        return np.empty((0, 6))
    left, top, right, foot = (found.xyxy / np.array((people.width, people.height) * 2, dtype=np.float64)).T
    wide, tall = REACH * (right - left), foot - top
    return np.column_stack((found.tracker_id, left - wide, top - REACH * tall, right + wide, foot, tall))


def _near(rows: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Which rows of `_reach` reach a box, bool (n,)."""
    _, left, top, right, foot, tall = rows.T
    return np.asarray(
        (left < box.x2) & (top < box.y2) & (right > box.x1) & (foot + REACH * tall > box.y1), dtype=bool
    )
