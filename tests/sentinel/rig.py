"""The scheduler in the hands of a test: a runtime whose requests it finishes, a detector and a consumer that tell.

Every interleaving is chosen and not hoped for.
"""

import queue
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from secondsight.sentinel.inference.scheduler import Scheduler
from secondsight.sentinel.runtime.thread_pool import RequestPool
from tests.sentinel.pictures import Picture

GRAY = np.zeros((4, 4), np.uint8)
PATIENCE = 180.0


def picture(camera: str, index: int) -> Picture:
    return Picture(GRAY, float(index), camera, 0, index)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


@dataclass
class Request:
    """A request in the hands of the test."""

    batch: NDArray[Any]
    read: Callable[[Sequence[NDArray[Any]]], Any]
    future: Future[Any] = field(default_factory=Future)

    @property
    def frames(self) -> list[int]:
        return [int(row[0]) for row in self.batch]

    def finish(self) -> None:
        self.future.set_result(self.read([self.batch]))

    def fail(self) -> None:
        self.future.set_exception(RuntimeError("device lost"))


class HandRuntime:
    """A runtime whose requests the test finishes; `requests.get()` waits for the next one."""

    trouble: str | None = None

    def __init__(self, slots: int = 2, max_batch: int = 1) -> None:
        self.slots, self.max_batch = slots, max_batch
        self.requests: queue.Queue[Request] = queue.Queue()

    def submit(self, batch: NDArray[Any], read: Callable[[Sequence[NDArray[Any]]], Any]) -> Future[Any]:
        request = Request(batch, read)
        self.requests.put(request)
        return request.future

    def next(self) -> Request:
        return self.requests.get(timeout=PATIENCE)


class PoolRuntime:
    """A runtime with real threads and random service times."""

    slots, max_batch, trouble = 4, 1, None

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)

        def serve(batch: NDArray[Any]) -> list[NDArray[Any]]:
            time.sleep(rng.random() * 0.002)
            return [batch]

        self._workers = RequestPool("double", lambda: serve, self.slots)

    def submit(self, batch: NDArray[Any], read: Callable[[Sequence[NDArray[Any]]], Any]) -> Future[Any]:
        return self._workers.submit(batch, read)


class Double:
    """A detector that sees a frame's index, and fails where it is told to."""

    def __init__(self, runtime: Any) -> None:
        self.runtime = runtime
        self.unpreparable: set[tuple[str, int]] = set()
        self.undecodable: set[int] = set()

    def prepare(self, frame: Any, letterbox: Any = None) -> tuple[NDArray[Any], Any]:
        if (frame.camera, frame.index) in self.unpreparable:
            raise ValueError("cannot be prepared")
        return np.array([[frame.index]]), None

    def decode(self, outputs: Any, letterbox: Any, threshold: float, iou: float) -> Any:
        (seen,) = outputs[0][:, 0].tolist()
        if seen in self.undecodable:
            raise ValueError("cannot be decoded")
        return seen


class Consumer:
    """Records what is handed over, by camera, and checks that a camera's calls never overlap."""

    def __init__(self) -> None:
        self.got: dict[str, list[Any]] = defaultdict(list)
        self.threads: dict[str, list[str]] = defaultdict(list)
        self.hook: Callable[[str, Any], None] = lambda camera, item: None
        self._busy: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def __call__(self, camera: str, frame: Any, result: Any, tag: Any) -> None:
        lock = self._busy[camera]
        assert lock.acquire(blocking=False), "two calls for one camera at once"
        try:
            item = tag if frame is None else result
            if frame is not None and not isinstance(result, Exception):
                assert result == frame.index
            self.hook(camera, item)
            self.threads[camera].append(threading.current_thread().name)
            self.got[camera].append(type(item).__name__ if isinstance(item, Exception) else item)
        finally:
            lock.release()


@dataclass
class Rig:
    runtime: HandRuntime
    model: Double
    consumer: Consumer
    scheduler: Scheduler

    def until_waiting(self, camera: str, count: int) -> None:
        wait_until(lambda: self.scheduler.stats(camera).waiting == count)


Rigger = Callable[..., Rig]
