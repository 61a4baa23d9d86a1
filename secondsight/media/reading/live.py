"""Follows one connection to a live source until it breaks off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from secondsight.errors import SourceError
from secondsight.media.frames.packet import RawPacket
from secondsight.media.reading.feeder import Arrival, Feeder
from secondsight.media.reading.inputs import Input
from secondsight.media.reading.pacing import CatchUp
from secondsight.media.reading.session import Item, Session
from secondsight.media.reading.source_run import SourceRun
from secondsight.media.reading.timebase import LiveTime, WallClock, waited_for

_BURST_PACKETS = 1024
_BURST_SECONDS = 3.0
_PAUSE = 0.25
"""Bounds of the packets held together at the start of a connection, to tell which of them had been waiting,
and the silence after which certainly all of them have come."""


def watch(run: SourceRun, feeder: Feeder, opened: Input) -> Iterator[Item]:
    """Packets and frames of one connection, stamped with the wall clock; ends when the source ends the stream.

    Raises:
        SourceError: the connection broke, stalled, or sends nothing that can be decoded.
    """
    wall = WallClock.start(run.clock, run.last)
    session = run.session(opened, live=True, origin="live")
    catch_up = CatchUp(run.camera.max_staleness)
    timeout = run.camera.stall_timeout
    first = list(_burst(run, feeder, opened))
    timeline = _Timeline(opened, wall, first, run.last)
    released = pictured = run.clock.monotonic()
    try:
        for arrival in chain(first, _rest(feeder, timeout)):
            if timeline.restarts(arrival):
                yield from session.restart()
            time = timeline.place(arrival)
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


def decode_or_skip(
    run: SourceRun, session: Session, catch_up: CatchUp, raw: RawPacket, time: float, lag: float
) -> list[Item]:
    """Push a packet, but leave it encoded (and counted) while the consumer lags or no key frame has come yet."""
    behind = catch_up.skipping
    if catch_up.wants(raw.is_keyframe, lag, run.clock.monotonic()):
        if behind == "late":
            session.discard()
        return session.push(raw, time)
    run.stats.drops[catch_up.skipping or "late"] += 1
    return session.push(raw, time, decode=False)


def _burst(run: SourceRun, feeder: Feeder, opened: Input) -> Iterator[Arrival]:
    """The packets that had been waiting when the connection was made, and the first one that had not."""
    begun: float | None = None
    before = 0.0, 0.0
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
        stamp = _stamp(arrival, opened)
        if stamp is None:
            return
        if begun is None:
            begun = arrival.at
        elif waited_for(stamp, arrival.at, *before) or arrival.at - begun > _BURST_SECONDS:
            return
        before = stamp, arrival.at


def _rest(feeder: Feeder, timeout: float) -> Iterator[Arrival]:
    while (arrival := feeder.take(timeout)) is not None:
        yield arrival


def _stamp(arrival: Arrival, opened: Input) -> float | None:
    """The packet's own timestamp in seconds; None if it has none that means anything."""
    stamp = arrival.raw.pts
    return stamp * opened.time_base if opened.stamped and stamp is not None else None


class _Timeline:
    """The time of each arrival: mapped from its timestamp, or else simply when it came."""

    def __init__(self, opened: Input, wall: WallClock, first: list[Arrival], floor: float) -> None:
        self._opened, self._wall, self._time = opened, wall, LiveTime()
        stamped = [(s, wall.at(a.at)) for a in first if (s := _stamp(a, opened)) is not None]
        self._anchored = bool(stamped)
        if stamped:
            stamps, arrivals = zip(*stamped, strict=True)
            self._time.anchor(stamps, arrivals, floor)

    def restarts(self, arrival: Arrival) -> bool:
        """Whether time starts over with this packet, by the source's timestamps or because the machine's clock was
        set; its arrival is then the new anchor."""
        stepped = self._wall.follow()
        stamp = _stamp(arrival, self._opened)
        if stamp is None:
            return stepped
        came = self._wall.at(arrival.at)
        restarts = stepped or (self._anchored and self._time.jumped(stamp, came))
        if restarts or not self._anchored:
            self._time.anchor([stamp], [came])
            self._anchored = True
        return restarts

    def place(self, arrival: Arrival) -> float:
        stamp = _stamp(arrival, self._opened)
        came = self._wall.at(arrival.at)
        return came if stamp is None else self._time.place(stamp, came)
