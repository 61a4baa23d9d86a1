"""Tells those who follow the steps of events that there are new ones: one thread asks the store for all of them."""

import asyncio
import logging
from collections.abc import Callable

from secondsight.errors import StoreError
from secondsight.log import fields

_log = logging.getLogger(__name__)

_EVERY = 0.2
"""Seconds between two looks at the store, while anybody follows."""


class Places:
    """A number of places that viewers take and give back. Use it in one event loop."""

    def __init__(self, most: int) -> None:
        self._most, self._taken = most, 0

    def join(self) -> bool:
        """Take a place; False when all are taken."""
        if self._taken >= self._most:
            return False
        self._taken += 1
        return True

    def leave(self) -> None:
        """Give it back."""
        self._taken -= 1


class StepFeed:
    """Wakes followers when steps beyond a position are published. Use it in one event loop.

    Args:
        last: the position of the newest step; may block.
        most: followers at a time.
    """

    def __init__(self, last: Callable[[], int], most: int) -> None:
        self._last, self._most = last, most
        self._followers = 0
        self._position = 0
        self._changed = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def full(self) -> bool:
        """Whether nobody else can follow now."""
        return self.closed or self._followers >= self._most

    def join(self) -> bool:
        """Take a place as a follower; False when all are taken, or the feed is closed."""
        if self.full:
            return False
        self._followers += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        return True

    def leave(self) -> None:
        """Give the place back."""
        self._followers -= 1

    async def beyond(self, position: int, timeout: float) -> bool:
        """Wait until there are steps beyond a position, `timeout` seconds at most; whether there are."""
        async with self._changed:
            if self._position <= position and not self.closed:
                try:
                    async with asyncio.timeout(timeout):
                        await self._changed.wait_for(lambda: self._position > position or self.closed)
                except TimeoutError:
                    return False
        return self._position > position

    async def close(self) -> None:
        """Let all followers go."""
        self.closed = True
        async with self._changed:
            self._changed.notify_all()

    async def _look(self) -> None:
        failed = False
        while self._followers and not self.closed:
            try:
                found = await asyncio.to_thread(self._last)
                failed = False
            except StoreError as error:
                if not failed:
                    _log.warning("steps cannot be followed now", extra=fields(error=str(error)))
                failed = True
                found = self._position
            if found != self._position:
                async with self._changed:
                    self._position = found
                    self._changed.notify_all()
            await asyncio.sleep(_EVERY)
