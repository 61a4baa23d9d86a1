"""Reads a live source in a thread of its own, so that its packets are stamped when they arrive.

Without it, a consumer that is busy would let the camera's packets wait in the socket: their arrival would be unknown,
and many cameras hang up on a slow reader. It also lets a consumer leave at once while a read is still blocked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from typing import NamedTuple

from secondsight.clock import Clock
from secondsight.errors import SourceError
from secondsight.media.frames.packet import RawPacket
from secondsight.media.reading.inputs import Input

MAX_BYTES = 32 * 1024 * 1024
MAX_PACKETS = 4096
"""Bounds of the queue. Only a consumer that hangs for many seconds meets them; the queue is then emptied."""


class Arrival(NamedTuple):
    """A packet, the steady clock's reading when it came, and how many were thrown away just before it."""

    raw: RawPacket
    at: float
    lost: int


class Feeder:
    """One connection to a live source.

    Args:
        connect: opens the source; raises SourceError.

    Attributes:
        began: reading of the steady clock when it began to connect.
    """

    def __init__(self, connect: Callable[[], Input], clock: Clock, name: str) -> None:
        self._connect, self._clock = connect, clock
        self._changed = Condition()
        self._queue: deque[Arrival] = deque()
        self._bytes = 0
        self._lost = 0
        self._input: Input | None = None
        self._error: SourceError | None = None
        self._ended = False
        self._closed = False
        self.began = clock.monotonic()
        self._thread = Thread(target=self._run, name=f"camera-{name}", daemon=True)
        self._thread.start()

    def opened(self, timeout: float) -> Input:
        """The input once it is open. A recording is the caller's to read and close; anything else feeds `take`.

        Raises:
            SourceError: it cannot be opened, not within `timeout` seconds, or `close` was called meanwhile.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._input or self._ended or self._closed, timeout)
            if self._input is not None and not self._closed:
                return self._input
            raise self._error or SourceError("the source did not open in time")

    def take(self, timeout: float) -> Arrival | None:
        """The next packet; None at the end of the stream or after `close`.

        Raises:
            SourceError: reading failed, or no packet came for `timeout` seconds.
        """
        with self._changed:
            if not self._queue:
                self._changed.wait_for(lambda: self._queue or self._ended or self._closed, timeout)
            if self._closed:
                return None
            if self._queue:
                arrival = self._queue.popleft()
                self._bytes -= arrival.raw.size
                return arrival
            if not self._ended:
                raise SourceError(f"no packet for {timeout:g} s")
            if self._error is not None:
                raise self._error
            return None

    def ready(self, timeout: float) -> bool:
        """Whether `take` would return at once, now or within `timeout` seconds."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: self._queue or self._ended or self._closed, timeout))

    def close(self) -> None:
        """Let go of the connection; a blocked read ends it within its timeout. Any thread may call it."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        error: SourceError | None = None
        try:
            self._feed(self._connect())
        except SourceError as problem:
            error = problem
        except Exception as problem:  # a fault here must end this connection, not leave its consumer waiting
            error = SourceError(f"reading failed: {type(problem).__name__}")
        with self._changed:
            self._error, self._ended = error, True
            self._changed.notify_all()

    def _feed(self, opened: Input) -> None:
        with self._changed:
            closed = self._closed
            self._input = opened
            self._changed.notify_all()
        if closed:
            opened.close()
        elif not opened.finite:
            try:
                for raw in opened.packets():
                    if not self._put(raw):
                        break
            finally:
                opened.close()

    def _put(self, raw: RawPacket) -> bool:
        at = self._clock.monotonic()
        with self._changed:
            if self._closed:
                return False
            if self._bytes > MAX_BYTES or len(self._queue) >= MAX_PACKETS:
                self._lost += len(self._queue) + sum(a.lost for a in self._queue)
                self._queue.clear()
                self._bytes = 0
            self._queue.append(Arrival(raw, at, self._lost))
            self._lost = 0
            self._bytes += raw.size
            self._changed.notify()
        return True
