"""Follows one connection to a live source until it breaks off."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from secondsight.errors import SourceError
from secondsight.log import fields
from secondsight.media.frames.packet import RawPacket
from secondsight.media.reading.feeder import Arrival, Feeder
from secondsight.media.reading.inputs import Input
from secondsight.media.reading.pacing import CatchUp
from secondsight.media.reading.session import Item, Session
from secondsight.media.reading.source_run import SourceRun
from secondsight.media.reading.timebase import LiveTime, TimestampCheck, WallClock, waited_for

_log = logging.getLogger(__name__)

_BURST_PACKETS = 1024
_BURST_SECONDS = 3.0
_PAUSE = 0.25
"""Bounds of the packets held together at the start of a connection, to tell which of them had been waiting,
and the silence after which certainly all of them have come."""

_RECORDING, _FASTER = 25, 2.0
"""Packets, and times as fast as it plays, of what is taken for a recording when it comes a second time."""

_APART = 0.005
"""Seconds between two packets without timestamps that were not both waiting."""


@dataclass(slots=True)
class Passage:
    """What came over one connection, as far as it tells that the same comes over the next.

    Attributes:
        packets, size: their number, and bytes in all.
        stamps: the first and the last timestamp.
        plays, took: seconds that the pictures last, and in which they came.
    """

    packets: int = 0
    size: int = 0
    stamps: tuple[int | None, int | None] = (None, None)
    plays: float = 0.0
    took: float = 0.0
    _begun: float = 0.0

    def add(self, arrival: Arrival, lasts: float) -> None:
        """Count a packet whose picture lasts so many seconds."""
        raw = arrival.raw
        if not self.packets:
            self.stamps, self._begun = (raw.dts, raw.dts), arrival.at
        self.packets, self.size = self.packets + 1, self.size + raw.size
        self.stamps = self.stamps[0], raw.dts
        self.plays, self.took = self.plays + lasts, arrival.at - self._begun

    def repeats(self, before: Passage) -> bool:
        """Whether this is a recording that came before, too: the same, and faster than it plays."""
        same = (self.packets, self.size, self.stamps) == (before.packets, before.size, before.stamps)
        return same and self.packets >= _RECORDING and self.plays > _FASTER * self.took


def watch(run: SourceRun, feeder: Feeder, opened: Input, passage: Passage) -> Iterator[Item]:
    """Packets and frames of one connection, stamped with the wall clock; ends when the source ends the stream.

    Args:
        passage: notes what came.

    Raises:
        SourceError: the connection broke, stalled, or sends nothing that can be decoded.
    """
    wall = WallClock.start(run.clock, run.last)
    session = run.session(opened, live=True, origin="live")
    catch_up = CatchUp(run.camera.max_staleness)
    timeout = run.camera.stall_timeout
    first = list(_burst(run, feeder, opened))
    timeline = _Timeline(opened, wall, first, feeder.began, run.last)
    released = pictured = run.clock.monotonic()
    try:
        for arrival in chain(first, _rest(feeder, timeout)):
            passage.add(arrival, run.interval(opened))
            stepped = wall.follow()
            time = timeline.place(arrival, stepped)
            if stepped:
                session.restart(time)
            if timeline.turned:
                _report(run, session, timeline.fault)
            if arrival.lost:
                run.stats.drops["late"] += arrival.lost
                catch_up.gap("late")
            now = run.clock.monotonic()
            lag = now - max(
                arrival.at, released
            )  # waiting for the end of the burst was not the consumer's fault
            for item in decode_or_skip(run, session, catch_up, arrival.raw, time, lag):
                if item[1]:
                    pictured, run.stats.state = now, "live"
                yield item
            if catch_up.skipping:
                pictured = now
            elif now - pictured > timeout:
                raise SourceError(f"packets arrive but for {timeout:g} s none of them could be decoded")
        if not run.stopped.is_set():
            yield from session.end()
    finally:
        run.last = max(run.last, session.last)


def _report(run: SourceRun, session: Session, fault: str | None) -> None:
    """Timestamps have lost or regained their trust: decode accordingly, and say so."""
    session.by_arrival = fault is not None
    if fault is None:
        run.stats.last_error = None
        _log.info("timestamps are right again", extra=fields(camera=run.name))
        return
    run.stats.last_error = (
        f"camera {run.name}: {fault}; each picture gets the time at which it came; "
        "update the camera's firmware or look at its clock"
    )
    _log.warning("timestamps are wrong", extra=fields(camera=run.name, error=run.stats.last_error))


def decode_or_skip(
    run: SourceRun, session: Session, catch_up: CatchUp, raw: RawPacket, time: float, lag: float
) -> list[Item]:
    """Push a packet, but leave it encoded (and counted) while the consumer lags or no key frame has come yet."""
    behind = catch_up.skipping
    if catch_up.wants(raw.is_keyframe, lag, run.clock.monotonic()):
        with run.turns:
            if behind == "late":
                session.discard()
            return session.push(raw, time)
    run.stats.drops[catch_up.skipping or "late"] += 1
    return session.push(raw, time, decode=False)


def _burst(run: SourceRun, feeder: Feeder, opened: Input) -> Iterator[Arrival]:
    """The packets that had been waiting when the connection was made, and the first one that had not."""
    begun: float | None = None
    before: Arrival | None = None
    for _ in range(_BURST_PACKETS):
        if begun is not None and not feeder.ready(_PAUSE):
            return
        try:
            arrival = feeder.take(run.camera.stall_timeout)
        except SourceError:
            return  # the next `take` raises it again, after these packets were delivered
        if arrival is None:
            return
        yield arrival
        begun = arrival.at if begun is None else begun
        if arrival.at - begun > _BURST_SECONDS or (before and _waited(opened, before, arrival)):
            return
        before = arrival


def _waited(opened: Input, before: Arrival, arrival: Arrival) -> bool:
    """Whether this packet had not been waiting when the one before it came."""
    stamp, last = _stamp(arrival, opened), _stamp(before, opened)
    if stamp is None or last is None:
        return arrival.at - before.at > _APART
    return waited_for(stamp, arrival.at, last, before.at)


def _rest(feeder: Feeder, timeout: float) -> Iterator[Arrival]:
    while (arrival := feeder.take(timeout)) is not None:
        yield arrival


def _stamp(arrival: Arrival, opened: Input) -> float | None:
    """The packet's own timestamp in seconds; None if it has none that means anything."""
    stamp = arrival.raw.pts
    return stamp * opened.time_base if opened.stamped and stamp is not None else None


class _Timeline:
    """The time of each arrival: mapped from its timestamp, or else simply when it came.

    Args:
        first: the packets that had been waiting.
        began: reading of the steady clock when the connection was begun. Waiting packets without timestamps are
            spread evenly over the time since then.
        floor: UTC seconds that no picture precedes.

    Attributes:
        fault: why timestamps are not used; None while they are.
        turned: whether that changed with the packet placed last.
    """

    def __init__(
        self, opened: Input, wall: WallClock, first: list[Arrival], began: float, floor: float
    ) -> None:
        self._opened, self._wall, self._time = opened, wall, LiveTime()
        self._check = TimestampCheck()
        self.turned = False
        stamped = [(s, wall.at(a.at)) for a in first if (s := _stamp(a, opened)) is not None]
        self._anchored = bool(stamped)
        self._spread: list[float] = []
        if stamped:
            stamps, arrivals = zip(*stamped, strict=True)
            self._time.anchor(stamps, arrivals, floor)
        elif first:
            start, end = max(wall.at(began), floor), wall.at(first[-1].at)
            self._spread = [end - (end - start) * n / len(first) for n in range(len(first))]

    @property
    def fault(self) -> str | None:
        return self._check.fault

    def place(self, arrival: Arrival, stepped: bool) -> float:
        """UTC seconds of a packet's picture; `stepped`: the machine's clock was set, and time starts over."""
        self.turned = False
        stamp, came = _stamp(arrival, self._opened), self._wall.at(arrival.at)
        waiting = self._spread.pop() if self._spread else None
        if stamp is None:
            return came if waiting is None or stepped else waiting
        if stepped or not self._anchored:
            self._time.anchor([stamp], [came])
            self._anchored = True
        time = self._time.place(stamp, came)
        self.turned = self._check.add(stamp, came, came - time)
        if self.turned and self.fault is None:
            self._time.anchor([stamp], [came])
        return time if self.fault is None else came
