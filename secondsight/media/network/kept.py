"""Keeps on disk what a server sends once and never in parts, so that FFmpeg can go back and forth in it."""

from __future__ import annotations

import tempfile

from secondsight.media.network.opener import Body

_CHUNK = 1024 * 1024
_MOST = 8 * 1024**3


class KeptBody:
    """A body that can be sought, whatever its server offers. What was read lies in a file without a name.

    Args:
        body: read from its beginning to as far as is needed.
    """

    def __init__(self, body: Body) -> None:
        self._body, self._file = body, tempfile.TemporaryFile()  # noqa: SIM115  closed with the body
        self._kept = self._at = 0
        self._over = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end. Raises OSError, SourceRefusedError."""
        self._fetch(self._at + size)
        self._file.seek(self._at)
        data = self._file.read(size)
        self._at += len(data)
        return data

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 2:
            self._fetch(_MOST)
        self._at = max(0, {0: 0, 1: self._at, 2: self._kept}[whence] + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._file.close()
        self._body.close()

    def _fetch(self, end: int) -> None:
        """Read on up to `end`, or to the end of the body."""
        self._file.seek(self._kept)
        while self._kept < end and not self._over:
            data = self._body.read(_CHUNK)
            self._file.write(data)
            self._kept += len(data)
            self._over = not data
            if self._kept > _MOST:
                raise OSError("its server gives no parts of a file, and this one is too large to be kept")
