"""A real HTTP server that serves one folder badly, on purpose."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Conduct:
    """What the server does.

    Attributes:
        files: content by path.
        etag: of every file; empty for none.
        ranges: whether it honours Range.
        if_range: whether it heeds If-Range; without, it sends the range of whatever the file is now.
        breaks: for each of the first requests, the bytes after which it hangs up (None: it serves them all).
        statuses: for each of the first requests, the status it answers instead.
        redirects: path -> address.
        length: whether it states Content-Length.
        requests: what it was asked, (path, headers).
    """

    files: dict[str, bytes] = field(default_factory=dict)
    etag: str = '"v1"'
    ranges: bool = True
    if_range: bool = True
    breaks: list[int | None] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    length: bool = True
    extra: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def ranges_asked(self) -> list[str | None]:
        return [headers.get("range") for _, headers in self.requests]


@contextmanager
def serving(conduct: Conduct) -> Iterator[Conduct]:
    """Serve until the block ends; `conduct.url` tells where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"conduct": conduct}))
    server.daemon_threads = True
    conduct.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield conduct
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    conduct: Conduct
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.conduct.requests.append((self.path, headers))
        if self.path in self.conduct.redirects:
            return self._answer(302, b"", {"Location": self.conduct.redirects[self.path]})
        if self.conduct.statuses:
            status = self.conduct.statuses.pop(0)
            if status != 200:
                return self._answer(status, b"no", self.conduct.extra)
        body = self.conduct.files.get(self.path)
        if body is None:
            return self._answer(404, b"no", {})
        more = {"ETag": self.conduct.etag} if self.conduct.etag else {}
        start = self._start(headers, body)
        if start is None:
            return self._answer(200, body, more)
        if start >= len(body):
            return self._answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
        more["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return self._answer(206, body[start:], more)

    def _start(self, headers: dict[str, str], body: bytes) -> int | None:
        asked = headers.get("range")
        if not asked or not self.conduct.ranges:
            return None
        if self.conduct.if_range and headers.get("if-range") not in (None, self.conduct.etag):
            return None
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        cut = self.conduct.breaks.pop(0) if self.conduct.breaks and status in (200, 206) else None
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if self.conduct.length:
            self.send_header("Content-Length", str(len(body)))
        if cut is not None or not self.conduct.length:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body[:cut])

    def log_message(self, *args: Any) -> None:
        pass
