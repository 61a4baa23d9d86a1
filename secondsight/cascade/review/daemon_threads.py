"""Threads that nobody waits for: a store or a server that hangs must not keep the program from ending."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class DaemonThreads(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own. The pool's own threads, which the interpreter waits for at its
    end, are never started; an event loop takes no other kind of executor."""

    def __init__(self) -> None:
        super().__init__(1)

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[Any]:
        """See `Executor.submit`."""
        done: Future[Any] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                done.set_result(fn(*args, **kwargs))
            except BaseException as error:
                done.set_exception(error)

        threading.Thread(target=run, name="brain's helper", daemon=True).start()
        return done
