"""The time by which old files are removed: the wall clock, as long as it does not jump.

A clock that is 40 days ahead makes everything 40 days old. What cannot jump is the steady clock of the process, and
what the last run wrote down as the time it had got to. Added up, they must agree with the wall clock. When they do
not, retention goes by the earlier of both, so that nothing is removed too soon, until the wall clock has gone on
evenly for a day of running: then it was right, and the gap was a pause or a correction.
"""

import logging
import threading
from dataclasses import dataclass

from secondsight.clock import Clock, iso
from secondsight.log import fields

_log = logging.getLogger(__name__)

BELIEVED_AFTER = 86_400.0
"""Seconds of running for which a clock that jumped must go evenly before it is believed."""


@dataclass(frozen=True, slots=True)
class TimeState:
    """What outlives a run.

    Attributes:
        reached: UTC seconds that are beyond doubt.
        gap: seconds by which the wall clock was off that when it was last asked; 0 when it was believed.
        even: seconds of running for which that gap has stayed the same.
    """

    reached: float
    gap: float = 0.0
    even: float = 0.0


class TrustedTime:
    """Tells the time to retention.

    Args:
        slack: seconds by which the wall clock may be off without a doubt: what a jump of that size removes too
            soon is a small part of what is kept. It is also the longest pause between two runs that raises no doubt.
        before: the state in which the last run ended; None for the first one, which has to believe its clock.
    """

    def __init__(self, clock: Clock, slack: float, before: TimeState | None) -> None:
        self._clock, self._slack = clock, slack
        self._at = clock.monotonic()
        self._lock = threading.Lock()
        self.state = before or TimeState(clock.now())
        self.now()

    @property
    def doubted(self) -> bool:
        """Whether the wall clock has jumped and is not believed yet."""
        return self.state.gap != 0.0

    def now(self) -> float:
        """UTC seconds that are safe to remove by; ask about once a minute."""
        with self._lock:
            return self._now()

    def _now(self) -> float:
        before, wall, steady = self.state, self._clock.now(), self._clock.monotonic()
        passed, self._at = max(0.0, steady - self._at), steady
        reached = before.reached + passed
        gap = wall - reached
        if abs(gap) <= self._slack:
            self.state = TimeState(wall)
            return wall
        even = before.even + passed if abs(gap - before.gap) <= self._slack else 0.0
        if even >= BELIEVED_AFTER:
            _log.info("the clock is believed again", extra=fields(clock=iso(wall)))
            self.state = TimeState(wall)
            return wall
        if before.gap == 0.0 or even == 0.0 < before.even:
            _log.warning(
                "the clock has jumped, or nothing ran for long: files are not removed for their age until it has "
                "gone evenly for a day",
                extra=fields(clock=iso(wall), expected=iso(reached)),
            )
        self.state = TimeState(reached, gap, even)
        return min(wall, reached)
