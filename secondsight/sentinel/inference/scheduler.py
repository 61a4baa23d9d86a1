"""One model, many cameras: whose frame is next, and results in order.

All cameras of a site share an accelerator, each in its turn. Cameras offer frames; one
thread takes them round robin, prepares and submits them; the runtime's own threads infer and decode;
whichever thread completes the oldest open frame of a camera hands its results over. No camera waits for
another one's consumer, and there is no hand-over between threads that the work does not need: on a 2-core
machine each would cost the model time.

    camera: offer, post -> queue -> dispatcher: prepare, submit -> runtime: infer, decode -> queue: on_result
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from secondsight.errors import ModelError
from secondsight.log import fields, redact
from secondsight.sentinel.inference.camera_queue import FILE_DEPTH, CameraQueue, QueueItem, QueueStats

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

    from secondsight.records import Frame
    from secondsight.sentinel.runtime.base import Runtime

    OnResult = Callable[[str, Frame | None, Detections | Exception | None, Any], None]

logger = logging.getLogger(__name__)

AHEAD = 4
"""Results that may wait for a slow consumer, beyond those in the runtime, before its camera gets no turn."""
_STARVED = 1.0
"""Seconds for which a look that was dropped tells that there are too many."""
LOG_EVERY = 10.0
"""Seconds between two log lines about the failures of one camera; all of them are counted."""


class Model(Protocol):
    """The part of `Detector` that the scheduler uses; called from several threads."""

    @property
    def runtime(self) -> Runtime: ...
    def prepare(self, frame: Frame, letterbox: Any) -> tuple[NDArray[Any], Any]: ...
    def decode(
        self, outputs: Sequence[NDArray[Any]], letterbox: Any, threshold: float, iou: float
    ) -> Detections: ...


class Scheduler:
    """Feeds one detector from many cameras, round robin. Thread-safe.

    Args:
        detector: owned by the caller, who closes its runtime after the scheduler.
        on_result: called as on_result(camera, frame, result, tag): with a frame and its detections, with a
            frame and the exception that its look ended in, or for a control event with None and None. It is
            called for one camera at a time and in the order of the offers; for different cameras maybe at once,
            and from any thread. It must not call `flush` or `close`. What it raises is counted and logged and stops
            nothing; while it is slow only its own camera waits.
        threshold: lowest confidence of a detection, 0..1.
        iou: overlap above which the weaker of two detections is suppressed, 0..1.

    Examples:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from secondsight.clock import SystemClock
        >>> from secondsight.config import CameraSettings
        >>> from secondsight.media import open_stream
        >>> from secondsight.sentinel import Detector, ModelStore, Scheduler
        >>> Path("shots").mkdir()
        >>> Image.new("RGB", (640, 360)).save("shots/0.png")  # an empty picture
        >>> stream = open_stream("hall", CameraSettings(source="shots"), SystemClock())
        >>> (frame,) = [frame for packet, frames in stream for frame in frames]
        >>> def on_result(camera, frame, result, tag):
        ...     print(camera, tag, "-" if result is None else len(result))
        >>> detector = Detector.open(ModelStore("models").resolve("city-nano"))
        >>> scheduler = Scheduler(detector, on_result, threshold=0.4)
        >>> scheduler.offer(frame, block=True, tag="first")
        True
        >>> scheduler.post("hall", "end", block=True)
        True
        >>> scheduler.close(drain=True)
        hall first 0
        hall end -
        True
        >>> detector.close()
    """

    def __init__(
        self, detector: Model, on_result: OnResult, *, threshold: float = 0.25, iou: float = 0.5
    ) -> None:
        self._detector, self._on_result = detector, on_result
        self._threshold, self._iou = threshold, iou
        self._slots = max(1, detector.runtime.slots)
        self._max_batch = max(1, detector.runtime.max_batch)
        self._ahead = self._slots * self._max_batch + AHEAD
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._idle = threading.Condition(self._lock)
        self._queues: dict[str, CameraQueue] = {}
        self._round: deque[CameraQueue] = deque()
        self._alone: deque[QueueItem] = deque()
        self._requests = 0
        self._starved_until = float("-inf")
        self._open, self._discard, self._stopped = True, False, False
        self._thread = threading.Thread(target=self._dispatch, name="scheduler", daemon=True)
        self._thread.start()

    # For camera threads.

    def offer(
        self,
        frame: Frame,
        *,
        block: bool,
        tag: Any = None,
        letterbox: Any = None,
        shown: Frame | None = None,
    ) -> bool:
        """Queue a frame for inference.

        Args:
            frame: the frame; it says of which camera.
            block: True (files) waits until there is room; False (live) replaces the oldest waiting frame.
            tag: handed to `on_result` with the result.
            letterbox: which part of it the detector sees; None leaves that to the detector.
            shown: what the detector sees instead, such as the frame with more contrast.

        Returns:
            False when a frame was dropped: an older one of this camera or, once the scheduler is closed, this
            one.
        """
        with self._lock:
            queue = self._queue_of(frame.camera)
            queue.stats.offered += 1
            if block:
                queue.changed.wait_for(lambda: queue.waiting < FILE_DEPTH or not self._open)
            if not self._open:
                queue.stats.dropped["closed"] += 1
                return False
            now = time.monotonic()
            kept = queue.add_frame(frame, tag, letterbox, shown, lasting=block, now=now)
            if not kept and self._requests >= self._slots:
                self._starved_until = now + _STARVED
            self._enqueue(queue)
        if not kept:
            # A control event may have waited for the dropped frame alone.
            self._deliver(queue)
        return kept

    def post(self, camera: str, tag: Any, *, block: bool = False) -> bool:
        """Queue a control event: `tag` goes to `on_result` in order with the camera's frames, without inference.

        When nothing of the camera is in flight, that happens in the calling thread before this returns.

        Args:
            camera: name of the camera.
            tag: what to send.
            block: True: never dropped, waits until there is room; False: when too many wait, the oldest is
                dropped.

        Returns:
            False when a control event was dropped: an older one or, once the scheduler is closed, this one.
        """
        with self._lock:
            queue = self._queue_of(camera)
            if block:
                queue.changed.wait_for(lambda: queue.room_for_control_event or not self._open)
            if not self._open:
                queue.stats.dropped["closed"] += 1
                return False
            kept = queue.add_control_event(tag, lasting=block)
        self._deliver(queue)
        return kept

    def flush(self, camera: str, timeout: float | None = None) -> bool:
        """Wait until everything offered for the camera was handed over and no call is running.

        Args:
            camera: name of the camera.
            timeout: seconds to wait at most; None for no limit.

        Returns:
            False when `timeout` seconds were not enough.
        """
        with self._lock:
            queue = self._queue_of(camera)
            return queue.changed.wait_for(lambda: queue.idle, timeout)

    # For the owner.

    @property
    def starved(self) -> bool:
        """Whether looks were dropped within the last second because the model was busy."""
        return time.monotonic() < self._starved_until

    @property
    def trouble(self) -> str | None:
        """Why the model is off; None while it is on."""
        return self._detector.runtime.trouble

    def swap(self, detector: Model) -> None:
        """Look with another detector from the next request on; no frame is lost. Requests under way end on the one
        before, which the caller closes when they have.

        Args:
            detector: with the same picture, classes and number of requests at once.
        """
        self._detector = detector

    def stats(self, camera: str) -> QueueStats:
        """A copy of one camera's counts."""
        with self._lock:
            queue = self._queues.get(camera)
            return queue.snapshot() if queue is not None else QueueStats()

    def close(self, *, drain: bool, timeout: float | None = None) -> bool:
        """Take no more frames, wake blocked offers, finish, and end the thread. May be called again.

        Args:
            drain: True first hands over everything that waits or is in flight; False drops it, and waits only
                for requests that the runtime works on and for calls of `on_result` under way.
            timeout: seconds to wait at most; what has not been handed over then never is. None for no limit.

        Returns:
            False when time ran out.
        """
        with self._lock:
            self._open = False
            if not drain:
                self._discard_all()
            for queue in self._queues.values():
                queue.changed.notify_all()
            finished = self._idle.wait_for(self._is_idle, timeout)
            self._discard_all()
            self._stopped = True
            self._work.notify_all()
        self._thread.join(timeout)
        return finished

    # Under the lock.

    def _queue_of(self, camera: str) -> CameraQueue:
        queue = self._queues.get(camera)
        if queue is None:
            queue = self._queues[camera] = CameraQueue(camera, self._lock)
        return queue

    def _enqueue(self, queue: CameraQueue) -> None:
        """Give a queue its turn if it has a frame to take and its consumer keeps up."""
        if queue.waiting and not queue.queued and queue.stats.in_flight < self._ahead:
            queue.queued = True
            self._round.append(queue)
            if self._requests < self._slots:
                self._work.notify()

    def _discard_all(self) -> None:
        self._discard = True
        self._round.clear()
        for queue in self._queues.values():
            queue.queued = False
            queue.discard()
            queue.changed.notify_all()

    def _is_idle(self) -> bool:
        return self._requests == 0 and all(queue.idle for queue in self._queues.values())

    # The dispatching thread.

    def _dispatch(self) -> None:
        while items := self._take():
            self._start(items)

    def _take(self) -> list[QueueItem]:
        """Wait for a free request and take up to a batch of frames for it, round robin; none when stopped."""
        with self._lock:
            self._work.wait_for(
                lambda: self._stopped or (self._requests < self._slots and (self._round or self._alone))
            )
            if self._stopped:
                return []
            self._requests += 1
            if self._alone:
                return [self._alone.popleft()]
            items: list[QueueItem] = []
            now = time.monotonic()
            while self._round and len(items) < self._max_batch:
                queue = self._round.popleft()
                queue.queued = False
                items.append(queue.take(now))
                self._enqueue(queue)
                queue.changed.notify_all()
            return items

    def _start(self, items: list[QueueItem]) -> None:
        """Prepare and submit one request. A frame that cannot be prepared ends here; the others go on."""
        detector = self._detector
        tensors, letterboxes, good = [], [], []
        for item in items:
            assert item.frame is not None
            try:
                tensor, letterbox = detector.prepare(item.shown or item.frame, item.letterbox)
            except Exception as error:
                self._settle(item, error)
            else:
                tensors.append(tensor)
                letterboxes.append(letterbox)
                good.append(item)
        if not good:
            self._release_request()
            return
        try:
            batch = tensors[0] if len(tensors) == 1 else np.concatenate(tensors)
            future = detector.runtime.submit(batch, partial(self._read, detector, letterboxes))
        except Exception as error:
            self._fail(good, error)
        else:
            future.add_done_callback(partial(self._finish, good))

    # The runtime's threads.

    def _read(
        self, detector: Model, letterboxes: list[Any], outputs: Sequence[NDArray[Any]]
    ) -> list[Detections | Exception]:
        """Decode every picture of a batch; one that cannot be decoded gives its exception."""
        results: list[Detections | Exception] = []
        for row, letterbox in enumerate(letterboxes):
            mine = outputs if len(letterboxes) == 1 else [output[row : row + 1] for output in outputs]
            try:
                results.append(detector.decode(mine, letterbox, self._threshold, self._iou))
            except Exception as error:
                results.append(error)
        return results

    def _finish(self, items: list[QueueItem], future: Future[list[Detections | Exception]]) -> None:
        try:
            results = future.result()
        except Exception as error:
            self._fail(items, error)
            return
        self._release_request()
        for item, result in zip(items, results, strict=True):
            self._settle(item, result)

    def _fail(self, items: list[QueueItem], error: Exception) -> None:
        """A request failed. Pictures of a batch are tried again one by one, so that only the culprit
        fails.
        """
        if len(items) > 1:
            with self._lock:
                self._alone.extend(items)
            self._release_request()
        else:
            self._release_request()
            self._settle(items[0], error)

    def _release_request(self) -> None:
        with self._lock:
            self._requests -= 1
            if self._round or self._alone:
                self._work.notify()
            if not self._open:
                self._idle.notify_all()

    def _settle(self, item: QueueItem, result: Detections | Exception) -> None:
        """Give an item its result, and hand over what no longer waits."""
        with self._lock:
            item.queue.settle(item, result)
        if isinstance(result, Exception):
            self._log_failure(item.queue, "look failed", result)
        self._deliver(item.queue)

    # The thread that completes the oldest item of a queue.

    def _deliver(self, queue: CameraQueue) -> None:
        """Hand over all done items at the head of the queue. If another thread is doing so, it takes these too."""
        with self._lock:
            if queue.delivering or not queue.deliverable:
                return
            queue.delivering = True
        if threading.current_thread() is self._thread:
            # Only failed looks end here. A consumer must not hold up the thread that serves all cameras.
            threading.Thread(target=self._hand_over, args=(queue,), daemon=True).start()
        else:
            self._hand_over(queue)

    def _hand_over(self, queue: CameraQueue) -> None:
        while (item := self._next(queue)) is not None:
            try:
                self._on_result(queue.camera, item.frame, item.result, item.tag)
            except BaseException as error:  # what would end a program ends a look
                with self._lock:
                    queue.stats.faults += 1
                self._log_failure(queue, "result handler failed", error)

    def _next(self, queue: CameraQueue) -> QueueItem | None:
        """Take the queue's oldest item if it is done; otherwise stop delivering, and return None."""
        with self._lock:
            while queue.deliverable:
                item = queue.pop()
                self._enqueue(queue)
                if item.frame is None:
                    queue.changed.notify_all()
                if not self._discard:
                    return item
                queue.stats.dropped["closed"] += 1
            queue.delivering = False
            if queue.idle:
                queue.changed.notify_all()
            if not self._open:
                self._idle.notify_all()
            return None

    def _log_failure(self, queue: CameraQueue, event: str, error: BaseException) -> None:
        now = time.monotonic()
        with self._lock:
            if now - queue.logged_at < LOG_EVERY:
                return
            queue.logged_at = now
        text = redact(f"{type(error).__name__}: {error}")
        trace = None if isinstance(error, ModelError) else error
        logger.error(event, extra=fields(camera=queue.camera, error=text), exc_info=trace)
