"""How fast something moves over the ground: what running, gatherings and vehicles near people share."""

import math
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

WINDOW = 1.5
"""Seconds over which speed is measured: shorter, and the jitter of a box counts; longer, and short runs do not."""
PARTS = 3


@dataclass(slots=True)
class Pace:
    """Where something was in the last seconds.

    Attributes:
        window: seconds over which its speed is measured.
        past: (time, x, y), metres.
        fastest: the greatest speed so far, of whom that was asked.
    """

    window: float = WINDOW
    past: deque[tuple[float, float, float]] = field(default_factory=deque)
    fastest: float = 0.0

    @property
    def known(self) -> bool:
        """Whether enough was seen to tell a speed."""
        past = self.past
        return len(past) > PARTS and past[-1][0] - past[0][0] >= 0.6 * self.window

    def step(self, time: float, x: float, y: float) -> tuple[float, float]:
        """Take the next look. The speed over the window and that of its slowest part, m/s; 0 until they are known."""
        while self.past and time - self.past[0][0] > self.window:
            self.past.popleft()
        self.past.append((time, x, y))
        if not self.known:
            return 0.0, 0.0
        points, count = list(self.past), len(self.past)
        means = [_mean(points[i * count // PARTS : (i + 1) * count // PARTS]) for i in range(PARTS)]
        return _speed(means[0], means[-1]), min(_speed(one, other) for one, other in pairwise(means))


def _mean(points: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    time, x, y = (sum(column) / len(points) for column in zip(*points, strict=True))
    return time, x, y


def _speed(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return math.hypot(other[1] - one[1], other[2] - one[2]) / max(other[0] - one[0], 1e-3)
