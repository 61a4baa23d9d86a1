"""How long a server may take to answer, and what is done when it does not.

No time limit of the server's own helps against one that hangs, and none of TCP's against one whose kernel still
acknowledges. One thread looks at all transactions under way and shuts the socket of each that is overdue: the driver,
which waits for it in another thread, then reports a lost connection.
"""

import contextlib
import itertools
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy import Connection

from secondsight.log import fields

_log = logging.getLogger(__name__)

T = TypeVar("T")
_EVERY = 0.5
"""Seconds between two looks."""


class AnswerLimit:
    """Cuts the connections of transactions that take too long. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._under_way: dict[int, tuple[float, int]] = {}
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def of(self, connection: Connection, seconds: float) -> Iterator[None]:
        """Limit what is done within the block over a connection of psycopg."""
        raw = connection.connection.driver_connection
        number = next(self._numbers)
        with self._lock:
            self._under_way[number] = (time.monotonic() + seconds, raw.fileno() if raw is not None else -1)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="answer limit", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._under_way.pop(number, None)

    def close(self) -> None:
        """Watch no longer."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(_EVERY):
            now = time.monotonic()
            # Under the lock: a transaction that ends meanwhile may free its number for another socket.
            with self._lock:
                overdue = [item for item in self._under_way.items() if item[1][0] <= now]
                for number, (_, descriptor) in overdue:
                    del self._under_way[number]
                    _cut(descriptor)


def _cut(descriptor: int) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
        _log.error("the database does not answer, connection cut", extra=fields(descriptor=descriptor))
        connection.shutdown(socket.SHUT_RDWR)


def in_a_thread(call: Callable[[], T]) -> T:
    """The result of a call in a thread of its own, which is left behind when Ctrl-C ends the wait for it."""
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(call())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="reading", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)  # without a limit Ctrl-C would have to wait on some systems
    if failure:
        raise failure[0]
    return result[0]
