"""Keeps the data folder in order: retention, room on a full disk, and what a killed run left behind."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from secondsight.clock import Clock
from secondsight.config import RetentionSettings
from secondsight.log import fields
from secondsight.media import Retention, clean_parts
from secondsight.records import Event
from secondsight.store import Store

_log = logging.getLogger(__name__)

_INTERRUPTED = "no clip: the run was interrupted before it could be cut"


class DataFolder:
    """The clips and frames of one data folder, and the store's references to them."""

    def __init__(self, store: Store, data: Path, settings: RetentionSettings, clock: Clock) -> None:
        self._store, self._data = store, data
        self._retention = Retention(data, settings, clock)
        self._lock = threading.Lock()

    def clean(self) -> None:
        """Remove half-written files and files no event refers to; only before anything is recorded."""
        removed = [
            *clean_parts(self._data),
            *self._retention.sweep_orphans(self._store.stored_clips()),
        ]
        if removed:
            _log.info("leftovers of an interrupted run removed", extra=fields(files=len(removed)))

    def sweep(self, need: int = 0) -> bool:
        """Apply retention, with `need` bytes wanted on top of the floor; whether anything was removed."""
        with self._lock:
            removed = self._retention.sweep(
                self._store.stored_clips(), forget=lambda ids: self._store.forget_clips(ids), need=need
            )
        return bool(removed)

    def make_room(self) -> bool:
        """Remove the oldest clips for the sake of a new one; whether that freed anything."""
        return self.sweep(need=64 * 2**20)

    def give_up_unrecorded(self, gone: Callable[[Event], bool]) -> None:
        """Settle what never got its clip and never will: events whose moment is `gone`."""
        for event in self._store.unrecorded():
            if gone(event):
                _log.warning("event has no clip", extra=fields(event=event.id, camera=event.camera))
                self._store.attach_clip(event.id, None, (), _INTERRUPTED)
