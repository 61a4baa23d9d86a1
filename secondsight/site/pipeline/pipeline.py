"""The frame path of some cameras: from their packets to cases with clips.

A site with few cameras has one `CameraPipeline`, in its own process; one with many has several, each in a process of
its own (`processes`). What a pipeline needs of the rest of its site, the store above all, it gets as `SiteServices`.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from secondsight.behaviour import foreign_rules, make_behaviours
from secondsight.cascade import ClipRecording, Recorder, SnapshotWriter
from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import SourceError
from secondsight.learn import Sampler
from secondsight.log import fields
from secondsight.media import (
    DecodingTurns,
    FootageWriter,
    LiveServer,
    Packet,
    Stream,
    StreamInfo,
    is_recording,
)
from secondsight.records import Action, Candidate, Counter, Frame, Observation
from secondsight.sentinel import (
    COMPILED,
    AdaptiveRate,
    Attention,
    Contrast,
    CropModel,
    Gate,
    ModelStore,
    RoiSelector,
    Scheduler,
    Tracker,
    make_tracker,
)
from secondsight.site.pipeline.analysis import TrackAnalysis
from secondsight.site.pipeline.camera_thread import CameraThread
from secondsight.site.pipeline.described import Descriptions
from secondsight.site.pipeline.foreign_code import ForeignCode
from secondsight.site.pipeline.handle import Listener, SiteServices
from secondsight.site.pipeline.load_meter import LoadMeter
from secondsight.site.pipeline.look_needs import lookback_of, needs_of, watches_scene
from secondsight.site.pipeline.minute_totals import MinuteCounts, MinuteTotals
from secondsight.site.pipeline.presence import BlindSpans, WatchedSpans, ZoneVisits
from secondsight.site.pipeline.production_model import ProductionModel
from secondsight.site.pipeline.second_stage import Stages
from secondsight.site.rule_classes import ModelClasses
from secondsight.site.status import CameraStatus, PipelineStatus

if TYPE_CHECKING:
    from supervision import Detections

_log = logging.getLogger(__name__)

STOP_PATIENCE = 7.0
"""Seconds that ending may take in all, whatever hangs."""
_CAMERAS_SHARE, _LOOKS_SHARE = 0.4, 0.2
"""Of that: for cameras, then for their looks; what is left is for clips and the store."""
_MINUTE = 60.0
_PICTURELESS = ("connecting", "retrying", "failed")
"""States of a camera that ought to give pictures and does not."""
_CHANGE_PATIENCE = 5.0
"""Seconds that a camera may take to end before it begins anew with other settings."""


class CameraPipeline:
    """Some cameras of a site in this process; see `PipelineHandle`.

    Args:
        cameras: their names.
        services: the rest of the site.
        data: the data folder, for clips and key frames.
        listener: sees every packet and observation.
        on_end: called when a camera has ended, in its thread.

    Raises:
        ModelError: a model cannot be used; the message names it.
    """

    def __init__(
        self,
        config: SiteConfig,
        cameras: Iterable[str],
        services: SiteServices,
        *,
        data: Path,
        clock: Clock,
        listener: Listener | None = None,
        on_end: Callable[[], None],
    ) -> None:
        self._config, self._services, self._clock, self._listener = config, services, clock, listener
        self._on_end = on_end
        self._cameras: dict[str, CameraThread] = {}
        self._counts, self._totals = MinuteCounts(), MinuteTotals()
        self._blind = BlindSpans(lambda span: self._recorder.keep_coverage(span, block=False))
        self._foreign: dict[str, ForeignCode] = {}
        self._reid: CropModel | None = None
        self._sampler: Sampler | None = None
        self._counted, self._counting = time.monotonic(), threading.Lock()
        self._started = self._stopped = False
        self._load = LoadMeter()
        self._stack = ExitStack()
        try:
            self._open(data)
            for name in cameras:
                self._cameras[name] = self._camera(name)
        except BaseException:
            self._stack.close()
            raise

    def _open(self, data: Path) -> None:
        config, services, stack = self._config, self._services, self._stack
        models, sentinel = ModelStore(config.models), config.sentinel
        self._model = ProductionModel(config, data)
        stack.callback(self._model.close)
        self._stages = Stages(config, models)
        stack.callback(self._stages.close)
        self._descriptions = Descriptions(config, data)
        stack.callback(self._descriptions.close)
        if sentinel.reid is not None:
            reid = models.resolve(sentinel.reid)
            self._reid = CropModel.open(
                reid, ("embed",), sentinel.runtime, sentinel.device, look_timeout=sentinel.look_timeout
            )
            stack.callback(self._reid.close)
        # Loads the tracker's libraries now, so that the first look of a camera does not wait for them.
        self._make_tracker()
        self._snapshots = SnapshotWriter(data, config.retention.min_free)
        stack.callback(self._snapshots.close)
        self._recorder = Recorder(
            services.store,
            data,
            config.clips,
            config.retention,
            self._clock,
            make_room=services.make_room,
            on_ready=services.ready,
            screen=services.screen,
            on_lost=self._snapshots.discard,
            lookback=lambda camera: lookback_of(self._config, camera),
        )
        stack.callback(self._recorder.close, 1.0)
        self._footage, self._live = FootageWriter(data, config.retention), LiveServer(data)
        stack.callback(self._footage.close)
        stack.callback(self._live.close)
        if config.learn.enabled:
            self._sampler = Sampler(data, config.learn, config.retention.min_free, lambda: self._model.bundle)
            stack.callback(self._sampler.close)
        self._scheduler = Scheduler(
            self._model.detector,
            self._deliver,
            threshold=sentinel.threshold,
            iou=sentinel.iou,
        )
        stack.callback(self._scheduler.close, drain=False, timeout=1.0)
        self._turns = DecodingTurns(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            lambda: self._scheduler.starved,
        )

    def _camera(self, name: str) -> CameraThread:
        config, settings = self._config, self._config.cameras[name]
        self._foreign[name] = ForeignCode(name, config.sentinel.look_timeout)
        gate = Gate(
            config.gate_of(name),
            settings.masks,
            config.sentinel.fps,
            config.sentinel.idle_fps,
            settles=watches_scene(config, name),
        )
        self._footage.record(name, settings.record)
        self._live.offer(name)
        adaptive = needs_of(config, name) is not None
        contrast = Contrast() if config.sentinel.contrast == "auto" else None
        roi = RoiSelector(self._model.detector, COMPILED)
        attention = Attention(gate, roi, adaptive=adaptive, contrast=contrast)
        stream = Stream(name, settings, self._clock, wanted=attention.wants, turns=self._turns)
        return CameraThread(
            name,
            stream,
            attention,
            self._scheduler,
            self,
            on_end=self._on_end,
            look_timeout=config.sentinel.look_timeout,
        )

    @property
    def classes(self) -> ModelClasses:
        """Classes of the detector."""
        detector = self._model.detector
        return ModelClasses(self._config.sentinel.model, detector.labels, detector.groups)

    # -- PipelineHandle

    def start(self) -> None:
        """Begin to read."""
        self._started = True
        for camera in self._cameras.values():
            camera.start()

    def change(self, config: SiteConfig, cameras: Collection[str], changed: Collection[str]) -> None:
        """See `PipelineHandle`."""
        self._stages.take(config)
        self._descriptions.take(config)
        self._config = config
        stuck = self._end_cameras([name for name in changed if name in self._cameras])
        begun = [name for name in cameras if name in changed and name not in stuck]
        new = {name: self._camera(name) for name in begun}
        kept = {name: one for name, one in self._cameras.items() if name not in changed or name in stuck}
        # Replaced as a whole: other threads go through the cameras meanwhile.
        self._cameras = kept | new
        if self._started and not self._stopped:
            for camera in new.values():
                camera.start()
        if stuck:
            names = ", ".join(sorted(stuck))
            raise SourceError(
                f"camera {names} does not end and goes on as before; restart the site to change it"
            )

    def _end_cameras(self, names: Collection[str]) -> set[str]:
        """Let cameras end, with all that they have pending; the names of those that do not."""
        ending = {name: self._cameras[name] for name in names}
        for camera in ending.values():
            camera.stop()
        until = time.monotonic() + _CHANGE_PATIENCE
        stuck = {name for name, one in ending.items() if not one.join(max(0.1, until - time.monotonic()))}
        self._count_minute()
        for name in ending.keys() - stuck:
            self._footage.record(name, None)
            self._live.withdraw(name)
            self._counts.forget(name)
            self._foreign[name].close()
        return stuck

    def tick(self) -> None:
        """Close the recordings of cameras that went silent; store the counts of each full minute; look with what was
        promoted."""
        self._recorder.tick()
        self._note_blind()
        self._model.refresh(self._scheduler)
        if time.monotonic() - self._counted >= _MINUTE:
            self._counted = time.monotonic()
            self._count_minute()
            self._descriptions.save()

    def _note_blind(self) -> None:
        """Which live cameras give no pictures now. Recordings are watched by their own time."""
        known = self._config.cameras
        gives = {
            name: camera.status().state not in _PICTURELESS
            for name, camera in list(self._cameras.items())
            if name in known and not is_recording(name, known[name])
        }
        self._blind.look(gives, self._clock.now())

    def state(self) -> PipelineStatus:
        """Its present status."""
        # In this order: what is over stays over, so the counts read after it are final.
        over = not any(camera.alive for camera in self._cameras.values())
        over = over and self._recorder.idle and self._footage.idle
        drops, lost = self._recorder.drops, self._footage.lost
        cameras = tuple(
            _with(camera.status(), drops.get(name, {}), lost.get(name, 0))
            for name, camera in self._cameras.items()
        )
        return PipelineStatus(
            cameras=cameras,
            over=over,
            trouble=self._recorder.trouble or self._load.trouble(cameras),
        )

    def ask_to_stop(self) -> None:
        """Read no more; returns at once."""
        for camera in self._cameras.values():
            camera.stop()

    def stop(self) -> None:
        """Read no more, write what is pending, end all threads."""
        if self._stopped:
            return
        self._stopped = True
        self.ask_to_stop()
        begun = time.monotonic()
        for name, camera in self._cameras.items():
            if not camera.join(max(0.0, begun + _CAMERAS_SHARE * STOP_PATIENCE - time.monotonic())):
                _log.warning("camera does not stop, left behind", extra=fields(camera=name))
        self._scheduler.close(drain=True, timeout=_LOOKS_SHARE * STOP_PATIENCE)
        self._count_minute()
        self._recorder.close(max(2.0, begun + STOP_PATIENCE - time.monotonic()))
        self._footage.close(max(1.0, begun + STOP_PATIENCE - time.monotonic()))

    def close(self) -> None:
        """Stop, and release the models."""
        self.stop()
        self._stack.close()
        for foreign in self._foreign.values():
            foreign.close()

    def _count_minute(self) -> None:
        """Store what each camera has counted since the last time."""
        with self._counting:
            statuses = self.state().cameras
            self._recorder.keep_counters(self._counts.since_last(statuses, self._clock.now()))

    # -- what cameras report (`PipelineCallbacks`)

    def packet(self, packet: Packet) -> list[ClipRecording]:
        """Take one packet of a camera, in its thread; the recordings that are complete with it."""
        if self._listener is not None:
            self._listener.feed(packet)
        self._footage.feed(packet)
        self._live.feed(packet)
        return self._recorder.clip_buffer(packet.camera).feed(packet)

    def recorded(self, camera: str, recordings: list[ClipRecording]) -> None:
        """All looks before the end of these recordings have been judged."""
        self._recorder.clip_buffer(camera).complete(recordings)

    def epoch_over(self, camera: str) -> None:
        """A camera's epoch has been judged to its end."""
        self._recorder.clip_buffer(camera).end()
        self._footage.end(camera)

    def moved(self, camera: str, time: float) -> None:
        """Something moved before a camera."""
        self._footage.moved(camera, time)

    def analysis_for(self, info: StreamInfo, camera: CameraThread) -> TrackAnalysis:
        """The analysis of a new epoch."""
        name = camera.name
        buffer, listener, sampler = self._recorder.clip_buffer(name), self._listener, self._sampler
        block, foreign = camera.blocking, self._foreign[name]

        def observe(seen: Observation) -> None:
            buffer.observe(seen)
            if seen.frame is not None:
                self._live.look(seen.frame)
            if listener is not None:
                listener.observe(seen)
            if sampler is not None:
                sampler.observe(seen)

        analysis = TrackAnalysis(
            name,
            info.epoch,
            self._model.detector.labels,
            self._make_tracker(),
            make_behaviours(name, self._config, info.origin, run=foreign.call),
            on_candidate=lambda candidate: self._candidate(candidate, camera, analysis.frame),
            on_observation=observe,
            on_tracks=lambda tracks: self._recorder.keep_tracks(tracks, block=block),
            on_counts=lambda counts: self._keep_counts(counts, recorded=block),
            on_visits=lambda visits: self._recorder.keep_visits(visits, block=block),
            visits=ZoneVisits(name, info.epoch, self._config.cameras[name]),
            watched=WatchedSpans(
                name,
                self._config.gate_of(name).refresh,
                lambda span: self._recorder.keep_coverage(span, block=block),
            ),
            second_stage=self._stages.of(
                name,
                self._model.detector.labels,
                self._model.detector.groups,
                points=self._model.detector.family.task == "pose",
            ),
            words=self._descriptions.of(
                name, self._model.detector.labels, self._model.detector.groups, block=block
            ),
            adaptive_rate=AdaptiveRate(1 / self._config.sentinel.idle_fps, needs_of(self._config, name)),
            foreign=foreign,
            foreign_rules=foreign_rules(name, self._config),
            groups=self._model.detector.groups,
            embeds=self._reid is not None,
        )
        return analysis

    def _keep_counts(self, counts: list[Counter], *, recorded: bool) -> None:
        """Store what rules counted; a recording that is read again must not count twice."""
        if recorded:
            self._recorder.keep_totals(self._totals.put(counts))
        else:
            self._recorder.keep_counters(counts)

    def _make_tracker(self) -> Tracker:
        sentinel = self._config.sentinel
        return make_tracker(
            sentinel.tracker,
            sentinel.fps,
            lost_track=sentinel.lost_track,
            reid=self._reid,
            groups=self._model.detector.groups,
        )

    def _candidate(self, candidate: Candidate, camera: CameraThread, frame: Frame | None) -> None:
        self._footage.happened(camera.name, candidate.id, candidate.start, candidate.end)
        if candidate.end is not None:
            self._recorder.over(candidate, block=camera.blocking)
            return
        camera.candidates += 1
        candidate = replace(candidate, bundle=self._model.bundle)
        decision = self._services.decide(candidate)
        taken = self._recorder.report(candidate, decision, block=camera.blocking)
        if taken and frame is not None and decision.action is not Action.DROP:
            self._snapshots.take(candidate, frame)

    def _deliver(
        self, camera: str, frame: Frame | None, result: "Detections | Exception | None", tag: object
    ) -> None:
        self._cameras[camera].deliver(frame, result, tag)


def _with(status: CameraStatus, drops: Mapping[str, int], segments: int) -> CameraStatus:
    """A camera's status with what its recorder has lost, and the segments of footage that were."""
    footage = {"footage": segments} if segments else {}
    return replace(status, drops={**status.drops, **drops, **footage})
