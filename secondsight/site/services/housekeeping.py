"""Tidies up while a site runs: what earlier runs and dead processes left, what waits for nobody, the data folder."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from secondsight.cascade import replay
from secondsight.clock import Clock
from secondsight.errors import StoreError
from secondsight.log import fields, redact
from secondsight.records import CaseState, Event
from secondsight.site.services.data_folder import DataFolder
from secondsight.site.services.folder_identity import FolderIdentity
from secondsight.site.services.review_service import ReviewService
from secondsight.site.services.row_retention import RowRetention
from secondsight.site.services.store_calls import StoreCalls
from secondsight.store import Store

_log = logging.getLogger(__name__)

_EVERY = 1.0
_FOLDER_EVERY = 60.0
_ROWS_EVERY = 600.0
"""Seconds between two looks for rows of the database that are too old."""


class Housekeeping:
    """The chores of one site, in two threads of their own: neither cameras nor verdicts wait for them.

    Args:
        store: the site's.
        data: the data folder.
        folder: keeps the files of the data folder.
        rows: keeps the rows of the database.
        bond: ties the store to the data folder.
        review: settles cases that nobody can review.
        replays: whether the past of the camera of this name is read again from its start.
        taken_over: called once, with the reason, when another run has taken over the database.
        changed: notified on every change in the site; chores begin soon after.
    """

    def __init__(
        self,
        store: Store,
        data: Path,
        *,
        folder: DataFolder,
        rows: RowRetention,
        bond: FolderIdentity,
        review: ReviewService,
        replays: Callable[[str], bool],
        taken_over: Callable[[str], None],
        changed: threading.Condition,
        clock: Clock,
    ) -> None:
        self._store, self._data, self._clock = store, data, clock
        self._folder, self._rows, self._bond, self._review = folder, rows, bond, review
        self._replays, self._taken_over = replays, taken_over
        self._changed = changed
        self._ask = StoreCalls("housekeeping")
        self._lost: list[tuple[Collection[str], float]] = []
        self._tidying = threading.Lock()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def recover(self) -> None:
        """Take up what a previous run left behind; before anything is recorded."""
        replay(self._data, self._store.apply)
        requeued = self._store.cases.requeue()
        if requeued:
            _log.info("cases taken up again", extra=fields(cases=len(requeued)))
        self._folder.clean()
        self._folder.give_up_unrecorded(lambda event: not self._replays(event.camera))
        self._folder.sweep()
        self._review.settle_unreviewable()

    def start(self, tick: Callable[[], None]) -> None:
        """Begin; `tick` is called about once a second."""
        threading.Thread(target=self._keep_folder, name="retention", daemon=True).start()
        self._thread = threading.Thread(
            target=self._keep_house, args=(tick,), name="housekeeping", daemon=True
        )
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._stopped = True

    def join(self, patience: float) -> None:
        """Wait for the end of a chore, for `patience` seconds at most: one may hang with the store."""
        if self._thread is not None:
            self._thread.join(patience)

    def lost(self, cameras: Collection[str]) -> None:
        """The process that watched these cameras has died: what it was recording of live ones is gone."""
        self._lost.append((cameras, self._clock.now()))

    def end_cases(self) -> dict[CaseState, int]:
        """Nothing is watched any more: settle what waits for nobody; the number of cases in each state.

        Raises:
            StoreError: the store cannot answer now.
        """
        self._tidy()
        self._folder.give_up_unrecorded(lambda event: True)
        self._review.settle_unreviewable()
        return self._store.cases.counts()

    def _keep_house(self, tick: Callable[[], None]) -> None:
        while not self._stopped:
            try:
                tick()
                self._ask(self._tidy)
            except Exception:
                _log.exception("housekeeping failed")
            with self._changed:
                self._changed.wait(_EVERY)

    def _tidy(self) -> None:
        """Store what watching processes that have died left behind, and settle what waits for nobody. Raises
        StoreError."""
        with self._tidying:
            while self._lost:
                cameras, when = self._lost[0]
                replay(self._data, self._store.apply)
                self._folder.give_up_unrecorded(partial(self._is_lost, cameras, when))
                del self._lost[0]
        self._review.settle_unreviewable()

    def _is_lost(self, cameras: Collection[str], until: float, event: Event) -> bool:
        theirs = event.camera in cameras and event.triggered <= until
        return theirs and not self._replays(event.camera)

    def _keep_folder(self) -> None:
        """Once a minute, in a thread of its own: it takes its time, or hangs with the database."""
        next_rows = 0.0
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._stopped, _FOLDER_EVERY):
                    return
            try:
                self._keep_bond()
                self._folder.sweep()
                if self._clock.monotonic() >= next_rows and self._rows.sweep():
                    next_rows = self._clock.monotonic() + _ROWS_EVERY
            except Exception as error:
                if not self._stopped:
                    expected = isinstance(error, StoreError)
                    about = fields(error=redact(str(error)))
                    _log.error("retention failed, tried again", extra=about, exc_info=not expected)

    def _keep_bond(self) -> None:
        """Still the one site of this database; otherwise say so, before both write to it. Raises StoreError."""
        if self._bond.beat():
            self._store.keep_owned()
            return
        reason = f"{self._store.name} was taken over by another run of this site; stopped"
        _log.error(reason)
        self._taken_over(reason)
