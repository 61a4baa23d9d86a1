"""How fast a channel may go: pauses after failures, and a limit per minute."""

import random
from collections import deque
from datetime import UTC
from email.utils import parsedate_to_datetime

from secondsight.clock import Clock

_MINUTE = 60.0
_FIRST, _LONGEST = 1.0, 300.0
"""First and longest pause after a failure, seconds."""


class RetryPauses:
    """Pauses that double with every failure, with jitter, so that channels that failed together do not come together.

    Args:
        rng: draws the jitter.
    """

    def __init__(self, rng: random.Random, first: float = _FIRST, longest: float = _LONGEST) -> None:
        self._rng, self._first, self._longest = rng, first, longest

    def pause(self, failures: int, asked: float | None = None) -> float:
        """Seconds to wait after this many failures in a row (>= 1).

        Args:
            asked: seconds the receiver asked for; it is not kept waiting for less, nor for ever.
        """
        whole = min(self._longest, self._first * 2.0 ** min(failures - 1, 30))
        return max(whole * self._rng.uniform(0.5, 1.0), min(asked or 0.0, 10 * self._longest))


class RateLimit:
    """At most `per_minute` messages in any minute.

    Args:
        per_minute: None for no limit.
    """

    def __init__(self, per_minute: int | None, clock: Clock) -> None:
        self._clock, self._limited = clock, per_minute is not None
        self._times: deque[float] = deque(maxlen=per_minute or 1)

    def wait(self) -> float:
        """Seconds until the next message may go; 0 when it may go now."""
        if not self._limited or len(self._times) < (self._times.maxlen or 0):
            return 0.0
        return max(0.0, self._times[0] + _MINUTE - self._clock.monotonic())

    def take(self) -> None:
        """A message goes."""
        self._times.append(self._clock.monotonic())


def retry_after(text: str, now: float) -> float | None:
    """Seconds in a header `Retry-After` (RFC 9110, section 10.2.3), which holds seconds or a date; None for anything
    else.

    >>> retry_after("120", 0.0), retry_after("soon", 0.0)
    (120.0, None)
    """
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now)
