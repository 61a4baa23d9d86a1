"""Asks the store from the workers' loop, without blocking it, until the store answers."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from secondsight.errors import StoreError
from secondsight.log import fields, redact

_log = logging.getLogger(__name__)

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


async def retry_store(call: Callable[[], T]) -> T:
    """The result of one store call, run in a thread; a store that fails is asked again."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return await asyncio.to_thread(call)
        except StoreError as error:
            _log.error("store failed, retrying", extra=fields(error=redact(str(error))))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
