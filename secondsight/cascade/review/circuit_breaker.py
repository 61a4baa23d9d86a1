"""Stops calling a brain that does not answer, and finds out cheaply when it is back.

    closed --away, or too many failures in a row--> open --pause over--> half-open --probe answered--> closed
                                                     ^                      |
                                                     +---- probe failed ----+

While open no case is taken from the queue, so that none loses a try or its place. Half-open lets one worker through,
with the best case that waits: a probe that is answered was useful as well. (The pattern is Nygard's, Release It!,
2007.)
"""

import math
import random
from enum import StrEnum

from secondsight.clock import Clock
from secondsight.errors import BrainError

_LONGEST_PAUSE = 30.0
"""Longest pause between probes, in seconds: a brain that is back is soon found."""


class BreakerState(StrEnum):
    """Whether reviews may begin: all, none, or one as a probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class CircuitBreaker:
    """The breaker of one brain; used by the workers' loop alone.

    Args:
        failures: this number of failed reviews in a row opens it, even if the brain answers.
        backoff: seconds of the first pause; it doubles with every probe that fails, give or take a half.

    Attributes:
        trouble: what went wrong last; None once a review succeeded.
    """

    def __init__(self, clock: Clock, failures: int, backoff: float, rng: random.Random) -> None:
        self._clock, self._failures, self._backoff, self._rng = clock, failures, backoff, rng
        self._in_a_row = self._pauses = 0
        self._until: float | None = None
        self._asked_until = -math.inf
        self._probe: str | None = None
        self.trouble: str | None = None

    @property
    def state(self) -> BreakerState:
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock.monotonic() < self._until else BreakerState.HALF_OPEN

    @property
    def left(self) -> float:
        """Seconds until the next probe; 0.0 while closed or half-open."""
        return 0.0 if self._until is None else max(self._until - self._clock.monotonic(), 0.0)

    def admit(self, worker: str) -> float:
        """0.0: go ahead, and report `succeeded`, `failed` or `unused`. Else seconds after which to ask again."""
        if self._until is None:
            return 0.0
        if self.left > 0.0:
            return self.left
        if self._probe is not None:
            return self._backoff
        self._probe = worker
        return 0.0

    def unused(self, worker: str) -> None:
        """What the worker was admitted for did not ask the brain, so that nothing is known."""
        if self._probe == worker:
            self._probe = None

    def succeeded(self, worker: str) -> None:
        """The brain has answered. A pause that it asked other workers for meanwhile stays in force."""
        if self._probe != worker and self._clock.monotonic() < self._asked_until:
            return
        self._in_a_row = self._pauses = 0
        self._until, self._probe, self.trouble = None, None, None

    def failed(self, worker: str, error: BrainError, reason: str) -> bool:
        """The brain has not answered; `reason` is the error free of secrets. Whether that opened a closed breaker."""
        probing = self._probe == worker
        self.unused(worker)
        self.trouble = reason
        self._in_a_row += 1
        now, closed = self._clock.monotonic(), self._until is None
        if error.retry_after:
            self._asked_until = max(self._asked_until, now + error.retry_after)
        if error.away or probing or self._in_a_row >= self._failures:
            # Reviews that were under way when it opened say nothing new: they do not lengthen the pause.
            if closed or probing:
                self._until = now + self.pause(self._pauses, error)
                self._pauses += 1
            self._until = max(self._until or now, self._asked_until)
        return closed and self._until is not None

    def pause(self, tries: int, error: BrainError) -> float:
        """Seconds before another try after `tries` earlier ones; at least what the server asked for."""
        pause = min(self._backoff * 2.0 ** min(tries, 16), _LONGEST_PAUSE) * self._rng.uniform(0.5, 1.5)
        return max(pause, error.retry_after or 0.0)
