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

_RESTART = 1.0
"""Seconds backwards at which timestamps are taken to start over. Pictures sent out of order stay within it."""

_GAP = 10.0
_GAP_STEPS = 5.0
"""Seconds forward, and multiples of the step before, at which a recording is taken to have a gap: nothing was
recorded meanwhile."""

_STILL = 1.0
_STILL_PICTURES = 8
_CHECK = 5.0
_BEHIND = 2.0
"""A live stream's timestamps are not trusted when they stand still for `_STILL` seconds and as many pictures, or when
every picture in `_CHECK` seconds came `_BEHIND` seconds later than they say."""

_STEADY = 0.25
_STEADY_CHECKS = 3
"""They are trusted again when their delay has changed by less than `_STEADY` seconds in three checks in a row."""

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
        close_gaps: go on after a gap as if there were none.

    Attributes:
        after_gap: whether the packet placed last comes after a gap.
    """

    def __init__(
        self, base: float, start: float | None, time_base: float, interval: float, *, close_gaps: bool = False
    ) -> None:
        self._time_base, self._interval, self._close_gaps = time_base, interval, close_gaps
        self._offset: float | None = None if start is None else base - start
        self._base = base
        self._last = base - interval
        self._missing = interval
        self._last_order = math.nan
        self._step = 0.0
        self.after_gap = False

    def place(self, raw: RawPacket) -> float:
        """UTC seconds at which this packet's picture is presented."""
        self.after_gap = False
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
            self._offset = self._continue(self._offset, order * self._time_base, seconds)
        time = seconds + self._offset
        if time > self._last:
            self._last = time
        return time

    def _continue(self, offset: float, decoded: float, shown: float) -> float:
        """The offset from this packet on: another one where timestamps start over, or where a gap is closed."""
        step = decoded - self._last_order
        self._last_order = decoded
        self.after_gap = step > max(_GAP, _GAP_STEPS * self._step)
        if step < -_RESTART or (self.after_gap and self._close_gaps):
            return self._last + self._interval - shown
        self._step = step if step > 0 else self._step
        return offset


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
        self._latest = -math.inf
        self._block_end = math.nan
        self._block_best = math.inf

    def anchor(self, stamps: Sequence[float], arrivals: Sequence[float], floor: float = -math.inf) -> None:
        """Begin with the first pictures of a connection: no arrival precedes its picture, no picture `floor`."""
        fastest = min(arrival - stamp for stamp, arrival in zip(stamps, arrivals, strict=True))
        self._offset = max(fastest, floor - min(stamps))
        self._latest = stamps[0]
        self._block_end, self._block_best = arrivals[-1] + _BLOCK, math.inf

    def place(self, stamp: float, arrival: float) -> float:
        """UTC seconds at which the picture with this timestamp was taken; never after its arrival.

        Where timestamps jump, the camera has set its clock: time goes on by the arrival.
        """
        if stamp < self._latest - _RESTART:
            self.anchor([stamp], [arrival])
        self._latest = max(self._latest, stamp)
        best = arrival - stamp
        if best < self._offset:
            self._offset = best
        if best < self._block_best:
            self._block_best = best
        if arrival >= self._block_end:
            self._offset += min(self._block_best - self._offset, _BLOCK * _SLEW)
            self._block_end, self._block_best = arrival + _BLOCK, math.inf
        return stamp + self._offset


class TimestampCheck:
    """Whether a live stream's timestamps go on as its pictures arrive.

    Some cameras send the same timestamp for ever, or timestamps that run at half the rate. Rules that measure time
    would never fire on them.

    Attributes:
        fault: what is wrong with the timestamps, for people; None while they are trusted.
    """

    def __init__(self) -> None:
        self.fault: str | None = None
        self._latest = -math.inf
        self._moved = math.nan
        self._unmoved = 0
        self._begin = math.nan
        self._least = math.inf
        self._least_before = math.inf
        self._steady = 0

    def add(self, stamp: float, arrival: float, delay: float) -> bool:
        """Take a picture; says whether it is the one with which trust is lost or comes back.

        Args:
            stamp: its timestamp, seconds.
            arrival: when it came, UTC seconds.
            delay: seconds by which it came later than its timestamp says.
        """
        before = self.fault
        if stamp > self._latest or stamp < self._latest - _RESTART or math.isnan(self._moved):
            self._latest, self._moved, self._unmoved = stamp, arrival, 0
        else:
            self._unmoved += 1
        if self._unmoved >= _STILL_PICTURES and arrival - self._moved >= _STILL:
            self.fault = "its timestamps stand still"
            self._steady = 0
        self._compare(arrival, delay)
        return (self.fault is None) != (before is None)

    def _compare(self, arrival: float, delay: float) -> None:
        if math.isnan(self._begin):
            self._begin = arrival
        self._least = min(self._least, delay)
        if arrival - self._begin < _CHECK:
            return
        steady = abs(self._least - self._least_before) < _STEADY
        self._steady = self._steady + 1 if steady else 0
        if self.fault is None and self._least >= _BEHIND:
            # A slow drift is steady from check to check: trust comes back no sooner than after further ones.
            self.fault, self._steady = "its timestamps run slower than its pictures come", 0
        if self.fault is not None and self._steady >= _STEADY_CHECKS:
            self.fault = None
        self._begin, self._least_before, self._least = arrival, self._least, math.inf


def waited_for(stamp: float, arrival: float, before: float, arrival_before: float) -> bool:
    """Whether a packet came at the stream's own pace, and not out of some buffer together with the one before it.

    FFmpeg looks at a stream for a while before it hands out the first packet, and servers send what they have; so
    the first packets of a connection come all at once. That is over when one took at least half as long to come as
    the picture before it lasts.
    """
    lasts = stamp - before
    return lasts > 0 and arrival - arrival_before >= 0.5 * lasts
