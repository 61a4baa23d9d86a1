"""Keeps the picture of the moment at which a rule triggered, for those who are told at once, before there is a clip.

The frame path only puts the frame into a short queue; a thread of its own converts and writes it.
"""

import logging
import queue
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path

from secondsight.errors import SecondSightError
from secondsight.log import fields, redact
from secondsight.media import encode_jpeg, remove_half_written, write_atomic
from secondsight.records import Candidate, Frame, snapshot_path

_log = logging.getLogger(__name__)

_WAITING = 8
"""Frames that may wait; each holds a decoded picture in memory."""
_REMEMBERED = 4096
"""Lost candidates whose frame may still come."""


class SnapshotWriter:
    """Writes snapshots into the data folder. One that fails, or finds no room in the queue, is left out.

    Args:
        min_free: bytes of the disk that stay free.
    """

    def __init__(self, data: Path, min_free: int) -> None:
        self._data, self._min_free = data, min_free
        self._queue: queue.SimpleQueue[tuple[Candidate, Frame | None] | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(_WAITING)
        self._lost: deque[str] = deque(maxlen=_REMEMBERED)
        self._thread = threading.Thread(target=self._run, name="snapshots", daemon=True)
        self._thread.start()

    def take(self, candidate: Candidate, frame: Frame) -> bool:
        """Keep the frame in which a candidate arose; returns at once. False when there is no room."""
        if not self._room.acquire(blocking=False):
            return False
        self._queue.put((candidate, frame))
        return True

    def discard(self, candidate: Candidate) -> None:
        """A candidate will never be stored: its picture goes, or is not written. Returns at once."""
        self._queue.put((candidate, None))

    def close(self, patience: float = 2.0) -> None:
        """Write what waits, for up to `patience` seconds. Further calls do nothing."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(patience)

    def _run(self) -> None:
        while (taken := self._queue.get()) is not None:
            candidate, frame = taken
            try:
                if frame is None:
                    self._remove(candidate)
                elif candidate.id not in self._lost:
                    self._write(candidate, frame)
            except SecondSightError as error:
                about = fields(event=candidate.id, error=redact(str(error)))
                _log.warning("no snapshot of an event", extra=about)
            except Exception:
                _log.exception("no snapshot of an event", extra=fields(event=candidate.id))
            finally:
                if frame is not None:
                    self._room.release()
            del taken, frame

    def _write(self, candidate: Candidate, frame: Frame) -> None:
        path = self._data / snapshot_path(candidate)
        picture = encode_jpeg(frame.bgr())
        remove_half_written(path)
        write_atomic(path, picture, min_free=self._min_free)

    def _remove(self, candidate: Candidate) -> None:
        self._lost.append(candidate.id)
        path = self._data / snapshot_path(candidate)
        path.unlink(missing_ok=True)
        with suppress(OSError):  # there are key frames beside it, or there was nothing
            path.parent.rmdir()
