"""The queue for code that has no event loop: calls wait, with a time of their own."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError as FutureCancelled
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any, TypeVar

from secondsight.bus.connection import BusConnection
from secondsight.bus.place import BusPlace
from secondsight.bus.streams import StreamName
from secondsight.errors import DeliveryError

T = TypeVar("T")

_SLACK = 2.0
_CLOSING = 3.0


class BlockingBus:
    """A connection in a thread of its own, opened when it is needed.

    Args:
        name: of the thread.

    Raises:
        ConfigError: nats-py is missing, or a file cannot be used.
    """

    def __init__(self, place: BusPlace, name: str) -> None:
        self.place = place
        self._connection = BusConnection(place)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def publish(self, stream: StreamName, subject: str, payload: bytes, id: str) -> bool:
        """See `BusConnection.publish`."""
        return self._wait(self._connection.publish(stream, subject, payload, id))

    def check(self, *streams: StreamName) -> None:
        """Connect, log in and make these streams unless they are there. Raises DeliveryError."""

        async def check() -> None:
            await self._connection.jetstream(*streams)

        self._wait(check())

    def close(self) -> None:
        """End at once; a call under way fails soon."""
        if self._loop.is_running():
            closing = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
            with suppress(FutureTimeout):
                closing.result(_CLOSING)
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING)
        if not self._thread.is_alive() and not self._loop.is_closed():
            self._loop.close()

    async def _end(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await self._connection.close()
        # A loop that ends before them has each of them reported as an error.
        await asyncio.gather(*under_way, return_exceptions=True)

    def _wait(self, call: Coroutine[Any, Any, T]) -> T:
        limit = 2 * self.place.settings.timeout + _SLACK
        try:
            future = asyncio.run_coroutine_threadsafe(call, self._loop)
        except RuntimeError:
            call.close()
            raise DeliveryError("the connection was closed") from None
        try:
            return future.result(limit)
        except FutureTimeout:
            future.cancel()
            raise DeliveryError(f"no answer within {limit:g} s") from None
        except FutureCancelled:
            raise DeliveryError("the connection was closed") from None
