"""Publishes what was counted, minute by minute and camera by camera, each minute once it is over."""

import json
import logging
import threading
from collections import defaultdict
from types import TracebackType
from typing import Any, Self

from secondsight.bus import BlockingBus, BusPlace, StreamName
from secondsight.clock import Clock, SystemClock, iso
from secondsight.errors import DeliveryError, StoreError
from secondsight.log import fields
from secondsight.masking import redact
from secondsight.store import Store

_log = logging.getLogger(__name__)

_SCHEMA = 1
_MINUTE = 60
_EVERY = 5.0
"""Seconds between looks at the store."""
_SETTLED = 120.0
"""Seconds after which a camera's newest minute counts as over although no other one has come."""
_BATCH = 500
"""Counts that are read at once."""
_PATIENCE = 2.0
_READER = "observations/"
"""Before a camera's name among the cursors of readers."""


class ObservationPublisher:
    """Publishes the counts of a site that runs, in a thread of its own; a context manager.

    A minute is published at least once, under one id; how far each camera has come is stored. A new site begins with
    the minutes that come.

    Args:
        place: the queue.
        store: of the site.
        clock: the machine's by default.

    Raises:
        ConfigError: nats-py is missing, or a file cannot be used.
    """

    def __init__(self, place: BusPlace, store: Store, clock: Clock | None = None) -> None:
        self._place, self._store, self._clock = place, store, clock or SystemClock()
        self._bus = BlockingBus(place, "queue: counts")
        self._newest: dict[str, tuple[int, float]] = {}
        self._stopping, self._begun = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="counts", daemon=True)
        self.trouble: str | None = None
        """Why nothing is published now; None while it is."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(_PATIENCE)
        self._bus.close()
        self._thread.join(_PATIENCE)

    def publish_due(self) -> int:
        """Publish every minute that is over; how many. Raises StoreError, DeliveryError."""
        minutes = self._store.observations.last_minutes()
        if not self._begun:
            self._begin(minutes)
        published = 0
        for camera, newest in minutes.items():
            published += self._publish(camera, self._until(camera, newest))
        return published

    def _begin(self, minutes: dict[str, int]) -> None:
        """Leave the past of cameras that were never published where it is."""
        for camera, newest in minutes.items():
            if self._store.steps.cursor(_READER + camera) == 0:
                self._store.steps.move_cursor(_READER + camera, newest - _MINUTE)
        self._begun = True

    def _until(self, camera: str, newest: int) -> int:
        """The first minute of a camera that is not over."""
        now = self._clock.monotonic()
        known, since = self._newest.get(camera, (None, now))
        if known != newest:
            since = now
            self._newest[camera] = newest, since
        return newest + _MINUTE if now - since >= _SETTLED else newest

    def _publish(self, camera: str, until: int) -> int:
        reader, published = _READER + camera, 0
        cursor = self._store.steps.cursor(reader)
        while True:
            rows = self._store.observations.counters(
                camera=camera, since=cursor + 1, until=until, limit=_BATCH
            )
            if not rows:
                break
            minutes: defaultdict[int, dict[str, float]] = defaultdict(dict)
            for row in rows:
                minutes[int(row.minute)][row.name] = row.value
            if len(rows) == _BATCH and len(minutes) > 1:
                del minutes[max(minutes)]  # the rest of it comes with the next ones
            for minute, counts in minutes.items():
                self._send(camera, minute, counts)
                cursor = minute
                self._store.steps.move_cursor(reader, minute)
                published += 1
        return published

    def _send(self, camera: str, minute: int, counts: dict[str, float]) -> None:
        site = self._place.subjects.site
        id = f"{site}/{camera}/{minute}"
        message: dict[str, Any] = {
            "schema": _SCHEMA,
            "type": "observations",
            "id": id,
            "site": site,
            "camera": camera,
            "minute": iso(float(minute)),
            "counts": counts,
        }
        data = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
        self._bus.publish(StreamName.OBSERVATIONS, self._place.subjects.observations(camera), data, id)

    def _run(self) -> None:
        over = False
        while not over:
            # Once more at the end: a run over recordings may be over before the second look.
            over = self._stopping.wait(_EVERY if self._begun else 0.0)
            trouble = None
            try:
                self.publish_due()
            except (DeliveryError, StoreError) as error:
                trouble = redact(str(error))
            except Exception:  # nothing may end this: counts would stay away without a word
                _log.exception("counts could not be published")
            if trouble is not None and trouble != self.trouble:
                _log.warning("counts wait for the message queue", extra=fields(error=trouble))
            self.trouble = trouble
