"""Wires one site together; the only place that knows all rooms."""

import logging
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from secondsight.behaviour import make_behaviours
from secondsight.cascade import Recorder, Recording
from secondsight.clock import Clock, SystemClock
from secondsight.config import SiteConfig, load_site, read_environment
from secondsight.errors import SourceError, StoreError
from secondsight.log import fields
from secondsight.media import Packet, Stream, StreamInfo, is_recording
from secondsight.records import Candidate, CaseState, Counter, Event, Frame, Observation
from secondsight.sentinel import (
    CropModel,
    Detector,
    Focus,
    Gate,
    ModelStore,
    Scheduler,
    Steady,
    Tracker,
    make_tracker,
)
from secondsight.site.analyst import Analyst
from secondsight.site.annotate import Annotator
from secondsight.site.camera import CameraThread
from secondsight.site.counting import MinuteCounts, MinuteTotals
from secondsight.site.library import Library
from secondsight.site.second_look import SecondLook
from secondsight.site.stages import Stages
from secondsight.site.status import SiteStatus
from secondsight.site.watched import watched_on, watches_scene
from secondsight.store import DataLock, Store, prepare_data_folder

if TYPE_CHECKING:
    from supervision import Detections

_log = logging.getLogger(__name__)

T = TypeVar("T")

_HOUSEKEEPING = 1.0
_RETENTION_EVERY = 60.0
_STOP_PATIENCE = 15.0
"""Seconds a camera may take to end; beyond the default stall timeout, after which a blocked read gives up."""


class Site:
    """One site: cameras in, verified events out.

    Use it as a context manager; entering opens the data folder, the store, the model and the brain, leaving stops
    everything and lets nothing be lost.

    Raises:
        SecondSightError: on entering, when the data folder, the store, the model or the brain cannot be used.
    """

    def __init__(
        self,
        config: SiteConfig,
        *,
        annotate: Path | None = None,
        environ: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.config = config
        self._environ = environ
        self._clock = clock or SystemClock()
        self._annotate = annotate
        self._annotator: Annotator | None = None
        self._stack = ExitStack()
        self._cameras: dict[str, CameraThread] = {}
        self._changed = threading.Condition()
        self._stop_asked = False
        self._started = time.monotonic()
        self._verdicts: Tally[str] = Tally()
        self._once = self._stopped = False
        self._housekeeper: threading.Thread | None = None
        self._counts = MinuteCounts()
        self._totals = MinuteTotals()
        self._reid: CropModel | None = None

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The site of a site file. Raises ConfigError for any mistake in it."""
        return cls(load_site(path), environ=read_environment(Path(path).parent))

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._stack.close()

    def _open(self) -> None:
        config, stack = self.config, self._stack
        data = prepare_data_folder(config.data)
        stack.enter_context(DataLock(data))
        url = config.store.url.get_secret_value() if config.store.url else None
        self._store = stack.enter_context(Store.open(url or data, self._clock))
        self._library = Library(self._store, data, config.retention, self._clock)
        self._second = SecondLook(config, self._store, data, self._clock, self._environ, self._notify)
        models, sentinel = ModelStore(config.models), config.sentinel
        self._detector = Detector.open(
            models.resolve(sentinel.model), sentinel.runtime, sentinel.device, flexible=sentinel.regions
        )
        stack.callback(self._detector.close)
        self._warn_of_classes()
        self._stages = Stages(config, models)
        stack.callback(self._stages.close)
        if sentinel.reid is not None:
            reid = models.resolve(sentinel.reid)
            self._reid = CropModel.open(reid, ("embed",), sentinel.runtime, sentinel.device)
            stack.callback(self._reid.close)
        # Loads the tracker's libraries now, so that the first look of a camera does not wait for them.
        self._make_tracker()
        self._recover()
        self._recorder = Recorder(
            self._store,
            data,
            config.clips,
            config.retention,
            self._clock,
            make_room=self._library.make_room,
            on_ready=self._ready,
            screen=self._second.screen,
        )
        stack.callback(self._recorder.close)
        self._scheduler = Scheduler(
            self._detector,
            self._deliver,
            threshold=sentinel.threshold,
            iou=sentinel.iou,
        )
        stack.callback(self._scheduler.close, drain=False, timeout=_STOP_PATIENCE)
        if self._annotate is not None:
            self._annotator = Annotator(self._annotate, dict(config.cameras))
        for name, camera in config.cameras.items():
            self._store.upsert_camera(name, camera.description)
            gate = Gate(
                config.gate_of(name),
                camera.masks,
                sentinel.fps,
                sentinel.steady_fps,
                settles=watches_scene(config, name),
            )
            focus = Focus(self._detector)
            stream = Stream(name, camera, self._clock, wanted=gate.wants)
            self._cameras[name] = CameraThread(
                name, stream, gate, focus, self._scheduler, self, on_end=self._notify
            )

    # -- running

    def start(self, *, once: bool = False) -> None:
        """Begin to watch; a second call does nothing.

        Args:
            once: finish when every source has ended and every case is settled, instead of running until `stop`.
        """
        if self._housekeeper is not None:
            return
        self._once, self._started = once, time.monotonic()
        self._second.start()
        for camera in self._cameras.values():
            camera.start()
        self._housekeeper = threading.Thread(target=self._keep_house, name="housekeeping", daemon=True)
        self._housekeeper.start()

    def events(
        self, *, once: bool = False, poll: float = 0.5, idle: Callable[[], None] | None = None
    ) -> Iterator[Event]:
        """Events as they settle, each once, rejected ones too (`event.alert` says whether people should be told).

        Starts the site if need be and ends after `request_stop`, or with `once` when everything is done. An event is
        marked as announced when the next one is asked for: one that was being handled when the program died comes
        again after a restart, under the same id.

        Args:
            poll: seconds between looks when nothing reports a change.
            idle: called about every `poll` seconds, such as to show progress.
        """
        self.start(once=once)
        while True:
            over = self._is_over()
            for event in self._announceable():
                self._verdicts[event.verification.value] += 1
                yield event
                self._patiently(partial(self._store.mark_announced, [event.id]))
            if idle is not None:
                idle()
            if over:
                return
            with self._changed:
                self._changed.wait(poll)

    def status(self) -> SiteStatus:
        """What the site is doing at this moment."""
        counts = self._patiently(self._store.case_counts) or {}
        open_cases = sum(count for state, count in counts.items() if state is not CaseState.SETTLED)
        return SiteStatus(
            cameras=tuple(camera.status() for camera in self._cameras.values()),
            open_cases=open_cases,
            verdicts=dict(self._verdicts),
            trouble=self._recorder.trouble or self._second.trouble,
            elapsed=time.monotonic() - self._started,
        )

    def request_stop(self) -> None:
        """Ask the site to stop soon; safe in a signal handler and from any thread."""
        self._stop_asked = True

    def stop(self) -> None:
        """Stop reading, write what is pending, end all threads. Cases without a verdict wait for the next run."""
        if self._stopped:
            return
        self._stopped = self._stop_asked = True
        for camera in self._cameras.values():
            camera.stop()
        for name, camera in self._cameras.items():
            if not camera.join(_STOP_PATIENCE):
                _log.warning("camera does not stop, left behind", extra=fields(camera=name))
        self._notify()
        if self._housekeeper is not None:
            self._housekeeper.join()
        self._scheduler.close(drain=True, timeout=_STOP_PATIENCE)
        self._count_minute()
        self._recorder.close()
        self._second.stop()

    def render(self) -> list[Path]:
        """Draw the annotated videos, if asked for; call it when no more verdicts are expected."""
        if self._annotator is None:
            return []
        return self._annotator.render(self._store.events())

    def raise_for_cameras(self) -> None:
        """Raise SourceError if any camera has failed for good."""
        failed = [camera.failed for camera in self._cameras.values() if camera.failed]
        if failed:
            raise SourceError("; ".join(failed))

    def _is_over(self) -> bool:
        if self._stop_asked:
            self.stop()
            return True
        if not self._once or any(camera.alive for camera in self._cameras.values()):
            return False
        if not self._recorder.idle:
            return False
        self._library.give_up_unrecorded(lambda event: True)
        counts = self._patiently(self._store.case_counts)
        return counts is not None and not any(
            count for state, count in counts.items() if state is not CaseState.SETTLED
        )

    def _announceable(self) -> list[Event]:
        return self._patiently(self._store.unannounced) or []

    def _patiently(self, call: Callable[[], T]) -> T | None:
        """The result of a store call, or None when the store cannot answer now; it will be asked again."""
        try:
            return call()
        except StoreError as error:
            _log.error("store does not answer", extra=fields(error=str(error)))
            return None

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _ready(self) -> None:
        """A case has its clip."""
        self._patiently(self._second.ready)
        self._notify()

    # -- what cameras report (camera.Sinks)

    def packet(self, packet: Packet) -> list[Recording]:
        """Take one packet of a camera, in its thread; the recordings that are complete with it."""
        if self._annotator is not None:
            self._annotator.feed(packet)
        return self._recorder.tape(packet.camera).feed(packet)

    def recorded(self, camera: str, recordings: list[Recording]) -> None:
        """All looks before the end of these recordings have been judged."""
        self._recorder.tape(camera).complete(recordings)

    def epoch_over(self, camera: str) -> None:
        """A camera's epoch has been judged to its end."""
        self._recorder.tape(camera).end()

    def analyst_for(self, info: StreamInfo, camera: CameraThread) -> Analyst:
        """The analyst of a new epoch."""
        name = camera.name
        tape = self._recorder.tape(name)
        block = camera.blocking

        def observe(seen: Observation) -> None:
            tape.observe(seen)
            if self._annotator is not None:
                self._annotator.observe(seen)

        return Analyst(
            name,
            info.epoch,
            self._detector.labels,
            self._make_tracker(),
            make_behaviours(name, self.config, info.origin),
            on_candidate=lambda candidate: self._candidate(candidate, camera),
            on_observation=observe,
            on_tracks=lambda tracks: self._recorder.keep_tracks(tracks, block=block),
            on_counts=lambda counts: self._keep_counts(counts, recorded=block),
            close_look=self._stages.of(name, self._detector.labels),
            steady=Steady(1 / self.config.sentinel.steady_fps, watched_on(self.config, name)),
        )

    def _warn_of_classes(self) -> None:
        """A rule that waits for what the model does not know waits in vain, and says nothing else."""
        for name, rule in self.config.rules.items():
            unknown = [label for label in rule.labels if label not in self._detector.labels]
            if unknown:
                found = {"rule": name, "model": self.config.sentinel.model, "unknown": ", ".join(unknown)}
                _log.warning("the model has no such class; see `secondsight check`", extra=fields(**found))

    def _keep_counts(self, counts: list[Counter], *, recorded: bool) -> None:
        """Store what rules counted; a recording that is watched again must not count twice."""
        if recorded:
            self._recorder.keep_totals(self._totals.put(counts))
        else:
            self._recorder.keep_counters(counts)

    def _make_tracker(self) -> Tracker:
        sentinel = self.config.sentinel
        return make_tracker(sentinel.tracker, sentinel.fps, lost_track=sentinel.lost_track, reid=self._reid)

    def _candidate(self, candidate: Candidate, camera: CameraThread) -> None:
        if candidate.end is not None:
            self._recorder.over(candidate, block=camera.blocking)
            return
        camera.candidates += 1
        self._recorder.report(candidate, self._second.decide(candidate), block=camera.blocking)

    def _deliver(
        self, camera: str, frame: Frame | None, result: "Detections | Exception | None", tag: object
    ) -> None:
        self._cameras[camera].deliver(frame, result, tag)

    # -- housekeeping

    def _recover(self) -> None:
        """Take up what a previous run left behind."""
        recovered = self._store.recover()
        if recovered.requeued:
            _log.info("cases taken up again", extra=fields(cases=len(recovered.requeued)))
        self._library.clean()
        self._library.give_up_unrecorded(lambda event: not self._replays(event.camera))
        self._library.sweep()
        self._second.settle_unreviewable()

    def _replays(self, camera: str) -> bool:
        """Whether a camera's past will be read again from its start."""
        settings = self.config.cameras.get(camera)
        return settings is not None and is_recording(camera, settings)

    def _keep_house(self) -> None:
        minute = swept = time.monotonic()
        while not self._stopped:
            now = time.monotonic()
            try:
                self._recorder.tick()
                if now - minute >= 60.0:
                    minute = now
                    self._count_minute()
                if now - swept >= _RETENTION_EVERY:
                    swept = now
                    self._library.sweep()
            except Exception:
                _log.exception("housekeeping failed")
            with self._changed:
                self._changed.wait(_HOUSEKEEPING)

    def _count_minute(self) -> None:
        """Store what each camera has counted since the last time."""
        statuses = [camera.status() for camera in self._cameras.values()]
        self._recorder.keep_counters(self._counts.since_last(statuses, self._clock.now()))
