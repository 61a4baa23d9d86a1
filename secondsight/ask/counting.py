"""Counts in a process of its own, at the lowest priority, one plan at a time: what is asked beside running cameras
takes only the time that they leave, and never the lock of their interpreter.

The process reads the database, and ends when its pipe is closed, so none stays behind a program that was killed.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from secondsight.ask.execute import Executor
from secondsight.ask.grammar import SiteClock
from secondsight.ask.plan import QuestionPlan
from secondsight.ask.refusal import MisunderstoodError
from secondsight.ask.results import Result
from secondsight.ask.vocabulary import Vocabulary
from secondsight.errors import StoreError
from secondsight.masking import open_environment
from secondsight.store import Store

FRESH = 1.0
"""Seconds for which a result is given again for the same plan."""
_NICE = 19
_PATIENCE = 120.0
"""Seconds that a plan may take; the machine may have little time to spare."""
_KEPT = 64
_PROGRAM = "from secondsight.ask.counting import main; main()"
"""Not `-m`, which would load this module a second time."""


@dataclass(frozen=True, slots=True)
class CountRequest:
    """A plan, and for whom."""

    plan: QuestionPlan
    vocabulary: Vocabulary
    clock: SiteClock
    cameras: tuple[str, ...] | None


class Counting(Protocol):
    """What executes plans."""

    def run(self, request: CountRequest) -> Result:
        """The figures. Raises StoreError, MisunderstoodError."""
        ...


class CountingHere:
    """Executes plans in the thread that asks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run(self, request: CountRequest) -> Result:
        """See `Counting`."""
        return Executor(self._store, request.vocabulary, request.clock, request.cameras).run(request.plan)


class CountingProcess:
    """Executes plans in a process of low priority, which starts with the first. Thread-safe.

    Args:
        where: the database, as of `Store.open`.
    """

    def __init__(self, where: str | Path, *, patience: float = _PATIENCE) -> None:
        self._where, self._patience = where, patience
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[QuestionPlan, tuple[str, ...] | None], tuple[float, Result]] = (
            OrderedDict()
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def run(self, request: CountRequest) -> Result:
        """See `Counting`. The same plan within `FRESH` seconds is not counted again."""
        key = request.plan, request.cameras
        with self._lock:
            known = self._kept.get(key)
            if known is not None and 0 <= request.clock.now - known[0] < FRESH:
                return known[1]
            found = self._asked(request)
            self._kept[key] = request.clock.now, found
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return found

    def close(self) -> None:
        """End the process. A further plan starts another."""
        with self._lock:
            self._end()

    def _asked(self, request: CountRequest) -> Result:
        for last in (False, True):
            pipe = self._pipe or self._start()
            try:
                pipe.send(request)
                if not pipe.poll(self._patience):
                    self._end()
                    raise StoreError(
                        f"the question was given up after {self._patience:g} s; the machine is busy"
                    )
                found: Result | StoreError | MisunderstoodError = pipe.recv()
            except (EOFError, OSError):  # it was killed
                self._end()
                if last:
                    raise StoreError("what counts for questions ends again and again; see the log") from None
                continue
            if isinstance(found, Exception):
                raise found
            return found
        raise AssertionError("the second try returns or raises")

    def _start(self) -> Connection:
        """As a program of its own, not a copy of this one: `fork` would copy locks that other threads hold."""
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**open_environment(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        with contextlib.suppress(OSError):  # before it loads anything; it may have died already
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICE)
        self._pipe = Connection(ours.detach())
        self._pipe.send(self._where)
        return self._pipe

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._pipe = self._process = None


def serve(pipe: Connection) -> None:
    """Answer until the other end is closed."""
    where: str | Path = pipe.recv()
    store: Store | None = None
    while True:
        request: CountRequest = pipe.recv()
        try:
            store = store or Store.open(where, read_only=True)
            answer: Result | StoreError | MisunderstoodError = CountingHere(store).run(request)
        except (StoreError, MisunderstoodError) as error:
            answer = error
        pipe.send(answer)


def main() -> None:
    """The program; its argument is the number of the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        serve(Connection(int(sys.argv[1])))
