"""A connection to a NATS server that comes back by itself and tells why it is not there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from secondsight.addresses import decoded
from secondsight.bus.place import BusPlace
from secondsight.bus.streams import StreamName, ensure
from secondsight.errors import ConfigError, DeliveryError
from secondsight.log import fields
from secondsight.masking import redact
from secondsight.tls import tls_context

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext

_log = logging.getLogger(__name__)

_CLOSING = 1.0
"""Seconds that closing a connection may take."""
_HEADERS = 4096
"""Bytes of a message that are left to its headers."""
_OLD = 0.05
_WORDS = {
    "TimeoutError": "no answer in time",
    "ConnectionClosedError": "the connection is closed",
    "ConnectionReconnectingError": "the connection is broken",
    "NoRespondersError": "the server has no JetStream, or this login may not use it",
    "ServiceUnavailableError": "the server's JetStream is not ready",
    "StaleConnectionError": "the connection is broken",
}


class BusConnection:
    """One connection, in the event loop it is first used in. It opens when it is needed.

    Args:
        place: server and subjects.

    Raises:
        ConfigError: nats-py is missing, or a file cannot be used.
    """

    def __init__(self, place: BusPlace) -> None:
        self.place, settings = place, place.settings
        self._nats = _library()
        self._options = _login(place)
        if place.address.scheme == "tls" or settings.ca_file or settings.cert_file:
            self._options["tls"] = tls_context(
                "queue", settings.ca_file, settings.cert_file, settings.key_file
            )
        self._client: Client | None = None
        self._ensured: set[StreamName] = set()
        self._opening = asyncio.Lock()
        self._trouble = ""

    async def open(self) -> "Client":
        """The connection, up. Raises DeliveryError when that takes longer than the settings' timeout."""
        timeout = self.place.settings.timeout
        try:
            async with asyncio.timeout(timeout), self._opening:
                if self._client is None or self._client.is_closed:
                    self._client = await self._connect()
                while not self._client.is_connected:
                    await asyncio.sleep(_OLD)
                return self._client
        except TimeoutError:
            why = f": {self._trouble}" if self._trouble else ""
            raise DeliveryError(f"no connection to {self.place.shown} within {timeout:g} s{why}") from None

    async def jetstream(self, *streams: StreamName) -> "JetStreamContext":
        """What keeps messages, with these streams there. Raises DeliveryError."""
        client = await self.open()
        js: JetStreamContext = client.jetstream(timeout=self.place.settings.timeout)
        for stream in streams:
            if stream not in self._ensured:
                await self.run(lambda stream=stream: ensure(stream, js, self.place.settings))  # type: ignore[misc]
                self._ensured.add(stream)
        return js

    async def publish(self, stream: StreamName, subject: str, payload: bytes, id: str) -> bool:
        """Publish a message; return when the server has it.

        Args:
            id: by which the server knows a message that comes again.

        Returns:
            Whether it is new to the server.

        Raises:
            DeliveryError: the server has not confirmed it.
        """
        if len(payload) > await self.room():
            raise DeliveryError(
                f"the message has {len(payload)} bytes, and the server takes fewer (`max_payload`)",
                retry=False,
            )
        js = await self.jetstream(stream)
        try:
            ack = await self.run(lambda: js.publish(subject, payload, headers={"Nats-Msg-Id": id}))
        except DeliveryError:
            self._ensured.discard(stream)  # it may be gone
            raise
        return not ack.duplicate

    async def room(self) -> int:
        """Bytes that a message may have. Raises DeliveryError."""
        return (await self.open()).max_payload - _HEADERS

    async def run(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """The result of a call of nats-py, with its errors in plain words. Raises DeliveryError."""
        try:
            return await call()
        except self._nats.js.errors.APIError as error:
            text = redact(str(error.description or error))
            raise DeliveryError(f"{self.place.shown}: {text}") from None
        except (self._nats.errors.Error, OSError) as error:
            raise DeliveryError(f"{self.place.shown}: {self._in_words(error)}") from None

    async def close(self) -> None:
        """Give the connection up, soon."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                await asyncio.wait_for(client.close(), _CLOSING)

    async def _connect(self) -> "Client":
        client: Client = self._nats.NATS()

        async def failed(error: Exception) -> None:
            trouble = self._in_words(error)
            if trouble != self._trouble:
                _log.debug("message queue", extra=fields(server=self.place.shown, error=trouble))
            # A server that refuses a login may close before its word is read: the next try hears it, and it counts.
            if not (self._trouble and isinstance(error, OSError)):
                self._trouble = trouble

        async def back() -> None:
            _log.info("message queue is back", extra=fields(server=self.place.shown))
            self._ensured.clear()  # a server without its disk has lost them

        async def broken() -> None:
            _log.debug("message queue is away", extra=fields(server=self.place.shown))

        try:
            await client.connect(
                **self._options,
                name=f"secondsight {self.place.subjects.site}",
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                ping_interval=10,
                error_cb=failed,
                reconnected_cb=back,
                disconnected_cb=broken,
            )
        except asyncio.CancelledError:
            with suppress(Exception):
                await asyncio.wait_for(client.close(), _CLOSING)
            raise
        except (self._nats.errors.Error, OSError, ValueError) as error:
            raise DeliveryError(f"{self.place.shown}: {self._in_words(error)}") from None
        self._trouble = ""
        return client

    def _in_words(self, error: BaseException) -> str:
        text = redact(str(error)).removeprefix("nats: ").strip("'")
        return _WORDS.get(type(error).__name__) or text or type(error).__name__


def _library() -> Any:
    try:
        library = import_module("nats")
        import_module("nats.js.errors")
        return library
    except ImportError:
        raise ConfigError(
            "the message queue needs nats-py; run `pip install 'secondsight[nats]'`", key="queue"
        ) from None


def _login(place: BusPlace) -> dict[str, Any]:
    """What connecting needs to know. Raises ConfigError."""
    settings, address = place.settings, place.address
    options: dict[str, Any] = {"servers": [place.shown]}
    if settings.username is not None and settings.password is not None:
        return {**options, "user": settings.username, "password": settings.password.get_secret_value()}
    if settings.credentials is not None:
        if not settings.credentials.is_file():
            raise ConfigError(
                "there is no such file", file=str(settings.credentials), key="queue.credentials"
            )
        try:
            import_module("nkeys")
        except ImportError:
            raise ConfigError(
                "credentials need nkeys; run `pip install 'secondsight[nats]'`", key="queue.credentials"
            ) from None
        return {**options, "user_credentials": str(settings.credentials)}
    if address.login is None:
        return options
    user, colon, password = address.login.partition(":")
    if not colon:
        return {**options, "token": decoded(user)}
    return {**options, "user": decoded(user), "password": decoded(password)}
