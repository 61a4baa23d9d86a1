"""How often one may fail to sign in."""

import threading
from collections import OrderedDict, deque

from secondsight.clock import Clock

_MOST = 10_000
"""Keys remembered; beyond that the ones seen longest ago are forgotten."""


class AttemptLimit:
    """Counts failed attempts by key, such as a user's name or an address. Thread-safe.

    Args:
        attempts: failed ones within `window` seconds after which a key is refused.
    """

    def __init__(self, clock: Clock, attempts: int, window: float) -> None:
        self._clock, self._attempts, self._window = clock, attempts, window
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, *keys: str) -> float:
        """Count an attempt for each key, as failed until `succeeded`.

        Returns:
            0, or the seconds to wait before the next attempt: then none was counted.
        """
        now = self._clock.monotonic()
        with self._lock:
            wait = max(self._wait(key, now) for key in keys)
            if wait <= 0:
                for key in keys:
                    self._failed.setdefault(key, deque(maxlen=self._attempts)).append(now)
                    self._failed.move_to_end(key)
                while len(self._failed) > _MOST:
                    self._failed.popitem(last=False)
            return max(0.0, wait)

    def succeeded(self, *keys: str) -> None:
        """Forget the failed attempts of these keys."""
        with self._lock:
            for key in keys:
                self._failed.pop(key, None)

    def _wait(self, key: str, now: float) -> float:
        failed = self._failed.get(key)
        if failed is None or len(failed) < self._attempts:
            return 0.0
        return failed[0] + self._window - now
