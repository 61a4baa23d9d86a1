"""When cameras were watched, as far as it is known: what a report says it could not see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from secondsight.store import AgedRows, Store

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class WatchGap:
    """A stretch of time [start, end) in which a camera was not watched, UTC seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class CameraWatch:
    """How well a camera was watched.

    Attributes:
        known: whether anything tells; then `gaps` are all there are.
    """

    camera: str
    known: bool
    gaps: tuple[WatchGap, ...] = ()

    @property
    def blind(self) -> float:
        """Seconds of all gaps."""
        return sum(gap.end - gap.start for gap in self.gaps)


class CoverageSource(Protocol):
    """Knows when cameras were watched."""

    def watched(self, cameras: Collection[str], start: float, end: float) -> Sequence[CameraWatch]:
        """How well each of these cameras was watched in [start, end), in their order. Raises StoreError."""
        ...


class CountedMinutes:
    """Coverage from counts: a camera that is watched counts frames in every minute.

    A minute without any count is a gap. A camera that never counted anything is not known.

    Args:
        recordings: cameras that read a recording: their frames are counted when they are read, and tell nothing of
            the time that they show.
    """

    def __init__(self, store: Store, recordings: Collection[str] = ()) -> None:
        self._store, self._recordings = store, frozenset(recordings)

    def watched(self, cameras: Collection[str], start: float, end: float) -> Sequence[CameraWatch]:
        """See `CoverageSource.watched`."""
        known = set(self._store.observations.last_minutes().keys() - self._recordings)
        # Of older time, minutes were added up: that something was counted tells nothing of each of them.
        folded = self._store.aging.horizons(cameras).get(AgedRows.MINUTES)
        if folded is not None and start < folded:
            known = set()
        first = start // _MINUTE * _MINUTE
        counted = self._store.figures.watched_minutes(first, end, cameras)
        return [
            CameraWatch(camera, True, _gaps(counted.get(camera, []), start, end))
            if camera in known
            else CameraWatch(camera, False)
            for camera in cameras
        ]


def _gaps(minutes: Sequence[int], start: float, end: float) -> tuple[WatchGap, ...]:
    gaps, at = [], start
    for minute in [*minutes, end]:
        if minute > at:
            gaps.append(WatchGap(at, min(float(minute), end)))
        at = max(at, float(minute) + _MINUTE)
    return tuple(gaps)
