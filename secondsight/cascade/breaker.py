"""Leaves a brain alone that does not answer, and finds out cheaply when it is back.

    closed --away, or too many failures in a row--> open --pause over--> half-open --probe answered--> closed
                                                     ^                      |
                                                     +---- probe failed ----+

While open no case is taken from the queue, so that none loses a try or its place. Half-open lets one review through,
the best one that waits: a probe that is answered was useful as well. (The pattern is Nygard's, Release It!, 2007.)
"""

import math
import random
from enum import StrEnum

from secondsight.clock import Clock
from secondsight.errors import BrainError

_LONGEST_PAUSE = 30.0
"""Seconds that the growing pause between probes does not exceed: a brain that is back is soon found."""


class BreakerState(StrEnum):
    """Whether reviews may begin: all, none, or one to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """The breaker of one brain; used by the workers' loop alone.

    Args:
        failures: so many failed reviews in a row open it, if the brain does answer but to no use.
        backoff: seconds of the first pause; it doubles with every probe that fails, give or take a half.

    Attributes:
        trouble: what went wrong last; None once a review succeeded.
    """

    def __init__(self, clock: Clock, failures: int, backoff: float, rng: random.Random) -> None:
        self._clock, self._failures, self._backoff, self._rng = clock, failures, backoff, rng
        self._in_a_row = self._pauses = 0
        self._until: float | None = None
        self._asked_until = -math.inf
        self._probing = False
        self.trouble: str | None = None

    @property
    def state(self) -> BreakerState:
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock.monotonic() < self._until else BreakerState.HALF_OPEN

    def admit(self) -> float:
        """0.0: go ahead, and report `succeeded`, `failed` or `unused`. Else seconds after which to ask again."""
        if self._until is None:
            return 0.0
        left = self._until - self._clock.monotonic()
        if left > 0.0:
            return left
        if self._probing:
            return self._backoff
        self._probing = True
        return 0.0

    def unused(self) -> None:
        """What was admitted did not ask the brain, so that nothing is known."""
        self._probing = False

    def succeeded(self) -> None:
        """The brain has answered; what it asked of others meanwhile holds all the same."""
        if not self._probing and self._clock.monotonic() < self._asked_until:
            return
        self._in_a_row = self._pauses = 0
        self._until, self._probing, self.trouble = None, False, None

    def failed(self, error: BrainError, reason: str) -> None:
        """The brain has not answered; `reason` is the error free of secrets."""
        probing, self._probing = self._probing, False
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

    def pause(self, tries: int, error: BrainError) -> float:
        """Seconds before another try after `tries` earlier ones; at least what the server asked for."""
        pause = min(self._backoff * 2.0 ** min(tries, 16), _LONGEST_PAUSE) * self._rng.uniform(0.5, 1.5)
        return max(pause, error.retry_after or 0.0)
