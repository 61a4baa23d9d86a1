"""The queue for code without an event loop."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from secondsight.bus import BlockingBus, BusConnection, BusPlace, StreamName, Subjects
from secondsight.config import QueueSettings
from secondsight.errors import DeliveryError


def test_what_is_under_way_ends_before_the_loop_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that outlives its loop would be reported as destroyed."""
    begun, ended = threading.Event(), threading.Event()

    async def publish(*_: object) -> bool:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)  # as a connection that says good-bye
            ended.set()
        return True

    monkeypatch.setattr(BusConnection, "publish", publish)
    place = BusPlace(QueueSettings(url=SecretStr("nats://127.0.0.1:1")), Subjects("ss", "site"))
    bus = BlockingBus(place, "test")
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(bus.publish, StreamName.EVENTS, "subject", b"", "id")
        assert begun.wait(60)
        bus.close()
        assert ended.is_set()
        with pytest.raises(DeliveryError, match="closed"):
            call.result(60)
