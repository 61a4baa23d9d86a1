"""Uvicorn's HTTP protocol with an end to waiting for a request: who opens connections and sends nothing, or a header
letter by letter, does not keep them."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_TIME = 10.0
"""Seconds within which the headers of a request must have come."""


class PatientProtocol(H11Protocol):
    """Closes a connection whose request does not come in time."""

    header_time = HEADER_TIME
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._deadline is None:  # the next request has begun, not whole yet
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect(self) -> None:
        loop: Any = self.loop
        self._deadline = loop.call_later(self.header_time, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
