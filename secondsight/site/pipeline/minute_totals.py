"""Turns what cameras and rules have counted into counts per minute for the store."""

import threading
from collections.abc import Iterable, Iterator, Mapping

from secondsight.records import Counter
from secondsight.site.status import CameraStatus

_REMEMBER = 600
"""Seconds of stream after which no more counts of a minute are expected."""


class MinuteCounts:
    """Remembers the totals of the last time, so that each count is stored once."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], float] = {}

    def forget(self, camera: str) -> None:
        """A camera counts from zero again."""
        self._before = {key: total for key, total in self._before.items() if key[0] != camera}

    def since_last(self, cameras: Iterable[CameraStatus], now: float) -> list[Counter]:
        """What has been counted since the call before, booked on the minute of `now` (UTC seconds)."""
        minute = int(now // 60 * 60)
        counters = []
        for camera in cameras:
            for name, total in _totals(camera):
                grown = total - self._before.get((camera.name, name), 0)
                if grown > 0:
                    counters.append(Counter(camera.name, minute, name, grown))
                    self._before[camera.name, name] = total
        return counters


class MinuteTotals:
    """What a run has counted in each minute of recordings: parts of a minute come from several files or loops."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, int, str], float] = {}
        self._lock = threading.Lock()

    def put(self, counts: Iterable[Counter]) -> list[Counter]:
        """Add parts; returns the totals of their minutes, to be stored instead of what a run before stored."""
        with self._lock:
            totals = {}
            for camera, minute, name, value in counts:
                key = (camera, minute, name)
                self._sums[key] = totals[key] = self._sums.get(key, 0.0) + value
            self._forget(totals)
            return [Counter(*key, value) for key, value in totals.items()]

    def _forget(self, totals: Mapping[tuple[str, int, str], float]) -> None:
        newest = {camera: minute for camera, minute, _ in sorted(totals)}
        self._sums = {
            key: value for key, value in self._sums.items() if key[1] > newest.get(key[0], 0) - _REMEMBER
        }


def _totals(camera: CameraStatus) -> Iterator[tuple[str, float]]:
    yield "frames", camera.frames
    yield "looks", camera.looks
    yield "detections", camera.detections
    yield "tracks", camera.tracks
    yield "candidates", camera.candidates
    for cause, count in camera.drops.items():
        yield f"drop.{cause}", count
