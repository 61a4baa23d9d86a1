"""Keeps the data folder in order: retention, room on a full disk, and what a killed run left behind."""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from secondsight.config import RetentionSettings
from secondsight.log import fields
from secondsight.media import (
    FootageRetention,
    Retention,
    Stray,
    find_leftovers,
    quarantine,
    remove_half_written,
    remove_strays,
)
from secondsight.records import Event, snapshot_path
from secondsight.site.services.folder_identity import FolderIdentity
from secondsight.store import AttachClip, Store

_log = logging.getLogger(__name__)

_INTERRUPTED = "no clip: the run was interrupted before it could be cut"


class DataFolder:
    """The clips and frames of one data folder, and the store's references to them.

    Args:
        bond: tied to the store.
    """

    def __init__(self, store: Store, data: Path, settings: RetentionSettings, bond: FolderIdentity) -> None:
        self._store, self._data, self._bond = store, data, bond
        self._footage = FootageRetention(data, settings, bond.time.now)
        self._retention = Retention(data, settings, store.files, bond.time.now)
        self._lock = threading.Lock()

    def clean(self) -> None:
        """Put files that no event refers to out of the way; only before anything is recorded.

        Half-written files are removed, and so are those of events that the database knows to have none: their
        recording was interrupted, or their removal. What the database knows nothing of goes into quarantine.
        Where the database is not the one that the files were made with, they stay where they are, now and later.
        """
        found = find_leftovers(self._data, self._store.files.ids())
        for path in found.half_written:
            path.unlink(missing_ok=True)
        if not self._bond.whole:
            self._bond.leave_alone(max((stray.time for stray in found.strays), default=0.0))
        left = [stray for stray in found.strays if stray.time < self._bond.files_since]
        recent = [stray for stray in found.strays if stray.time >= self._bond.files_since]
        bare = self._store.files.without_files({stray.id for stray in recent})
        ours = [stray for stray in recent if stray.id in bare]
        remove_strays(self._data, ours)
        if ours or found.half_written:
            count = len(ours) + len(found.half_written)
            _log.info("leftovers of an interrupted run removed", extra=fields(files=count))
        if len(ours) < len(recent):
            self._quarantine([stray for stray in recent if stray.id not in bare])
        if left:
            _log.warning(
                "older than what this database knows of its data folder: files that no event refers to stay where "
                "they are",
                extra=fields(count=len(left), bytes=sum(stray.size for stray in left), folder=self._data),
            )

    def sweep(self, need: int = 0) -> bool:
        """Apply retention, with `need` bytes wanted on top of the floor; whether anything was removed. Footage goes
        before clips."""
        with self._lock:
            return self._footage.sweep(need) + self._retention.sweep(need) > 0

    def make_room(self) -> bool:
        """Remove the oldest clips for the sake of a new one; whether that freed anything."""
        return self.sweep(need=64 * 2**20)

    def give_up_unrecorded(self, gone: Callable[[Event], bool]) -> None:
        """Settle what never got its clip and never will: events whose moment is `gone`."""
        for event in self._store.events.unrecorded():
            if gone(event):
                _log.warning("event has no clip", extra=fields(event=event.id, camera=event.camera))
                self._store.apply([AttachClip(event.id, None, (), _INTERRUPTED)])
                remove_half_written(self._data / snapshot_path(event))

    def _quarantine(self, strays: Sequence[Stray]) -> None:
        batch = quarantine(self._data, strays, self._bond.time.now())
        self._retention.look_again()
        _log.warning(
            "files of events that the database does not know were put into quarantine; retention removes them as it "
            "does clips of today",
            extra=fields(files=batch.files, bytes=batch.size, folder=batch.path),
        )
