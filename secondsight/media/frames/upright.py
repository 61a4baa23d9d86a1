"""Pictures as they are to be shown: turned upright, with square pixels, of one field where two are woven together.

Zones, boxes and what the brain sees are about the picture as people see it. Containers say how to turn it (a display
matrix, EXIF), streams say how wide a pixel is (their sample aspect ratio).
"""

from __future__ import annotations

import math
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from av import VideoFrame
from av.sidedata.sidedata import Type as SideData
from av.video.stream import VideoStream
from numpy.typing import NDArray

from secondsight.media.frames.frame import Converter, plane_rows

_EXIF_HEADER = 1024
"""Bytes of a JPEG within which its EXIF part begins; a comment may precede it."""
_ORIENTATION = 0x0112
_ODDEST, _SQUARE = 4.0, 0.01
"""Pixels that many times as wide as high, or the reverse, are a mistake; and so near to square, they are square."""


class Orientation(NamedTuple):
    """How a picture is put upright: mirrored left to right or not, then turned by quarters to the left."""

    quarters: int = 0
    mirrored: bool = False

    def __bool__(self) -> bool:
        return self != (0, False)


_EXIF_TURNS = {
    2: Orientation(0, True),
    3: Orientation(2),
    4: Orientation(2, True),
    5: Orientation(1, True),
    6: Orientation(3),
    7: Orientation(3, True),
    8: Orientation(1),
}


def pixel_aspect(stream: VideoStream) -> float:
    """Width of a pixel by its height, as the container says or else the stream; 1 where neither says."""
    stated = float(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    if not 1 / _ODDEST <= stated <= _ODDEST or math.isclose(stated, 1.0, rel_tol=_SQUARE):
        return 1.0
    return stated


def exif_turn(jpeg: bytes) -> Orientation:
    """How a JPEG says that it is put upright."""
    if b"Exif" not in jpeg[:_EXIF_HEADER]:
        return Orientation()
    from PIL import Image

    try:
        with Image.open(BytesIO(jpeg)) as picture:
            return _EXIF_TURNS.get(picture.getexif().get(_ORIENTATION, 1), Orientation())
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Orientation()


def square_size(width: int, height: int, aspect: float) -> tuple[int, int]:
    """Width and height with square pixels: as many of them as there were, or more."""
    if aspect >= 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def upright(
    picture: VideoFrame, converter: Converter, aspect: float = 1.0, turn: Orientation = Orientation()
) -> VideoFrame:
    """The picture as it is to be shown; itself if that is how it is.

    Args:
        picture: of the decoder.
        converter: the stream's.
        aspect: width of a pixel by its height.
        turn: what its file asks for; the decoder's own word counts where it asks for nothing.
    """
    turn = turn or _stated(picture)
    if picture.interlaced_frame and picture.height > 2:
        # The two fields are taken 1/50 s apart: whatever moves has a comb for an edge.
        size = picture.width, picture.height
        picture = converter.convert(_first_field(picture, converter), *size, "yuv420p")
    if aspect != 1.0:
        size = square_size(picture.width, picture.height, aspect)
        picture = converter.convert(picture, *size, "yuv420p")
    return _turned(picture, converter, turn) if turn else picture


def _stated(picture: VideoFrame) -> Orientation:
    """What the decoder says; of a mirrored picture it tells the angle as if it were not."""
    if not picture.rotation:
        return Orientation()
    quarters = round(picture.rotation / 90) % 4
    try:
        sides: Any = picture.side_data  # which its stubs call something else
        matrix = sides[SideData.DISPLAYMATRIX]
    except (KeyError, ValueError):  # ValueError: side data of a kind that PyAV does not know stands beside it
        return Orientation(quarters)
    a, b, _, c, d, *_ = np.frombuffer(matrix, np.int32).tolist()
    mirrored = a * d - b * c < 0
    return Orientation((quarters + 2) % 4 if mirrored else quarters, mirrored)


def _first_field(picture: VideoFrame, converter: Converter) -> VideoFrame:
    planes = [plane[::2] for plane in _planes(picture, converter)]
    return _assembled(planes, picture)


def _turned(picture: VideoFrame, converter: Converter, turn: Orientation) -> VideoFrame:
    planes = _planes(picture, converter)
    planes = [np.fliplr(plane) for plane in planes] if turn.mirrored else planes
    return _assembled([np.rot90(plane, turn.quarters) for plane in planes], picture)


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
