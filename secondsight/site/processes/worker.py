"""A process that watches some cameras of a site: `python -m secondsight.site.processes.worker CALLS NEWS`.

`processes` starts it with two inherited pipes, by their numbers. It ends when it is told to, and at once when the
other ends are closed: a site that is killed leaves nothing behind that reads its cameras or writes its data.
"""

import logging
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from queue import SimpleQueue

from secondsight.clock import SystemClock
from secondsight.config import remember_site
from secondsight.errors import SecondSightError
from secondsight.log import forward, hide_secrets_of_tracebacks
from secondsight.site.pipeline.pipeline import CameraPipeline
from secondsight.site.processes.rpc import (
    START,
    RemoteSiteServices,
    RpcClient,
    WorkerConfig,
    WorkerFailed,
    WorkerMessage,
    WorkerReady,
)

_log = logging.getLogger(__name__)

_EVERY = 0.5
"""Seconds between two reports."""
_TICK = 1.0
_REFRESH = 10.0


class PipelineWorker:
    """One process's whole work.

    Args:
        calls: pipe to the site's functions. line: pipe for news and words.
    """

    def __init__(self, calls: Connection, line: Connection) -> None:
        self._calls, self._line = calls, line
        self._news: SimpleQueue[WorkerMessage | None] = SimpleQueue()
        self._sender = threading.Thread(target=self._send, name="news", daemon=True)
        self._begin, self._stop, self._changed = threading.Event(), threading.Event(), threading.Event()

    def run(self) -> None:
        """Watch until the site says to stop."""
        orders: WorkerConfig = self._line.recv()
        self._sender.start()
        forward(self._news.put, orders.level)
        remember_site(orders.config)
        try:
            self._watch(orders)
        except SecondSightError as error:
            self._news.put(WorkerFailed(error))
        self._news.put(None)
        self._sender.join()

    def _watch(self, orders: WorkerConfig) -> None:
        clock = SystemClock()
        distant = RemoteSiteServices(orders, RpcClient(self._calls), clock, self._changed.set)
        watch = CameraPipeline(
            orders.config,
            orders.cameras,
            distant.home(),
            data=orders.data,
            clock=clock,
            on_end=self._changed.set,
        )
        try:
            self._news.put(WorkerReady(watch.labels))
            threading.Thread(target=self._hear, args=(watch,), name="words", daemon=True).start()
            self._begin.wait()
            if not self._stop.is_set():
                watch.start()
            self._report(watch, distant)
        finally:
            watch.close()
        self._news.put(watch.state())

    def _report(self, watch: CameraPipeline, distant: RemoteSiteServices) -> None:
        ticked = refreshed = time.monotonic()
        while not self._stop.is_set():
            self._news.put(watch.state())
            self._changed.wait(_EVERY)
            self._changed.clear()
            now = time.monotonic()
            if now - ticked >= _TICK:
                ticked = now
                try:
                    watch.tick()
                except Exception:
                    _log.exception("housekeeping failed")
            if now - refreshed >= _REFRESH:
                refreshed = now
                distant.refresh()  # asks for nothing that could hang

    def _hear(self, watch: CameraPipeline) -> None:
        """Take the site's words; without a site there is nothing to do here any more."""
        while True:
            try:
                word = self._line.recv()
            except (EOFError, OSError):
                os._exit(1)
            if word != START:
                self._stop.set()
                watch.ask_to_stop()
            self._begin.set()
            self._changed.set()

    def _send(self) -> None:
        """One thread sends all news, so that nobody who has any waits for the site to listen."""
        while (news := self._news.get()) is not None:
            try:
                self._line.send(news)
            except OSError:
                os._exit(1)


def main() -> None:
    """The program."""
    for number in (signal.SIGINT, signal.SIGTERM):  # who ends the site ends all of it
        signal.signal(number, signal.SIG_IGN)
    hide_secrets_of_tracebacks()
    calls, line = (Connection(int(descriptor)) for descriptor in sys.argv[1:3])
    PipelineWorker(calls, line).run()


if __name__ == "__main__":
    main()
