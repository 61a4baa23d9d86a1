"""Publishes notices by MQTT, and beside them the states of a site that runs."""

import json
import secrets
import threading

from secondsight.bus import slug
from secondsight.config import MqttSettings, SiteConfig
from secondsight.errors import DeliveryError
from secondsight.serve.alerts.channel import Notice, ReportNotice
from secondsight.serve.alerts.mqtt.connection import MqttConnection
from secondsight.serve.alerts.mqtt.discovery import discovery, own_topics
from secondsight.serve.alerts.mqtt.follower import StateFollower
from secondsight.serve.alerts.mqtt.topics import Topics
from secondsight.serve.alerts.payload import notice_to_json
from secondsight.serve.alerts.reports import report_to_json
from secondsight.serve.alerts.view import SiteView


class MqttChannel:
    """Publishes each notice once per try, with quality of service 1, and never retained.

    Args:
        name: of the channel, for messages.
        site: the site whose states are published too; None for a visitor that says nothing of itself, such as to
            send a test message while the site runs.

    Raises:
        ConfigError: paho-mqtt is missing, or a file of certificates cannot be used.
    """

    def __init__(self, name: str, settings: MqttSettings, config: SiteConfig, site: SiteView | None) -> None:
        self._settings, self._topics = settings, Topics.of(settings, config.site.name)
        self._discovery = discovery(config, settings, self._topics)
        self._follower: StateFollower | None = None
        client_id = settings.client_id or f"secondsight-{slug(config.site.name)}"
        if site is None:
            self._connection = MqttConnection(name, settings, f"{client_id}-{secrets.token_hex(4)}")
            return
        birth = f"{settings.home_assistant}/status"
        handlers = {birth: self._born, own_topics(settings, self._topics): self._clean}
        ready = threading.Event()

        def republish() -> None:
            ready.wait()
            self._republish()

        self._connection = MqttConnection(
            name,
            settings,
            client_id,
            self._topics.status,
            republish,
            handlers if settings.home_assistant else {},
        )
        self._follower = StateFollower(settings, self._topics, site, self._connection.retain)
        self._follower.start()
        ready.set()

    def send(self, notice: Notice) -> None:
        """See `Channel.send`."""
        topic = self._topics.event(notice.event.camera, notice.event.rule)
        payload = json.dumps(notice_to_json(notice), ensure_ascii=False).encode("utf-8", "replace")
        self._connection.publish(topic, payload, {"id": notice.id}, self._settings.timeout)

    def send_report(self, report: ReportNotice) -> None:
        """See `Channel.send_report`: sentences without the file, not retained."""
        payload = json.dumps(report_to_json(report, whole=False), ensure_ascii=False).encode(
            "utf-8", "replace"
        )
        topic = self._topics.report(report.kind)
        self._connection.publish(topic, payload, {"id": report.id}, self._settings.timeout)

    def check(self) -> str:
        """See `Channel.check`: connects and logs in."""
        if not self._connection.wait(self._settings.timeout):
            raise DeliveryError(f"no connection to the broker: {self._connection.trouble}")
        entities = f", {len(self._discovery)} entities for Home Assistant" if self._discovery else ""
        return f"connected, topics below {self._topics.base}{entities}; nothing was sent"

    def close(self) -> None:
        """See `Channel.close`."""
        if self._follower is not None:
            self._follower.stop()
        self._connection.close()

    def _republish(self) -> None:
        """Everything that is retained: a broker may have forgotten it."""
        for topic, payload in self._discovery.items():
            self._connection.retain(topic, payload)
        if self._follower is not None:
            self._follower.republish()

    def _born(self, topic: str, payload: bytes) -> None:
        """Home Assistant has started, and knows nothing yet."""
        if payload == b"online":
            self._republish()

    def _clean(self, topic: str, payload: bytes) -> None:
        """Remove what an earlier run announced and this one does not have."""
        if payload and topic not in self._discovery:
            self._connection.retain(topic, b"")
