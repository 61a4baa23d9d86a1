"""Frames for the tests of gate, trackers and scheduler: from arrays, and decoded from real videos."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from secondsight.records import Box


def cut(picture: NDArray[np.uint8], box: Box, width: int, height: int) -> NDArray[np.uint8]:
    """The part of a picture within a relative box, by its nearest pixels."""
    down, across = picture.shape[:2]
    rows = np.clip(np.linspace(box.y1 * down, box.y2 * down, height).astype(int), 0, down - 1)
    columns = np.clip(np.linspace(box.x1 * across, box.x2 * across, width).astype(int), 0, across - 1)
    return picture[rows[:, None], columns]


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

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        return cut(self.bgr(), box, width, height)


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
        pixels = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return pixels[: self.height : step, : self.width : step]

    def bgr(self) -> NDArray[np.uint8]:
        return np.asarray(self.frame.to_ndarray(format="bgr24"), np.uint8)

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        scaled = self.frame.reformat(width, height, f"{order}24", interpolation="BILINEAR")
        return np.asarray(scaled.to_ndarray(), np.uint8)

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        return cut(self.bgr(), box, width, height)


def decode(path: Path) -> Iterator[VideoPicture]:
    """All frames of a video file, in order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for index, frame in enumerate(container.decode(stream)):
            yield VideoPicture(frame, float(frame.time or 0.0), index)
