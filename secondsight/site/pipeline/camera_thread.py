"""One camera's thread: stream -> clip buffer, attention -> scheduler, and the analysis of what comes back.

Each camera is a fault domain of its own: a failure here is shown as this camera's error, a live camera is tried
again, and no other camera is affected.
"""

import logging
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from secondsight.cascade import ClipRecording
from secondsight.errors import OUT_OF_MEMORY, ModelError, SecondSightError, out_of_memory
from secondsight.log import fields, redact
from secondsight.media import Packet, Stream, StreamInfo
from secondsight.records import Frame
from secondsight.sentinel import Attention, AttentionView, Brightened, LookPlan, Scheduler, StaticFrame
from secondsight.site.pipeline.analysis import TrackAnalysis
from secondsight.site.status import CameraStatus

if TYPE_CHECKING:
    from supervision import Detections

_log = logging.getLogger(__name__)

_RESTART_AFTER = 5.0
"""Seconds before a live camera whose thread failed unexpectedly is started again."""


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """Control event: what follows belongs to another connection or loop."""

    info: StreamInfo


@dataclass(frozen=True, slots=True)
class EndOfEpoch:
    """Control event: nothing follows in this epoch."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Control event: the last packet of these recordings has come."""

    recordings: list[ClipRecording]


class PipelineCallbacks(Protocol):
    """Where a camera's results go; `CameraPipeline` implements it."""

    def analysis_for(self, info: StreamInfo, camera: "CameraThread") -> TrackAnalysis: ...
    def packet(self, packet: Packet) -> list[ClipRecording]: ...
    def recorded(self, camera: str, recordings: list[ClipRecording]) -> None: ...
    def epoch_over(self, camera: str) -> None: ...
    def moved(self, camera: str, time: float) -> None: ...


class CameraThread:
    """Reads one camera until its end or `stop`.

    Args:
        stream: where packets and frames come from.
        attention: decides which frames get a look.
        scheduler: where frames go that need a look; calls `deliver` with the results, in order.
        look_timeout: seconds after which the status says that the analysis of a look does not end.
    """

    def __init__(
        self,
        name: str,
        stream: Stream,
        attention: Attention,
        scheduler: Scheduler,
        callbacks: PipelineCallbacks,
        *,
        on_end: Callable[[], None],
        look_timeout: float = 30.0,
    ) -> None:
        self.name, self._stream, self._attention = name, stream, attention
        self._scheduler, self._callbacks, self._on_end = scheduler, callbacks, on_end
        self._look_timeout = look_timeout
        self._analysis: TrackAnalysis | None = None
        self._epoch: int | None = None
        self._live = True
        self._pending = False
        self._stopping = threading.Event()
        self.looks = 0
        self.reasons: Tally[str] = Tally()
        self.candidates = 0
        self.detections = 0
        self.tracks = 0
        self.drops: Tally[str] = Tally()
        self.failed: str | None = None
        self._look_error: str | None = None
        self._busy_since: float | None = None
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
        self._busy_since = time.monotonic()
        try:
            self._deliver(frame, result, tag)
        finally:
            self._busy_since = None

    def _deliver(self, frame: Frame | None, result: "Detections | Exception | None", tag: object) -> None:
        if isinstance(tag, NewEpoch):
            self._analysis = self._callbacks.analysis_for(tag.info, self)
        elif isinstance(tag, Recorded):
            self._callbacks.recorded(self.name, tag.recordings)
        elif self._analysis is None:
            return
        elif isinstance(tag, StaticFrame):
            self._analysis.unchanged(tag.time)
        elif isinstance(tag, EndOfEpoch):
            self._analysis.close()
            self._settle_counts()
            self._analysis = None
        elif isinstance(result, Exception):
            self._failed_look(result)
        elif isinstance(tag, LookPlan) and frame is not None and result is not None:
            try:
                self._analysis.look(frame, result, still=tag.still, letterbox=tag.letterbox)
            except Exception as error:
                self._failed_look(error)
                raise
            self._look_error = None

    def status(self) -> CameraStatus:
        """What this camera has done up to now."""
        stats = self._stream.stats
        analysis = self._analysis
        detections = self.detections + (analysis.detections if analysis else 0)
        fps, per_second = self._rate.of(stats.frames, detections)
        drops = Tally(stats.drops) + self.drops + self._scheduler.stats(self.name).dropped
        return CameraStatus(
            name=self.name,
            state="failed" if self.failed else stats.state,
            frames=stats.frames,
            looks=self.looks,
            fps=fps,
            detections=detections,
            detections_per_s=per_second,
            candidates=self.candidates,
            tracks=self.tracks + (analysis.tracks if analysis else 0),
            drops={name: count for name, count in drops.items() if count},
            position=stats.position,
            error=self.failed
            or stats.last_error
            or self._look_error
            or self._stuck()
            or (analysis.trouble if analysis else self._rules_off),
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
                    text = OUT_OF_MEMORY if out_of_memory(error) else f"internal error: {redact(str(error))}"
                    self.failed = text
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
            recorded = self._callbacks.packet(packet) if packet.size else []
            for frame in frames:
                self._look(frame)
            if recorded:
                self._scheduler.post(self.name, Recorded(recorded), block=True)

    def _begin_epoch(self, packet: Packet) -> None:
        self._finish_epoch()
        self._epoch, self._live = packet.epoch, packet.info.live
        self._scheduler.post(self.name, NewEpoch(packet.info), block=True)
        self._pending = True

    def _finish_epoch(self) -> None:
        """Let every pending look of the epoch be analysed before its open candidates and recordings are closed."""
        if self._epoch is None:
            return
        self._scheduler.post(self.name, EndOfEpoch(), block=True)
        self._scheduler.flush(self.name)
        self._callbacks.epoch_over(self.name)
        self._epoch = None

    def _look(self, frame: Frame) -> None:
        asks = self._attention.compare(frame)
        if self._attention.moving:
            self._callbacks.moved(self.name, frame.time)
        view = self._view() if asks else None
        plan = self._attention.plan(frame, view)
        if isinstance(plan, LookPlan):
            if self._scheduler.trouble is not None:
                raise ModelError(f"camera {self.name} is not watched: {self._scheduler.trouble}")
            self.reasons[plan.reason] += 1
            # One that took the place of a look that was never made is no further look.
            shown = None if plan.curve is None else Brightened(frame, plan.curve)
            self.looks += self._scheduler.offer(
                frame, block=self.blocking, tag=plan, letterbox=plan.letterbox, shown=shown
            )
            self._pending = True
        elif isinstance(plan, StaticFrame):
            self._scheduler.post(self.name, plan, block=self.blocking)
            self._pending = True

    def _view(self) -> AttentionView | None:
        """What is tracked. A recording awaits its pending looks first: the same file must give the same looks however
        fast the machine is."""
        if self._pending and self.blocking:
            self._scheduler.flush(self.name)
            self._pending = False
        return self._analysis.view if self._analysis is not None else None

    def _stuck(self) -> str | None:
        """What to say of a look whose analysis does not end. Live cameras drop looks meanwhile; a recording may wait
        for the database, and rightly."""
        since = self._busy_since
        if since is None or time.monotonic() - since <= self._look_timeout:
            return None
        waited = f"{self._look_timeout:g} s"
        return f"one look is being analysed for more than {waited}: its tracker, its rules or the store"

    def _failed_look(self, error: Exception) -> None:
        self.drops["look_failed"] += 1
        count = self.drops["look_failed"]
        self._look_error = f"looks fail: {redact(str(error) or type(error).__name__)}"
        if count in (1, 10, 100) or count % 1000 == 0:
            text = redact(str(error))
            _log.error("a look failed", extra=fields(camera=self.name, error=text, failures=count))

    def _settle_counts(self) -> None:
        assert self._analysis is not None
        self.detections += self._analysis.detections
        self.tracks += self._analysis.tracks
        self._rules_off = self._analysis.trouble


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
