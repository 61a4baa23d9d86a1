"""What a source may ask of this machine, and the error that says which limit it broke.

FFmpeg allocates what a stream's headers ask for. A GIF of 5 kB can ask for gigabytes; so can the length in the header
of a part of MJPEG, or an index in an MP4. Three things hold that: `max_pixels` is told to every decoder, packets and
the bytes before them are counted, and no single block of memory may be larger than `LARGEST_BLOCK`.
"""

from __future__ import annotations

import ctypes
import logging
from dataclasses import dataclass

import av._core

from secondsight.config import CameraSettings
from secondsight.errors import SourceError

_log = logging.getLogger(__name__)

MAX_STREAMS = 32
"""Streams in one container."""
LARGEST_BLOCK = 512 * 1024 * 1024
"""Bytes; the largest picture that a site may allow, 100 megapixels of four bytes, fits."""
STATED = frozenset(("mjpeg", "png", "apng", "gif"))
"""Codecs of which each picture says its own size."""
_MEGA = 1_000_000
_PNG_TEXT = 65536
"""Bytes of a compressed text or colour profile in a PNG; deflate makes at most a thousand times as many of them."""


class SourceRefusedError(SourceError):
    """A source breaks a limit, leads elsewhere or cannot be trusted: it is not read on."""


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Of one camera.

    Attributes:
        pixels: of a picture.
        packet: bytes of an encoded picture.
    """

    pixels: int = 36 * _MEGA
    packet: int = 32 * _MEGA

    @classmethod
    def of(cls, camera: CameraSettings) -> PictureLimits:
        """Those of a camera's settings."""
        return cls(round(camera.max_megapixels * _MEGA), camera.max_packet)

    def check_packet(self, size: int) -> None:
        """Raises SourceRefusedError if an encoded picture of `size` bytes is too large."""
        if size > self.packet:
            raise SourceRefusedError(
                f"an encoded picture has {size / _MEGA:.1f} MB, more than {self.packet / _MEGA:g} MB; "
                "if this is right, raise `max_packet`"
            )

    def check_picture(self, width: int, height: int) -> None:
        """Raises SourceRefusedError if a picture of this size is too large."""
        if width * height > self.pixels:
            raise SourceRefusedError(
                f"its picture of {width}x{height} has more than {self.pixels / _MEGA:g} megapixels; "
                "if this is right, raise `max_megapixels`"
            )

    def check_coded(self, codec: str, data: bytes) -> None:
        """Raises SourceRefusedError if the headers of a single picture ask for too much."""
        size = stated_size(codec, data)
        if size is not None:
            self.check_picture(*size)
        if codec in ("png", "apng") and _swollen(data):
            raise SourceRefusedError(
                "a PNG with more than 64 kB of compressed text; save it again without metadata"
            )


def stated_size(codec: str, data: bytes) -> tuple[int, int] | None:
    """Width and height as the header of a JPEG, PNG or GIF states them; None if there is none to be found."""
    if codec in ("png", "apng") and data[12:16] == b"IHDR":
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if codec == "gif" and data[:3] == b"GIF":
        return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return _jpeg_size(data) if codec == "mjpeg" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while data[at : at + 1] == b"\xff" and at + 9 <= len(data):
        kind = data[at + 1]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 1 if kind == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _swollen(data: bytes) -> bool:
    """Whether a PNG holds a large compressed text or colour profile."""
    at = 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind in (b"zTXt", b"iTXt", b"iCCP") and length > _PNG_TEXT:
            return True
        if kind == b"IEND":
            return False
        at += 12 + length
    return False


def limit_blocks() -> None:
    """Let FFmpeg refuse, in the whole process, to allocate a block larger than `LARGEST_BLOCK`."""
    # PyAV has no call for it; looking it up in PyAV's own library finds the FFmpeg that it is linked with.
    try:
        ctypes.CDLL(av._core.__file__).av_max_alloc(ctypes.c_size_t(LARGEST_BLOCK))
    except (OSError, AttributeError):
        _log.warning("FFmpeg's memory cannot be limited here")
