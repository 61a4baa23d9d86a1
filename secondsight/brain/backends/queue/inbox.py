"""Takes the answers that come for a site, and gives each to the review that waits for it; the rest is counted."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from secondsight.bus import BusConnection, Subjects
from secondsight.log import fields

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_log = logging.getLogger(__name__)

_REMEMBERED = 1000
"""Answered cases that are remembered, to tell a second answer from a late one."""


class VerdictInbox:
    """The answers to one site's cases, in one event loop.

    Args:
        counts: takes `duplicate` answers to cases that had one, and `late` ones that nobody waited for.
    """

    def __init__(self, subjects: Subjects, counts: Counter[str]) -> None:
        self._subjects = subjects
        self._client: Client | None = None
        self._waiting: defaultdict[str, set[asyncio.Future[bytes]]] = defaultdict(set)
        self._answered: dict[str, None] = {}
        self._counts = counts

    async def listen(self, client: "Client", bus: BusConnection) -> None:
        """Subscribe, once on each connection. Raises DeliveryError."""
        if self._client is client:
            return
        await bus.run(lambda: client.subscribe(self._subjects.verdict("*"), cb=self._heard))
        await bus.run(client.flush)
        self._client = client

    @contextmanager
    def expecting(self, id: str) -> Iterator["asyncio.Future[bytes]"]:
        """The answer to the case `id`, when it comes."""
        coming: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[id].add(coming)
        try:
            yield coming
        finally:
            coming.cancel()
            self._waiting[id].discard(coming)
            if not self._waiting[id]:
                del self._waiting[id]

    async def _heard(self, message: "Msg") -> None:
        id = message.subject.rpartition(".")[2]
        waiting = [one for one in self._waiting.get(id, ()) if not one.done()]
        if id in self._answered or not waiting:
            what = "duplicate" if id in self._answered else "late"
            self._counts[what] += 1
            _log.info(f"{what} answer from the queue", extra=fields(id=id, count=self._counts[what]))
            return
        for one in waiting:
            one.set_result(message.data)
        self._answered[id] = None
        if len(self._answered) > _REMEMBERED:
            del self._answered[next(iter(self._answered))]
