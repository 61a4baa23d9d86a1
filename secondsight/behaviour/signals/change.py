"""One look at a camera compared with its usual picture: what differs, what moves, what rests, what is tracked."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.signals.image_ops import (
    Bytes,
    Mask,
    Planes,
    Where,
    apart,
    furthest,
    grey,
    planes,
    shift,
)
from secondsight.behaviour.signals.outline import Outline, outline
from secondsight.records import Frame, Observation

LONG_SIDE = 320
"""Pixels of the longer side at which pictures are compared: a tyre 40 m away still covers some of them."""
SURE = 0.6
"""Confidence from which a detection is not mistaken for anything else."""
RESTING = 1.0
"""Seconds for which a pixel must rest before it belongs to a thing."""
PARTS = 127
"""Parts of a second in which that is counted: the most that a byte can say is twice RESTING. A whole number: bytes
are compared with it without becoming floats, which takes ten times as long."""
FADE = 3.0
"""A pixel that stops resting loses its time this many times as fast as it gained it: noise takes a little only."""
STRONG = 64.0
"""Mean difference, in grey levels, of a thing that is as clear as can be."""
NOISY = 12.0
"""No sensor's noise is more, in mean grey levels from look to look: then screens or headlights flicker all over."""
JUMPS, LEVELS = 2.0, 1.5
"""Nor does it grow from the usual by more than this factor and this many grey levels, but when exposure jumps."""
SPARSE = 8
"""Light and noise are measured at one of this number of pixels either way: 900 of them tell a median well enough."""


@dataclass(frozen=True)
class ScaledPicture:
    """One picture at `LONG_SIDE`, and what is worked out of it when a person asks, once."""

    planes: Planes

    @cached_property
    def grey(self) -> Bytes:
        """Brightness, (h, w)."""
        return grey(self.planes)

    @cached_property
    def sparse(self) -> NDArray[np.int32]:
        """Every `SPARSE`-th pixel, (3, n)."""
        few = [plane[::SPARSE, ::SPARSE] for plane in self.planes]
        return np.array(few, dtype=np.int32).reshape(3, -1)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        rows, columns = self.planes[0].shape
        return rows, columns


class ScaledPictures:
    """The looks of one camera at `LONG_SIDE`: each is scaled once, however many backgrounds are compared with it. Not
    thread-safe.
    """

    def __init__(self) -> None:
        self._scaled: tuple[Frame, ScaledPicture] | None = None

    def scaled(self, frame: Frame) -> ScaledPicture:
        """A frame's picture."""
        if self._scaled is None or self._scaled[0] is not frame:
            scale = min(1.0, LONG_SIDE / max(frame.width, frame.height))
            sides = max(8, round(frame.width * scale)), max(8, round(frame.height * scale))
            self._scaled = frame, ScaledPicture(planes(frame.resized(*sides)))
        return self._scaled[1]


@dataclass(frozen=True)
class Change:
    """One look compared with the background; all arrays (h, w), h and w as `LONG_SIDE` says.

    Attributes:
        time, gap: UTC seconds of the look, and seconds since the one before.
        now, usual: the picture and the background.
        before, earlier: the pictures of the look before and of a second ago.
        difference: maximum difference of any channel, uint8.
        threshold: what is more is not noise.
        changed: where more differs than may at that place.
        tracked: where tracked objects are or were a moment ago, with a margin.
        sway: how much each place has moved of late, in grey levels; float32.
        observation: the look.
        people: where people are or were in the last seconds, with a margin; what rests there may be one of them whom
            the detector no longer finds.
        usual_noise: median of `noise` of late; None at first.
    """

    time: float
    gap: float
    now: ScaledPicture
    usual: ScaledPicture
    before: ScaledPicture
    earlier: ScaledPicture
    difference: Bytes
    threshold: int
    changed: Mask
    tracked: Mask
    sway: NDArray[np.float32]
    observation: Observation
    people: Mask | None = None
    usual_noise: float | None = None

    @cached_property
    def sure(self) -> Mask:
        """Where this look shows tracked objects of which the detector is sure."""
        scores = self.observation.detections.confidence
        found = np.zeros(0, bool) if scores is None else scores >= SURE
        return covered(self.observation, self.shape, which=found)

    @cached_property
    def moving(self) -> Mask:
        """Where the picture differs from that of a second ago, or its brightness from that of the look before: two
        looks at flames may be alike by chance.
        """
        moved: Mask = self.motion > self.threshold
        return moved | (self.step > self.threshold)

    @cached_property
    def motion(self) -> Bytes:
        """Maximum difference of any channel from the picture of a second ago, uint8."""
        return furthest(self.now.planes, self.earlier.planes)

    @cached_property
    def step(self) -> Bytes:
        """Difference of brightness from the look before, uint8."""
        return apart(self.now.grey, self.before.grey)

    @cached_property
    def noise(self) -> float:
        """Mean of `step` where nothing happens."""
        still = self.step[::4, ::4][~(self.changed[::4, ::4] | self.tracked[::4, ::4])]
        return float(still.mean()) if still.size else 0.0

    @property
    def flickers(self) -> bool:
        """Whether all of the picture changes from look to look, as among screens at night."""
        return self.noise > NOISY

    @property
    def unsettled(self) -> bool:
        """Whether it does, or does so more than usual, as when the exposure follows a lorry."""
        usual = self.usual_noise
        return self.flickers or (usual is not None and self.noise > JUMPS * usual + LEVELS)

    def of_people(self, where: Where, mask: Mask) -> float:
        """The share of a region in which people were of late."""
        return 0.0 if self.people is None else float(self.people[where][mask].mean())

    def elsewhere(self, mask: Mask) -> float:
        """The share of the picture that has changed and is no part of a region."""
        changed, mine = int(np.count_nonzero(self.changed)), int(np.count_nonzero(mask))
        return max(changed - mine, 0) / self.changed.size

    def spread(self, where: Where, mask: Mask) -> float:
        """How many pixels have changed in a region and within two pixels of its box, as a factor of its own."""
        rows, columns = where
        around = (
            slice(max(rows.start - 2, 0), rows.stop + 2),
            slice(max(columns.start - 2, 0), columns.stop + 2),
        )
        return int(np.count_nonzero(self.changed[around])) / max(int(np.count_nonzero(mask)), 1)

    def outline(self, where: Where, mask: Mask) -> Outline:
        """What the outline of a changed region tells; arguments as `strength`."""
        return outline(self.usual.grey, self.now.grey, self.difference, where, mask)

    def strength(self, where: Where, mask: Mask, full: float = STRONG) -> float:
        """How clear a changed region is, 0..1.

        Args:
            where: rows and columns of its box.
            mask: its pixels within them.
            full: mean difference, in grey levels, at which that is 1.
        """
        return min(float(self.difference[where][mask].mean()) / full, 1.0)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.now.shape


class Resting:
    """For how long each pixel has been changed and at rest; shared by all rules of a background. Not thread-safe.

    Args:
        ignore_tracks: nothing is learnt of a pixel while a tracked object is over it.
    """

    def __init__(self, ignore_tracks: bool) -> None:
        self._ignore_tracks = ignore_tracks
        self._age: Bytes = np.zeros((0, 0), np.uint8)
        self._asked: Change | None = None
        self._long: Mask = np.zeros((0, 0), bool)

    def leave_out(self, where: Where, mask: Mask) -> None:
        """What rests in a region is known by now: its time begins anew."""
        self._age[where][mask] = 0
        self._long[where][mask] = False

    def step(self, change: Change) -> Mask:
        """Where something has been at rest for RESTING, bool (h, w), read only. Several may ask about one change."""
        if self._age.shape != change.shape:
            self._age = np.zeros(change.shape, np.uint8)
        if change is not self._asked:
            self._asked = change
            gap = min(change.gap, 1.0) * PARTS
            resting, other = change.changed > change.moving, change.moving >= change.changed
            if self._ignore_tracks:
                resting, other = resting > change.tracked, other > change.tracked
            shift(self._age, round(gap), resting)
            shift(self._age, -round(FADE * gap), other)
            self._long = self._age >= int(RESTING * PARTS)
        return self._long


def covered(
    observation: Observation, shape: tuple[int, ...], margin: float = 0.15, which: Mask | None = None
) -> Mask:
    """Where tracked boxes are: bool (h, w); arguments as `places`."""
    mask = np.zeros(shape[:2], dtype=bool)
    for where in places(observation, shape, margin, which):
        mask[where] = True
    return mask


def places(
    observation: Observation, shape: tuple[int, ...], margin: float, which: Mask | None = None
) -> list[Where]:
    """Rows and columns of tracked boxes in a picture of a shape, each grown by `margin` of its size on every side.

    Args:
        which: of the detections, bool (n,); all if not said.
    """
    rows, columns = shape[:2]
    size = np.array((observation.width, observation.height) * 2, dtype=np.float64)
    # Of numbers and what is none, `fmax` and `fmin` take the number.
    wanted = observation.detections.xyxy if which is None else observation.detections.xyxy[which]
    boxes = np.fmin(np.fmax(wanted / size, -1.0), 2.0)
    first, last = boxes[:, :2], boxes[:, 2:]
    more, scale = margin * (last - first), np.array((columns, rows))
    corners = np.concatenate(((first - more) * scale, (last + more) * scale + 1), axis=1)
    return [
        (slice(top, foot), slice(left, right))
        for left, top, right, foot in np.maximum(corners, 0).astype(int).tolist()
    ]
