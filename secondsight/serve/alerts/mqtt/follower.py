"""Follows the published steps and keeps the retained states true. Nothing of it need be durable: all states are made
anew at the start, and published anew at every connection.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from secondsight.config import MqttSettings
from secondsight.errors import StoreError
from secondsight.log import fields
from secondsight.records import Event, Step, StepKind
from secondsight.serve.alerts.mqtt.states import Messages, SiteStates
from secondsight.serve.alerts.mqtt.topics import Topics
from secondsight.serve.alerts.notices import pictures_of
from secondsight.serve.alerts.view import SiteView

_log = logging.getLogger(__name__)

_PAUSE = 0.2
"""Seconds between looks at the store."""
_STATUS_EVERY = 2.0
_PATIENCE = 5.0
"""Seconds that a picture may come after its event."""
_BATCH = 200


class StateFollower:
    """Publishes states as they change, in a thread of its own.

    Args:
        retain: publishes a retained message.
    """

    def __init__(
        self,
        settings: MqttSettings,
        topics: Topics,
        site: SiteView,
        retain: Callable[[str, bytes], None],
    ) -> None:
        self._settings, self._topics, self._site, self._retain = settings, topics, site, retain
        self._states = SiteStates(site.config, settings, topics)
        self._lock = threading.Lock()
        self._pictures: dict[str, Path] = {}
        self._awaited: dict[str, tuple[Event, float]] = {}
        self._position: int | None = None
        self._status_due = 0.0
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin, in a thread of its own."""
        threading.Thread(target=self._run, name="states for MQTT", daemon=True).start()

    def stop(self) -> None:
        """End soon."""
        self._stopping.set()

    def republish(self) -> None:
        """Publish everything there is."""
        with self._lock:
            self._publish(self._states.all())
            for camera, picture in self._pictures.items():
                self._show(camera, picture)

    def turn(self) -> None:
        """Publish what has changed. Raises StoreError."""
        site, now = self._site, self._site.clock.monotonic()
        if self._position is None:
            self._begin()
        assert self._position is not None
        while steps := site.store.steps.after(self._position, _BATCH):
            for step in steps:
                self._take(step)
            self._position = steps[-1].position
            assert self._position is not None
        for event, until in list(self._awaited.values()):
            if self._picture(event) or now > until:
                self._awaited.pop(event.camera, None)
        if now >= self._status_due:
            self._status_due = now + _STATUS_EVERY
            totals = site.store.deliveries.totals(sent=False)
            with self._lock:
                self._publish(self._states.see(site.status(), totals, site.clock.now()))

    def _begin(self) -> None:
        site, now = self._site, self._site.clock.now()
        position = site.store.steps.last()
        today = site.store.events.find(since=self._states.midnight(now))
        with self._lock:
            self._states.begin(today, now)
            self._publish(self._states.all())
        self._position = position

    def _take(self, step: Step) -> None:
        event = self._site.store.events.get(step.event)
        if event is None:
            return
        with self._lock:
            self._publish(self._states.apply(step, event))
        cameras = self._settings.cameras
        shown = self._settings.pictures and (not cameras or event.camera in cameras)
        if shown and step.kind in (StepKind.RAISED, StepKind.RECORDED) and not self._picture(event):
            self._awaited[event.camera] = (event, self._site.clock.monotonic() + _PATIENCE)

    def _picture(self, event: Event) -> bool:
        """Publish the event's picture; False if there is none yet."""
        picture = next(iter(pictures_of(self._site.config, self._settings, event)), None)
        if picture is None:
            return False
        with self._lock:
            if self._pictures.get(event.camera) != picture:
                self._pictures[event.camera] = picture
                self._show(event.camera, picture)
        return True

    def _show(self, camera: str, picture: Path) -> None:
        try:
            self._retain(self._topics.snapshot(camera), picture.read_bytes())
        except OSError:  # retention has removed it meanwhile
            _log.debug("a picture is gone", extra=fields(camera=camera))

    def _publish(self, messages: Messages) -> None:
        for topic, payload in messages.items():
            self._retain(topic, payload)

    def _run(self) -> None:
        trouble = ""
        while not self._stopping.wait(_PAUSE):
            try:
                self.turn()
                trouble = ""
            except Exception as error:
                if not self._stopping.is_set() and str(error) != trouble:
                    unexpected = not isinstance(error, StoreError)
                    _log.warning(
                        "states are not published", extra=fields(error=str(error)), exc_info=unexpected
                    )
                trouble = str(error)
