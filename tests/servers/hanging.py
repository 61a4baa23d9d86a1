"""A TCP proxy that can stop passing anything on, without a word: connections stay open, new ones are accepted."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class HangingProxy:
    """Passes everything on to a port of this machine, until `hang`; `resume` lets what was held back through.

    Attributes:
        port: where it listens, on 127.0.0.1.
    """

    def __init__(self, target: int) -> None:
        self._target, self._flowing = target, threading.Event()
        self._flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def hang(self) -> None:
        """Answer nothing any more."""
        self._flowing.clear()

    def resume(self) -> None:
        """Pass on what was held back, and everything that follows."""
        self._flowing.set()

    def close(self) -> None:
        """Close everything."""
        self._flowing.set()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                target.sendall(data)
            self._flowing.wait()
            target.shutdown(socket.SHUT_WR)
