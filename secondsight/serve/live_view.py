"""One viewer of one camera's live pictures: they come from the process that watches the camera, over its socket in
the data folder, and go out in the event loop."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

from starlette.concurrency import run_in_threadpool

from secondsight.errors import RefusedError
from secondsight.media import FOR_BROWSERS, LiveForm, connect_live

FIRST = 10.0
"""Seconds to wait for the first picture."""
BOUNDARY = "picture"
"""Between the pictures of an MJPEG answer."""
_AGAIN = 0.25
_PIECE = 65536
_LARGEST = 2**24


class LiveView:
    """The pictures as bytes for a browser: an endless MP4, or the parts of an MJPEG answer. For one event loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, form: LiveForm) -> None:
        self._reader, self._writer, self._form = reader, writer, form
        self._size: int | None = None

    @classmethod
    async def open(cls, data: Path, camera: str, form: LiveForm) -> Self:
        """Begin to look.

        Args:
            data: the data folder of the site.

        Raises:
            RefusedError: nobody watches the camera now, it gives no pictures, or browsers do not play what it sends.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + FIRST
        while True:
            found = await run_in_threadpool(connect_live, data, camera, form)
            if found is None:
                raise RefusedError("no live video: this camera is not watched now")
            codec, connected = found
            if codec == "jpeg" or codec in FOR_BROWSERS:
                break
            connected.close()
            if codec:
                raise RefusedError(f"no live video: browsers do not play {codec}; see live.mjpeg")
            if loop.time() > until:
                raise RefusedError("no live video: the camera gives no pictures now")
            await asyncio.sleep(_AGAIN)
        connected.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=connected, limit=_LARGEST)
        return cls(reader, writer, form)

    async def pieces(self, every: float) -> AsyncIterator[bytes]:
        """The pictures piece by piece, and an empty piece where none comes for `every` seconds. Ends when they do."""
        while True:
            try:
                async with asyncio.timeout(every):
                    piece = await self._next()
            except TimeoutError:
                piece = None
            except (asyncio.IncompleteReadError, OSError):
                return
            if piece == b"":
                return
            yield piece or b""

    def close(self) -> None:
        """Look no more."""
        self._writer.close()

    async def _next(self) -> bytes:
        """What comes next; nothing at the end."""
        if self._form == "mp4":
            return await self._reader.read(_PIECE)
        if self._size is None:  # else the wait for the picture itself was cut short
            self._size = int.from_bytes(await self._reader.readexactly(4), "big")
        size = self._size
        jpeg = await self._reader.readexactly(size)
        self._size = None
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {size}\r\n\r\n"
        return head.encode() + jpeg + b"\r\n"
