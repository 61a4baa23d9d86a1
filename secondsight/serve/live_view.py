"""One viewer of one camera's live pictures: packets come from the camera's thread, bytes go out in the event loop."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

import av

from secondsight.errors import RefusedError
from secondsight.media import FOR_BROWSERS, LiveMuxer, Packet

_MOST = 400
"""Packets that may wait for a viewer; one that is slower goes on at the next key frame."""
FIRST = 10.0
"""Seconds to wait for the first packet."""


class LiveView:
    """Packets in, an endless MP4 out. Use it in one event loop; only `take` is called from elsewhere."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._packets: deque[Packet] = deque()
        self._come = asyncio.Event()
        self._skipping = False

    def take(self, packet: Packet) -> None:
        """Take the camera's next packet, in its thread."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._put, packet)

    def _put(self, packet: Packet) -> None:
        if len(self._packets) >= _MOST:
            self._packets.clear()
            self._skipping = True
        self._skipping = self._skipping and not packet.is_key
        if packet.size and not self._skipping:
            self._packets.append(packet)
            self._come.set()

    async def begin(self) -> None:
        """Wait for the first packet.

        Raises:
            RefusedError: none comes, or browsers do not play what the camera sends.
        """
        try:
            async with asyncio.timeout(FIRST):
                await self._come.wait()
        except TimeoutError:
            raise RefusedError("no live video: the camera gives no pictures now") from None
        codec = self._packets[0].info.codec
        if codec not in FOR_BROWSERS:
            raise RefusedError(f"no live video: browsers do not play {codec}; pictures are renewed")

    async def pieces(self, every: float) -> AsyncIterator[bytes]:
        """The video piece by piece, and an empty piece at least every few seconds. Ends with the epoch."""
        muxer, epoch = LiveMuxer(), self._packets[0].epoch
        try:
            while True:
                ready = b""
                while self._packets:
                    packet = self._packets.popleft()
                    if packet.epoch != epoch:
                        return
                    ready += muxer.feed(packet)
                yield ready
                self._come.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(every):
                        await self._come.wait()
        except av.FFmpegError:
            return
        finally:
            muxer.close()
