"""A real MQTT broker of the tests' own: own port, gone afterwards.

    with Mosquitto() as broker:
        url = broker.url                       # mqtt://127.0.0.1:41883

Needs Debian's `mosquitto`.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.program import ServerProgram


def mosquitto_program() -> str | None:
    """The broker's program; None when not installed."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Mosquitto:
    """Runs from `with` to its end.

    Args:
        login: user and password that it asks for; none, everybody may come in.
        certificate: certificate and key (PEM) for TLS; none, no TLS.
        persistent: whether sessions, with what waits in them, outlive a kill.
    """

    def __init__(
        self,
        login: tuple[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
        persistent: bool = False,
    ) -> None:
        program = mosquitto_program()
        if program is None:
            raise FileNotFoundError("mosquitto")
        self._program, self._secure = program, certificate is not None
        self._server = ServerProgram("mosquitto")
        self.port = self._server.port
        lines = [f"listener {self.port} 127.0.0.1", "user root", "max_queued_messages 10000"]
        if persistent:
            lines += ["persistence true", f"persistence_location {self._server.folder}/"]
            lines += ["autosave_on_changes true", "autosave_interval 1"]
        else:
            lines.append("persistence false")
        if login is not None:
            passwords = str(self._server.folder / "passwords")
            subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, *login], check=True)
            lines += ["allow_anonymous false", f"password_file {passwords}"]
        else:
            lines.append("allow_anonymous true")
        if certificate is not None:
            lines += [f"certfile {certificate[0]}", f"keyfile {certificate[1]}"]
        (self._server.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    @property
    def url(self) -> str:
        return f"mqtt{'s' if self._secure else ''}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start; with nothing retained, unless it is persistent."""
        self._server.start(self._program, "-c", str(self._server.folder / "mosquitto.conf"))

    def stop(self) -> None:
        """Kill it; what it held is gone, unless it is persistent."""
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.remove()


class Listener:
    """Subscribes to topics and keeps what comes, also across restarts of the broker.

    Args:
        session: name under which a persistent broker keeps what comes for a listener that is away; empty, none.

    Attributes:
        messages: topic, payload and whether it was retained, in the order in which they came.
    """

    def __init__(
        self,
        port: int,
        *topics: str,
        prepare: Callable[[mqtt.Client], None] = lambda _: None,
        session: str = "",
    ) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self._topics, self._subscribed = topics or ("#",), threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=session, clean_session=not session)
        prepare(self.client)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._connected
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_message = lambda _c, _d, m: self.messages.append((m.topic, bytes(m.payload), m.retain))
        self.client.connect_async("127.0.0.1", port)
        self.client.loop_start()

    def __enter__(self) -> Self:
        assert self._subscribed.wait(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def latest(self) -> dict[str, bytes]:
        """The last payload of each topic."""
        return {topic: payload for topic, payload, _ in list(self.messages)}

    def _connected(self, client: Any, *_: object) -> None:
        client.subscribe([(topic, 1) for topic in self._topics])
