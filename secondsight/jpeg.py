"""Reads JPEG pictures that may be damaged or no pictures at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile


def open_jpeg(data: bytes, mode: Literal["RGB", "L"] = "RGB", least: tuple[int, int] | None = None) -> Image:
    """The decoded picture, without the file's metadata.

    Args:
        mode: colours or brightness.
        least: width and height in pixels that are enough: a larger picture is decoded at a half, a quarter or an
            eighth of its size, in a fraction of the time, as long as it stays larger than that.

    Raises:
        ValueError: the bytes are no picture that can be read.
    """
    with _opened(data) as file:
        if least is not None:
            file.draft(mode, least)
        return file.convert(mode)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the file's head. Raises ValueError as `open_jpeg` does."""
    with _opened(data) as file:
        return file.size


@contextmanager
def _opened(data: bytes) -> Iterator[ImageFile]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=["JPEG"]) as file:
            yield file
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValueError("not a readable JPEG picture") from None
