"""The queue of one camera inside the scheduler: what waits, what is under way, what may be handed over next.

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
MARKS = 64
"""Marks of a camera that may wait behind a frame under way."""


@dataclass(slots=True)
class QueueStats:
    """Counts of one camera.

    Attributes:
        offered: frames offered; each is inferred, failed, dropped, waiting, or still in the runtime.
        inferred: looks that gave detections; failed: looks that ended in an exception, handed over as such.
        marks: marks accepted.
        faults: calls of `on_result` that raised.
        dropped: frames and marks that never reached `on_result`, by cause: `busy` (a newer live frame came
            while it waited), `mark` (too many waiting marks), `closed` (the scheduler was closed).
        waiting: frames that no request holds yet; in_flight: frames taken but not handed over.
        queue_wait: seconds that taken frames have waited, in total.
    """

    offered: int = 0
    inferred: int = 0
    failed: int = 0
    marks: int = 0
    faults: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    in_flight: int = 0
    queue_wait: float = 0.0


@dataclass(slots=True, eq=False)
class QueueItem:
    """A frame or, with `frame` None, a mark, from its offer until it is handed over.

    Attributes:
        lasting: must not be dropped in favour of a newer one.
        letterbox: how the frame is to be looked at; None leaves it to the detector.
        since: monotonic seconds of the offer.
        done: nothing but its turn is missing.
    """

    lane: CameraQueue
    frame: Frame | None
    tag: Any
    lasting: bool
    since: float = 0.0
    done: bool = False
    result: Detections | Exception | None = None
    letterbox: Any = None


class CameraQueue:
    """One camera's entries.

    Attributes:
        changed: notified when room appears or the lane may have become idle.
        queued: whether the lane has its place in the scheduler's round.
        delivering: whether a thread is handing over this lane's entries.
        complained: monotonic seconds of the last log line about this camera.
    """

    def __init__(self, camera: str, lock: threading.Lock) -> None:
        self.camera = camera
        self.changed = threading.Condition(lock)
        self.stats = QueueStats()
        self.queued = self.delivering = False
        self.complained = float("-inf")
        self._order: deque[QueueItem] = deque()
        self._waiting: deque[QueueItem] = deque()
        self._marks = 0

    @property
    def waiting(self) -> int:
        """Frames that nobody has taken."""
        return len(self._waiting)

    @property
    def room_for_mark(self) -> bool:
        """Whether a mark may be added without a loss."""
        return self._marks < MARKS

    @property
    def idle(self) -> bool:
        """Whether everything was handed over, and nobody is at it."""
        return not self._order and not self.delivering

    @property
    def deliverable(self) -> bool:
        """Whether the oldest entry is done."""
        return bool(self._order) and self._order[0].done

    def snapshot(self) -> QueueStats:
        """A copy of the counts."""
        return replace(self.stats, dropped=self.stats.dropped.copy(), waiting=self.waiting)

    def add_frame(self, frame: Frame, tag: Any, letterbox: Any, *, lasting: bool, now: float) -> bool:
        """Append a frame. False when the oldest waiting one had to make way for it, as live frames must."""
        kept = lasting or self.waiting < LIVE_DEPTH
        if not kept:
            self._order.remove(self._waiting.popleft())
            self.stats.dropped["busy"] += 1
        entry = QueueItem(self, frame, tag, lasting, now, letterbox=letterbox)
        self._order.append(entry)
        self._waiting.append(entry)
        return kept

    def add_mark(self, tag: Any, *, lasting: bool) -> bool:
        """Append a mark. False when an older one had to make way for it."""
        stale = None
        if not self.room_for_mark:
            stale = next((entry for entry in self._order if entry.frame is None and not entry.lasting), None)
        if stale is not None:
            self._order.remove(stale)
            self._marks -= 1
            self.stats.dropped["mark"] += 1
        self._order.append(QueueItem(self, None, tag, lasting, done=True))
        self._marks += 1
        self.stats.marks += 1
        return stale is None

    def take(self, now: float) -> QueueItem:
        """The oldest waiting frame, from now on in flight."""
        entry = self._waiting.popleft()
        self.stats.in_flight += 1
        self.stats.queue_wait += now - entry.since
        return entry

    def settle(self, entry: QueueItem, result: Detections | Exception) -> None:
        """Note the result of an entry in flight."""
        entry.result, entry.done = result, True
        if isinstance(result, Exception):
            self.stats.failed += 1
        else:
            self.stats.inferred += 1

    def pop(self) -> QueueItem:
        """Remove the oldest entry."""
        entry = self._order.popleft()
        if entry.frame is None:
            self._marks -= 1
        else:
            self.stats.in_flight -= 1
        return entry

    def discard(self) -> None:
        """Drop marks and waiting frames; leave what is in flight."""
        self.stats.dropped["closed"] += self.waiting + self._marks
        waiting = set(self._waiting)
        self._order = deque(entry for entry in self._order if entry.frame and entry not in waiting)
        self._waiting.clear()
        self._marks = 0
