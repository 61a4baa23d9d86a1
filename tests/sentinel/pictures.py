"""Frames for the tests of gate, trackers and scheduler: from arrays, and decoded from real videos."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray


@dataclass(eq=False)
class Picture:
    """A `records.Frame` over a grey picture, uint8 (height, width)."""

    gray: NDArray[np.uint8]
    time: float = 0.0
    camera: str = "hall"
    epoch: int = 0
    index: int = 0

    @property
    def width(self) -> int:
        return self.gray.shape[1]

    @property
    def height(self) -> int:
        return self.gray.shape[0]

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        return self.gray[::step, ::step]

    def bgr(self) -> NDArray[np.uint8]:
        return np.repeat(self.gray[:, :, None], 3, axis=2)

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        rows = np.arange(height) * self.height // height
        columns = np.arange(width) * self.width // width
        return self.bgr()[rows][:, columns]


@dataclass(eq=False)
class VideoPicture:
    """A `records.Frame` over a decoded video frame."""

    frame: av.VideoFrame
    time: float
    index: int
    camera: str = "hall"
    epoch: int = 0

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        plane = self.frame.planes[0]
        pixels = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        return pixels[: self.height : step, : self.width : step]

    def bgr(self) -> NDArray[np.uint8]:
        return self.frame.to_ndarray(format="bgr24")

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        scaled = self.frame.reformat(width, height, f"{order}24", interpolation="BILINEAR")
        return scaled.to_ndarray()


def decode(path: Path) -> Iterator[VideoPicture]:
    """All frames of a video file, in order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for index, frame in enumerate(container.decode(stream)):
            yield VideoPicture(frame, float(frame.pts * stream.time_base), index)
