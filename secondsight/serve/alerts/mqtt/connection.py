"""A connection to a broker that comes back by itself, and says what became of each message."""

import logging
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from secondsight.addresses import decoded, read_address
from secondsight.config import MqttSettings
from secondsight.errors import ConfigError, DeliveryError
from secondsight.log import fields
from secondsight.serve.alerts.receivers import host_of
from secondsight.tls import tls_context

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

_log = logging.getLogger(__name__)

_KEEPALIVE = 30
_SHORTEST_RECONNECT, _LONGEST_RECONNECT = 1, 30
ONLINE, OFFLINE = "online", "offline"

Handler = Callable[[str, bytes], None]
"""Called with topic and payload of a message that came, in the connection's thread."""


class MqttConnection:
    """Connects at once, in a thread of its own, and again whenever the connection breaks.

    Args:
        name: of the channel, for messages.
        client_id: of the connection; the broker lets only one of each in.
        status: topic on which `online` stands while there is a connection; the broker writes `offline` if it breaks.
            None for a visitor that says nothing of itself.
        on_connect: called at every connection.
        handlers: what to do with messages, by the topic filter they are subscribed with.

    Raises:
        ConfigError: paho-mqtt is missing, or a file of certificates cannot be used.
    """

    def __init__(
        self,
        name: str,
        settings: MqttSettings,
        client_id: str,
        status: str | None = None,
        on_connect: Callable[[], None] = lambda: None,
        handlers: Mapping[str, Handler] = MappingProxyType({}),
    ) -> None:
        self._paho = _paho(name)
        self._name, self._settings, self._client_id, self._status = name, settings, client_id, status
        self._on_connect, self._handlers = on_connect, handlers
        self._changed = threading.Condition()
        self._refusals: dict[int, str] = {}
        self._trouble = "not connected yet"
        address = read_address(settings.url.get_secret_value())
        assert address is not None  # settings have checked it
        self._address, secure = address, address.scheme == "mqtts"
        self._tls = (
            tls_context(f"alerts.{name}", settings.ca_file, settings.cert_file, settings.key_file)
            if secure
            else None
        )
        self._client = self._open()
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, about: dict[str, str], timeout: float) -> None:
        """Publish a message that is not retained; return when the broker has it.

        Args:
            about: user properties, which MQTT 5 carries.
            timeout: seconds to wait, for the connection too.

        Raises:
            DeliveryError: the broker has not confirmed it.
        """
        client = self._client
        with self._changed:
            if not self._changed.wait_for(client.is_connected, timeout):
                raise DeliveryError(f"no connection to the broker: {self._trouble}")
        sent = client.publish(topic, payload, qos=1, properties=self._properties(about))
        try:
            sent.wait_for_publish(timeout)
            done = sent.is_published()
        except (RuntimeError, ValueError) as error:
            raise DeliveryError(f"the message was not accepted: {error}") from None
        if not done:
            self._reopen()  # else the library would send it again by itself, after what comes later
            raise DeliveryError(f"the broker did not confirm the message within {timeout:g} s")
        refusal = self._refusals.pop(sent.mid, None)
        if refusal is not None:
            raise DeliveryError(f"the broker refuses the message: {refusal}")

    def retain(self, topic: str, payload: bytes) -> None:
        """Publish a state, which the broker keeps. Returns at once; without a connection it does nothing, since all
        states are published at the next one. An empty payload removes a state."""
        if self._client.is_connected():
            self._client.publish(topic, payload, qos=1, retain=True)

    def wait(self, timeout: float) -> bool:
        """Whether there is a connection within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(self._client.is_connected, timeout)

    @property
    def trouble(self) -> str:
        """Why there is no connection, if there is none."""
        return self._trouble

    def close(self) -> None:
        """Say that the site is offline, and disconnect."""
        client = self._client
        if self._status is not None and client.is_connected():
            farewell = client.publish(self._status, OFFLINE, qos=1, retain=True)
            try:
                farewell.wait_for_publish(1.0)
            except (RuntimeError, ValueError):
                _log.debug("the broker did not take the farewell", extra=fields(channel=self._name))
        _end(client)

    def _open(self) -> "Client":
        paho, settings = self._paho, self._settings
        version = paho.MQTTv5 if settings.protocol == "5" else paho.MQTTv311
        client: Client = paho.Client(paho.CallbackAPIVersion.VERSION2, self._client_id, protocol=version)
        user, colon, password = (self._address.login or "").partition(":")
        login = settings.username or (decoded(user) if user else None)
        if login is not None:
            own = settings.password.get_secret_value() if settings.password is not None else None
            client.username_pw_set(login, own or (decoded(password) if colon else None))
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if self._status is not None:
            client.will_set(self._status, OFFLINE, qos=1, retain=True)
        client.reconnect_delay_set(_SHORTEST_RECONNECT, _LONGEST_RECONNECT)
        client.connect_timeout = settings.timeout
        client.on_connect, client.on_disconnect = self._connected, self._disconnected
        client.on_connect_fail = self._unreachable
        client.on_publish, client.on_message = self._published, self._received
        port = self._address.place.rpartition(":")[2]
        usual = 1883 if self._tls is None else 8883
        client.connect_async(host_of(self._address.place), int(port) if port.isdigit() else usual, _KEEPALIVE)
        return client

    def _reopen(self) -> None:
        """A new connection, which knows nothing of what the old one still had to send."""
        old, self._client = self._client, self._open()
        self._client.loop_start()
        threading.Thread(target=_end, args=(old,), name=f"closing: {self._name}", daemon=True).start()

    def _properties(self, about: dict[str, str]) -> Any:
        if self._settings.protocol != "5":
            return None
        properties = import_module("paho.mqtt.properties").Properties(
            import_module("paho.mqtt.packettypes").PacketTypes.PUBLISH
        )
        properties.ContentType = "application/json"
        properties.UserProperty = list(about.items())
        return properties

    # -- called in the connection's thread

    def _connected(self, client: "Client", _data: object, _flags: object, reason: Any, _more: object) -> None:
        if reason.is_failure:
            self._say(f"the broker refuses the connection: {reason}")
            return
        self._trouble = ""
        for topic in self._handlers:
            client.subscribe(topic, qos=1)
        if self._status is not None:
            client.publish(self._status, ONLINE, qos=1, retain=True)
        try:
            self._on_connect()
        except Exception:
            _log.exception("states were not published", extra=fields(channel=self._name))
        with self._changed:
            self._changed.notify_all()

    def _unreachable(self, _client: "Client", _data: object) -> None:
        secure = ", or its certificate is not trusted" if self._tls is not None else ""
        self._say(f"the broker cannot be reached{secure}")

    def _disconnected(
        self, _client: "Client", _data: object, _flags: object, reason: Any, _more: object
    ) -> None:
        if reason.is_failure and not self._trouble:  # what was refused has been said
            self._say(f"the connection broke: {reason}")

    def _published(self, _client: "Client", _data: object, mid: int, reason: Any, _more: object) -> None:
        if reason.is_failure:
            self._refusals[mid] = str(reason)

    def _received(self, _client: "Client", _data: object, message: "MQTTMessage") -> None:
        for wanted, handle in self._handlers.items():
            if self._paho.topic_matches_sub(wanted, message.topic):
                try:
                    handle(message.topic, bytes(message.payload))
                except Exception:
                    _log.exception(
                        "a message from the broker was not understood", extra=fields(channel=self._name)
                    )

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.warning("no connection to the broker", extra=fields(channel=self._name, error=trouble))
        self._trouble = trouble


def _end(client: "Client") -> None:
    client.disconnect()
    client.loop_stop()


def _paho(name: str) -> Any:
    try:
        return import_module("paho.mqtt.client")
    except ImportError:
        message = "channels of type `mqtt` need the extra: pip install 'secondsight[alerts]'"
        raise ConfigError(message, key=f"alerts.{name}") from None
