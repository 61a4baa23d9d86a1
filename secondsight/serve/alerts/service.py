"""All channels of a site that runs."""

import logging
import random
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

from secondsight.clock import Clock, SystemClock
from secondsight.config import SiteConfig
from secondsight.errors import StoreError
from secondsight.log import fields
from secondsight.serve.alerts.channel import Channel
from secondsight.serve.alerts.factory import make_channel
from secondsight.serve.alerts.notices import NoticeMaker, SeverityOf
from secondsight.serve.alerts.outbox import Outbox
from secondsight.serve.alerts.view import SiteView
from secondsight.site import SiteStatus
from secondsight.store import Store

_log = logging.getLogger(__name__)

_KEPT = 90 * 86400.0
"""Seconds that sent deliveries stay: as long, an event's corrections go where its first message went."""
_SWEEP_EVERY = 600.0
_PATIENCE = 2.0
"""Seconds that ending waits for messages under way."""


class AlertService:
    """Carries the steps that a site publishes to its channels, each in a thread of its own; a context manager.

    Nothing here is waited for by anything else. What is not sent when it ends waits in the store for the next run.

    Args:
        config: the site; `alerts` names the channels.
        store: of the site.
        severity: of events.
        clock: the machine's by default.
        rng: draws the jitter of pauses.

    Raises:
        ConfigError: on entering, when a channel cannot be used as it is configured.
    """

    def __init__(
        self,
        config: SiteConfig,
        store: Store,
        severity: SeverityOf,
        clock: Clock | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._config, self._store, self._severity = config, store, severity
        self._clock, self._rng = clock or SystemClock(), rng or random.Random()
        self._status: SiteStatus | None = None
        self._outboxes: list[Outbox] = []
        self._stopping, self._changing = threading.Event(), threading.Lock()

    def __enter__(self) -> Self:
        self._outboxes = self._opened()
        if self._outboxes:
            threading.Thread(target=self._keep_house, name="outbox: old messages", daemon=True).start()
        return self

    def take(self, config: SiteConfig) -> None:
        """Go over to other cameras and rules: every channel is opened anew and goes on where it was.

        Raises:
            ConfigError: a channel cannot be used; all go on as before.
        """
        with self._changing:
            before, self._config = self._config, config
            self._close(self._outboxes)
            try:
                self._outboxes = self._opened()
            except BaseException:
                self._config = before
                self._outboxes = self._opened()
                raise

    def _opened(self) -> list[Outbox]:
        """An outbox for each channel, sending."""
        view = SiteView(self._config, self._store, self._clock, lambda: self._status)
        opened: dict[str, Channel] = {}
        try:
            for name, settings in self._config.alerts.items():
                opened[name] = make_channel(name, settings, self._config, view, self._clock)
        except BaseException:
            for channel in opened.values():
                channel.close()
            raise
        outboxes = []
        for name, settings in self._config.alerts.items():
            notices = NoticeMaker(self._config, settings, self._store, self._severity, self._clock)
            outbox = Outbox(
                name,
                settings,
                opened[name],
                partial(make_channel, name, settings, self._config, view, self._clock),
                notices,
                self._store,
                self._severity,
                self._clock,
                random.Random(self._rng.random()),
            )
            outboxes.append(outbox)
        for outbox in outboxes:
            with suppress(StoreError):  # its thread tries again
                outbox.begin()
            outbox.start()
        return outboxes

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        with self._changing:
            self._close(self._outboxes)

    @staticmethod
    def _close(outboxes: Sequence[Outbox]) -> None:
        for outbox in outboxes:
            outbox.ask_to_stop()
        until = time.monotonic() + _PATIENCE
        for outbox in outboxes:
            outbox.join(max(0.1, until - time.monotonic()))

    def show(self, status: SiteStatus) -> None:
        """Take the site's newest status, for channels that show it. Returns at once."""
        self._status = status

    def flush(self, timeout: float) -> bool:
        """Wait until everything published so far was sent or given up; False if that takes longer than `timeout`
        seconds."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            with suppress(StoreError):
                if all(outbox.is_empty() for outbox in self._outboxes):
                    return True
            time.sleep(0.05)
        return False

    def troubles(self) -> dict[str, str]:
        """Why messages do not go out now, by channel; empty while all do."""
        return {outbox.name: outbox.trouble for outbox in self._outboxes if outbox.trouble}

    def _keep_house(self) -> None:
        while not self._stopping.wait(_SWEEP_EVERY):
            try:
                while self._store.deliveries.sweep(self._clock.now() - _KEPT):
                    pass
            except StoreError as error:
                _log.warning("old messages were not removed", extra=fields(error=str(error)))
