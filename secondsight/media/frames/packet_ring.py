"""The recent past of a camera, encoded: about a hundred times smaller than pictures, and ready to be cut."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

from secondsight.media.frames.packet import Packet


class PacketRing:
    """Keeps at least the last `seconds` of a stream, from a key frame on.

    That takes up to one group of pictures more than asked for. Where key frames are rarer than `max_gop` seconds, or
    where `max_bytes` are exceeded, the oldest packets go all the same: what is held spans at most
    `seconds + max_gop` and about `max_bytes`, whatever the camera does. What then precedes the first key frame
    cannot be decoded, and `since` does not return it.

    Not thread-safe: its user locks.

    Args:
        seconds: least span.
        max_gop: longest distance between key frames that is catered for, seconds. Encoders that save bytes send one
            in a minute or two; at few pictures a second, `max_bytes` hold many minutes.
        max_bytes: most bytes of encoded data.
    """

    def __init__(self, seconds: float, *, max_gop: float = 600.0, max_bytes: int = 32 * 1024 * 1024) -> None:
        self._seconds, self._longest, self._max_bytes = seconds, seconds + max_gop, max_bytes
        self._packets: deque[Packet] = deque()
        self._keys: deque[float] = deque()
        self.size = 0

    def __len__(self) -> int:
        return len(self._packets)

    def append(self, packet: Packet) -> None:
        """Add the stream's next packet, and let go of what is no longer needed. Empty packets are not kept."""
        if not packet.size:
            return
        self._packets.append(packet)
        self.size += packet.size
        now = packet.time
        if packet.is_key:
            self._keys.append(now)
        keys = self._keys
        while len(keys) > 1 and keys[1] <= now - self._seconds:
            self._drop_group()
        while self.size > self._max_bytes and len(self._packets) > 1:
            self._drop_group()
        while self._packets[0].time < now - self._longest:
            self._drop()

    def since(self, time: float) -> list[Packet]:
        """The packets from the key frame at or before `time` on; from the earliest key frame if all are later."""
        wanted = bisect_right(self._keys, time) - 1
        if not self._keys:
            return []
        start = self._keys[max(wanted, 0)]
        packets = list(self._packets)
        for i, packet in enumerate(packets):
            if packet.is_key and packet.time >= start:
                return packets[i:]
        return []

    def clear(self) -> None:
        """Forget everything."""
        self._packets.clear()
        self._keys.clear()
        self.size = 0

    def _drop_group(self) -> None:
        """Drop packets up to the next key frame; a single one where there is no other."""
        self._drop()
        while len(self._keys) > 0 and not self._packets[0].is_key:
            self._drop()

    def _drop(self) -> None:
        packet = self._packets.popleft()
        self.size -= packet.size
        if packet.is_key:
            self._keys.popleft()
