"""Whose turn it is to decode: where cameras are more than a machine can watch, decoding gives way to looks."""

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType


class DecodingTurns:
    """Lets a few live cameras decode at the same time, in the order in which they ask. Thread-safe.

    Without it, the threads of a hundred cameras share the cores evenly with the few that look, and no look is made. A
    camera that waits for its turn falls behind, and passes over pictures up to a later key frame.

    Args:
        limit: cameras that may decode at the same time: one per core.
        starved: whether looks that are wanted cannot be made now; half as many may decode then.
    """

    def __init__(self, limit: int, starved: Callable[[], bool] = lambda: False) -> None:
        self._limit, self._starved = max(1, limit), starved
        self._lock = threading.Lock()
        self._active = 0
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if not self._waiting and self._active < self._allowed():
                self._active += 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._active -= 1
            # Handed over, not put back: who asks again at once must not overtake those that wait.
            while self._waiting and self._active < self._allowed():
                self._active += 1
                self._waiting.popleft().release()

    def _allowed(self) -> int:
        return max(1, self._limit // 2) if self._starved() else self._limit
