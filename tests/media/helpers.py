"""What the media tests share: cameras without a site file, and streams that are read in a thread of their own."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from secondsight.clock import Clock, SystemClock
from secondsight.config import CameraSettings
from secondsight.media import DecodedFrame, Packet, Stream

PATIENCE = 180.0
SOON = 5.0
"""Seconds within which a stream stops on a busy machine; its own timeouts are longer where that is tested."""
"""Seconds a test waits for what must happen; reached only when something is broken."""


def camera(source: str | Path, **settings: Any) -> CameraSettings:
    """A camera with fast reconnection."""
    settings = {"reconnect_min": 0.05, "reconnect_max": 0.2, **settings}
    return CameraSettings(source=SecretStr(str(source)), **settings)


def read(
    source: str | Path, clock: Clock | None = None, **settings: Any
) -> tuple[list[Packet], list[DecodedFrame], Stream]:
    """Everything a recording holds."""
    stream = Stream("cam", camera(source, **settings), clock or SystemClock(), rng=random.Random(1))
    packets: list[Packet] = []
    frames: list[Any] = []
    for packet, completed in stream:
        packets.append(packet)
        frames += completed
    return packets, frames, stream


def wait_for(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until `condition` holds."""
    give_up = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(0.005)


class Follower:
    """Reads a stream in a thread until the `with` block ends.

    Attributes:
        slow: seconds the consumer takes for each frame.
    """

    def __init__(self, source: str | Path, clock: Clock | None = None, **settings: Any) -> None:
        self.stream = Stream("cam", camera(source, **settings), clock or SystemClock(), rng=random.Random(1))
        self.packets: list[Packet] = []
        self.frames: list[DecodedFrame] = []
        self.delays: list[float] = []
        self.slow = 0.0
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            for packet, frames in self.stream:
                self.packets.append(packet)
                for frame in frames:
                    self.frames.append(frame)  # type: ignore[arg-type]
                    self.delays.append(time.time() - frame.time)
                    if self.slow:
                        time.sleep(self.slow)
        except Exception as error:
            self.error = error

    def wait(self, condition: Callable[[], object]) -> None:
        wait_for(lambda: condition() or self.error)
        assert self.error is None, self.error

    def more(self, count: int) -> None:
        """Wait until `count` further frames have come."""
        goal = len(self.frames) + count
        self.wait(lambda: len(self.frames) >= goal)

    @property
    def delay(self) -> float:
        """The median of seconds from a frame's time to its arrival: a busy machine holds up a single one for long."""
        return statistics.median(self.delays)

    def stop(self) -> float:
        """Stop, and return how many seconds that took."""
        begun = time.monotonic()
        self.stream.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return time.monotonic() - begun

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
