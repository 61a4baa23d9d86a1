"""Turns blocking inference calls into futures: a few threads, each with its own request, fed from one queue.

Measured with OpenVINO on YOLOX-Nano: threads that wait for their request are as fast as completion callbacks
(146 against 145 frames/s), and every failure arrives where it can be reported; a failing OpenVINO request
never calls back.

A model may never return, such as one with an endless ONNX `Loop`, and a thread in native code cannot be killed. So a
watchdog fails the look after `timeout` seconds, leaves the thread behind and lets another take its place, with a
request of its own. After `MAX_HANGS` of them with no look done in between the model is off.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from secondsight.errors import ModelError
from secondsight.log import fields
from secondsight.threads import leave_behind

if TYPE_CHECKING:
    from numpy.typing import NDArray

Infer = Callable[[Any], Any]
"""One blocking run of a model: what it is asked, mostly a batch of pictures -> its outputs. Arrays among them may be
views that the next run overwrites. An attribute `cancel`, a function without arguments, asks a run under way to end,
and does not wait for that.
"""

LOOK_TIMEOUT = 30.0
"""Seconds that one look may take; by default."""
MAX_HANGS = 3
"""Looks without an answer after which a model is off: each may have cost a thread and a core for good."""
_PATIENCE = 2.0
"""Seconds that closing waits for running looks."""
_TICKS = 10
"""The watchdog counts its own ticks, that many to a timeout: time in which the whole process stood still does not
count."""

_log = logging.getLogger(__name__)


class _Job:
    def __init__(self, asked: Any, read: Callable[[Any], Any]) -> None:
        self.asked, self.read = asked, read
        self.future: Future[Any] = Future()


class _Worker:
    """One thread and its request.

    Attributes:
        infer: its request; None until it has made one.
        ticks: since its present step began. inferring: whether that step is the model's own; otherwise the result's
            receivers are at work. None while it waits for a job.
        replaced: another thread has taken its place.
    """

    def __init__(self, infer: Infer | None) -> None:
        self.infer = infer
        self.thread: threading.Thread | None = None
        self.job: _Job | None = None
        self.inferring: bool | None = None
        self.ticks = 0
        self.replaced = False


class RequestPool:
    """Runs jobs on several requests, one thread each.

    Args:
        make: makes a request, a blocking call that may run at the same time as others.
        count: of requests.
        timeout: seconds after which a look counts as one that never returns.

    Attributes:
        trouble: why the model is off; None while it is on.
    """

    def __init__(
        self, name: str, make: Callable[[], Infer], count: int, timeout: float = LOOK_TIMEOUT
    ) -> None:
        self._name, self._make, self._timeout = name, make, timeout
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._hangs = 0
        self._started = 0
        self.trouble: str | None = None
        self._workers: list[_Worker] = []
        for infer in [make() for _ in range(count)]:
            self._start(infer)
        threading.Thread(target=self._watch, name=f"{name}-watchdog", daemon=True).start()

    def submit(self, asked: Any, read: Callable[[Any], Any] | None) -> Future[Any]:
        """Queue one job; see `Runtime.submit`."""
        job = _Job(asked, read or _copies)
        with self._lock:
            refusal = self.trouble or (_CLOSED if self._closed.is_set() else None)
            if refusal is None:
                self._jobs.put(job)
                return job.future
        job.future.set_exception(ModelError(refusal))
        return job.future

    def close(self) -> None:
        """Let running jobs finish, for a while, fail the waiting ones, end the threads."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            workers = list(self._workers)
        self._fail_waiting(_CLOSED)
        for _ in workers:
            self._jobs.put(None)
        end = time.monotonic() + _PATIENCE
        for worker in workers:
            if worker.thread is not None and worker.thread is not threading.current_thread():
                worker.thread.join(max(0.0, end - time.monotonic()))
                if worker.thread.is_alive():
                    leave_behind(worker.thread)

    # The workers.

    def _start(self, infer: Infer | None, overdue: tuple[_Job, str] | None = None) -> None:
        """A thread more. It first fails the job that is `overdue`, whose receivers may take their time, and makes its
        request, for which a device that is stuck may take for ever."""
        worker = _Worker(infer)
        self._started += 1
        name = f"{self._name}-{self._started}"
        worker.thread = threading.Thread(target=self._work, args=(worker, overdue), name=name, daemon=True)
        with self._lock:
            self._workers.append(worker)
        worker.thread.start()

    def _work(self, worker: _Worker, overdue: tuple[_Job, str] | None) -> None:
        if overdue is not None:
            job, why = overdue
            self._hand_over(worker, job, None, ModelError(why))
        if worker.infer is None:
            self._make_request(worker)
        while not worker.replaced and (found := self._jobs.get()) is not None:
            if found.future.set_running_or_notify_cancel():
                self._run(worker, found)
            # The thread must not keep the last batch and result alive while it waits for the next job.
            del found

    def _make_request(self, worker: _Worker) -> None:
        with self._lock:
            worker.inferring, worker.ticks = True, 0
        try:
            worker.infer = self._make()
        except Exception as error:
            worker.infer = partial(_fail, error)
        with self._lock:
            worker.inferring = None

    def _run(self, worker: _Worker, job: _Job) -> None:
        with self._lock:
            worker.job, worker.inferring, worker.ticks = job, True, 0
        result, failure = None, None
        assert worker.infer is not None
        try:
            result = job.read(worker.infer(job.asked))
        except Exception as error:
            failure = error
        except BaseException as error:  # what would end a program ends a look
            failure = ModelError(f"the model's code raised {type(error).__name__}")
        with self._lock:
            if worker.replaced:
                return
            if failure is None:
                self._hangs = 0
        self._hand_over(worker, job, result, failure)

    def _hand_over(self, worker: _Worker, job: _Job, result: Any, failure: Exception | None) -> None:
        """Give a job its result; its receivers run in this thread."""
        with self._lock:
            worker.job, worker.inferring, worker.ticks = None, False, 0
        with suppress(BaseException):  # what a receiver raises is its own to report
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)
        with self._lock:
            worker.inferring = None

    # The watchdog.

    def _watch(self) -> None:
        while not self._closed.wait(self._timeout / _TICKS):
            with self._lock:
                busy = [worker for worker in self._workers if worker.inferring is not None]
                for worker in busy:
                    worker.ticks += 1
                late = [worker for worker in busy if worker.ticks > _TICKS]
            for worker in late:
                self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        """Let another thread take the place of one that does not come back."""
        with self._lock:
            job, inferring = worker.job, worker.inferring
            if inferring is None or worker.ticks <= _TICKS or self._closed.is_set():
                return
            worker.replaced = True
            self._workers.remove(worker)
            if inferring:
                self._hangs += 1
                if self._hangs >= MAX_HANGS:
                    self.trouble = f"the model is off: {MAX_HANGS} looks took longer than {self._timeout:g} s"
        if not inferring:
            # The model has answered; who receives it waits, for a database or for ever. Other cameras go on.
            self._start(worker.infer)
            return
        assert worker.thread is not None
        leave_behind(worker.thread)
        why = self.trouble or f"the look took longer than {self._timeout:g} s and was given up"
        _log.error(why, extra=fields(hangs=self._hangs))
        with suppress(Exception):
            getattr(worker.infer, "cancel", _nothing)()
        refuse = partial(_fail, ModelError(why)) if self.trouble else None
        self._start(refuse, None if job is None else (job, why))
        if self.trouble:
            self._fail_waiting(self.trouble)

    def _fail_waiting(self, why: str) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None and job.future.set_running_or_notify_cancel():
                with suppress(BaseException):
                    job.future.set_exception(ModelError(why))


_CLOSED = "the model was closed before this frame was looked at"


def _nothing() -> None:
    return None


def _fail(failure: Exception, asked: Any) -> Any:
    raise failure


def _copies(outputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    return [output.copy() for output in outputs]
