"""Small videos whose every picture carries its own number, so that tests can tell which picture they got."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

_BITS = 12


def numbered(number: int, width: int = 192, height: int = 96) -> NDArray[np.uint8]:
    """A picture (height, width, 3) of 12 vertical stripes: the bits of `number`, most significant first."""
    bits = np.array([(number >> bit) & 1 for bit in reversed(range(_BITS))], np.uint8)
    row = bits[np.arange(width) * _BITS // width] * 200 + 30
    return np.broadcast_to(row[None, :, None], (height, width, 3)).copy()


def number_of(picture: NDArray[Any]) -> int:
    """The number in a picture made by `numbered`, given as BGR or as brightness, in any size."""
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)
    height, width = grey.shape
    centres = [(2 * i + 1) * width // (2 * _BITS) for i in range(_BITS)]
    bits = grey[height // 4 : 3 * height // 4, centres].mean(axis=0) > 128
    return int(sum(int(bit) << (_BITS - 1 - i) for i, bit in enumerate(bits)))


def make_video(
    path: Path,
    frames: int = 50,
    *,
    width: int = 192,
    height: int = 96,
    rate: int | Fraction = 10,
    gop: int = 10,
    bframes: int = 0,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    container: str | None = None,
    first: int = 0,
    options: dict[str, str] | None = None,
    creation_time: str | None = "2026-01-02T03:04:05.000000Z",
) -> Path:
    """Write a video of pictures numbered from `first`; `options` go to the container's writer."""
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        if creation_time:
            output.metadata["creation_time"] = creation_time
        settings = {"preset": "veryfast", "qp": "18"} if codec in ("libx264", "libx265") else {}
        if codec == "libx264":
            settings["x264-params"] = f"b-adapt=0:scenecut=0:keyint={gop}:min-keyint={gop}"
        stream = output.add_stream(codec, rate=rate, options=settings)
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, pixel_format
        context.gop_size, context.max_b_frames, context.thread_count = gop, bframes, 1
        context.time_base = Fraction(1, rate)
        if codec in ("mpeg4", "mpeg2video", "mjpeg"):
            context.bit_rate = 4_000_000
        for i in range(frames):
            picture = av.VideoFrame.from_ndarray(numbered(first + i, width, height), format="bgr24")
            picture.pts, picture.time_base = i, Fraction(1, rate)
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return path
