"""A plain HTTP server for tests: an MJPEG camera at /mjpeg, and a folder's files (with byte ranges) below /files/."""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image


def jpeg(number: int, width: int, height: int) -> bytes:
    """A grey picture whose brightness is `number` % 256."""
    buffer = BytesIO()
    Image.new("RGB", (width, height), (number % 256,) * 3).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


class HttpServer:
    """Serves until the `with` block ends.

    Args:
        folder: what to serve below /files/.
        rate: pictures per second of /mjpeg.
        picture: JPEG of the n-th picture.
        login: `user:password` to ask for.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        rate: float = 25.0,
        picture: Callable[[int], bytes] = lambda n: jpeg(n, 160, 120),
        login: str = "",
    ) -> None:
        self.folder, self.rate, self.picture, self.login = folder, rate, picture, login
        self.flowing = threading.Event()
        self.flowing.set()
        self.closing = threading.Event()
        self.requests: list[str] = []
        outer = self

        class Handler(_Handler):
            server_of_tests = outer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def url(self, path: str) -> str:
        login = f"{self.login}@" if self.login else ""
        return f"http://{login}127.0.0.1:{self.port}/{path}"

    def drop(self) -> None:
        """End every MJPEG connection; new ones are served."""
        closing, self.closing = self.closing, threading.Event()
        closing.set()

    def __enter__(self) -> HttpServer:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.flowing.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_of_tests: HttpServer

    def do_GET(self) -> None:
        outer = self.server_of_tests
        path = urlsplit(self.path).path
        outer.requests.append(path)
        expected = "Basic " + b64encode(outer.login.encode()).decode()
        if outer.login and self.headers.get("Authorization") != expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/mjpeg":
            self._mjpeg(outer)
        elif path.startswith("/files/") and outer.folder and (outer.folder / path[7:]).is_file():
            self._file((outer.folder / path[7:]).read_bytes())
        else:
            self.send_error(404)

    def _mjpeg(self, outer: HttpServer) -> None:
        closing = outer.closing
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        number, due = 0, time.monotonic()
        try:
            while not closing.is_set():
                outer.flowing.wait()
                data = outer.picture(number)
                head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
                number += 1
                due = max(due + 1 / outer.rate, time.monotonic() - 1)
                closing.wait(max(0.0, due - time.monotonic()))
        except OSError:
            pass

    def _file(self, data: bytes) -> None:
        begin, end = 0, len(data) - 1
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes="):
            first, _, last = wanted[6:].partition("-")
            begin, end = int(first or 0), min(end, int(last)) if last else end
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{end}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - begin + 1))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(data[begin : end + 1])

    def log_message(self, format: str, *args: object) -> None:
        pass
