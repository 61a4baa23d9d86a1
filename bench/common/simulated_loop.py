"""An event loop on simulated time: whoever sleeps is woken at once, and the clock says that the time has passed.

What runs on it is the product's own code. Calls handed to threads run in place, so that one run is like another.
"""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from secondsight.clock import ManualClock

P = ParamSpec("P")
R = TypeVar("R")


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop whose time is that of a clock, which it moves itself."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(_Leaping(clock))
        self._simulated = clock
        self.set_default_executor(_InPlace())
        # Seconds since 1970 resolve a quarter of a microsecond: a timer is due that lies no further ahead.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._simulated.monotonic()


class _Leaping(selectors.SelectSelector):
    """Instead of waiting for the next timer, moves the clock to it."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self._clock.advance(timeout)
        return ready


class _InPlace(ThreadPoolExecutor):
    """Runs what it is given at once, in the thread that gives it."""

    def __init__(self) -> None:
        super().__init__(1)

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done
