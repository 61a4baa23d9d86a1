"""What the sentinel saw: pictures, boxes, tracks, observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from supervision import Detections


class Frame(Protocol):
    """One decoded picture. Pixels are converted on demand; nothing is copied that nobody asked for."""

    @property
    def camera(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def index(self) -> int:
        """Number of the frame within its epoch, from 0."""
        ...

    @property
    def time(self) -> float: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        """Brightness of every `step`-th pixel in both directions, uint8, about (height/step, width/step).

        May be a view into the decoder's buffer: read it, do not keep it.
        """
        ...

    def bgr(self) -> NDArray[np.uint8]:
        """The whole picture, uint8 (height, width, 3). The dear exception, for drawing and saving."""
        ...

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        """The picture scaled to exactly (height, width, 3), uint8, straight from the decoder's planes."""
        ...

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        """The part of the picture within `box`, scaled to exactly (height, width, 3), uint8 BGR.

        Cheap for small boxes. The box is cut off at the picture's edges; at least two pixels are taken either way.
        """
        ...


class Box(NamedTuple):
    """Relative corners in 0..1: left, top, right, bottom."""

    x1: float
    y1: float
    x2: float
    y2: float


class TrackId(NamedTuple):
    """One object over time in one camera; unique for ever."""

    camera: str
    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.camera}/{self.epoch}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> TrackId:
        """The inverse of `str`. Raises ValueError for any other text."""
        camera, epoch, number = text.rsplit("/", 2)
        return cls(camera, int(epoch), int(number))


class TrackPoint(NamedTuple):
    """Where a track was at one moment."""

    time: float
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Track:
    """Summary of a finished track. `path` holds bottom-centre points (x, y), relative, at most a few dozen."""

    id: TrackId
    label: str
    start: float
    end: float
    score: float
    path: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a second-stage model says of one track, voted over its last looks.

    Attributes:
        label: the class that the votes favour, in the model's own words.
        score: mean probability of that class over the votes, 0..1.
        votes: count of looks voted on. Below the configured number the answer is provisional.
    """

    label: str
    score: float
    votes: int


@dataclass(frozen=True, slots=True)
class Region:
    """One connected area of a class, as a segmentation model sees it.

    Attributes:
        area: share of the picture that it covers, 0..1.
    """

    label: str
    box: Box
    area: float


@dataclass(frozen=True, slots=True)
class Observation:
    """What the sentinel saw at one moment of one camera: the input of every behaviour.

    Attributes:
        detections: tracked boxes in pixels; `tracker_id` is set, every id >= 0.
        labels: class name of every class id of the detector, by position.
        held: nothing moved, so the model did not run and the boxes are those of the last look.
        frame: the pixels, for behaviours that look at them; None when held.
        attributes: tracker id -> name of the second-stage model -> its voted answer. A track that no model has
            looked at yet, or that is too small, is missing.
        poses: tracker id -> float32 (17, 3): x and y, relative to the picture, and score 0..1 of the 17 key
            points of COCO, from the last look of the pose model.
        regions: areas of the last look of the segmentation model.
    """

    camera: str
    epoch: int
    time: float
    width: int
    height: int
    detections: Detections
    labels: tuple[str, ...]
    held: bool = False
    frame: Frame | None = None
    attributes: Mapping[int, Mapping[str, Attribute]] = field(default_factory=dict)
    poses: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()


class Counter(NamedTuple):
    """One count of one camera in one minute. `minute` is the minute's start in UTC seconds."""

    camera: str
    minute: int
    name: str
    value: float


def label_of(labels: Sequence[str], class_id: int) -> str:
    """Name of a class id, or its number for a model whose labels do not reach so far."""
    return labels[class_id] if 0 <= class_id < len(labels) else str(class_id)
