"""Tells what a server sends by how it begins: the media types of cameras and recorders are often wrong or missing."""

from __future__ import annotations

from enum import Enum, auto

from secondsight.media.network.http import Response

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_NEXT_JPEG = b"\xff\xd9\xff\xd8"
_PICTURES = frozenset(("image/jpeg", "image/jpg", "image/pjpeg", "image/png"))
"""Media types of what is a picture even where it is damaged."""
_HEAD = 16
_MOST_BOXES = 64 * 1024
"""Bytes of an MP4 within which its index or its pictures begin."""


class Content(Enum):
    """What an answer holds."""

    PARTS = auto()
    """Pictures, one after the other, each with a header."""
    JPEG = auto()
    PNG = auto()
    """One picture."""
    JPEGS = auto()
    """Pictures, one after the other, with nothing between."""
    INDEX_LAST = auto()
    """An MP4 whose index follows its pictures."""
    OTHER = auto()


def content_of(response: Response, most: int) -> Content:
    """What an answer holds; what has been read for that stays in it.

    Args:
        most: bytes that one picture may have.

    Raises:
        OSError: the connection breaks.
    """
    begin = response.ahead(_HEAD)
    if response.kind.startswith("multipart/") or begin.lstrip().startswith(b"--"):
        return Content.PARTS
    if begin.startswith(_PNG):
        return Content.PNG
    if begin.startswith(_JPEG):
        return Content.JPEG if _is_one_picture(response, most) else Content.JPEGS
    if response.kind in _PICTURES:
        return Content.JPEG
    return Content.INDEX_LAST if begin[4:8] == b"ftyp" and _pictures_come_first(response) else Content.OTHER


def _is_one_picture(response: Response, most: int) -> bool:
    """Whether no second picture follows the first. A server that states a length may have made it up."""
    if response.length is not None or response.kind.startswith("image/"):
        return response.length is None or response.length <= most
    size = _HEAD
    while _NEXT_JPEG not in (read := response.ahead(size)):
        if len(read) < size:
            return True
        if size > most:
            return False
        size += _MOST_BOXES
    return False


def _pictures_come_first(response: Response) -> bool:
    """Whether the box with the pictures comes before the one with the index."""
    at = 0
    while at < _MOST_BOXES:
        header = response.ahead(at + 8)[at:]
        size, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if kind == b"mdat":
            return True
        if kind in (b"", b"moov", b"moof") or size < 8:
            return False
        at += size
    return False
