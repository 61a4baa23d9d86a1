"""Turns the running totals of cameras into counts per minute for the store."""

from collections.abc import Iterable, Iterator

from secondsight.records import Counter
from secondsight.site.status import CameraStatus


class MinuteCounts:
    """Remembers the totals of the last time, so that each count is stored once."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], float] = {}

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


def _totals(camera: CameraStatus) -> Iterator[tuple[str, float]]:
    yield "frames", camera.frames
    yield "looks", camera.looks
    yield "detections", camera.detections
    yield "tracks", camera.tracks
    yield "candidates", camera.candidates
    for cause, count in camera.drops.items():
        yield f"drop.{cause}", count
