"""Frames for tests: real ones from video files, drawn ones from arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from numpy.typing import NDArray

from secondsight.records import Box


@dataclass(frozen=True)
class Picture:
    """A `records.Frame` over a PyAV picture."""

    image: Any
    camera: str = "hall"
    epoch: int = 0
    index: int = 0
    time: float = 0.0

    @property
    def width(self) -> int:
        return int(self.image.width)

    @property
    def height(self) -> int:
        return int(self.image.height)

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        return self.resized(self.width, self.height)[::step, ::step, 1]

    def bgr(self) -> NDArray[np.uint8]:
        return self.resized(self.width, self.height)

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        return self.image.reformat(width, height, format=f"{order}24").to_ndarray()

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        """The part within `box`, by its nearest pixels."""
        x1, x2 = round(box.x1 * self.width), round(box.x2 * self.width)
        y1, y2 = round(box.y1 * self.height), round(box.y2 * self.height)
        whole = self.bgr()[y1:y2, x1:x2]
        rows = np.arange(height) * len(whole) // height
        columns = np.arange(width) * whole.shape[1] // width
        return whole[rows[:, None], columns]


def drawn(rgb: NDArray[np.uint8]) -> Picture:
    """A frame that shows exactly these pixels, uint8 (h, w, 3) RGB."""
    return Picture(av.VideoFrame.from_ndarray(rgb, format="rgb24"))


def frames_of(path: Path, every: int, count: int) -> Iterator[Picture]:
    """Every `every`-th frame of a video, at most `count`."""
    with av.open(str(path)) as container:
        for number, image in enumerate(container.decode(video=0)):
            if number // every >= count:
                return
            if number % every == 0:
                yield Picture(image, index=number, time=float(image.time or 0))
