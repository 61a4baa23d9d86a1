"""Gathers one camera's packets into segments, and decides which of them are kept."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass, field

from secondsight.config import Recording
from secondsight.media.footage.segments import LONGEST, Segment
from secondsight.media.frames.packet import Packet

LENGTH = 8.0
"""Seconds after which a segment ends at the next key frame."""
MARGIN = 10.0
"""Seconds kept before and after motion or an event."""
_ONE_MOTION = 1.0
"""Seconds without motion that end one."""
_MOST_BYTES = 48 * 2**20
"""Of a segment; what follows is left out up to the next key frame."""


@dataclass(slots=True, eq=False)
class GatheredSegment:
    """A segment with its packets, not written yet."""

    packets: list[Packet]
    start: float
    end: float
    moving: bool = False

    def of(self, camera: str) -> Segment:
        """What it will be on disk."""
        return Segment(self.start, self.end, camera, self.moving)

    @property
    def size(self) -> int:
        return sum(packet.size for packet in self.packets)


@dataclass(slots=True)
class _Span:
    start: float
    end: float

    def meets(self, one: GatheredSegment, margin: float = 0.0) -> bool:
        return self.start - margin < one.end and one.start < self.end + margin


@dataclass(slots=True)
class FootageGatherer:
    """Packets in, segments to keep out. The camera's thread feeds, the analysis thread tells of events.

    What is not to be kept for sure waits in memory for `MARGIN` seconds of stream: something may happen yet.

    Attributes:
        kept: all, or what is around motion or events.
        left_out: packets that fit in no segment.
        live: whether the stream is live, as its packets say.
    """

    kept: Recording
    left_out: int = 0
    live: bool = True
    _open: list[Packet] = field(default_factory=list)
    _bytes: int = 0
    _waiting: deque[GatheredSegment] = field(default_factory=deque)
    _motion: list[_Span] = field(default_factory=list)
    _events: dict[str, _Span] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def feed(self, packet: Packet) -> list[GatheredSegment]:
        """Take the stream's next packet; the segments that are to be written now."""
        if not packet.size:
            return []
        self.live = packet.info.live
        before = self._open[0] if self._open else None
        if before is not None and packet.epoch != before.epoch:
            return [*self._close(None), *self._begin(packet)]
        if packet.is_key and (before is None or packet.time - before.time >= LENGTH):
            return [*self._close(packet), *self._begin(packet)]
        if before is None:
            self.left_out += 1
        elif self._bytes + packet.size > _MOST_BYTES or packet.time - before.time > LONGEST - 1.0:
            self.left_out += 1
            return self._close(packet)
        elif packet.time >= before.time:
            self._open.append(packet)
            self._bytes += packet.size
        return []

    def moved(self, time: float) -> None:
        """Something moved at that moment, UTC seconds."""
        with self._lock:
            if self._motion and time - self._motion[-1].end < _ONE_MOTION:
                self._motion[-1].end = time
            else:
                self._motion.append(_Span(time, time))

    def happened(self, id: str, start: float, end: float | None) -> None:
        """An event began, and goes on or (`end`) is over."""
        with self._lock:
            self._events[id] = _Span(start, math.inf if end is None else end)

    def end(self) -> list[GatheredSegment]:
        """The stream is over: what is to be written of what waits."""
        return [*self._close(None), *self._settled(math.inf)]

    def _begin(self, packet: Packet) -> list[GatheredSegment]:
        if packet.is_key:
            self._open, self._bytes = [packet], packet.size
        else:
            self.left_out += 1
        return []

    def _close(self, following: Packet | None) -> list[GatheredSegment]:
        packets, self._open, self._bytes = self._open, [], 0
        if packets:
            last = max(packets, key=lambda packet: packet.time)
            until = last.time + (last.duration or 0.04)
            if following is not None:
                until = max(last.time, min(following.time, until + 1.0))
            gathered = GatheredSegment(packets, packets[0].time, until)
            with self._lock:
                gathered.moving = any(span.meets(gathered) for span in self._motion)
            self._waiting.append(gathered)
        return self._settled(self._waiting[-1].end if self._waiting else -math.inf)

    def _settled(self, now: float) -> list[GatheredSegment]:
        """The segments of which it is known that they are kept; those that nobody will want go."""
        kept = []
        with self._lock:
            still: deque[GatheredSegment] = deque()
            for one in self._waiting:
                if self._wanted(one):
                    kept.append(one)
                elif one.end + MARGIN > now:
                    still.append(one)
            self._waiting = still
            over = now - LONGEST - MARGIN
            self._motion = [span for span in self._motion if span.end > over]
            self._events = {id: span for id, span in self._events.items() if span.end > over}
        return kept

    def _wanted(self, one: GatheredSegment) -> bool:
        if self.kept == "continuous":
            return True
        spans = self._motion if self.kept == "motion" else self._events.values()
        return any(span.meets(one, MARGIN) for span in spans)
