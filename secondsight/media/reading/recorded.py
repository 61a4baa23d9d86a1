"""Plays recordings: every frame, as fast as the consumer takes them, or at their own speed as if they were live."""

from __future__ import annotations

import logging
import math
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import UTC
from pathlib import Path

from secondsight.errors import SourceError
from secondsight.log import fields
from secondsight.media.frames.limits import SourceRefusedError
from secondsight.media.frames.packet import RawPacket
from secondsight.media.reading.inputs import Input, open_input
from secondsight.media.reading.live import decode_or_skip
from secondsight.media.reading.pacing import CatchUp
from secondsight.media.reading.session import Item, Session
from secondsight.media.reading.source_run import SourceRun
from secondsight.media.reading.sources import Source, SourceKind
from secondsight.media.reading.timebase import RecordedTime, WallClock

_log = logging.getLogger(__name__)

_READ_FAILURES = 16
"""Failed reads in a row after which the rest of a recording is given up; between them FFmpeg finds its way back."""


def play(run: SourceRun, source: Source, opened: Input | None = None) -> Iterator[Item]:
    """Every frame of a recording; again and again with `loop`.

    Args:
        opened: the input of the first pass, if it is open already.

    Raises:
        SourceError: it cannot be opened, or not one picture of it can be decoded.
    """
    base: float | None = None
    loop = 0
    while loop == 0 or (run.camera.loop and not run.stopped.is_set()):
        recording = opened or open_input(run.name, source, run.camera)
        opened = None
        with closing(recording):
            if base is None:
                base = run.begin = _start_time(run, source, recording)
            delivered = yield from _play_once(run, recording, base, loop)
        if run.stopped.is_set():
            return
        if not delivered:
            raise SourceError(
                f"{run.where(source)}: no picture in it can be decoded; it is damaged or no video: replace it"
            )
        base = run.last + run.interval(recording)
        loop += 1


def _play_once(run: SourceRun, recording: Input, base: float, loop: int) -> Generator[Item, None, int]:
    """One pass, beginning at `base` (UTC seconds). Returns how many frames it delivered."""
    realtime = run.camera.pace == "realtime"
    origin = f"file:{recording.fingerprint}" + (f"#{loop}" if loop else "")
    wall = WallClock.start(run.clock, run.last)
    session = run.session(recording, live=realtime, origin="live" if realtime else origin)
    timeline = RecordedTime(
        wall.now() if realtime else base,
        recording.start,
        recording.time_base,
        run.interval(recording),
        close_gaps=realtime,
    )
    run.stats.state = "live"
    if realtime:
        yield from _at_own_speed(run, recording, session, timeline, wall)
    else:
        stats, stopped, place, push = run.stats, run.stopped.is_set, timeline.place, session.push
        length = recording.duration or math.inf
        for raw in _tolerant(run, recording):
            if stopped():
                return session.delivered
            time = place(raw)
            if timeline.after_gap:
                session.restart(time)
            stats.position = min(1.0, (time - base) / length)
            yield from push(raw, time)
    if not run.stopped.is_set():
        yield from session.end()
        run.stats.position = 1.0
    run.last = session.last
    return session.delivered


def _at_own_speed(
    run: SourceRun, recording: Input, session: Session, timeline: RecordedTime, wall: WallClock
) -> Iterator[Item]:
    catch_up = CatchUp(run.camera.max_staleness)
    began, length = wall.now(), recording.duration or math.inf
    for raw in _tolerant(run, recording):
        time = timeline.place(raw)
        if timeline.after_gap:
            session.restart(time)
        due = time
        if raw.pts is not None and raw.dts is not None:
            due -= (raw.pts - raw.dts) * recording.time_base
        ahead = due - wall.now()
        if run.stopped.wait(ahead) if ahead > 0 else run.stopped.is_set():
            return
        run.stats.position = min(1.0, (time - began) / length)
        yield from decode_or_skip(run, session, catch_up, raw, time, max(0.0, -ahead))


def _tolerant(run: SourceRun, recording: Input) -> Iterator[RawPacket]:
    """The packets of a recording; places that cannot be read are counted and passed over."""
    failures = 0
    while failures < _READ_FAILURES:
        try:
            for raw in recording.packets():
                failures = 0
                yield raw
            return
        except SourceRefusedError:
            raise
        except SourceError as error:
            failures += 1
            run.stats.drops["corrupt"] += 1
            run.stats.last_error = str(error)
    _log.warning("rest of recording unreadable", extra=fields(camera=run.name, error=run.stats.last_error))


def _start_time(run: SourceRun, source: Source, recording: Input) -> float:
    """UTC seconds of the first picture: as configured, else as recorded, else the age of the file."""
    configured = run.camera.start_time
    if configured is not None:
        return (configured if configured.tzinfo else configured.replace(tzinfo=UTC)).timestamp()
    if recording.created is not None:
        return recording.created
    if source.kind in (SourceKind.FILE, SourceKind.FOLDER):
        return Path(source.target.removeprefix("file:")).stat().st_mtime
    return run.clock.now()
