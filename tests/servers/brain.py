"""A protocol-true OpenAI-compatible server for tests: refuses what real ones refuse, misbehaves on demand.

    with BrainServer() as server:
        server.script(status(429, retry_after=2), ok("no"))   # then whatever `server.default` says
        ... server.url ...
        assert len(server.requests) == 2

As a process of its own, for tests that kill the product and not the brain:

    python -m tests.servers.brain --port 0 --answer yes,no --delay 0.2 --log requests.jsonl

prints its URL as the first line and serves until SIGTERM or SIGINT.
"""

import argparse
import contextlib
import itertools
import json
import signal
import socket
import threading
from collections.abc import Iterator, Sequence, Set
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.brain_behaviours import (
    Behaviour,
    Connection,
    body,
    completion,
    content,
    drip,
    garbage,
    half_body,
    huge,
    ok,
    reset_midway,
    slow,
    status,
    tool_call,
    verdict_text,
)
from tests.servers.brain_requests import ChatRequest, read_form, read_request

__all__ = [
    "Behaviour",
    "BrainServer",
    "ChatRequest",
    "Connection",
    "body",
    "completion",
    "content",
    "drip",
    "garbage",
    "half_body",
    "huge",
    "ok",
    "reset_midway",
    "slow",
    "status",
    "tool_call",
    "verdict_text",
]


class BrainServer:
    """An OpenAI-compatible server in threads of its own.

    Attributes:
        default: behaviour when the script is at its end.
        requests: every chat request that was well-formed, in order of arrival.
        seen: method, path and headers (names in lower case) of every request at all.
        refused: messages of the 400s given to malformed ones.
        formats: kinds of `response_format` it knows; others get a 400, as with older servers.
        unknown: fields that it does not know, and `video`, if so; they get a 400 too.
        owner: what it writes as owner of its models.
        listing: what it does when asked for its models, instead of listing them.
        bodies: every chat request as it came, the refused ones too.
        transcript: what it does with a recording; heard: the fields of each that was well-formed.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        models: Sequence[str] | None = ("test-vl",),
        api_key: str | None = None,
        formats: Sequence[str] = ("json_schema", "json_object", "text"),
        unknown: Set[str] = frozenset(),
        owner: str = "test",
        listing: Behaviour | None = None,
        default: Behaviour | None = None,
        unix_socket: Path | None = None,
    ) -> None:
        self.models, self.api_key, self.formats = models, api_key, tuple(formats)
        self.unknown, self.owner, self.listing = unknown, owner, listing
        self.default = default or ok("yes")
        self.transcript: Behaviour = body(b'{"text": "hello"}')
        self.heard: list[dict[str, bytes]] = []
        self.bodies: list[bytes] = []
        self.requests: list[ChatRequest] = []
        self.refused: list[str] = []
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self._script: list[Behaviour] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._port, self._unix = port, unix_socket
        self._http: _Http | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._unix}" if self._unix else f"http://127.0.0.1:{self._port}/v1"

    def script(self, *behaviours: Behaviour) -> None:
        """What to do with the next requests, one each."""
        with self._lock:
            self._script.extend(behaviours)

    def start(self) -> Self:
        """Serve; after `stop`, at the same port again."""
        self._closing = threading.Event()
        self._http = _Http(self, self._port, self._unix)
        if self._unix is None:
            self._port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Go away: connections to the port are refused from now on."""
        self._closing.set()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http.break_connections()
            self._http = None

    __enter__ = start

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def next_behaviour(self, request: ChatRequest) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            return self._script.pop(0) if self._script else self.default

    @property
    def closing(self) -> threading.Event:
        return self._closing


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, owner: BrainServer, port: int, unix: Path | None) -> None:
        self.owner = owner
        self.open: set[socket.socket] = set()
        if unix is not None:
            self.address_family = socket.AF_UNIX
            unix.unlink(missing_ok=True)
        super().__init__(str(unix) if unix else ("127.0.0.1", port), _Handler)  # type: ignore[arg-type]

    def server_bind(self) -> None:
        if self.address_family == socket.AF_UNIX:
            self.socket.bind(self.server_address)
        else:
            super().server_bind()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def break_connections(self) -> None:
        """End the idle ones too: clients keep connections for their next request."""
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def address_string(self) -> str:
        return "client"

    def setup(self) -> None:
        super().setup()
        self.owner = self.server.owner
        self.wire = Connection(self, self.owner.closing)

    def do_GET(self) -> None:
        self._note()
        if self._authorised():
            if self.owner.listing is not None:
                self.owner.listing(ChatRequest(self.path, {}, None), self.wire)
                return
            if not self.path.endswith("/v1/models") or self.owner.models is None:
                status(404, "Not Found")(ChatRequest(self.path, {}, None), self.wire)
                return
            data = [
                {"id": name, "object": "model", "owned_by": self.owner.owner} for name in self.owner.models
            ]
            self.wire.send(json.dumps({"object": "list", "data": data}).encode())

    def do_POST(self) -> None:
        self._note()
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not self._authorised():
            return
        if self.path.endswith("/v1/audio/transcriptions"):
            self._transcribe(raw)
            return
        if not self.path.endswith("/v1/chat/completions"):
            status(404, "Not Found")(ChatRequest(self.path, {}, None), self.wire)
            return
        try:
            self.owner.bodies.append(raw)
            request = read_request(self.path, self._lower(), raw, self.owner.formats, self.owner.unknown)
        except ValueError as error:
            self.owner.refused.append(str(error))
            status(400, str(error))(ChatRequest(self.path, {}, None), self.wire)
            return
        name = request.body["model"]
        if self.owner.models is not None and not {name, f"{name}:latest"} & {*self.owner.models}:
            status(404, f"The model `{name}` does not exist.")(request, self.wire)
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.owner.next_behaviour(request)(request, self.wire)

    def _transcribe(self, raw: bytes) -> None:
        fields = read_form(self.headers["content-type"], raw)
        if not fields.get("file", b"").startswith(b"RIFF") or "model" not in fields:
            status(400, "file and model are required")(ChatRequest(self.path, {}, None), self.wire)
            return
        self.owner.heard.append(fields)
        request = ChatRequest(self.path, self._lower(), {})
        self.owner.transcript(request, self.wire)

    def _note(self) -> None:
        self.owner.seen.append((self.command, self.path, self._lower()))

    def _lower(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _authorised(self) -> bool:
        key = self.owner.api_key
        if key is None or self.headers.get("Authorization") == f"Bearer {key}":
            return True
        given = self.headers.get("Authorization")
        status(401, f"Incorrect API key provided: {given}")(ChatRequest(self.path, {}, None), self.wire)
        return False


def _cycle(decisions: Sequence[str], delay: float, log: Path | None) -> Behaviour:
    turns: Iterator[str] = itertools.cycle(decisions)
    lock = threading.Lock()

    def behave(request: ChatRequest, connection: Connection) -> None:
        with lock:
            decision = next(turns)
            if log is not None:
                line = {"time": request.time, "answer": decision, "images": len(request.images)}
                with log.open("a") as file:
                    file.write(json.dumps({**line, "texts": request.texts}) + "\n")
        slow(delay, ok(decision))(request, connection)

    return behave


def main() -> None:
    """Serve as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--model", action="append", help="a model on offer (default: test-vl)")
    parser.add_argument("--answer", default="yes", help="yes, no, unclear, or several in turn: yes,no")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--log", type=Path, help="append one JSON line per request")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    default = _cycle(options.answer.split(","), options.delay, options.log)
    with BrainServer(port=options.port, models=options.model or ("test-vl",), default=default) as server:
        print(server.url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
