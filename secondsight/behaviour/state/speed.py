"""How fast something moves over the ground: what running, gatherings and vehicles near people share."""

import math
from dataclasses import dataclass, field

WINDOW = 1.5
"""Seconds over which speed is measured: shorter, and the jitter of a box counts; longer, and short runs do not."""
LONG = 2.0
"""Seconds for what is looked at `SELDOM`: in fewer there may be too few looks."""
PARTS = 3
Sums = tuple[float, float, float]
"""Seconds, x and y."""


@dataclass(slots=True)
class SpeedEstimator:
    """Where something was in the last seconds.

    Attributes:
        window: seconds over which its speed is measured.
        times: of the looks in that window, ascending.
        fastest: the greatest speed so far, of whom that was asked.
    """

    window: float = WINDOW
    times: list[float] = field(default_factory=list)
    fastest: float = 0.0
    # Sums of seconds, x and y before the first look and up to each: the mean of any part is a difference of two.
    _sums: list[Sums] = field(default_factory=lambda: [(0.0, 0.0, 0.0)])
    _begin: float = 0.0

    @property
    def known(self) -> bool:
        """Whether enough was seen to tell a speed."""
        times = self.times
        return len(times) > PARTS and times[-1] - times[0] >= 0.6 * self.window

    def step(self, time: float, x: float, y: float) -> None:
        """Take the next look, at (x, y) metres."""
        times, sums, old = self.times, self._sums, 0
        while old < len(times) and time - times[old] > self.window:
            old += 1
        if old == len(times):
            times[:], sums[:], self._begin = [], [(0.0, 0.0, 0.0)], time
        elif old:
            del times[:old], sums[:old]
        seconds, across, along = sums[-1]
        times.append(time)
        sums.append((seconds + time - self._begin, across + x, along + y))

    @property
    def speed(self) -> float:
        """Metres per second over the window; 0 until it is known."""
        if not self.known:
            return 0.0
        sums, count = self._sums, len(self.times)
        one, two = count // PARTS, 2 * count // PARTS
        return _speed(_mean(sums[0], sums[one], one), _mean(sums[two], sums[count], count - two))

    @property
    def slowest(self) -> float:
        """Metres per second in the slowest part of the window; 0 until it is known."""
        if not self.known:
            return 0.0
        sums, count = self._sums, len(self.times)
        one, two = count // PARTS, 2 * count // PARTS
        middle = _mean(sums[one], sums[two], two - one)
        return min(
            _speed(_mean(sums[0], sums[one], one), middle),
            _speed(middle, _mean(sums[two], sums[count], count - two)),
        )


def _mean(begin: Sums, end: Sums, looks: int) -> Sums:
    """Mean time and place of the looks between."""
    (t0, x0, y0), (t1, x1, y1) = begin, end
    return (t1 - t0) / looks, (x1 - x0) / looks, (y1 - y0) / looks


def _speed(one: Sums, other: Sums) -> float:
    return math.hypot(other[1] - one[1], other[2] - one[2]) / max(other[0] - one[0], 1e-3)
