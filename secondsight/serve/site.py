"""What is served: one site's store and data folder, who may see it, and what is known of it at this moment."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from secondsight.clock import Clock
from secondsight.config import ServeSettings, SiteConfig, SiteFile
from secondsight.serve.auth.authenticator import Authenticator
from secondsight.serve.feed import StepFeed
from secondsight.serve.pictures import CameraPictures
from secondsight.site import SiteStatus
from secondsight.store import Store


class LiveState(Protocol):
    """What a site is doing at this moment, as far as known."""

    def status(self) -> SiteStatus | None:
        """The site's status; None where the site runs elsewhere, or not at all. Returns at once."""
        ...


class NotHere:
    """Of a site that runs in another process: nothing is known but what it writes to its database."""

    def status(self) -> SiteStatus | None:
        return None


class RunningHere:
    """Of a site that runs in this process; asked once a second at most.

    Args:
        ask: gives the status; may take a moment.
    """

    def __init__(self, ask: Callable[[], SiteStatus], clock: Clock) -> None:
        self._ask, self._clock = ask, clock
        self._lock = threading.Lock()
        self._known: SiteStatus | None = None
        self._until = float("-inf")

    def status(self) -> SiteStatus | None:
        with self._lock:
            if self._known is None or self._clock.monotonic() >= self._until:
                self._known = self._ask()
                self._until = self._clock.monotonic() + 1.0
            return self._known


@dataclass(frozen=True, slots=True)
class ServedSite:
    """Everything that the functions of `serve.access` work on.

    Attributes:
        config: the site file; None where only a data folder was named.
        store: a handle of its own; the frame path never waits for what is asked here.
        feed: wakes those who follow the steps of events.
        file: the site file, to be changed; None where only a data folder was named.
        pictures: of cameras as they are now.
    """

    store: Store
    data: Path
    settings: ServeSettings
    clock: Clock
    authenticator: Authenticator
    feed: StepFeed
    config: SiteConfig | None = None
    live: LiveState = field(default_factory=NotHere)
    file: SiteFile | None = None
    pictures: CameraPictures = field(default_factory=CameraPictures)

    @property
    def name(self) -> str:
        """The site's name."""
        return self.config.site.name if self.config is not None else self.data.resolve().name
