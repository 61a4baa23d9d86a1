"""Runs the code of other packages' behaviours, which may never return, print, or try to end the program.

Python cannot kill a thread, and a process of its own for each rule would need every frame copied into it. So the code
of a camera's plug-in rules runs in one thread of its own, and the camera waits for it as long as one look may take.
A call that takes longer is given up: the thread is left behind, an exception ends it if it is in Python code, and the
rule is off until the next start. Rules that come with the program need no such thread, and have none.
"""

import logging
import math
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from secondsight.log import fields
from secondsight.printed import printing_as
from secondsight.threads import interrupt, leave_behind

_log = logging.getLogger(__name__)

T = TypeVar("T")


class NeverReturned(Exception):
    """A call took longer than it may; its rule is off."""


class ForeignCode:
    """One camera's plug-in rules, as long as the program runs. Used by one thread at a time.

    Args:
        timeout: seconds that one call may take.

    Attributes:
        off: rules that did not return, and why they are off.
    """

    def __init__(self, camera: str, timeout: float) -> None:
        self._camera, self._timeout = camera, timeout
        self._thread: _CallThread | None = None
        self.off: dict[str, str] = {}

    def call(self, rule: str, function: Callable[[], T]) -> T:
        """What a function of a rule's code returns.

        Raises:
            NeverReturned: it takes too long, or one before did.
            Exception: what it raises; RuntimeError for what would end a program.
        """
        if rule in self.off:
            raise NeverReturned(self.off[rule])
        if self._thread is None:
            self._thread = _CallThread(self._camera)
        call = _Call(rule, function)
        self._thread.calls.put(call)
        # Counted in slices: time in which the whole process stood still does not count.
        slice = min(1.0, self._timeout / 10)
        if not any(call.done.wait(slice) for _ in range(math.ceil(self._timeout / slice))):
            self._give_up(rule)
            raise NeverReturned(self.off[rule])
        if call.failure is not None:
            raise call.failure
        return cast(T, call.result)

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._thread.calls.put(None)
            self._thread = None

    def _give_up(self, rule: str) -> None:
        thread, self._thread = self._thread, None
        assert thread is not None
        thread.abandon()
        self.off[rule] = (
            f"rule {rule} is off: its behaviour took longer than {self._timeout:g} s for one look"
        )
        _log.error(self.off[rule], extra=fields(camera=self._camera, rule=rule))


class _Call:
    def __init__(self, rule: str, function: Callable[[], Any]) -> None:
        self.rule, self.function, self.done = rule, function, threading.Event()
        self.result: Any = None
        self.failure: Exception | None = None


class _CallThread:
    def __init__(self, camera: str) -> None:
        self.calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._camera, self._abandoned = camera, False
        self._thread = threading.Thread(target=self._run, name=f"rules of {camera}", daemon=True)
        self._thread.start()

    def abandon(self) -> None:
        """Wait for it no longer."""
        self._abandoned = True
        leave_behind(self._thread)
        interrupt(self._thread)

    def _run(self) -> None:
        while not self._abandoned and (call := self.calls.get()) is not None:
            try:
                with printing_as(camera=self._camera, rule=call.rule):
                    call.result = call.function()
            except Exception as error:
                call.failure = error
            except BaseException as error:
                if self._abandoned:
                    return
                call.failure = RuntimeError(f"it raised {type(error).__name__}, which would end the program")
            call.done.set()
            del call
