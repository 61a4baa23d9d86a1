"""Removes rows of the database by their age: a little at a time, beside the frame path, and only what is due."""

import time
from collections import deque
from collections.abc import Callable, Collection
from functools import partial

from secondsight.config import RetentionSettings
from secondsight.store import Store

_AT_MOST = 0.2
"""Seconds of one sweep after which the rest waits for the next."""

_Batch = Callable[[], int]


class RowRetention:
    """The age of tracks, counts, events, visits and coverage of one site.

    Recordings stay as they are: their time is not that at which they were read, and a second run finds what the first
    has stored.

    Args:
        now: the time that can be trusted, UTC seconds.
        recordings: cameras whose past can be read again.
        monotonic: seconds that a sweep may go by.
    """

    def __init__(
        self,
        store: Store,
        settings: RetentionSettings,
        now: Callable[[], float],
        recordings: Callable[[], Collection[str]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._settings, self._now = store, settings, now
        self._recordings, self._monotonic = recordings, monotonic
        self._waiting: deque[_Batch] = deque()

    def sweep(self) -> bool:
        """Remove some of what is due; whether nothing is left. Raises StoreError."""
        end = self._monotonic() + _AT_MOST
        if not self._waiting:
            self._waiting.extend(self._batches())
        while self._waiting and self._monotonic() < end:
            if not self._waiting[0]():
                self._waiting.popleft()
        return not self._waiting

    def _batches(self) -> list[_Batch]:
        """One for each camera and kind of row; each removes a little, and gives 0 when nothing is due."""
        now, settings, aging = self._now(), self._settings, self._store.aging
        live = [name for name in self._store.observations.cameras() if name not in self._recordings()]
        ways = (
            (aging.forget_tracks, now - settings.tracks),
            (aging.fold_minutes, now - settings.minutes),
            (aging.forget_events, now - settings.events),
        )
        batches: list[_Batch] = [lambda: self._store.presence.forget(now - settings.facts)]
        batches += [partial(forget, camera, before) for camera in live for forget, before in ways]
        return batches
