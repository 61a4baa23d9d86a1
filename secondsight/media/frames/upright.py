"""Pictures as they are to be shown: turned upright, with square pixels, of one field where two are woven together.

Zones, boxes and what the brain sees are about the picture as people see it. Containers say how to turn it (a display
matrix, EXIF), streams say how wide a pixel is (their sample aspect ratio).
"""

from __future__ import annotations

import math
from io import BytesIO

import numpy as np
from av import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from secondsight.media.frames.frame import Converter, plane_rows

_EXIF_HEADER = 64
"""Bytes of a JPEG within which its EXIF part begins."""
_ORIENTATION = 0x0112
_EXIF_TURNS = {3: 2, 6: 3, 8: 1}
"""Quarter turns to the left, by EXIF's orientation. Mirrored pictures come from no camera."""
_ODDEST, _SQUARE = 4.0, 0.01
"""Pixels that many times as wide as high, or the reverse, are a mistake; and so near to square, they are square."""


def pixel_aspect(stream: VideoStream) -> float:
    """Width of a pixel by its height, as the container says or else the stream; 1 where neither says."""
    stated = float(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    if not 1 / _ODDEST <= stated <= _ODDEST or math.isclose(stated, 1.0, rel_tol=_SQUARE):
        return 1.0
    return stated


def exif_turns(jpeg: bytes) -> int:
    """Quarter turns to the left that put a JPEG upright."""
    if b"Exif" not in jpeg[:_EXIF_HEADER]:
        return 0
    from PIL import Image

    try:
        with Image.open(BytesIO(jpeg)) as picture:
            return _EXIF_TURNS.get(picture.getexif().get(_ORIENTATION, 1), 0)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return 0


def square_size(width: int, height: int, aspect: float) -> tuple[int, int]:
    """Width and height with square pixels: as many of them as there were, or more."""
    if aspect >= 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def upright(picture: VideoFrame, converter: Converter, aspect: float = 1.0, turns: int = 0) -> VideoFrame:
    """The picture as it is to be shown; itself if that is how it is.

    Args:
        picture: of the decoder.
        converter: the stream's.
        aspect: width of a pixel by its height.
        turns: quarter turns to the left that its file asks for, unless the decoder says so itself.
    """
    turns = round(picture.rotation / 90) % 4 or turns
    if picture.interlaced_frame and picture.height > 2:
        # The two fields are taken 1/50 s apart: whatever moves has a comb for an edge.
        size = picture.width, picture.height
        picture = converter.convert(_first_field(picture, converter), *size, "yuv420p")
    if aspect != 1.0:
        size = square_size(picture.width, picture.height, aspect)
        picture = converter.convert(picture, *size, "yuv420p")
    return _turned(picture, converter, turns) if turns else picture


def _first_field(picture: VideoFrame, converter: Converter) -> VideoFrame:
    planes = [plane[::2] for plane in _planes(picture, converter)]
    return _assembled(planes, picture)


def _turned(picture: VideoFrame, converter: Converter, turns: int) -> VideoFrame:
    return _assembled([np.rot90(plane, turns) for plane in _planes(picture, converter)], picture)


def _planes(picture: VideoFrame, converter: Converter) -> list[NDArray[np.uint8]]:
    """Brightness and the two colours, of whole blocks of four lines and two columns."""
    size = max(2, picture.width - picture.width % 4), max(4, picture.height - picture.height % 4)
    whole = converter.convert(picture, *size, "yuv420p")
    return [plane_rows(whole, 1, number) for number in range(3)]


def _assembled(planes: list[NDArray[np.uint8]], like: VideoFrame) -> VideoFrame:
    height, width = planes[0].shape
    flat = np.concatenate([plane.ravel() for plane in planes])
    made = VideoFrame.from_ndarray(flat.reshape(height * 3 // 2, width), format="yuv420p")
    made.colorspace, made.color_range = like.colorspace, like.color_range
    return made
