"""The states of a site as retained messages: what goes on where, which cameras live, how the site is."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from secondsight.config import MqttSettings, SiteConfig
from secondsight.records import Event, Step, StepKind, Verification
from secondsight.serve.alerts.mqtt.connection import OFFLINE, ONLINE
from secondsight.serve.alerts.mqtt.discovery import watched
from secondsight.serve.alerts.mqtt.topics import Topics
from secondsight.site import SiteStatus
from secondsight.store import ChannelTotals

Messages = dict[str, bytes]
"""Payloads by topic."""


class SiteStates:
    """What is true now, fed with steps and status. For one thread at a time.

    A rule is `ON` while an event goes on that was raised since the start and was not rejected. An event from before
    the start never ends, since nothing watches it any more: a person who is still there makes a new event.
    """

    def __init__(self, config: SiteConfig, settings: MqttSettings, topics: Topics) -> None:
        self._topics, self._watched = topics, watched(config, settings)
        self._zone = ZoneInfo(config.site.timezone)
        self._open: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._day = ""
        self._today: dict[str, dict[str, Verification]] = {camera: {} for camera in self._watched}
        self._cameras = dict.fromkeys(self._watched, OFFLINE)
        self._health: dict[str, object] = {}

    def begin(self, events: Iterable[Event], now: float) -> None:
        """Count the events that were there before the start.

        Args:
            events: of today.
        """
        self._turn_day(now)
        for event in events:
            if event.camera in self._today:
                self._today[event.camera][event.id] = event.verification

    def apply(self, step: Step, event: Event) -> Messages:
        """A step was published; what changes by it."""
        changed: Messages = {}
        if event.camera not in self._watched:
            return changed
        going_on = self._open[event.camera, event.rule]
        is_over = event.end is not None or event.verification is Verification.REJECTED or event.truth is False
        if is_over:
            going_on.discard(event.id)
        elif step.kind is StepKind.RAISED:
            going_on.add(event.id)
        if event.rule in self._watched[event.camera]:
            changed |= self._state(event.camera, event.rule)
        changed |= self._turn_day(step.time)
        today = self._today[event.camera]
        if step.kind is StepKind.RAISED or event.id in today:
            today[event.id] = event.verification
        return changed | self._counts(event.camera)

    def see(self, status: SiteStatus | None, totals: Iterable[ChannelTotals], now: float) -> Messages:
        """The site's status and the outbox; what changes by it."""
        changed = self._turn_day(now)
        for camera in status.cameras if status else ():
            state = ONLINE if camera.state == "live" else OFFLINE
            if self._cameras.get(camera.name, state) != state:
                self._cameras[camera.name] = state
                changed[self._topics.camera(camera.name)] = state.encode()
        health = _health(status, list(totals))
        if health != self._health:
            self._health = health
            changed[self._topics.health] = json.dumps(health).encode()
        return changed

    def all(self) -> Messages:
        """Every state there is."""
        found: Messages = {}
        for camera, rules in self._watched.items():
            found[self._topics.camera(camera)] = self._cameras[camera].encode()
            found |= self._counts(camera)
            for rule in rules:
                found |= self._state(camera, rule)
        if self._health:
            found[self._topics.health] = json.dumps(self._health).encode()
        return found

    def midnight(self, now: float) -> float:
        """When the day began by the site's clock, UTC seconds."""
        local = datetime.fromtimestamp(now, self._zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    def _turn_day(self, now: float) -> Messages:
        day = datetime.fromtimestamp(now, self._zone).date().isoformat()
        if day <= self._day:
            return {}
        self._day = day
        changed: Messages = {}
        for camera in self._today:
            self._today[camera] = {}
            changed |= self._counts(camera)
        return changed

    def _state(self, camera: str, rule: str) -> Messages:
        return {self._topics.state(camera, rule): b"ON" if self._open[camera, rule] else b"OFF"}

    def _counts(self, camera: str) -> Messages:
        tally: Mapping[Verification, int] = Counter(self._today[camera].values())
        counts = {
            "events": len(self._today[camera]),
            "confirmed": tally.get(Verification.CONFIRMED, 0),
            "rejected": tally.get(Verification.REJECTED, 0),
        }
        return {self._topics.counts(camera): json.dumps(counts).encode()}


def _health(status: SiteStatus | None, totals: Sequence[ChannelTotals]) -> dict[str, object]:
    cameras = status.cameras if status else ()
    troubled = [camera.name for camera in cameras if camera.state in ("retrying", "failed")]
    trouble = status.trouble if status else None
    dead = sum(one.dead for one in totals)
    return {
        "problem": "ON" if trouble or troubled or dead else "OFF",
        "trouble": trouble,
        "cameras": len(cameras),
        "cameras_online": sum(camera.state == "live" for camera in cameras),
        "cameras_troubled": troubled,
        "open_cases": status.open_cases if status else 0,
        "alerts_waiting": sum(one.waiting for one in totals),
        "alerts_dead": dead,
    }
