"""What happens to one camera's looks after the model: tracking, behaviours, candidates, track summaries.

All of it runs in the scheduler's delivery order, one epoch at a time, so a recording gives the same candidates
however many cameras share the machine.
"""

from __future__ import annotations

import logging
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from secondsight.behaviour import Behaviour
from secondsight.log import fields
from secondsight.records import Box, Candidate, Counter, Frame, Observation, Track, TrackId, label_of
from secondsight.sentinel import AdaptiveRate, Letterbox, SecondStage, SecondStageResult, Tracker, TrackerView
from secondsight.site.pipeline.behaviour_guard import BehaviourGuard

if TYPE_CHECKING:
    from supervision import Detections

_log = logging.getLogger(__name__)

_PATH_POINTS = 32
_FORGET = 30.0
"""Seconds after which a track that has not been seen is summarised and forgotten."""


@dataclass(slots=True)
class _Life:
    """A track while it lives; its path is thinned so that it stays short however long the track lives."""

    start: float
    end: float
    looks: int = 0
    confidence: float = 0.0
    labels: Tally[int] = field(default_factory=Tally)
    path: list[tuple[float, float]] = field(default_factory=list)
    stride: int = 1
    attributes: dict[str, str] = field(default_factory=dict)

    def add(self, time: float, x: float, y: float, score: float, class_id: int) -> None:
        if self.looks % self.stride == 0:
            self.path.append((x, y))
            if len(self.path) >= 2 * _PATH_POINTS:
                self.path, self.stride = self.path[::2], self.stride * 2
        self.end = time
        self.looks += 1
        self.confidence += score
        self.labels[class_id] += 1


class TrackAnalysis:
    """One camera and epoch, from detections to candidates. Used by one thread at a time.

    Args:
        on_candidate: gets each candidate as it arises and again when it is over.
        on_observation: gets each observation, held ones too.
        on_tracks: gets summaries of tracks that are over.
        on_counts: gets what rules counted in the minutes that are past; a minute may come in parts.
        close_look: the second-stage models; none by default.
        steady: knows when fewer looks do; by default never.
    """

    def __init__(
        self,
        camera: str,
        epoch: int,
        labels: tuple[str, ...],
        tracker: Tracker,
        behaviours: list[Behaviour],
        *,
        on_candidate: Callable[[Candidate], None],
        on_observation: Callable[[Observation], None],
        on_tracks: Callable[[list[Track]], None],
        on_counts: Callable[[list[Counter]], None] = lambda counts: None,
        close_look: SecondStage | None = None,
        steady: AdaptiveRate | None = None,
    ) -> None:
        self.camera, self.epoch = camera, epoch
        self._labels, self._tracker = labels, tracker
        self._behaviours = [BehaviourGuard(behaviour, camera) for behaviour in behaviours]
        self._close_look = close_look or SecondStage((), labels)
        self._steady = steady or AdaptiveRate(0.0, None)
        self._on_candidate, self._on_observation, self._on_tracks = on_candidate, on_observation, on_tracks
        self._on_counts = on_counts
        self._lives: dict[int, _Life] = {}
        self._last: Observation | None = None
        self._swept = 0.0
        self._minute = 0
        self.detections = 0
        self.tracks = 0
        self.failures = 0

    @property
    def tracks_alive(self) -> bool:
        """Whether the tracker still holds any object."""
        return self._tracker.count > 0

    @property
    def trouble(self) -> str | None:
        """Which rules are off, and why; None if all are on."""
        return "; ".join(one.trouble for one in self._behaviours if one.trouble) or None

    @property
    def sight(self) -> TrackerView:
        """What the tracker knows of the next look."""
        return self._tracker.sight

    @property
    def foresees(self) -> bool:
        """Whether `foreseen` can ever say anything."""
        return self._steady.able

    def foreseen(self, time: float) -> list[Box] | None:
        """Where motion at a time is no news; see `AdaptiveRate.foreseen`."""
        return self._steady.foreseen(time)

    def look(
        self, frame: Frame, detections: Detections, *, still: bool, letterbox: Letterbox | None = None
    ) -> None:
        """Take what the model found in one frame.

        Args:
            still: nothing has moved since the look or hold before.
            letterbox: what of the frame it saw; None for all.
        """
        self.detections += len(detections)
        tracked = self._tracker.update(detections, frame.time, still=still, letterbox=letterbox, frame=frame)
        self._steady.see(tracked, self._tracker.sight, frame.time, (frame.width, frame.height))
        closer = self._closer(frame, tracked)
        seen = Observation(
            self.camera,
            self.epoch,
            frame.time,
            frame.width,
            frame.height,
            tracked,
            self._labels,
            held=False,
            frame=frame,
            attributes=closer.attributes,
            poses=closer.poses,
            regions=closer.regions,
        )
        self._last = replace(seen, frame=None)
        self._summarise(seen)
        self._judge(seen)

    def hold(self, time: float) -> None:
        """Nothing has moved until `time`: what was seen last is still there, and time passes for the behaviours."""
        self._tracker.hold(time)
        last = self._last
        if last is not None and len(last.detections):
            self._judge(replace(last, time=time, held=True))

    def close(self) -> None:
        """The epoch is over: open suspicions and tracks end."""
        if self._last is not None:
            for behaviour in self._behaviours:
                for candidate in behaviour.close(self._last.time):
                    self._report(candidate)
        self._count(over=True)
        self._forget(list(self._lives))

    def _closer(self, frame: Frame, tracked: Detections) -> SecondStageResult:
        """What the second stage knows; a model that fails must not cost the camera its look."""
        try:
            return self._close_look.look(frame, tracked)
        except Exception:
            self.failures += 1
            if self.failures in (1, 10, 100) or self.failures % 1000 == 0:
                _log.exception("a second-stage model failed", extra=fields(camera=self.camera))
            return self._close_look.known(tracked, frame.width, frame.height)

    def _judge(self, seen: Observation) -> None:
        self._on_observation(seen)
        for behaviour in self._behaviours:
            for candidate in behaviour.update(seen):
                self._report(candidate)
        if int(seen.time // 60) != self._minute:
            self._minute = int(seen.time // 60)
            self._count()

    def _count(self, *, over: bool = False) -> None:
        counts = [count for behaviour in self._behaviours for count in behaviour.counts(over=over)]
        if counts:
            self._on_counts(counts)

    def _report(self, candidate: Candidate) -> None:
        """Pass a candidate on, with what the second stage has said of its tracks; of several the first one's."""
        said: dict[str, str] = {}
        for track in reversed(candidate.tracks):
            life = self._lives.get(track.number)
            said |= life.attributes if life is not None else {}
        self._on_candidate(replace(candidate, attributes=said) if said else candidate)

    def _summarise(self, seen: Observation) -> None:
        found = seen.detections
        if found.tracker_id is not None and found.confidence is not None and found.class_id is not None:
            x = (found.xyxy[:, 0] + found.xyxy[:, 2]) / (2 * seen.width)
            y = found.xyxy[:, 3] / seen.height
            for number, *values in zip(
                found.tracker_id.tolist(),
                x.tolist(),
                y.tolist(),
                found.confidence.tolist(),
                found.class_id.tolist(),
                strict=True,
            ):
                life = self._lives.get(number)
                if life is None:
                    life = self._lives[number] = _Life(seen.time, seen.time)
                    self.tracks += 1
                life.add(seen.time, *values)
        for number, said in seen.attributes.items():
            self._lives[number].attributes |= {name: one.label for name, one in said.items()}
        if seen.time - self._swept > 1.0:
            self._swept = seen.time
            self._forget([n for n, life in self._lives.items() if seen.time - life.end > _FORGET])

    def _forget(self, numbers: list[int]) -> None:
        over = []
        for number in numbers:
            life = self._lives.pop(number)
            label = label_of(self._labels, life.labels.most_common(1)[0][0])
            track = TrackId(self.camera, self.epoch, number)
            path = tuple((round(x, 4), round(y, 4)) for x, y in life.path)
            over.append(Track(track, label, life.start, life.end, life.confidence / life.looks, path))
        if over:
            self._on_tracks(over)
