"""Calls that may hang: run in a thread of their own, given up after their time, or when the program ends."""

import threading
from collections.abc import Callable


class HangingCall(Exception):
    """A call was given up; its thread is left behind."""


class LimitedCalls:
    """Runs one call at a time.

    Args:
        name: of the threads.
        grace: seconds that a call under way has left once `stop` was called.
    """

    def __init__(self, name: str, grace: float) -> None:
        self._name, self._grace = name, grace
        self._changed = threading.Condition()
        self._stopping = False

    def stop(self) -> None:
        """Wait no longer than `grace` for what is under way, and for nothing after that."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def run(self, call: Callable[[], None], limit: float) -> None:
        """Make the call.

        Args:
            limit: seconds that it may take.

        Raises:
            HangingCall: it took longer.
            Exception: what the call raised.
        """
        over: list[BaseException | None] = []

        def make() -> None:
            error: BaseException | None = None
            try:
                call()
            except BaseException as raised:
                error = raised
            with self._changed:
                over.append(error)
                self._changed.notify_all()

        threading.Thread(target=make, name=self._name, daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: over or self._stopping, limit)
            if self._stopping:
                self._changed.wait_for(lambda: over, min(limit, self._grace))
            if not over:
                raise HangingCall
        if over[0] is not None:
            raise over[0]
