"""A receiver of webhooks that keeps what it takes, and can be told to die, hang, refuse, redirect or drip."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that was answered with 2xx: header names are in small letters."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """Listens from `with` to its end, always on the same port.

    Attributes:
        taken: requests that were answered with 2xx, in their order.
        tried: ids of all requests.
        answer: status for a request, given its number and id; by default 204.
        headers: of answers.
        hanging: requests wait while it is set.
    """

    def __init__(self, wrap: Callable[[socket.socket], socket.socket] | None = None) -> None:
        self.taken: list[Taken] = []
        self.tried: list[str] = []
        self.answer: Callable[[int, str], int] = lambda number, id: 204
        self.headers: dict[str, str] = {}
        self.hanging, self.dripping = threading.Event(), threading.Event()
        self._wrap = wrap
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._server: ThreadingHTTPServer | None = None
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http{'s' if self._wrap else ''}://127.0.0.1:{self.port}/alarm"

    def ids(self) -> list[str]:
        """Ids of what was taken, each once, in the order in which it came first."""
        return list(dict.fromkeys(one.id for one in list(self.taken)))

    def start(self) -> None:
        """Listen."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                outer._open.append(self.connection)

            def do_POST(self) -> None:
                outer._handle(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, address: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", self.port), Handler)
        if self._wrap is not None:
            self._server.socket = self._wrap(self._server.socket)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def stop(self) -> None:
        """Die: nothing listens, connections are cut."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hanging.clear()
        self.dripping.clear()
        self.stop()

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        id = headers.get("webhook-id", "")
        self.tried.append(id)
        while self.hanging.is_set():
            time.sleep(0.02)
        if self.dripping.is_set():
            self._drip(request)
            return
        status = self.answer(len(self.tried), id)
        if 200 <= status < 300:
            self.taken.append(Taken(request.path, headers, body))
        request.send_response(status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _drip(self, request: BaseHTTPRequestHandler) -> None:
        """An answer that never comes to an end, a byte at a time."""
        request.close_connection = True
        with contextlib.suppress(OSError):
            request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while self.dripping.is_set():
                request.wfile.write(b"x")
                time.sleep(0.05)
