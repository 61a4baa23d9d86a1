"""Decoded pictures that convert themselves only when asked, and only to what is asked for."""

from __future__ import annotations

from threading import Lock
from typing import Literal

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from secondsight.records import Box

_LUMA_FIRST = frozenset(
    {
        "yuv420p",
        "yuv422p",
        "yuv444p",
        "yuv440p",
        "yuv411p",
        "yuv410p",
        "yuvj420p",
        "yuvj422p",
        "yuvj444p",
        "yuvj440p",
        "yuvj411p",
        "yuva420p",
        "yuva422p",
        "yuva444p",
        "nv12",
        "nv21",
        "nv16",
        "nv24",
        "gray",
        "gray8",
    }
)
"""Pixel formats whose first plane is 8-bit brightness, one byte per pixel."""

_HALVED = frozenset({"yuv420p", "yuvj420p"})
"""Pixel formats of three planes whose colours have half the resolution either way."""

_WORDS = {2: "<u2", 4: "<u4", 8: "<u8"}
"""By step, the integers that hold this number of pixels, the first one lowest."""

_MAX_SCALERS = 8


class Converter:
    """The scalers of one stream, one per kind of output since setting one up costs more than using it.

    Thread-safe: a lock serialises conversions, because a scaler is one piece of state and frames of a camera are
    looked at by more than one thread.
    """

    def __init__(self) -> None:
        self._scalers: dict[tuple[int, int, str], VideoReformatter] = {}
        self._lock = Lock()

    def convert(self, picture: VideoFrame, width: int, height: int, pixel_format: str) -> VideoFrame:
        """`picture` scaled bilinearly to `width` x `height` in another pixel format; itself if nothing changes."""
        with self._lock:
            if (
                picture.format.name == "yuv420p"
                and pixel_format in ("bgr24", "rgb24")
                and width <= picture.width
                and height <= picture.height
            ):
                # Shrinking the planes and converting few pixels takes half the time of FFmpeg's single step (0.17
                # against 0.33 ms from 768x432 to 416x234), and differs from it by one grey level on average.
                picture = self._scaled(picture, width, height, "yuv420p")
            return self._scaled(picture, width, height, pixel_format)

    def _scaled(self, picture: VideoFrame, width: int, height: int, pixel_format: str) -> VideoFrame:
        key = (width, height, pixel_format)
        scaler = self._scalers.get(key)
        if scaler is None:
            if len(self._scalers) >= _MAX_SCALERS:
                self._scalers.clear()
            scaler = self._scalers[key] = VideoReformatter()
        return scaler.reformat(picture, width, height, pixel_format, interpolation="BILINEAR", threads=1)


class DecodedFrame:
    """A `records.Frame` over a picture of the decoder.

    The picture is reference-counted: it stays valid after the stream has moved on, in any thread.
    """

    __slots__ = ("_converter", "_luma", "camera", "epoch", "height", "index", "picture", "time", "width")

    def __init__(
        self, camera: str, epoch: int, index: int, time: float, picture: VideoFrame, converter: Converter
    ) -> None:
        self.camera = camera
        self.epoch = epoch
        self.index = index
        self.time = time
        self.picture = picture
        self.width = picture.width
        self.height = picture.height
        self._converter = converter
        self._luma: NDArray[np.uint8] | None = None

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        """Brightness of every `step`-th pixel: uint8 (ceil(height/step), ceil(width/step)); only read it."""
        whole = self._luma
        if whole is None:
            picture = self.picture
            if picture.format.name not in _LUMA_FIRST:
                picture = self._converter.convert(picture, self.width, self.height, "gray")
            whole = self._luma = plane_rows(picture, 1)
        if step in _WORDS and self.width % step == 0:
            # The first byte of every word, in half the time of a stride.
            return whole[::step].view(_WORDS[step]).astype(np.uint8)
        return whole if step == 1 else whole[::step, ::step]

    def bgr(self) -> NDArray[np.uint8]:
        """The whole picture, uint8 (height, width, 3)."""
        return self.resized(self.width, self.height)

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        """The picture scaled to exactly (height, width, 3), uint8, contiguous, straight from the decoder's planes."""
        picture = self._converter.convert(self.picture, width, height, f"{order}24")
        return np.ascontiguousarray(plane_rows(picture, 3).reshape(height, width, 3))

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        """The part within `box`, cut off at the picture's edges, as uint8 (height, width, 3) BGR, contiguous.

        Only these pixels are converted: about 0.1 ms for a head of 20x20 pixels, whatever the picture's size.
        """
        if min(self.width, self.height) < 2:
            return self.resized(width, height)
        picture = self.picture
        if picture.format.name not in _HALVED:
            picture = self._converter.convert(picture, self.width, self.height, "yuv420p")
        part = self._converter.convert(_cut(picture, box), width, height, "bgr24")
        return np.ascontiguousarray(plane_rows(part, 3).reshape(height, width, 3))

    def __repr__(self) -> str:
        return f"<DecodedFrame {self.camera}/{self.epoch} #{self.index} {self.time:.3f}>"


def _cut(picture: VideoFrame, box: Box) -> VideoFrame:
    """The part of a picture of one of the formats `_HALVED` within `box`, grown to even pixels."""
    x1, x2 = _even(box.x1, box.x2, picture.width)
    y1, y2 = _even(box.y1, box.y2, picture.height)
    half = slice(y1 // 2, y2 // 2), slice(x1 // 2, x2 // 2)
    parts = [
        plane_rows(picture, 1)[y1:y2, x1:x2],
        plane_rows(picture, 1, 1)[half],
        plane_rows(picture, 1, 2)[half],
    ]
    flat = np.concatenate([part.ravel() for part in parts])
    part = VideoFrame.from_ndarray(flat.reshape(-1, x2 - x1), format=picture.format.name)
    part.colorspace, part.color_range = picture.colorspace, picture.color_range
    return part


def _even(low: float, high: float, size: int) -> tuple[int, int]:
    """The pixels from `low` to `high`, relative, at least two, from an even one to an even one within `size`."""
    last = size - size % 2
    first = min(max(int(low * size), 0), last - 2) // 2 * 2
    return first, min(max(-int(-high * size // 2) * 2, first + 2), last)


def plane_rows(picture: VideoFrame, bytes_per_pixel: int, number: int = 0) -> NDArray[np.uint8]:
    """One plane as (height, width * bytes_per_pixel), without the decoder's padding. A view."""
    plane = picture.planes[number]
    line_size = plane.line_size
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, abs(line_size))
    if line_size < 0:
        rows = rows[::-1]
    cropped: NDArray[np.uint8] = rows[: plane.height, : plane.width * bytes_per_pixel]
    return cropped
