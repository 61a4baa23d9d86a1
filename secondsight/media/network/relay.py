"""Stands between FFmpeg and an RTSP camera: verifies TLS, follows redirects only where they may lead, counts bytes.

FFmpeg follows an RTSP redirect to any host and port, sends UDP to any address that a camera names, and cannot be told
not to. So it is given an address of this machine instead, and what it says there is passed on unchanged. A camera
that is reached by port forwarding sees the same requests.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

from secondsight.media.frames.limits import SourceRefusedError
from secondsight.media.network.hosts import HostPolicy
from secondsight.media.network.meter import Meter
from secondsight.media.network.rtsp_answers import RtspAnswers
from secondsight.media.network.tls import CameraTls

SCHEMES = ("rtsp", "rtsps")
_CHUNK = 64 * 1024
_ADDRESSES = re.compile(rb";\s*(?:source|destination)=[^;,]*", re.IGNORECASE)


class RtspRelay:
    """One connection to a camera, for one connection of FFmpeg.

    Args:
        url: the camera's address, with its login.
        timeout: seconds that the camera may take to be connected to.
        udp: pictures come by UDP, straight to FFmpeg.

    Attributes:
        url: what FFmpeg opens instead.
        refused: why nothing more is passed on, if something was refused.
        redirect: where the camera says that it is to be found instead, if it says so and may.

    Raises:
        SourceRefusedError: the camera's certificate is not to be trusted.
        OSError: the camera cannot be reached.
    """

    def __init__(
        self, url: str, policy: HostPolicy, tls: CameraTls, timeout: float, meter: Meter, *, udp: bool
    ) -> None:
        self._policy, self._meter, self._udp, self._timeout = policy, meter, udp, timeout
        self.refused: SourceRefusedError | None = None
        self.redirect: str | None = None
        self._answers: RtspAnswers | None = RtspAnswers(self._judge)
        self._closed = False
        self._camera = self._connect(url, tls)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._listener.settimeout(timeout)
        parts = urlsplit(url)
        login, at, _ = parts.netloc.rpartition("@")
        ours = f"{login}{at}127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = urlunsplit(("rtsp", ours, *parts[2:]))
        threading.Thread(target=self._run, name="camera relay", daemon=True).start()

    def close(self) -> None:
        """End both connections, from any thread."""
        self._closed = True
        for end in (self._camera, self._listener):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _connect(self, url: str, tls: CameraTls) -> socket.socket:
        place = self._policy.check(url, SCHEMES, any_port=True)
        plain = socket.create_connection(place, self._timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return tls.wrap(plain, place.host) if urlsplit(url).scheme == "rtsps" else plain

    def _run(self) -> None:
        # The ends close with this, and FFmpeg says what it misses.
        with suppress(OSError), self._camera, self._listener:
            reader, _ = self._listener.accept()
            self._listener.close()
            with reader:
                try:
                    self._pass_on(reader)
                except SourceRefusedError as error:
                    self.refused = error

    def _pass_on(self, reader: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._camera, selectors.EVENT_READ)
            selector.register(reader, selectors.EVENT_READ)
            while not self._closed:
                ready = [key.fileobj for key, _ in selector.select(1.0)]
                if reader in ready and not self._forward(reader):
                    return
                if self._camera in ready and not self._deliver(reader):
                    return

    def _forward(self, reader: socket.socket) -> bool:
        """Pass on a request of FFmpeg; False when there will be none."""
        request = reader.recv(_CHUNK)
        if not request:
            return False
        if request.startswith(b"PLAY ") and self._answers is not None and not self._udp:
            # From here on FFmpeg follows nothing any more, and what comes is pictures.
            reader.sendall(self._answers.rest)
            self._answers = None
        self._camera.settimeout(self._timeout)
        self._camera.sendall(request)
        return True

    def _deliver(self, reader: socket.socket) -> bool:
        """Pass on what the camera has sent; False when it has hung up."""
        self._camera.settimeout(0)
        more = True
        while more:
            try:
                data = self._camera.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return True
            if not data:
                return False
            self._meter.came(len(data))
            reader.sendall(self._answers.feed(data) if self._answers is not None else data)
            more = isinstance(self._camera, ssl.SSLSocket) and self._camera.pending() > 0
        return True

    def _judge(self, status: int, lines: list[bytes]) -> list[bytes]:
        """What FFmpeg may see of the head of an answer. Raises SourceRefusedError."""
        if 300 <= status < 400:
            location = next((line[9:].strip() for line in lines if line[:9].lower() == b"location:"), b"")
            target = location.decode("utf-8", "replace")
            # Recorders send on to the port of a channel; no RTSP request means anything to another kind of service.
            self._policy.check(target, SCHEMES, any_port=True)
            self.redirect = target
            raise ConnectionResetError
        return [self._confined(line) if line[:10].lower() == b"transport:" else line for line in lines]

    def _confined(self, transport: bytes) -> bytes:
        """A `Transport` header that sends FFmpeg's reports to the camera, wherever it names instead."""
        if not self._udp:
            return transport
        if b"multicast" in transport.lower():
            raise SourceRefusedError(
                "it sends by multicast, which may come from anywhere; set `transport: tcp`"
            )
        own: str = self._camera.getpeername()[0]
        return _ADDRESSES.sub(b"", transport) + b";source=" + own.encode()
