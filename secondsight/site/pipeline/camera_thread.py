"""One camera's thread: stream -> tape, gate -> scheduler, and the analysis of what comes back.

Each camera is a fault domain of its own: whatever fails here is shown as this camera's trouble, and a live camera is
tried again; nothing of it reaches another camera.
"""

import logging
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from secondsight.cascade import ClipRecording
from secondsight.errors import SecondSightError
from secondsight.log import fields, redact
from secondsight.media import Packet, Stream, StreamInfo
from secondsight.records import Box, Frame
from secondsight.sentinel import Gate, Letterbox, RoiSelector, Scheduler, TrackerView
from secondsight.site.pipeline.analysis import TrackAnalysis
from secondsight.site.status import CameraStatus

if TYPE_CHECKING:
    from supervision import Detections

_log = logging.getLogger(__name__)

_HOLD_EVERY = 0.5
"""Seconds of stream between two "nothing has moved" to the behaviours while something is tracked."""
_RESTART_AFTER = 5.0
"""Seconds before a live camera whose thread failed unexpectedly is started again."""


@dataclass(frozen=True, slots=True)
class LookRequest:
    """What a look is: whether anything has moved since the one before, and what of the frame it sees."""

    still: bool
    letterbox: Letterbox


@dataclass(frozen=True, slots=True)
class StaticFrame:
    """Marker in the scheduler's order: nothing has moved until `time`."""

    time: float


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """Marker in the scheduler's order: what follows belongs to another connection or loop."""

    info: StreamInfo


@dataclass(frozen=True, slots=True)
class EndOfEpoch:
    """Marker in the scheduler's order: nothing follows in this epoch."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Marker in the scheduler's order: the last packet of these recordings has come."""

    recordings: list[ClipRecording]


class PipelineCallbacks(Protocol):
    """Where a camera's results go; the site implements it."""

    def analyst_for(self, info: StreamInfo, camera: "CameraThread") -> TrackAnalysis: ...
    def packet(self, packet: Packet) -> list[ClipRecording]: ...
    def recorded(self, camera: str, recordings: list[ClipRecording]) -> None: ...
    def epoch_over(self, camera: str) -> None: ...


class CameraThread:
    """Reads one camera until its end or `stop`.

    Args:
        stream: where packets and frames come from.
        scheduler: where frames go that need a look; calls `deliver` with the results, in order.
    """

    def __init__(
        self,
        name: str,
        stream: Stream,
        gate: Gate,
        focus: RoiSelector,
        scheduler: Scheduler,
        sinks: PipelineCallbacks,
        *,
        on_end: Callable[[], None],
    ) -> None:
        self.name, self._stream, self._gate, self._focus = name, stream, gate, focus
        self._scheduler, self._sinks, self._on_end = scheduler, sinks, on_end
        self._analyst: TrackAnalysis | None = None
        self._epoch: int | None = None
        self._live = True
        self._held = 0.0
        self._unsettled = False
        self._stopping = threading.Event()
        self.looks = 0
        self.reasons: Tally[str] = Tally()
        self.candidates = 0
        self.detections = 0
        self.tracks = 0
        self.drops: Tally[str] = Tally()
        self.failed: str | None = None
        self._rules_off: str | None = None
        self._rate = _Rate()
        self._thread = threading.Thread(target=self._run, name=f"camera {name}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; returns at once."""
        self._stopping.set()
        self._stream.stop()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; False if it has not ended in time."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether more frames may come."""
        return self._thread.is_alive()

    @property
    def blocking(self) -> bool:
        """Whether this camera waits instead of dropping: recordings do, live sources do not."""
        return not self._live

    def deliver(self, frame: Frame | None, result: "Detections | Exception | None", tag: object) -> None:
        """Take one result of the scheduler; called in the order in which the camera's thread offered them."""
        if isinstance(tag, NewEpoch):
            self._analyst = self._sinks.analyst_for(tag.info, self)
        elif isinstance(tag, Recorded):
            self._sinks.recorded(self.name, tag.recordings)
        elif self._analyst is None:
            return
        elif isinstance(tag, StaticFrame):
            self._analyst.hold(tag.time)
        elif isinstance(tag, EndOfEpoch):
            self._analyst.close()
            self._settle_counts()
            self._analyst = None
        elif isinstance(result, Exception):
            self._failed_look(result)
        elif isinstance(tag, LookRequest) and frame is not None and result is not None:
            self._analyst.look(frame, result, still=tag.still, letterbox=tag.letterbox)

    def status(self) -> CameraStatus:
        """What this camera has done so far."""
        stats = self._stream.stats
        analyst = self._analyst
        detections = self.detections + (analyst.detections if analyst else 0)
        fps, per_second = self._rate.of(stats.frames, detections)
        lane = self._scheduler.stats().get(self.name)
        drops = Tally(stats.drops) + self.drops + (lane.dropped if lane else Tally())
        return CameraStatus(
            name=self.name,
            state="failed" if self.failed else stats.state,
            frames=stats.frames,
            looks=self.looks,
            fps=fps,
            detections=detections,
            detections_per_s=per_second,
            candidates=self.candidates,
            tracks=self.tracks + (analyst.tracks if analyst else 0),
            drops={name: count for name, count in drops.items() if count},
            position=stats.position,
            error=self.failed or stats.last_error or (analyst.trouble if analyst else self._rules_off),
        )

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._read()
                    return
                except SecondSightError as error:
                    self.failed = redact(str(error))
                    _log.error("camera failed", extra=fields(camera=self.name, error=self.failed))
                    return
                except Exception as error:
                    self.failed = f"internal error: {redact(str(error))}"
                    _log.exception("camera failed unexpectedly", extra=fields(camera=self.name))
                    if not self._live or self._stopping.wait(_RESTART_AFTER):
                        return
                    self.failed = None
        finally:
            self._finish_epoch()
            self._on_end()

    def _read(self) -> None:
        for packet, frames in self._stream:
            if packet.epoch != self._epoch:
                self._begin_epoch(packet)
            recorded = self._sinks.packet(packet) if packet.size else []
            for frame in frames:
                self._look(frame)
            if recorded:
                self._scheduler.mark(self.name, Recorded(recorded), block=True)

    def _begin_epoch(self, packet: Packet) -> None:
        self._finish_epoch()
        self._epoch, self._live, self._held = packet.epoch, packet.info.live, 0.0
        self._scheduler.mark(self.name, NewEpoch(packet.info), block=True)
        self._unsettled = True

    def _finish_epoch(self) -> None:
        """Let every pending look of the epoch be judged before its open suspicions and recordings are closed."""
        if self._epoch is None:
            return
        self._scheduler.mark(self.name, EndOfEpoch(), block=True)
        self._scheduler.flush(self.name)
        self._sinks.epoch_over(self.name)
        self._epoch = None

    def _look(self, frame: Frame) -> None:
        decision = self._gate.look(frame, self._tracks_alive, self._foreseen)
        if decision.infer:
            self.looks += 1
            self.reasons[decision.reason] += 1
            letterbox = self._focus.choose(frame, decision, self._sight)
            look = LookRequest(decision.still, letterbox)
            self._scheduler.offer(frame, block=self.blocking, tag=look, letterbox=letterbox)
            self._unsettled = True
        elif decision.reason == "still" and frame.time - self._held >= _HOLD_EVERY:
            self._held = frame.time
            if self._tracks_alive():
                self._scheduler.mark(self.name, StaticFrame(frame.time), block=self.blocking)
                self._unsettled = True

    def _tracks_alive(self) -> bool:
        """Whether anything is tracked."""
        self._settle_looks()
        return self._analyst is not None and self._analyst.tracks_alive

    def _foreseen(self, time: float) -> list[Box] | None:
        """Where motion at a time is no news."""
        if self._analyst is None or not self._analyst.foresees:
            return None
        self._settle_looks()
        return self._analyst.foreseen(time)

    def _sight(self) -> TrackerView | None:
        """What the tracker knows of the next look."""
        self._settle_looks()
        return self._analyst.sight if self._analyst is not None else None

    def _settle_looks(self) -> None:
        """A recording waits for its pending looks before it asks about tracks: the same file must give the same looks
        however fast the machine is."""
        if self._unsettled and self.blocking:
            self._scheduler.flush(self.name)
            self._unsettled = False

    def _failed_look(self, error: Exception) -> None:
        self.drops["look_failed"] += 1
        count = self.drops["look_failed"]
        if count in (1, 10, 100) or count % 1000 == 0:
            text = redact(str(error))
            _log.error("a look failed", extra=fields(camera=self.name, error=text, failures=count))

    def _settle_counts(self) -> None:
        assert self._analyst is not None
        self.detections += self._analyst.detections
        self.tracks += self._analyst.tracks
        self._rules_off = self._analyst.trouble


class _Rate:
    """Frames and detections per second of wall clock, over about the last two seconds."""

    def __init__(self) -> None:
        self._then = (time.monotonic(), 0, 0)
        self._rates = (0.0, 0.0)

    def of(self, frames: int, detections: int) -> tuple[float, float]:
        """The present rates, given the totals so far."""
        now = time.monotonic()
        before, old_frames, old_detections = self._then
        if now - before >= 2.0:
            span = now - before
            self._rates = ((frames - old_frames) / span, (detections - old_detections) / span)
            self._then = (now, frames, detections)
        return self._rates
