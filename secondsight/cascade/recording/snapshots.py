"""Keeps the picture of the moment at which a rule triggered, for those who are told at once, before there is a clip.

The frame path only puts the frame into a short queue; a thread of its own converts and writes it.
"""

import logging
import queue
import threading
from pathlib import Path

from secondsight.errors import SecondSightError
from secondsight.log import fields, redact
from secondsight.media import encode_jpeg, remove_half_written, require_folder, write_atomic
from secondsight.records import Candidate, Frame, snapshot_path

_log = logging.getLogger(__name__)

_WAITING = 8
"""Frames that may wait; each holds a decoded picture in memory."""


class SnapshotWriter:
    """Writes snapshots into the data folder. One that fails, or finds no room in the queue, is left out.

    Args:
        min_free: bytes of the disk that stay free.
    """

    def __init__(self, data: Path, min_free: int) -> None:
        self._data, self._min_free = data, min_free
        self._queue: queue.Queue[tuple[Candidate, Frame] | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="snapshots", daemon=True)
        self._thread.start()

    def take(self, candidate: Candidate, frame: Frame) -> bool:
        """Keep the frame in which a candidate arose; returns at once. False when there is no room."""
        try:
            self._queue.put_nowait((candidate, frame))
        except queue.Full:
            return False
        return True

    def close(self, patience: float = 2.0) -> None:
        """Write what waits, for up to `patience` seconds. Further calls do nothing."""
        if self._thread.is_alive():
            try:
                self._queue.put(None, timeout=patience)
            except queue.Full:
                return
            self._thread.join(patience)

    def _run(self) -> None:
        while (taken := self._queue.get()) is not None:
            candidate, frame = taken
            try:
                picture = encode_jpeg(frame.bgr())
                require_folder(self._data)
                remove_half_written(self._data / snapshot_path(candidate))
                write_atomic(self._data / snapshot_path(candidate), picture, min_free=self._min_free)
            except SecondSightError as error:
                about = fields(event=candidate.id, error=redact(str(error)))
                _log.warning("no snapshot of an event", extra=about)
            except Exception:
                _log.exception("no snapshot of an event", extra=fields(event=candidate.id))
            del taken, frame
