"""Pictures of cameras as they are now, taken beside the run: the frame path is not asked, and never waits."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from secondsight.clock import Clock, SystemClock
from secondsight.config import CameraSettings
from secondsight.errors import SourceError
from secondsight.media import encode_jpeg, snapshot

_AT_ONCE = 2
"""Cameras that are asked at a time: each opens a connection and decodes a picture."""
_FRESH = 5.0
"""Seconds for which a picture is shown again before the camera is asked for another."""
_AFTER_FAILURE = 30.0
_PATIENCE = 12.0


@dataclass(frozen=True, slots=True)
class TakenPicture:
    """Attributes: jpeg: the picture; None where the camera gave none. time: UTC seconds. trouble: why not."""

    jpeg: bytes | None
    time: float
    trouble: str = ""


def take(name: str, settings: CameraSettings) -> bytes:
    """One picture of a camera, JPEG. Raises SourceError."""
    return encode_jpeg(snapshot(name, settings))


class CameraPictures:
    """The newest picture of each camera, taken when a person looks. Thread-safe.

    Args:
        clock: the machine's by default.
        take: takes a picture; may take seconds.
    """

    def __init__(
        self, clock: Clock | None = None, take: Callable[[str, CameraSettings], bytes] = take
    ) -> None:
        self._clock, self._take = clock or SystemClock(), take
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._taking: dict[str, threading.Lock] = {}
        self._known: dict[str, tuple[CameraSettings, TakenPicture]] = {}

    def get(self, name: str, settings: CameraSettings) -> TakenPicture:
        """The picture of a camera, seconds old where that can be had; an older one where others wait too long."""
        with self._lock:
            taking = self._taking.setdefault(name, threading.Lock())
        with taking:
            before, known = self._known.get(name, (None, None))
            known = known if before == settings else None
            if known is not None and self._clock.now() - known.time < (
                _FRESH if known.jpeg else _AFTER_FAILURE
            ):
                return known
            if not self._slots.acquire(timeout=_PATIENCE):
                return known or TakenPicture(
                    None, self._clock.now(), "other cameras are asked first; try again"
                )
            try:
                taken = self._taken(name, settings)
            finally:
                self._slots.release()
            self._known[name] = settings, taken
            return taken

    def _taken(self, name: str, settings: CameraSettings) -> TakenPicture:
        try:
            return TakenPicture(self._take(name, settings), self._clock.now())
        except SourceError as error:
            return TakenPicture(None, self._clock.now(), str(error))
