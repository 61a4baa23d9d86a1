"""What happens to one camera's looks after the model: tracking, behaviours, candidates, track summaries.

All of it runs in the scheduler's delivery order, one epoch at a time, so a recording gives the same candidates
however many cameras share the machine.
"""

from __future__ import annotations

import logging
from collections import Counter as Tally
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from secondsight.behaviour import Behaviour
from secondsight.errors import ModelError
from secondsight.log import fields, redact
from secondsight.records import (
    Box,
    Candidate,
    Counter,
    FirstSight,
    Frame,
    Group,
    Likeness,
    Observation,
    Track,
    TrackId,
    Visit,
    label_of,
)
from secondsight.sentinel import (
    APPEARANCE,
    AdaptiveRate,
    AttentionView,
    FirstLook,
    Letterbox,
    SecondStage,
    SecondStageResult,
    Tracker,
    WordMatcher,
)
from secondsight.site.pipeline.behaviour_guard import BehaviourGuard
from secondsight.site.pipeline.foreign_code import ForeignCode
from secondsight.site.pipeline.presence import WatchedSpans, ZoneVisits

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

_log = logging.getLogger(__name__)

_PATH_POINTS = 32
_FORGET = 30.0
"""Seconds after which a track that has not been seen is summarised and forgotten."""


@dataclass(slots=True)
class _TrackSummary:
    """What is known of a track; its path is thinned so that it stays short however long the track lives."""

    start: float
    end: float
    looks: int = 0
    confidence: float = 0.0
    labels: Tally[int] = field(default_factory=Tally)
    path: list[tuple[float, float]] = field(default_factory=list)
    stride: int = 1
    attributes: dict[str, str] = field(default_factory=dict)
    embedding: NDArray[np.float32] | None = None

    def add(self, time: float, x: float, y: float, score: float, class_id: int) -> None:
        if self.looks % self.stride == 0:
            self.path.append((x, y))
            if len(self.path) >= 2 * _PATH_POINTS:
                self.path, self.stride = self.path[::2], self.stride * 2
        self.end = time
        self.looks += 1
        self.confidence += score
        self.labels[class_id] += 1


def _relative(first: Mapping[int, FirstLook], size: tuple[int, int]) -> dict[int, FirstSight]:
    """First looks with boxes in shares of a picture of (width, height)."""
    sides = (*size, *size)
    return {
        number: FirstSight(look.time, Box(*np.clip(look.box / sides, 0.0, 1.0).tolist()))
        for number, look in first.items()
    }


class TrackAnalysis:
    """One camera and epoch, from detections to candidates. Used by one thread at a time.

    Args:
        on_candidate: gets each candidate when it is reported and again when it has ended.
        on_observation: gets each observation, those of static frames too.
        on_tracks: gets summaries of tracks that have ended.
        on_counts: gets what rules counted in past minutes; a minute may come in parts.
        on_visits: gets the visits of tracks that have ended.
        visits: follows tracks through the zones; None: nobody asks.
        watched: hears of every moment at which the camera was watched; None: nobody asks.
        second_stage: the second-stage models; none by default.
        words: compares tracks with the rules' words; None: no rule has any.
        adaptive_rate: forecasts motion, so that fewer looks do; by default never.
        groups: of each label; by its name by default.
        embeds: whether a re-id model describes what is tracked; then tracks keep the mean of that.
        foreign: runs the behaviours of the rules that are named in `foreign_rules`.

    Attributes:
        view: what is tracked, as of the last look or static frame; replaced as a whole, so any thread may read it.
        frame: the picture that is being judged; None between looks.
        detections: boxes found so far. tracks: objects followed so far. failures: second-stage looks that failed.
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
        on_visits: Callable[[list[Visit]], None] = lambda visits: None,
        visits: ZoneVisits | None = None,
        watched: WatchedSpans | None = None,
        second_stage: SecondStage | None = None,
        words: WordMatcher | None = None,
        adaptive_rate: AdaptiveRate | None = None,
        foreign: ForeignCode | None = None,
        foreign_rules: Collection[str] = (),
        groups: tuple[Group, ...] = (),
        embeds: bool = False,
    ) -> None:
        self.camera, self.epoch = camera, epoch
        self._labels, self._tracker = labels, tracker
        self._groups, self._embeds = groups, embeds
        self._behaviours = [
            BehaviourGuard(behaviour, camera, foreign if behaviour.rule in foreign_rules else None)
            for behaviour in behaviours
        ]
        self._second_stage = second_stage or SecondStage((), labels)
        self._words = words
        self._adaptive_rate = adaptive_rate or AdaptiveRate(0.0, None)
        self.view = AttentionView(tracker.view)
        self._on_candidate, self._on_observation, self._on_tracks = on_candidate, on_observation, on_tracks
        self._on_counts, self._on_visits = on_counts, on_visits
        self._visits, self._watched = visits, watched
        self._summaries: dict[int, _TrackSummary] = {}
        self._last: Observation | None = None
        self.frame: Frame | None = None
        self._swept = 0.0
        self._minute = 0
        self.detections = 0
        self.tracks = 0
        self.failures = 0

    @property
    def trouble(self) -> str | None:
        """Which rules and second-stage models are off, and why; None if all are on."""
        rules = [one.trouble for one in self._behaviours if one.trouble]
        words = self._words.trouble if self._words is not None else None
        return "; ".join(filter(None, (*rules, self._second_stage.trouble, words))) or None

    def look(
        self, frame: Frame, detections: Detections, *, still: bool, letterbox: Letterbox | None = None
    ) -> None:
        """Take what the model found in one frame.

        Args:
            still: nothing has moved since the look or static frame before.
            letterbox: what of the frame the model saw; None for all.
        """
        self.detections += len(detections)
        self._watch(frame.time)
        tracked = self._tracker.update(detections, frame.time, still=still, letterbox=letterbox, frame=frame)
        view, size = self._tracker.view, (frame.width, frame.height)
        self.view = AttentionView(view, self._adaptive_rate.update(tracked, view, frame.time, size))
        closer = self._look_closer(frame, tracked)
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
            postures=closer.postures,
            regions=closer.regions,
            groups=self._groups,
            first=_relative(view.first, size),
            likeness=self._compare(frame, tracked),
        )
        self._last = replace(seen, frame=None)
        self._summarise(seen)
        self.frame = frame
        try:
            self._judge(seen)
        finally:
            self.frame = None

    def unchanged(self, time: float) -> None:
        """Nothing has moved until `time`: what was seen last is still there, and time passes for the behaviours."""
        self._watch(time)
        self._tracker.unchanged(time)
        self.view = self.view._replace(tracker=self._tracker.view)
        last = self._last
        if last is not None and len(last.detections):
            self._judge(replace(last, time=time, held=True))

    def close(self) -> None:
        """End the epoch, and with it open candidates and tracks."""
        if self._last is not None:
            for behaviour in self._behaviours:
                for candidate in behaviour.close(self._last.time):
                    self._report(candidate)
        self._count(over=True)
        self._forget(list(self._summaries))
        if self._words is not None:
            self._words.close()
        if self._watched is not None:
            self._watched.close()

    def _watch(self, time: float) -> None:
        if self._watched is not None:
            self._watched.seen(time)

    def _look_closer(self, frame: Frame, tracked: Detections) -> SecondStageResult:
        """What the second stage predicts. A model that fails must not cost the camera its look."""
        try:
            return self._second_stage.look(frame, tracked)
        except Exception as error:
            self._failed(error)
            return self._second_stage.known(tracked, frame.width, frame.height)

    def _compare(self, frame: Frame, tracked: Detections) -> Mapping[str, Mapping[int, Likeness]]:
        """How much tracks look like the rules' words; a model that fails must not cost the camera its look."""
        if self._words is None:
            return {}
        try:
            self._words.look(frame, tracked)
        except Exception as error:
            self._failed(error)
        return self._words.known()

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        if self.failures in (1, 10, 100) or self.failures % 1000 == 0:
            trace = None if isinstance(error, ModelError) else error
            about = fields(camera=self.camera, error=redact(str(error)))
            _log.error("a second-stage model failed", extra=about, exc_info=trace)

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
        """Pass a candidate on with the attributes of its tracks; the first track's, where several have the same."""
        attributes: dict[str, str] = {}
        for track in reversed(candidate.tracks):
            summary = self._summaries.get(track.number)
            attributes |= summary.attributes if summary is not None else {}
        self._on_candidate(replace(candidate, attributes=attributes) if attributes else candidate)

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
                summary = self._summaries.get(number)
                if summary is None:
                    summary = self._summaries[number] = _TrackSummary(seen.time, seen.time)
                    self.tracks += 1
                summary.add(seen.time, *values)
            if self._embeds and APPEARANCE in found.data:
                self._embed(found.tracker_id.tolist(), np.asarray(found.data[APPEARANCE], np.float32))
            if self._visits is not None:
                self._visits.look(seen.time, found.tracker_id.tolist(), np.stack((x, y), axis=1))
        for number, predicted in seen.attributes.items():
            self._summaries[number].attributes |= {name: one.label for name, one in predicted.items()}
        if seen.time - self._swept > 1.0:
            self._swept = seen.time
            self._forget([n for n, summary in self._summaries.items() if seen.time - summary.end > _FORGET])

    def _embed(self, numbers: list[int], looks: NDArray[np.float32]) -> None:
        for number, look in zip(numbers, looks, strict=True):
            summary = self._summaries[number]
            summary.embedding = look.copy() if summary.embedding is None else summary.embedding + look

    def _forget(self, numbers: list[int]) -> None:
        over, visits = [], list[Visit]()
        if self._words is not None:
            self._words.over(numbers)
        for number in numbers:
            summary = self._summaries.pop(number)
            label = label_of(self._labels, summary.labels.most_common(1)[0][0])
            track = TrackId(self.camera, self.epoch, number)
            path = tuple((round(x, 4), round(y, 4)) for x, y in summary.path)
            sums = summary.embedding
            mean = None if sums is None else tuple((sums / summary.looks).tolist())
            score = summary.confidence / summary.looks
            over.append(Track(track, label, summary.start, summary.end, score, path, mean))
            if self._visits is not None:
                visits += self._visits.over(number, label, summary.attributes)
        if over:
            self._on_tracks(over)
        if visits:
            self._on_visits(visits)
