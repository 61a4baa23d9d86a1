"""Dark pictures, such as those of infra-red lamps, get the contrast that detectors were trained with.

A percentile stretch (Gonzalez and Woods, "Digital Image Processing", 3.2) with a gamma below 1, so that lamps do not
clip. One curve is kept for as long as the picture stays dark: a curve of each look would flicker with each person
who passes. Only the detector sees it; recorded pictures stay as the camera sent them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from secondsight.records import Box, Frame

STEP = 8
"""One of this number of pixels either way is looked at."""
EVERY = 2.0
"""Seconds of stream between two measurements."""
AGREE = 3
"""Measurements in a row that must agree for a change; the first one decides alone."""
DARK = (45.0, 90.0)
"""A picture is dark if half of it is below the first grey level, and nine tenths below the second."""
BRIGHT = (60.0, 115.0)
"""It is dark no more if one of them is above these."""
LOW, HIGH = 1.0, 99.0
"""Percentiles that become black and white."""
NARROW = 48.0
"""Smallest range that is stretched to the whole: more would make objects of noise."""
MIDDLE, GAMMA = 0.35, 0.5
"""Brightness 0..1 that the median gets, and the smallest gamma that is used for it."""


class Contrast:
    """The curve of one camera; not thread-safe."""

    def __init__(self) -> None:
        self._curve: NDArray[np.uint8] | None = None
        self._measured = -math.inf
        self._against = 0
        self._new = True

    def curve(self, frame: Frame) -> NDArray[np.uint8] | None:
        """What becomes of each grey level of a look, uint8 (256,); None while the picture is bright enough."""
        if not 0 <= frame.time - self._measured < EVERY:
            self._measured = frame.time
            self._measure(frame.luma(STEP))
        return self._curve

    def _measure(self, luma: NDArray[np.uint8]) -> None:
        low, median, bright, high = np.percentile(luma, (LOW, 50, 90, HIGH)).tolist()
        limits = DARK if self._curve is None else BRIGHT
        dark = median < limits[0] and bright < limits[1]
        self._against = self._against + 1 if dark == (self._curve is None) else 0
        if self._against >= (1 if self._new else AGREE):
            self._curve, self._against = stretch(low, median, high) if dark else None, 0
        self._new = False


def stretch(low: float, median: float, high: float) -> NDArray[np.uint8]:
    """The curve, uint8 (256,): `low` becomes black, `high` white, and `median` as bright as `MIDDLE` if it can."""
    levels = np.clip((np.arange(256) - low) / max(high - low, NARROW), 0.0, 1.0)
    middle = min(max((median - low) / max(high - low, NARROW), 1 / 255), MIDDLE)
    gamma = max(math.log(MIDDLE) / math.log(middle), GAMMA)
    curve: NDArray[np.uint8] = np.rint(255 * levels**gamma).astype(np.uint8)
    return curve


@dataclass(frozen=True, slots=True)
class Brightened:
    """A frame whose pixels went through a curve, as `records.Frame`."""

    frame: Frame
    curve: NDArray[np.uint8]

    @property
    def camera(self) -> str:
        return self.frame.camera

    @property
    def epoch(self) -> int:
        return self.frame.epoch

    @property
    def index(self) -> int:
        return self.frame.index

    @property
    def time(self) -> float:
        return self.frame.time

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        return self._through(self.frame.luma(step))

    def bgr(self) -> NDArray[np.uint8]:
        return self._through(self.frame.bgr())

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        return self._through(self.frame.resized(width, height, order))

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        return self._through(self.frame.crop(box, width, height))

    def _through(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import cv2

        return np.asarray(cv2.LUT(pixels, self.curve), dtype=np.uint8)


def brightened(frame: Frame) -> Frame:
    """A single picture as the detector is to see it: itself, unless it is dark."""
    curve = Contrast().curve(frame)
    return frame if curve is None else Brightened(frame, curve)
