"""When to try again, and when to stop decoding because the consumer is behind."""

from __future__ import annotations

import math
import random
from typing import Literal

HEALTHY = 30.0
"""Seconds a connection must have held for the next failure to be treated as the first."""

_KEY_PATIENCE = 10.0
"""Seconds to wait for a key frame. Some encoders never send a second one; a smeared start is better than none."""


class Backoff:
    """Exponentially growing delays between `least` and `most` seconds, each shortened by up to half at random so
    that cameras which were lost together do not return together."""

    def __init__(self, least: float, most: float, rng: random.Random) -> None:
        self._least, self._most, self._rng = least, max(least, most), rng
        self._failures = 0

    def after(self, held: float) -> float:
        """Seconds to wait after a connection that held for `held` seconds (0 when it never came about)."""
        if held >= HEALTHY:
            self._failures = 0
        full = min(self._most, self._least * 2.0 ** min(self._failures, 60))
        self._failures += 1
        return full * self._rng.uniform(0.5, 1.0)


class CatchUp:
    """Decides for each live packet whether it is decoded.

    Packets are skipped while the consumer lags more than `max_staleness` seconds, until it has made up half of that
    and a key frame comes; likewise before the first key frame and after a gap.
    """

    def __init__(self, max_staleness: float) -> None:
        self._most = max_staleness
        self._since = math.nan
        self.skipping: Literal["late", "no_key"] | None = "no_key"

    def gap(self, cause: Literal["late", "no_key"]) -> None:
        """Packets are missing: nothing can be decoded before the next key frame."""
        if self.skipping is None:
            self._since = math.nan
        self.skipping = cause

    def wants(self, is_key: bool, lag: float, now: float) -> bool:
        """Whether to decode a packet that arrived `lag` seconds ago; `now` is the steady clock."""
        if self.skipping is None:
            if lag <= self._most:
                return True
            self.skipping = "late"
            self._since = now
        if math.isnan(self._since):
            self._since = now
        caught_up = lag <= self._most / 2
        if caught_up and (is_key or now - self._since > _KEY_PATIENCE):
            self.skipping = None
            self._since = math.nan
            return True
        return False
