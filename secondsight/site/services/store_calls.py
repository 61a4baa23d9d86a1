"""Asks the store without ever waiting long for it: whatever hangs, the site goes on, and can be stopped."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from secondsight.errors import StoreError
from secondsight.log import fields, redact

_log = logging.getLogger(__name__)

T = TypeVar("T")
_GLANCE = 0.1
"""Seconds to wait for a call that has hung before."""


class StoreCalls:
    """Calls the store from threads of its own, one at a time; one that hangs is left behind. For one caller.

    Args:
        what: names the caller in logs.
        patience: seconds to wait for an answer.
    """

    def __init__(self, what: str, patience: float = 2.0) -> None:
        self._what, self._patience = what, patience
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.trouble: str | None = None

    def __call__(self, call: Callable[[], T]) -> T | None:
        """The result of a call, or None when the store cannot answer now, or still has not answered the last one: it
        is to be asked again. Raises what is no fault of the store's."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                self._thread.join(_GLANCE)
                if self._thread.is_alive():
                    return None
            results: list[T] = []
            failures: list[Exception] = []

            def run() -> None:
                try:
                    results.append(call())
                except Exception as error:
                    failures.append(error)

            self._thread = threading.Thread(target=run, name=f"asking: {self._what}", daemon=True)
            self._thread.start()
            self._thread.join(self._patience)
            if results:
                self.trouble = None
                return results[0]
            self._complain(failures[0] if failures else None)
            return None

    def _complain(self, error: Exception | None) -> None:
        if error is not None and not isinstance(error, StoreError):
            raise error
        text = redact(str(error)) if error is not None else "the database does not answer"
        if text != self.trouble:
            _log.error("store does not answer", extra=fields(what=self._what, error=text))
        self.trouble = text
