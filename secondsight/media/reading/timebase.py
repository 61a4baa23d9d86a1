"""From a stream's own timestamps to UTC seconds.

A camera's timestamps start anywhere, run on the camera's own crystal and jump when it restarts. A recording's start
is known, but its timestamps may be missing or start over in the middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from secondsight.clock import Clock
from secondsight.media.frames.packet import RawPacket

JUMP = 10.0
"""Seconds by which a live stream's timestamps may run away from the clock before they are taken to start over."""

_RESTART = 1.0
"""Seconds backwards in decoding order at which a recording's timestamps are taken to start over."""

_STEP = 2.0
"""Seconds by which the machine's clock must have been set forward for a stream to begin anew."""

_BLOCK = 10.0
_SLEW = 500e-6
"""Seconds between corrections of a slow camera clock, and the largest correction per second: five times the worst
crystal, small enough that a consumer's lag is never mistaken for drift."""


class RecordedTime:
    """Time within a recording: `base` + (timestamp - first timestamp), going on where timestamps start over.

    Args:
        base: UTC seconds of the first picture.
        start: first timestamp in seconds; None to take it from the first packet.
        interval: seconds per picture, for packets that carry no timestamp.
    """

    def __init__(self, base: float, start: float | None, time_base: float, interval: float) -> None:
        self._time_base, self._interval = time_base, interval
        self._offset: float | None = None if start is None else base - start
        self._base = base
        self._last = base - interval
        self._missing = interval
        self._last_order = -math.inf

    def place(self, raw: RawPacket) -> float:
        """UTC seconds at which this packet's picture is presented."""
        stamp = raw.pts
        order = raw.dts
        if stamp is None:
            stamp = order
        if stamp is None:
            self._last += self._missing
            self._missing = float(raw.duration * self._time_base) if raw.duration else self._interval
            return self._last
        seconds = stamp * self._time_base
        if self._offset is None:
            self._offset = self._base - seconds
        if order is not None:
            decoded = order * self._time_base
            if decoded < self._last_order - _RESTART:
                self._offset = self._last + self._interval - seconds
            self._last_order = decoded
        time = seconds + self._offset
        if time > self._last:
            self._last = time
        return time


@dataclass(slots=True)
class WallClock:
    """The wall clock as it was when a connection began, carried on by the steady clock: it never jumps or turns.

    Corrections of the machine's clock are taken over by `follow`, and never send time backwards.
    """

    clock: Clock
    offset: float

    @classmethod
    def start(cls, clock: Clock, floor: float) -> WallClock:
        """Starts at the present time, but after `floor` (UTC seconds), the last time already given out."""
        return cls(clock, max(clock.now(), floor + 0.001) - clock.monotonic())

    def now(self) -> float:
        return self.clock.monotonic() + self.offset

    def follow(self) -> bool:
        """Take over a step forward of the machine's clock, as after a start without network; say if there was one."""
        offset = self.clock.now() - self.clock.monotonic()
        if offset - self.offset <= _STEP:
            return False
        self.offset = offset
        return True

    def at(self, monotonic: float) -> float:
        """UTC seconds of a reading of the steady clock."""
        return monotonic + self.offset


class LiveTime:
    """Maps a live stream's timestamps (seconds) to arrival times (UTC seconds).

    The picture that travelled fastest defines the offset: nothing arrives before it was taken. So jitter delays a
    picture but not its time; a camera clock that runs slow is followed at no more than `_SLEW`.
    """

    def __init__(self) -> None:
        self._offset = 0.0
        self._last_stamp = math.nan
        self._last_arrival = math.nan
        self._block_end = math.nan
        self._block_best = math.inf

    def anchor(self, stamps: Sequence[float], arrivals: Sequence[float], floor: float = -math.inf) -> None:
        """Begin with the first pictures of a connection: no arrival precedes its picture, no picture `floor`."""
        fastest = min(arrival - stamp for stamp, arrival in zip(stamps, arrivals, strict=True))
        self._offset = max(fastest, floor - min(stamps))
        self._last_stamp, self._last_arrival = stamps[0], arrivals[0]
        self._block_end, self._block_best = arrivals[-1] + _BLOCK, math.inf

    def jumped(self, stamp: float, arrival: float) -> bool:
        """Whether timestamps started over, so that `anchor` is needed before `place`."""
        ahead = stamp - self._last_stamp
        return not -JUMP <= ahead <= arrival - self._last_arrival + JUMP

    def place(self, stamp: float, arrival: float) -> float:
        """UTC seconds at which the picture with this timestamp was taken; never after its arrival."""
        self._last_stamp, self._last_arrival = stamp, arrival
        best = arrival - stamp
        if best < self._offset:
            self._offset = best
        if best < self._block_best:
            self._block_best = best
        if arrival >= self._block_end:
            self._offset += min(self._block_best - self._offset, _BLOCK * _SLEW)
            self._block_end, self._block_best = arrival + _BLOCK, math.inf
        return stamp + self._offset


def waited_for(stamp: float, arrival: float, before: float, arrival_before: float) -> bool:
    """Whether a packet came at the stream's own pace, and not out of some buffer together with the one before it.

    FFmpeg looks at a stream for a while before it hands out the first packet, and servers send what they have; so
    the first packets of a connection come all at once. That is over when one took at least half as long to come as
    the picture before it lasts.
    """
    lasts = stamp - before
    return lasts > 0 and arrival - arrival_before >= 0.5 * lasts
