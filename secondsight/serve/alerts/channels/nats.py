"""Publishes notices to the message queue of the site (docs/queue.md)."""

import json

from secondsight.bus import BlockingBus, StreamName, bus_of
from secondsight.config import SiteConfig
from secondsight.errors import ConfigError, DeliveryError
from secondsight.serve.alerts.channel import Notice, ReportNotice
from secondsight.serve.alerts.payload import notice_to_json


class NatsChannel:
    """Publishes each notice once per try, under an id by which the server drops it when it comes again.

    Args:
        name: of the channel, for messages.

    Raises:
        ConfigError: there is no queue, nats-py is missing, or a file cannot be used.
    """

    def __init__(self, name: str, config: SiteConfig) -> None:
        place = bus_of(config)
        if place is None:
            raise ConfigError("this needs the section `queue`", key=f"alerts.{name}.type")
        self._place = place
        self._bus = BlockingBus(place, f"alert: {name}")

    def send(self, notice: Notice) -> None:
        """See `Channel.send`."""
        subjects = self._place.subjects
        payload = json.dumps(notice_to_json(notice), ensure_ascii=False).encode("utf-8", "replace")
        subject = subjects.event(notice.event.camera)
        self._bus.publish(StreamName.EVENTS, subject, payload, f"{subjects.site}/{notice.id}")

    def send_report(self, report: ReportNotice) -> None:
        """See `Channel.send_report`: the site file is refused that asks for it."""
        raise DeliveryError("the message queue carries events, no reports", retry=False)

    def check(self) -> str:
        """See `Channel.check`: connects, logs in, and makes the stream unless it is there."""
        self._bus.check(StreamName.EVENTS)
        return f"{self._place.shown} answers, subjects {self._place.subjects.events}; nothing was sent"

    def close(self) -> None:
        """See `Channel.close`."""
        self._bus.close()
