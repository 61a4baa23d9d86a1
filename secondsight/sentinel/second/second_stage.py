"""The second stage: small models that look at what is tracked, only where a rule needs it, at their own rate.

Most of what a detector tracks needs no second look: a helmet matters in the zone where helmets are worn. So a
track is looked at when a rule that names the model could count it, once in `every` seconds, and its answers vote:
the mean of the last probabilities decides (the sum rule of Kittler et al. 1998), since a single crop may show a
back, a blur or a neighbour. Texts vote alike, with the scores of their readings. Time is that of the frames, so
that a recording gives the same answers however fast the machine is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from secondsight.records import Attribute, Box, Group, Posture, Region, classes_named, label_of
from secondsight.sentinel.families.base import Task
from secondsight.sentinel.inference.crop_model import BOXES, CropModel, relative
from secondsight.sentinel.inference.detector import POINTS
from secondsight.sentinel.second.postures import PostureMemory
from secondsight.sentinel.second.text_reader import READ_MOST, Reading, TextReader

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

    from secondsight.config import SecondStageSettings
    from secondsight.records import Frame

TASKS: tuple[Task, ...] = ("classify", *BOXES, "pose", "regions")
MOST = 32
"""Crops of one model in one look, those that waited longest first: a crowd must not stall its camera."""
FORGET = 60.0
"""Seconds after which the votes on a track that has not been seen are forgotten."""
_EARLY = 1e-3
"""Seconds by which a look may come early: frame times are rounded."""

PARTS: Mapping[str, tuple[float, float]] = {
    "whole": (0.0, 1.0),
    "head": (0.0, 0.25),
    "torso": (0.15, 0.6),
    "upper": (0.0, 0.55),
}
"""Where in a person's box a part lies, from the top, as shares of its height. A standing adult's head is an eighth of
the height (the canon of drawing), chin to crown; boxes and postures vary, so parts are generous."""

TrackFilter = Callable[["NDArray[np.float64]"], "NDArray[np.bool_]"]
"""Relative boxes (n, 4) -> which of them some rule could count."""


def part_of(box: Box, region: str, aspect: float) -> Box:
    """A part of a person's box, relative to the picture like the box itself.

    The head's part is no wider than high in pixels, and in the middle.

    Args:
        aspect: width of the picture over its height.
    """
    top, bottom = PARTS[region]
    height = box.y2 - box.y1
    x1, x2 = box.x1, box.x2
    if region == "head":
        half = min(x2 - x1, (bottom - top) * height / aspect) / 2
        middle = (x1 + x2) / 2
        x1, x2 = middle - half, middle + half
    return Box(x1, box.y1 + top * height, x2, box.y1 + bottom * height)


@dataclass(frozen=True, slots=True)
class SecondStageModel:
    """One second-stage model, open, as configured under `name`."""

    name: str
    settings: SecondStageSettings
    model: CropModel | TextReader

    @property
    def whole(self) -> bool:
        """Whether it looks at whole pictures, not at tracks."""
        return self._task == "regions"

    @property
    def poses(self) -> bool:
        """Whether it finds people's key points."""
        return self._task == "pose"

    @property
    def _task(self) -> Task | None:
        return None if isinstance(self.model, TextReader) else self.model.family.task


class SecondStageResult(NamedTuple):
    """What the second stage knows; fields as in `records.Observation`."""

    attributes: Mapping[int, Mapping[str, Attribute]]
    poses: Mapping[int, NDArray[np.float32]]
    postures: Mapping[int, Posture]
    regions: tuple[Region, ...]


@dataclass(slots=True)
class _Known:
    """One track and one model."""

    votes: deque[NDArray[np.float32] | Reading]
    looked: float = -np.inf
    seen: float = -np.inf
    pose: NDArray[np.float32] | None = None


@dataclass(slots=True)
class _Memory:
    """What one model of one camera has seen: of each track, and of the whole picture."""

    tracks: dict[int, _Known] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    looked: float = -np.inf


class SecondStage:
    """The second stage of one camera and epoch; used by one thread at a time.

    Args:
        stages: the models, with what their rules could count.
        labels: class names of the detector.
        groups: of each; by its name by default.
        postures: tells what people do from their key points; None: nobody asks.
    """

    def __init__(
        self,
        stages: Sequence[tuple[SecondStageModel, TrackFilter]],
        labels: Sequence[str],
        groups: tuple[Group, ...] = (),
        postures: PostureMemory | None = None,
    ) -> None:
        self._stages, self._labels, self._groups = stages, tuple(labels), groups
        self._postures = postures
        self._memories = {stage.name: _Memory() for stage, _ in stages}
        self.crops = 0

    def look(self, frame: Frame, detections: Detections) -> SecondStageResult:
        """Take the tracked detections of one look, in pixels of `frame`; times must not run backwards.

        Returns:
            What is known of the tracks present, from this look or earlier ones. What a stage's model raises is raised
            once all others have looked; `known` then has their answers.
        """
        failure: Exception | None = None
        for stage, wanted in self._stages:
            memory = self._memories[stage.name]
            try:
                if stage.whole:
                    self._look_whole(stage, memory, frame)
                else:
                    self._look_tracks(stage, wanted, memory, frame, detections)
            except Exception as error:
                failure = failure or error
        if failure is not None:
            raise failure
        known = self.known(detections, frame.width, frame.height)
        if self._postures is None:
            return known
        return known._replace(
            postures=self._postures.look(frame.time, known.poses, frame.width / frame.height)
        )

    @property
    def trouble(self) -> str | None:
        """Which models are off, and why; None if all are on."""
        return "; ".join(filter(None, (stage.model.trouble for stage, _ in self._stages))) or None

    def known(self, detections: Detections, width: int, height: int) -> SecondStageResult:
        """What is known of the tracks present in a picture of this size, without a look."""
        numbers = _numbers(detections)
        attributes: dict[int, dict[str, Attribute]] = {}
        poses = _own_poses(detections, width, height)
        regions: tuple[Region, ...] = ()
        for stage, _ in self._stages:
            memory = self._memories[stage.name]
            regions += memory.regions
            for number in numbers:
                known = memory.tracks.get(number)
                if known is None:
                    continue
                if known.votes:
                    attributes.setdefault(number, {})[stage.name] = _voted(stage, known.votes)
                if known.pose is not None:
                    poses[number] = known.pose
        return SecondStageResult(attributes, poses, {}, regions)

    def _look_whole(self, stage: SecondStageModel, memory: _Memory, frame: Frame) -> None:
        if isinstance(stage.model, TextReader):
            return
        if frame.time - memory.looked >= stage.settings.every - _EARLY:
            memory.regions, memory.looked = stage.model.regions(frame), frame.time
            self.crops += 1

    def _look_tracks(
        self,
        stage: SecondStageModel,
        wanted: TrackFilter,
        memory: _Memory,
        frame: Frame,
        detections: Detections,
    ) -> None:
        numbers, now = _numbers(detections), frame.time
        for number in numbers:
            known = memory.tracks.setdefault(number, _Known(deque(maxlen=stage.settings.votes)))
            known.seen = now
        for number in [n for n, known in memory.tracks.items() if now - known.seen > FORGET]:
            del memory.tracks[number]
        due = [
            (memory.tracks[numbers[row]].looked, row)
            for row in self._eligible(stage, wanted, frame, detections)
            if now - memory.tracks[numbers[row]].looked >= stage.settings.every - _EARLY
        ]
        model = stage.model
        rows = [row for _, row in sorted(due)[: READ_MOST if isinstance(model, TextReader) else MOST]]
        if not rows:
            return
        boxes = relative(detections.xyxy[rows], frame)
        self.crops += len(rows)
        if not isinstance(model, TextReader) and model.family.task == "pose":
            for row, pose in zip(rows, model.poses(frame, boxes), strict=True):
                known = memory.tracks[numbers[row]]
                known.pose, known.looked = pose, now
            return
        aspect = frame.width / frame.height
        parts = [part_of(box, stage.settings.region, aspect) for box in boxes]
        predicted: Sequence[NDArray[np.float32] | Reading | None] = (
            model.texts(frame, parts) if isinstance(model, TextReader) else model.vectors(frame, parts)
        )
        for row, vote in zip(rows, predicted, strict=True):
            known = memory.tracks[numbers[row]]
            known.looked = now
            if vote is not None:
                known.votes.append(vote)

    def _eligible(
        self, stage: SecondStageModel, wanted: TrackFilter, frame: Frame, detections: Detections
    ) -> list[int]:
        """Rows of tracks that are large enough, of the right class, and that a rule could count."""
        if not len(detections):
            return []
        xyxy = detections.xyxy.astype(np.float64)
        good = xyxy[:, 3] - xyxy[:, 1] >= stage.settings.min_height
        if stage.settings.classes and detections.class_id is not None:
            labels = [label_of(self._labels, number) for number in detections.class_id.tolist()]
            named = classes_named(stage.settings.classes, self._labels, self._groups)
            good &= np.array([label in named for label in labels])
        if good.any():
            good &= wanted(xyxy / (frame.width, frame.height, frame.width, frame.height))
        return [int(row) for row in np.flatnonzero(good)]


def _voted(stage: SecondStageModel, votes: Sequence[NDArray[np.float32] | Reading]) -> Attribute:
    if isinstance(stage.model, TextReader):
        return stage.model.voted([vote for vote in votes if isinstance(vote, Reading)])
    mean = np.mean(np.stack([vote for vote in votes if not isinstance(vote, Reading)]), axis=0)
    best = int(mean.argmax())
    return Attribute(label_of(stage.model.labels, best), float(mean[best]), len(votes))


def _numbers(detections: Detections) -> list[int]:
    return [] if detections.tracker_id is None else cast("list[int]", detections.tracker_id.tolist())


def _own_poses(detections: Detections, width: int, height: int) -> dict[int, NDArray[np.float32]]:
    """Poses of a detector that has key points, by track."""
    points = detections.data.get(POINTS)
    if points is None:
        return {}
    scaled = np.asarray(points, np.float32) / np.array((width, height, 1), np.float32)
    return dict(zip(_numbers(detections), scaled, strict=True))
