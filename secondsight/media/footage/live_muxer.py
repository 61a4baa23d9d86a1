"""Live pictures for a browser: a camera's packets as an MP4 that never ends, a fragment for each picture."""

from __future__ import annotations

from secondsight.media.frames.packet import Packet
from secondsight.media.writing.remux import Mp4Output, Pipe, put, stream_like

FOR_BROWSERS = frozenset({"h264"})
"""Codecs that every browser plays; others are shown as pictures."""
_LIVE = {"movflags": "frag_every_frame+empty_moov+default_base_moof", "flush_packets": "1"}


class LiveMuxer:
    """Packets of one stream in, bytes out; begins at the first key frame. Ends with the epoch.

    Not thread-safe.
    """

    def __init__(self) -> None:
        self._pipe = Pipe()
        self._file = Mp4Output(self._pipe, _LIVE)
        self._output = self._file.__enter__()
        self._begin: Packet | None = None
        self._last = -(2**62)

    def feed(self, packet: Packet) -> bytes:
        """Take the next packet; the bytes that are ready, maybe none.

        Raises:
            FFmpegError: the muxer refuses the packet.
        """
        if self._begin is None:
            if not packet.is_key:
                return b""
            self._begin = packet
            self._stream = stream_like(self._output, packet)
        second = packet.time - self._begin.time
        self._last = put(self._output, self._stream, packet.raw, second, packet.duration, self._last)
        return self._pipe.take()

    def close(self) -> None:
        """Release the muxer."""
        self._file.__exit__(GeneratorExit, None, None)
