"""Asks a second time when the first answer is late, and takes whichever comes first (Dean and Barroso, The Tail at
Scale, 2013). The later one is given up; both are paid for.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def hedged(
    ask: Callable[[], Coroutine[Any, Any, T]], delay: float | None, may: Callable[[], bool]
) -> T:
    """The first answer of `ask`, called again after `delay` seconds without one if `may` then allows.

    An error of one call is raised only when no other call is under way.
    """
    first = asyncio.ensure_future(ask())
    calls = {first}
    try:
        if delay is not None:
            await asyncio.wait(calls, timeout=delay)
            if not first.done() and may():
                calls.add(asyncio.ensure_future(ask()))
        while True:
            done, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            # Those that answered first: two may be done at once.
            for call in sorted(done, key=lambda call: call.exception() is not None):
                if call.exception() is None or not waiting:
                    return call.result()
            calls = waiting
    finally:
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
