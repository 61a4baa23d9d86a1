"""Lets others see a camera's packets as they come, such as a page with live pictures."""

from __future__ import annotations

import threading
from collections.abc import Callable

from secondsight.media.frames.packet import Packet

TakePacket = Callable[[Packet], None]

_MOST = 2000
"""Packets since the last key frame that are kept for those who begin to follow."""


class PacketTap:
    """Hands packets to those who follow a camera. Costs next to nothing while nobody does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since_key: dict[str, list[Packet]] = {}
        self._followers: dict[str, list[TakePacket]] = {}

    def feed(self, packet: Packet) -> None:
        """Take a camera's next packet, in its thread."""
        with self._lock:
            if packet.is_key or len(self._since_key.get(packet.camera, ())) >= _MOST:
                self._since_key[packet.camera] = []
            self._since_key.setdefault(packet.camera, []).append(packet)
            for take in self._followers.get(packet.camera, ()):
                take(packet)

    def follow(self, camera: str, take: TakePacket) -> Callable[[], None]:
        """Follow a camera from its last key frame on.

        Args:
            take: called with each packet in the camera's thread; returns at once and raises nothing.

        Returns:
            A function that ends it.
        """
        with self._lock:
            for packet in self._since_key.get(camera, ()):
                take(packet)
            self._followers.setdefault(camera, []).append(take)

        def leave() -> None:
            with self._lock:
                self._followers[camera].remove(take)

        return leave

    def forget(self, camera: str) -> None:
        """A camera has ended: nothing of it is kept."""
        with self._lock:
            self._since_key.pop(camera, None)
