"""Tells when cameras are more than the machine can watch."""

import time
from collections.abc import Callable, Sequence

from secondsight.site.status import CameraStatus

_WINDOW = 10.0
"""Seconds that are looked at together."""
_MUCH = 0.1
"""Share of pictures or looks from which their loss is told."""


class LoadMeter:
    """Follows the counts of all cameras of a process; not thread-safe.

    Args:
        monotonic: steady seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since, self._before = monotonic(), (0, 0, 0, 0)
        self._said: str | None = None

    def trouble(self, cameras: Sequence[CameraStatus]) -> str | None:
        """What was lost in the last whole window because there was too much to do; None if that was little."""
        now = self._monotonic()
        if now - self._since >= _WINDOW:
            counts = (
                sum(one.frames for one in cameras),
                sum(one.drops.get("late", 0) for one in cameras),
                sum(one.looks for one in cameras),
                sum(one.drops.get("busy", 0) for one in cameras),
            )
            frames, late, looks, busy = (now - then for now, then in zip(counts, self._before, strict=True))
            self._since, self._before = now, counts
            self._said = _told(_share(late, frames), _share(busy, looks))
        return self._said


def _share(lost: int, kept: int) -> float:
    return lost / (lost + kept) if lost > 0 and kept >= 0 else 0.0


def _told(undecoded: float, unmade: float) -> str | None:
    if undecoded < _MUCH and unmade < _MUCH:
        return None
    return (
        f"more to watch than this machine can: {undecoded:.0%} of the pictures are passed over and {unmade:.0%} of "
        "the looks not made; lower `sentinel.fps`, take smaller streams, or share the cameras with another machine"
    )
