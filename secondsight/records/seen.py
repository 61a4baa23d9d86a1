"""What the sentinel saw: pictures, boxes, tracks, observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from supervision import Detections

    from secondsight.records.classes import Group


class Frame(Protocol):
    """One decoded picture. Pixels are converted on demand; nothing is copied before it is needed."""

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
        """Brightness of every `step`-th pixel in both directions.

        Args:
            step: distance of two samples, pixels.

        Returns:
            uint8, about (height / step, width / step). It may be a view into the decoder's buffer: read it,
            do not keep it.
        """
        ...

    def bgr(self) -> NDArray[np.uint8]:
        """The whole picture, uint8 BGR (height, width, 3). Costly: for drawing and saving."""
        ...

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        """The picture in another size, straight from the decoder's planes.

        Args:
            width: of the result, pixels.
            height: of the result, pixels.
            order: order of the colour channels.

        Returns:
            uint8, exactly (height, width, 3).
        """
        ...

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        """A part of the picture in another size. Cheap for small boxes.

        Args:
            box: the part. What lies outside of the picture is cut off; at least two pixels remain in each
                direction.
            width: of the result, pixels.
            height: of the result, pixels.

        Returns:
            uint8 BGR, exactly (height, width, 3).
        """
        ...


class Box(NamedTuple):
    """A box by its corners, as shares of the picture's width and height: 0 to 1, origin top left, y
    downwards.

    Attributes:
        x1: left edge.
        y1: upper edge.
        x2: right edge.
        y2: lower edge.

    Examples:
        >>> from secondsight.records import Box, area
        >>> box = Box(0.25, 0.5, 0.75, 1.0)
        >>> area(box)  # share of the picture
        0.25
        >>> box.x1 * 1920, box.y1 * 1080  # upper left corner in pixels of a Full HD picture
        (480.0, 540.0)
    """

    x1: float
    y1: float
    x2: float
    y2: float


class TrackId(NamedTuple):
    """One object over time in one camera. No two objects ever have the same id.

    Attributes:
        camera: name of the camera.
        epoch: number of the uninterrupted stretch of its stream.
        number: the tracker's number within the epoch, from 0.

    Examples:
        >>> from secondsight.records import TrackId
        >>> str(TrackId("hall", 2, 17))
        'hall/2/17'
        >>> TrackId.parse("hall/2/17").number
        17
    """

    camera: str
    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.camera}/{self.epoch}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> TrackId:
        """Read a text that `str` of an id wrote.

        Args:
            text: `camera/epoch/number`.

        Returns:
            The id.

        Raises:
            ValueError: the text has another form.
        """
        camera, epoch, number = text.rsplit("/", 2)
        return cls(camera, int(epoch), int(number))


class TrackPoint(NamedTuple):
    """Where a track was at one moment."""

    time: float
    box: Box
    score: float


class FirstSight(NamedTuple):
    """When and where a track was seen for the first time."""

    time: float
    box: Box


@dataclass(frozen=True, slots=True)
class Track:
    """Summary of a finished track.

    Attributes:
        path: bottom-centre points (x, y), relative, at most a few dozen.
        embedding: mean of what a re-id model says of it; None without one.
    """

    id: TrackId
    label: str
    start: float
    end: float
    score: float
    path: tuple[tuple[float, float], ...]
    embedding: tuple[float, ...] | None = None


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


class Posture(NamedTuple):
    """What a person is doing by the key points of the last seconds; probabilities that add up to 1.

    Attributes:
        normal: upright, or sitting, crouching, bending. falling: on the way down. lying: on the floor or a bed.
        rising: getting up from lying.
    """

    normal: float
    falling: float
    lying: float
    rising: float


SCENE = -1
"""Instead of a track's number: what is said is said of the scene."""


class Likeness(NamedTuple):
    """How much a track, or the scene, looks like the words of a rule.

    Attributes:
        score: cosine to the words less the largest one to ordinary things, -2..2: the mean of the last looks.
        limit: what is usual on this camera stays below it, but for the share that the rule states; None while that
            is being learned.
        looks: count of looks that the score is the mean of.
    """

    score: float
    limit: float | None
    looks: int


@dataclass(frozen=True, slots=True)
class Observation:
    """What the sentinel saw at one moment of one camera: the input of every behaviour.

    Attributes:
        camera: name of the camera.
        epoch: number of the uninterrupted stretch of its stream.
        time: UTC seconds.
        width: of the picture, pixels.
        height: of the picture, pixels.
        detections: n tracked boxes: `xyxy` in pixels of the picture (n, 4), `confidence` 0..1 (n,),
            `class_id` (n,), `tracker_id` >= 0 (n,).
        labels: class name of every class id of the detector, by position.
        groups: what kind of thing each of them is; by its name where none are given.
        held: nothing moved, so the model did not run and the boxes are those of the last look.
        frame: the pixels, for behaviours that look at them; None when held.
        attributes: tracker id -> name of the second-stage model -> its voted answer. A track that no model
            has looked at yet, or that is too small, is missing.
        poses: tracker id -> float32 (17, 3): x and y, relative to the picture, and score 0..1 of the 17 key
            points of COCO, from the last look of the pose model.
        postures: tracker id -> what the person is doing, of tracks whose key points were seen for a while.
        regions: areas of the last look of the segmentation model.
        first: the first looks at the tracks that this look has confirmed, by number: a track is confirmed in its
            second look, and what it did between them counts too.
        likeness: rule -> track number, or `SCENE` -> how much it looks like the rule's words.

    Examples:
        A person in the middle of a Full HD picture:

        >>> import numpy as np
        >>> from supervision import Detections
        >>> from secondsight.records import Observation, label_of
        >>> seen = Observation(
        ...     camera="hall",
        ...     epoch=0,
        ...     time=1_767_254_400.0,
        ...     width=1920,
        ...     height=1080,
        ...     detections=Detections(
        ...         xyxy=np.array([[900.0, 300.0, 1020.0, 780.0]]),
        ...         confidence=np.array([0.9]),
        ...         class_id=np.array([0]),
        ...         tracker_id=np.array([7]),
        ...     ),
        ...     labels=("person",),
        ... )
        >>> [label_of(seen.labels, number) for number in seen.detections.class_id]
        ['person']
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
    postures: Mapping[int, Posture] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    groups: tuple[Group, ...] = ()
    first: Mapping[int, FirstSight] = field(default_factory=dict)
    likeness: Mapping[str, Mapping[int, Likeness]] = field(default_factory=dict)


class Counter(NamedTuple):
    """One count of one camera in one minute. `minute` is the minute's start in UTC seconds."""

    camera: str
    minute: int
    name: str
    value: float


def label_of(labels: Sequence[str], class_id: int) -> str:
    """Name of a class id, or its number for a model whose labels do not reach so far."""
    return labels[class_id] if 0 <= class_id < len(labels) else str(class_id)
