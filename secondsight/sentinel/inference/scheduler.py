"""One model, many cameras: who is looked at next, and results in order.

An accelerator is shared by all cameras of a site, so somebody has to be fair. Cameras offer frames; one
thread takes them round robin, prepares and submits them; the runtime's own threads infer and decode;
whichever thread completes the oldest open frame of a camera hands its results over. No camera waits for
another one's consumer, and there is no hand-over between threads that the work does not need: on a 2-core
machine each would cost the model time.

    camera: offer, mark -> lane -> dispatcher: prepare, submit -> runtime: infer, decode -> lane: on_result
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
"""Results that a slow consumer may leave lying, beyond those in the runtime, before its camera is passed
over.
"""
COMPLAIN_EVERY = 10.0
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
    """Feeds one detector from many cameras. Thread-safe.

    Args:
        detector: owned by the caller, who closes its runtime after the scheduler.
        on_result: called as on_result(camera, frame, result, tag): with a frame and its detections, with a
            frame and the exception that its look ended in, or for a mark with None and None. It is called for
            one camera at a time and in the order of the offers; for different cameras maybe at once, and from
            any thread. It must not call `flush` or `close`. What it raises is counted and logged and stops
            nothing; while it is slow only its own camera waits.
        threshold: lowest confidence of a detection.
        iou: overlap above which the weaker of two detections is suppressed.
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
        self._lanes: dict[str, CameraQueue] = {}
        self._round: deque[CameraQueue] = deque()
        self._alone: deque[QueueItem] = deque()
        self._requests = 0
        self._open, self._discard, self._stopped = True, False, False
        self._thread = threading.Thread(target=self._dispatch, name="scheduler", daemon=True)
        self._thread.start()

    # For camera threads.

    def offer(self, frame: Frame, *, block: bool, tag: Any = None, letterbox: Any = None) -> bool:
        """Queue a frame for inference.

        Args:
            block: True (files) waits until there is room; False (live) replaces the oldest waiting frame.
            tag: handed to `on_result` with the result.
            letterbox: how the detector is to look at it; None leaves that to the detector.

        Returns:
            False when a frame was dropped: an older one of this camera or, once the scheduler is closed, this
                one.
        """
        with self._lock:
            lane = self._lane(frame.camera)
            lane.stats.offered += 1
            if block:
                lane.changed.wait_for(lambda: lane.waiting < FILE_DEPTH or not self._open)
            if not self._open:
                lane.stats.dropped["closed"] += 1
                return False
            kept = lane.add_frame(frame, tag, letterbox, lasting=block, now=time.monotonic())
            self._enqueue(lane)
        if not kept:
            # The dropped frame may have been all that stood before a mark.
            self._deliver(lane)
        return kept

    def mark(self, camera: str, tag: Any, *, block: bool = False) -> bool:
        """Send `tag` to `on_result` in order with the camera's frames, without inference.

        When nothing of the camera is under way, that happens in the calling thread before this returns.

        Args:
            block: True: never dropped, waits until there is room; False: when too many wait, the oldest is
                dropped.

        Returns:
            False when a mark was dropped: an older one or, once the scheduler is closed, this one.
        """
        with self._lock:
            lane = self._lane(camera)
            if block:
                lane.changed.wait_for(lambda: lane.room_for_mark or not self._open)
            if not self._open:
                lane.stats.dropped["closed"] += 1
                return False
            kept = lane.add_mark(tag, lasting=block)
        self._deliver(lane)
        return kept

    def flush(self, camera: str, timeout: float | None = None) -> bool:
        """Wait until everything offered for the camera was handed over and no call is under way.

        Returns:
            False when `timeout` seconds were not enough.
        """
        with self._lock:
            lane = self._lane(camera)
            return lane.changed.wait_for(lambda: lane.idle, timeout)

    # For the owner.

    def stats(self) -> dict[str, QueueStats]:
        """A copy of the counts, by camera."""
        with self._lock:
            return {name: lane.snapshot() for name, lane in self._lanes.items()}

    def close(self, *, drain: bool, timeout: float | None = None) -> bool:
        """Take no more frames, wake blocked offers, finish, and end the thread. May be called again.

        Args:
            drain: True first hands over everything that waits or is in flight; False drops it, and waits only
                for requests that the runtime holds and for calls of `on_result` under way.
            timeout: seconds to wait at most; what has not been handed over then never is.

        Returns:
            False when time ran out.
        """
        with self._lock:
            self._open = False
            if not drain:
                self._discard_all()
            for lane in self._lanes.values():
                lane.changed.notify_all()
            finished = self._idle.wait_for(self._is_idle, timeout)
            self._discard_all()
            self._stopped = True
            self._work.notify_all()
        self._thread.join(timeout)
        return finished

    # Under the lock.

    def _lane(self, camera: str) -> CameraQueue:
        lane = self._lanes.get(camera)
        if lane is None:
            lane = self._lanes[camera] = CameraQueue(camera, self._lock)
        return lane

    def _enqueue(self, lane: CameraQueue) -> None:
        """Give a lane its place in the round if it has a frame to take and its consumer keeps up."""
        if lane.waiting and not lane.queued and lane.stats.in_flight < self._ahead:
            lane.queued = True
            self._round.append(lane)
            if self._requests < self._slots:
                self._work.notify()

    def _discard_all(self) -> None:
        self._discard = True
        self._round.clear()
        for lane in self._lanes.values():
            lane.queued = False
            lane.discard()
            lane.changed.notify_all()

    def _is_idle(self) -> bool:
        return self._requests == 0 and all(lane.idle for lane in self._lanes.values())

    # The dispatching thread.

    def _dispatch(self) -> None:
        while entries := self._take():
            self._start(entries)

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
            entries: list[QueueItem] = []
            now = time.monotonic()
            while self._round and len(entries) < self._max_batch:
                lane = self._round.popleft()
                lane.queued = False
                entries.append(lane.take(now))
                self._enqueue(lane)
                lane.changed.notify_all()
            return entries

    def _start(self, entries: list[QueueItem]) -> None:
        """Prepare and submit one request. A frame that cannot be prepared ends here; the others go on."""
        tensors, letterboxes, good = [], [], []
        for entry in entries:
            assert entry.frame is not None
            try:
                tensor, letterbox = self._detector.prepare(entry.frame, entry.letterbox)
            except Exception as error:
                self._settle(entry, error)
            else:
                tensors.append(tensor)
                letterboxes.append(letterbox)
                good.append(entry)
        if not good:
            self._release_request()
            return
        try:
            batch = tensors[0] if len(tensors) == 1 else np.concatenate(tensors)
            future = self._detector.runtime.submit(batch, partial(self._read, letterboxes))
        except Exception as error:
            self._fail(good, error)
        else:
            future.add_done_callback(partial(self._finish, good))

    # The runtime's threads.

    def _read(self, letterboxes: list[Any], outputs: Sequence[NDArray[Any]]) -> list[Detections | Exception]:
        """Decode every picture of a batch; one that cannot be decoded gives its exception."""
        results: list[Detections | Exception] = []
        for row, letterbox in enumerate(letterboxes):
            mine = outputs if len(letterboxes) == 1 else [output[row : row + 1] for output in outputs]
            try:
                results.append(self._detector.decode(mine, letterbox, self._threshold, self._iou))
            except Exception as error:
                results.append(error)
        return results

    def _finish(self, entries: list[QueueItem], future: Future[list[Detections | Exception]]) -> None:
        try:
            results = future.result()
        except Exception as error:
            self._fail(entries, error)
            return
        self._release_request()
        for entry, result in zip(entries, results, strict=True):
            self._settle(entry, result)

    def _fail(self, entries: list[QueueItem], error: Exception) -> None:
        """A request failed. Pictures of a batch are tried again one by one, so that only the culprit
        fails.
        """
        if len(entries) > 1:
            with self._lock:
                self._alone.extend(entries)
            self._release_request()
        else:
            self._release_request()
            self._settle(entries[0], error)

    def _release_request(self) -> None:
        with self._lock:
            self._requests -= 1
            if self._round or self._alone:
                self._work.notify()
            if not self._open:
                self._idle.notify_all()

    def _settle(self, entry: QueueItem, result: Detections | Exception) -> None:
        """Give an entry its result, and hand over what that sets free."""
        with self._lock:
            entry.lane.settle(entry, result)
        if isinstance(result, Exception):
            self._complain(entry.lane, "look failed", result)
        self._deliver(entry.lane)

    # Whoever completes the oldest entry of a lane.

    def _deliver(self, lane: CameraQueue) -> None:
        """Hand over all done entries at the head of the lane, unless another thread is at it: then that one
        will.
        """
        with self._lock:
            if lane.delivering or not lane.deliverable:
                return
            lane.delivering = True
        if threading.current_thread() is self._thread:
            # Only failed looks end here. A consumer must not hold up the thread that serves all cameras.
            threading.Thread(target=self._hand_over, args=(lane,), daemon=True).start()
        else:
            self._hand_over(lane)

    def _hand_over(self, lane: CameraQueue) -> None:
        while (entry := self._next(lane)) is not None:
            try:
                self._on_result(lane.camera, entry.frame, entry.result, entry.tag)
            except Exception as error:
                with self._lock:
                    lane.stats.faults += 1
                self._complain(lane, "result handler failed", error)

    def _next(self, lane: CameraQueue) -> QueueItem | None:
        """Take the lane's oldest entry if it is done; otherwise stop delivering, and return None."""
        with self._lock:
            while lane.deliverable:
                entry = lane.pop()
                self._enqueue(lane)
                if entry.frame is None:
                    lane.changed.notify_all()
                if not self._discard:
                    return entry
                lane.stats.dropped["closed"] += 1
            lane.delivering = False
            if lane.idle:
                lane.changed.notify_all()
            if not self._open:
                self._idle.notify_all()
            return None

    def _complain(self, lane: CameraQueue, event: str, error: Exception) -> None:
        now = time.monotonic()
        with self._lock:
            if now - lane.complained < COMPLAIN_EVERY:
                return
            lane.complained = now
        text = redact(f"{type(error).__name__}: {error}")
        trace = None if isinstance(error, ModelError) else error
        logger.error(event, extra=fields(camera=lane.camera, error=text), exc_info=trace)
