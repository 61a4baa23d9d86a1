"""Counts what a source sends, and says when it is too much."""

from __future__ import annotations

import time

from secondsight.media.frames.limits import PictureLimits, SourceRefusedError

_MEGA = 1_000_000
_SLACK = 16 * _MEGA
"""Bytes of other streams and headers between two pictures, besides two pictures themselves."""
_INDEX = 256 * _MEGA
"""Bytes of the index before the first picture of a recording."""
_WINDOW = 5.0
_MAX_RATE = 64 * _MEGA
"""Bytes a second of a live source, over `_WINDOW` seconds: 512 Mbit/s."""
_MAX_PICTURES = 1000
"""Pictures a second of a live source, over `_WINDOW` seconds."""


class Meter:
    """One connection's count. Raises SourceRefusedError where a limit is broken.

    Args:
        finite: the source has an end: it may be read as fast as it comes.
    """

    def __init__(self, limits: PictureLimits, *, finite: bool = False) -> None:
        self._between = 2 * limits.packet + _SLACK
        self._limit = _INDEX if finite else self._between
        self._finite = finite
        self._waiting = 0
        self._begun, self._bytes, self._pictures = time.monotonic(), 0, 0

    def came(self, size: int) -> None:
        """`size` bytes have come."""
        self._waiting += size
        if self._waiting > self._limit:
            raise SourceRefusedError(
                f"it sent {self._waiting // _MEGA} MB without a picture; if this is right, raise `max_packet`"
            )
        if not self._finite:
            self._bytes += size
            self._check_rates()

    def picture(self) -> None:
        """A picture has come out of what was sent."""
        self._waiting, self._limit = 0, self._between
        if not self._finite:
            self._pictures += 1
            self._check_rates()

    def _check_rates(self) -> None:
        if self._bytes <= _WINDOW * _MAX_RATE and self._pictures <= _WINDOW * _MAX_PICTURES:
            if time.monotonic() - self._begun > _WINDOW:
                self._begun, self._bytes, self._pictures = time.monotonic(), 0, 0
            return
        what = (
            f"{_MAX_PICTURES} pictures" if self._bytes <= _WINDOW * _MAX_RATE else f"{_MAX_RATE // _MEGA} MB"
        )
        raise SourceRefusedError(
            f"it sends more than {what} a second for {_WINDOW:g} s, which no camera does"
        )
