"""Writes the footage of some cameras, in a thread of its own: the frame path only hands packets over."""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from secondsight.config import Recording, RetentionSettings
from secondsight.errors import SecondSightError, SourceError, StoreError
from secondsight.log import fields, redact
from secondsight.media.footage.footage_retention import FootageRetention
from secondsight.media.footage.gathering import FootageGatherer, GatheredSegment
from secondsight.media.footage.segments import require_footage_folder, write_segment
from secondsight.media.frames.packet import Packet
from secondsight.media.writing.files import require_folder

_log = logging.getLogger(__name__)

_MOST_WAITING = 96 * 2**20
"""Bytes that may wait for the disk, of all cameras together."""
_ROOM = 64 * 2**20
"""Bytes that are made free at once on a full disk."""


class FootageWriter:
    """Records the cameras that are to be recorded.

    A live camera whose segments find no room in memory, because the disk is slow or full, loses them, which is
    counted; a recording waits instead.

    On a full disk the oldest footage makes room; clips do not go for it.
    """

    def __init__(self, data: Path, retention: RetentionSettings) -> None:
        self._data, self._min_free = data, retention.min_free
        # What is too old is for the site to say, which knows whether the clock is right.
        self._retention = FootageRetention(data, retention, now=lambda: 0.0)
        self._cameras: dict[str, FootageGatherer] = {}
        self._queue: queue.SimpleQueue[tuple[str, GatheredSegment] | None] = queue.SimpleQueue()
        self._waiting, self._room = 0, threading.Condition()
        self._lost: Counter[str] = Counter()
        self._refused: set[str] = set()
        self._closing = False
        self._thread: threading.Thread | None = None

    def record(self, camera: str, kept: Recording | None) -> None:
        """Record a camera from now on, or (None) no more."""
        if kept is None:
            self._cameras.pop(camera, None)
            return
        self._cameras[camera] = FootageGatherer(kept)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="footage", daemon=True)
            self._thread.start()

    @property
    def lost(self) -> Mapping[str, int]:
        """Segments that could not be kept, by camera."""
        return self._lost

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be written."""
        with self._room:
            return not self._waiting

    def feed(self, packet: Packet) -> None:
        """Take a camera's next packet. Returns at once, but for a recording that is ahead of the disk."""
        gatherer = self._cameras.get(packet.camera)
        if gatherer is not None:
            for segment in gatherer.feed(packet):
                self._put(packet.camera, segment, block=not packet.info.live)

    def moved(self, camera: str, time: float) -> None:
        """Something moved before a camera, at UTC seconds `time`."""
        if (gatherer := self._cameras.get(camera)) is not None:
            gatherer.moved(time)

    def happened(self, camera: str, id: str, start: float, end: float | None) -> None:
        """A rule reported an event, which goes on or (`end`) is over."""
        if (gatherer := self._cameras.get(camera)) is not None:
            gatherer.happened(id, start, end)

    def end(self, camera: str) -> None:
        """A camera's stream is over for now."""
        if (gatherer := self._cameras.get(camera)) is not None:
            for segment in gatherer.end():
                self._put(camera, segment, block=not gatherer.live)

    def close(self, patience: float = 2.0) -> None:
        """Write what waits, for up to `patience` seconds. Further calls do nothing."""
        if self._thread is not None and self._thread.is_alive():
            with self._room:
                self._closing = True
                self._room.notify_all()
            self._queue.put(None)
            self._thread.join(patience)

    def _put(self, camera: str, segment: GatheredSegment, *, block: bool) -> None:
        size = segment.size
        with self._room:
            if block:
                self._room.wait_for(lambda: self._closing or self._fits(size))
            if not self._fits(size):
                self._lost[camera] += 1
                return
            self._waiting += size
        self._queue.put((camera, segment))

    def _fits(self, size: int) -> bool:
        return not self._waiting or self._waiting + size <= _MOST_WAITING

    def _run(self) -> None:
        while (taken := self._queue.get()) is not None:
            camera, gathered = taken
            try:
                self._write(camera, gathered)
            except SecondSightError as error:
                self._failed(camera, redact(str(error)), once=isinstance(error, SourceError))
            except Exception:
                self._lost[camera] += 1
                _log.exception("footage not written", extra=fields(camera=camera))
            finally:
                with self._room:
                    self._waiting -= gathered.size
                    self._room.notify_all()
            del taken, gathered

    def _write(self, camera: str, gathered: GatheredSegment) -> None:
        require_folder(self._data)
        require_footage_folder(self._data)
        segment = gathered.of(camera)
        try:
            write_segment(self._data, segment, gathered.packets, self._min_free)
        except StoreError:
            if not self._retention.sweep(need=_ROOM):
                raise
            write_segment(self._data, segment, gathered.packets, self._min_free)

    def _failed(self, camera: str, text: str, *, once: bool) -> None:
        self._lost[camera] += 1
        if once and camera in self._refused:
            return
        self._refused.add(camera)
        _log.warning("footage not written", extra=fields(camera=camera, error=text))
