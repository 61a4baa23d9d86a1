"""A worker process with some cameras of a site: `python -m secondsight.site.processes.worker CALLS MESSAGES`.

`supervisor` starts it with two inherited pipes, by their numbers. It ends when it receives STOP, and at once when the
other ends are closed: a site that is killed leaves no process behind that reads its cameras or writes its data.
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
from secondsight.printed import printed_to_log
from secondsight.site.pipeline.pipeline import CameraPipeline
from secondsight.site.processes.rpc import (
    START,
    ChangeOrder,
    RemoteSiteServices,
    RpcClient,
    SiteOrder,
    WorkerChanged,
    WorkerConfig,
    WorkerFailed,
    WorkerMessage,
    WorkerReady,
)
from secondsight.threads import left_behind

_log = logging.getLogger(__name__)

_EVERY = 0.5
"""Seconds between two reports."""
_TICK = 1.0
_REFRESH = 10.0


class PipelineWorker:
    """All that a worker process does.

    Args:
        calls: pipe to the site's functions.
        messages: pipe for messages to the site, and START and STOP from it.
    """

    def __init__(self, calls: Connection, messages: Connection) -> None:
        self._calls, self._messages = calls, messages
        self._outbox: SimpleQueue[WorkerMessage | None] = SimpleQueue()
        self._sender = threading.Thread(target=self._send, name="messages out", daemon=True)
        self._begin, self._stop, self._changed = threading.Event(), threading.Event(), threading.Event()

    def run(self) -> None:
        """Run until the site sends STOP."""
        config: WorkerConfig = self._messages.recv()
        self._sender.start()
        forward(self._outbox.put, config.level)
        remember_site(config.config)
        try:
            self._run_pipeline(config)
        except SecondSightError as error:
            self._outbox.put(WorkerFailed(error))
        self._outbox.put(None)
        self._sender.join()

    def _run_pipeline(self, config: WorkerConfig) -> None:
        clock = SystemClock()
        site = RemoteSiteServices(config, RpcClient(self._calls), clock, self._changed.set)
        pipeline = CameraPipeline(
            config.config,
            config.cameras,
            site.services(),
            data=config.data,
            clock=clock,
            on_end=self._changed.set,
        )
        try:
            self._outbox.put(WorkerReady(pipeline.classes))
            receiving = threading.Thread(
                target=self._receive, args=(pipeline, site), name="messages in", daemon=True
            )
            receiving.start()
            self._begin.wait()
            if not self._stop.is_set():
                pipeline.start()
            self._report(pipeline, site)
        finally:
            pipeline.close()
        self._outbox.put(pipeline.state())

    def _report(self, pipeline: CameraPipeline, site: RemoteSiteServices) -> None:
        ticked = refreshed = time.monotonic()
        while not self._stop.is_set():
            self._outbox.put(pipeline.state())
            self._changed.wait(_EVERY)
            self._changed.clear()
            now = time.monotonic()
            if now - ticked >= _TICK:
                ticked = now
                try:
                    pipeline.tick()
                except Exception:
                    _log.exception("housekeeping failed")
            if now - refreshed >= _REFRESH:
                refreshed = now
                site.refresh()  # asks for nothing that could hang

    def _receive(self, pipeline: CameraPipeline, site: RemoteSiteServices) -> None:
        """Take the site's orders. When it is gone, the process ends at once."""
        while True:
            try:
                order: SiteOrder = self._messages.recv()
            except (EOFError, OSError):
                os._exit(1)
            if isinstance(order, ChangeOrder):
                self._change(order, pipeline, site)
                continue
            if order != START:
                self._stop.set()
                pipeline.ask_to_stop()
            self._begin.set()
            self._changed.set()

    def _change(self, order: ChangeOrder, pipeline: CameraPipeline, site: RemoteSiteServices) -> None:
        remember_site(order.config)
        site.take(order.config)
        try:
            pipeline.change(order.config, order.cameras, order.changed)
            self._outbox.put(WorkerChanged(None))
        except SecondSightError as error:
            self._outbox.put(WorkerChanged(error))

    def _send(self) -> None:
        """One thread sends all messages, so that no other waits for the site to receive them."""
        while (message := self._outbox.get()) is not None:
            try:
                self._messages.send(message)
            except OSError:
                os._exit(1)


def main() -> None:
    """The program."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the site handles them, and ends its workers
        signal.signal(number, signal.SIG_IGN)
    hide_secrets_of_tracebacks()
    calls, line = (Connection(int(descriptor)) for descriptor in sys.argv[1:3])
    with printed_to_log():
        PipelineWorker(calls, line).run()
    if left_behind():
        os._exit(0)


if __name__ == "__main__":
    main()
