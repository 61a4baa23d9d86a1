"""The queue of one camera inside the scheduler: what waits, what is in flight, what may be handed over next.

Nothing here locks or blocks; the scheduler calls it under its lock.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supervision import Detections

    from secondsight.records import Frame

LIVE_DEPTH = 2
"""Frames of a live camera that may wait: one to be taken next and the newest; more would only be older."""
FILE_DEPTH = 8
"""Frames of a file that may wait: enough to keep the model fed while its decoder waits for a core."""
MAX_CONTROL_EVENTS = 64
"""Control events of a camera that may wait behind a frame in flight."""


@dataclass(slots=True)
class QueueStats:
    """Counts of one camera.

    Attributes:
        offered: frames offered; each is inferred, failed, dropped, waiting, or still in the runtime.
        inferred: looks that gave detections; failed: looks that ended in an exception, handed over as such.
        control_events: control events accepted.
        faults: calls of `on_result` that raised.
        dropped: frames and control events that never reached `on_result`, by cause: `busy` (a newer live frame came
            while it waited), `control_event` (too many of them waiting), `closed` (the scheduler was closed).
        waiting: frames that no request holds yet; in_flight: frames taken but not handed over.
        queue_wait: seconds that taken frames have waited, in total.
    """

    offered: int = 0
    inferred: int = 0
    failed: int = 0
    control_events: int = 0
    faults: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    in_flight: int = 0
    queue_wait: float = 0.0


@dataclass(slots=True, eq=False)
class QueueItem:
    """A frame or, with `frame` None, a control event, from its offer until it is handed over.

    Attributes:
        lasting: it must not be dropped in favour of a newer one.
        letterbox: which part of the frame the detector sees; None leaves that to the detector.
        shown: what the detector sees instead of the frame; None: the frame.
        since: monotonic seconds of the offer.
        done: it only waits for its turn.
    """

    queue: CameraQueue
    frame: Frame | None
    tag: Any
    lasting: bool
    since: float = 0.0
    done: bool = False
    result: Detections | Exception | None = None
    letterbox: Any = None
    shown: Frame | None = None


class CameraQueue:
    """One camera's items, in the order of their offers.

    Attributes:
        changed: notified when there is room again, or the queue may have become idle.
        queued: whether the queue has its place in the scheduler's round robin.
        delivering: whether a thread is handing over items of this queue.
        logged_at: monotonic seconds of the last log line about a failure of this camera.
    """

    def __init__(self, camera: str, lock: threading.Lock) -> None:
        self.camera = camera
        self.changed = threading.Condition(lock)
        self.stats = QueueStats()
        self.queued = self.delivering = False
        self.logged_at = float("-inf")
        self._order: deque[QueueItem] = deque()
        self._waiting: deque[QueueItem] = deque()
        self._control_events = 0

    @property
    def waiting(self) -> int:
        """Frames that no request has taken yet."""
        return len(self._waiting)

    @property
    def room_for_control_event(self) -> bool:
        """Whether a control event may be added without dropping another."""
        return self._control_events < MAX_CONTROL_EVENTS

    @property
    def idle(self) -> bool:
        """Whether everything was handed over, and no thread is doing so."""
        return not self._order and not self.delivering

    @property
    def deliverable(self) -> bool:
        """Whether the oldest item is done."""
        return bool(self._order) and self._order[0].done

    def snapshot(self) -> QueueStats:
        """A copy of the counts."""
        return replace(self.stats, dropped=self.stats.dropped.copy(), waiting=self.waiting)

    def add_frame(
        self, frame: Frame, tag: Any, letterbox: Any, shown: Frame | None = None, *, lasting: bool, now: float
    ) -> bool:
        """Append a frame. False when the oldest waiting one, of a live camera, was dropped for it."""
        kept = lasting or self.waiting < LIVE_DEPTH
        if not kept:
            self._order.remove(self._waiting.popleft())
            self.stats.dropped["busy"] += 1
        item = QueueItem(self, frame, tag, lasting, now, letterbox=letterbox, shown=shown)
        self._order.append(item)
        self._waiting.append(item)
        return kept

    def add_control_event(self, tag: Any, *, lasting: bool) -> bool:
        """Append a control event. False when an older one was dropped for it."""
        stale = None
        if not self.room_for_control_event:
            stale = next((item for item in self._order if item.frame is None and not item.lasting), None)
        if stale is not None:
            self._order.remove(stale)
            self._control_events -= 1
            self.stats.dropped["control_event"] += 1
        self._order.append(QueueItem(self, None, tag, lasting, done=True))
        self._control_events += 1
        self.stats.control_events += 1
        return stale is None

    def take(self, now: float) -> QueueItem:
        """The oldest waiting frame, which is in flight from here."""
        item = self._waiting.popleft()
        self.stats.in_flight += 1
        self.stats.queue_wait += now - item.since
        return item

    def settle(self, item: QueueItem, result: Detections | Exception) -> None:
        """Note the result of an item in flight."""
        item.result, item.done = result, True
        if isinstance(result, Exception):
            self.stats.failed += 1
        else:
            self.stats.inferred += 1

    def pop(self) -> QueueItem:
        """Remove the oldest item."""
        item = self._order.popleft()
        if item.frame is None:
            self._control_events -= 1
        else:
            self.stats.in_flight -= 1
        return item

    def discard(self) -> None:
        """Drop control events and waiting frames; leave what is in flight."""
        self.stats.dropped["closed"] += self.waiting + self._control_events
        waiting = set(self._waiting)
        self._order = deque(item for item in self._order if item.frame and item not in waiting)
        self._waiting.clear()
        self._control_events = 0
