"""What all parts of one running camera share: its settings, its counters, and how far its time has come."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Event

from secondsight.clock import Clock
from secondsight.config import CameraSettings
from secondsight.media.reading.inputs import Input
from secondsight.media.reading.session import Session, StreamStats
from secondsight.media.reading.sources import Source


@dataclass(slots=True)
class SourceRun:
    """One camera from start to stop.

    Attributes:
        stopped: set when nobody wants any more frames.
        last: time of the last frame delivered (UTC seconds); times never fall behind it.
        epoch: number of the last epoch begun.
        begin: of a recording, the time of its first picture (UTC seconds).
        turns: whose turn it is to decode, of live sources.
        wanted: of a picture's time and the time to the next: whether anybody would look at it; None: at all.
    """

    name: str
    camera: CameraSettings
    clock: Clock
    stats: StreamStats = field(default_factory=StreamStats)
    stopped: Event = field(default_factory=Event)
    last: float = -math.inf
    epoch: int = -1
    begin: float = 0.0
    wanted: Callable[[float, float], bool] | None = None
    turns: AbstractContextManager[None] = field(default_factory=nullcontext)

    def count(self) -> int:
        """Next epoch of a recording: every run over the same file numbers them alike, and no other file does."""
        self.epoch = max(self.epoch + 1, int(self.begin * 1000))
        return self.epoch

    def moment(self) -> int:
        """Next epoch of a live source: the present in unix milliseconds, always greater than the one before."""
        self.epoch = max(self.epoch + 1, int(self.clock.now() * 1000))
        return self.epoch

    def interval(self, opened: Input) -> float:
        """Seconds per picture, as stated by the source or else by the settings."""
        return 1.0 / (opened.frame_rate or self.camera.frame_rate)

    def session(self, opened: Input, *, live: bool, origin: str) -> Session:
        """Begin to decode an opened input."""
        return Session(
            self.name,
            opened,
            self.stats,
            live=live,
            origin=origin,
            next_epoch=self.moment if live else self.count,
            interval=self.interval(opened),
            last=self.last,
            wanted=self.wanted,
        )

    def where(self, source: Source) -> str:
        """How messages begin."""
        return f"camera {self.name}: {source.shown}"
