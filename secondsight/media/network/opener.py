"""Opens for FFmpeg what a source leads to: playlists, segments, keys; each only where `HostPolicy` lets it.

Nothing is raised through FFmpeg, which would go on with the next segment and forget why. A failure is kept in
`refused` or `failure`, FFmpeg is told that the file is empty, and the reader of packets looks there.
"""

from __future__ import annotations

import logging
import time
from io import BytesIO
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from secondsight.log import fields
from secondsight.media.frames.limits import SourceRefusedError
from secondsight.media.network.http import HttpBody, HttpClient, Span
from secondsight.media.network.meter import Meter

_log = logging.getLogger(__name__)

_MAX_PLAYLIST = 4_000_000
"""Bytes; a day in segments of two seconds has a quarter of it."""
_PLAYLISTS = (".m3u8", ".m3u")


class Body(Protocol):
    """Bytes that FFmpeg reads."""

    def read(self, size: int) -> bytes: ...
    def seekable(self) -> bool: ...
    def seek(self, offset: int, whence: int = 0) -> int: ...
    def tell(self) -> int: ...
    def close(self) -> None: ...


class Opener:
    """What `av.open` calls for every address.

    Args:
        client: for HTTP; None for files.
        folder: where files may lie; None for HTTP.
        first: the body of the source's own address, if it is open already.
    """

    def __init__(
        self,
        camera: str,
        client: HttpClient | None,
        folder: Path | None,
        meter: Meter,
        first: Body | None = None,
    ) -> None:
        self._camera, self._client, self._folder, self._first = camera, client, folder, first
        self.meter = meter
        self.refused: SourceRefusedError | None = None
        self.failure: OSError | None = None
        self._end = float("inf")

    def __call__(self, url: str, flags: int, options: dict[str, str]) -> Body:
        first, self._first = self._first, None
        if first is not None:
            return Watched(first, self)
        try:
            return Watched(self._open(url, options), self)
        except (OSError, SourceRefusedError) as error:
            self.note(error)
            return Watched(BytesIO(), self)

    def _open(self, url: str, options: dict[str, str]) -> Body:
        self.check_time()
        if self.refused is not None:
            raise self.refused
        plain = url.removeprefix("crypto+")
        body = self._open_plain(plain, options)
        if urlsplit(plain).path.lower().endswith(_PLAYLISTS):
            body = Playlist(body)
        if plain == url:
            return body
        from secondsight.media.network.decrypt import Decrypted

        return Decrypted(body, bytes.fromhex(options["key"]), bytes.fromhex(options["iv"]))

    def _open_plain(self, url: str, options: dict[str, str]) -> Body:
        if self._client is not None:
            first, end = int(options.get("offset", 0)), options.get("end_offset")
            span = Span(first, int(end) if end else None) if first or end else None
            return HttpBody(self._client, self._client.get(url, span), span)
        path = Path(unquote(url.removeprefix("file:")) if url.startswith("file:") else url)
        if "://" in url or self._folder is None or not path.resolve().is_relative_to(self._folder.resolve()):
            raise SourceRefusedError(
                "its playlist leads out of its folder; copy what it names beside it, or read it by its http address"
            )
        if not path.is_file():
            raise FileNotFoundError(f"its playlist names a file that is not there: {path.name}")
        return path.open("rb")

    def begin(self, seconds: float | None) -> None:
        """A packet is awaited; it may take `seconds`."""
        self._end = float("inf") if seconds is None else time.monotonic() + seconds

    def check_time(self) -> None:
        """Raises TimeoutError if the packet takes too long."""
        if time.monotonic() > self._end:
            raise TimeoutError

    def note(self, error: OSError | SourceRefusedError) -> None:
        """Keep why something could not be read."""
        if isinstance(error, SourceRefusedError):
            self.refused = self.refused or error
        else:
            self.failure = error
            _log.debug("a part of a source is missing", extra=fields(camera=self._camera, error=str(error)))


class Watched:
    """A body whose failures are noted and whose bytes are counted."""

    def __init__(self, body: Body, opener: Opener) -> None:
        self._body, self._opener = body, opener

    def read(self, size: int) -> bytes:
        opener = self._opener
        if opener.refused is not None:
            return b""
        try:
            opener.check_time()
            data = self._body.read(size)
            opener.meter.came(len(data))
        except (OSError, SourceRefusedError) as error:
            opener.note(error)
            return b""
        return data

    def seekable(self) -> bool:
        return self._body.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._body.seek(offset, whence)

    def tell(self) -> int:
        return self._body.tell()

    def close(self) -> None:
        self._body.close()


class Playlist:
    """A body that is kept in memory as a list, and so must not be long."""

    def __init__(self, body: Body) -> None:
        self._body, self._left = body, _MAX_PLAYLIST

    def read(self, size: int) -> bytes:
        data = self._body.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise SourceRefusedError(f"its playlist has more than {_MAX_PLAYLIST // 1_000_000} MB")
        return data

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def tell(self) -> int:
        return 0

    def close(self) -> None:
        self._body.close()
