"""Servers that answer what they are told to, and traps that note whoever connects to them."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

Answer = Callable[[str], Iterable[bytes]]
"""From a request's head to what is sent back; the connection is closed after it unless it says `keep`."""


class Trap:
    """A port, of TCP on this host and of UDP on another, where nobody has any business.

    A camera may be sent UDP to any port of its own host: that is how RTSP over UDP works.

    Attributes:
        visits: what came: `tcp` or `udp`.
    """

    def __init__(self) -> None:
        self.visits: list[str] = []
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.2", self.port))
        for wait in (self._wait_tcp, self._wait_udp):
            threading.Thread(target=wait, daemon=True).start()

    def _wait_tcp(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._tcp.accept()
                self.visits.append("tcp")
                visitor.close()

    def _wait_udp(self) -> None:
        with suppress(OSError):
            while self._udp.recv(65536) is not None:
                self.visits.append("udp")

    def __enter__(self) -> Trap:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._tcp, self._udp):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class HostileServer:
    """A TCP server that speaks HTTP or RTSP as far as its answers do.

    Args:
        answer: see `Answer`.
        keep: more than one request comes over a connection, as with RTSP.
        tls: speak TLS with this context.

    Attributes:
        requests: the heads that came.
    """

    def __init__(self, answer: Answer, *, keep: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self._answer, self._keep, self._tls = answer, keep, tls
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []

    def __enter__(self) -> HostileServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in [self._listener, *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._listener.accept()
                self._open.append(visitor)
                threading.Thread(target=self._serve, args=(visitor,), daemon=True).start()

    def _serve(self, visitor: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError):
            if self._tls is not None:
                visitor = self._tls.wrap_socket(visitor, server_side=True)
            with visitor:
                data = b""
                while part := visitor.recv(65536):
                    data += part
                    while b"\r\n\r\n" in data:
                        head, _, data = data.partition(b"\r\n\r\n")
                        self.requests.append(head.decode())
                        for piece in self._answer(head.decode()):
                            visitor.sendall(piece)
                        if not self._keep:
                            return


def http(
    body: bytes = b"", kind: str = "", status: str = "200 OK", length: bool = True, **headers: str
) -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"Content-Length: {len(body)}"] if length else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def rtsp(head: str, *lines: str, body: str = "", status: str = "200 OK") -> bytes:
    """An RTSP answer to a request."""
    number = next(line for line in head.splitlines() if line.lower().startswith("cseq"))
    lines = (*lines, f"Content-Length: {len(body)}") if body else lines
    return "\r\n".join([f"RTSP/1.0 {status}", number, *lines, "", body]).encode()


def endless(head: bytes, piece: bytes, seconds: float = 60) -> Iterable[bytes]:
    """A head, and then the same bytes again and again."""
    yield head
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield piece
