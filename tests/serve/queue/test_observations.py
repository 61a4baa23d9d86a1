"""Counts per minute over NATS."""

import time
from collections.abc import Callable

import pytest

from secondsight.bus import bus_of
from secondsight.clock import ManualClock
from secondsight.config import SiteConfig
from secondsight.errors import DeliveryError
from secondsight.records import Counter
from secondsight.serve.queue import ObservationPublisher
from secondsight.store import AddCounters, Store
from tests.serve.alerts.life import eventually
from tests.servers.nats import NatsServer

MINUTE = 1_700_000_040


@pytest.fixture
def publisher(
    make_config: Callable[..., SiteConfig], store: Store, server: NatsServer
) -> Callable[..., ObservationPublisher]:
    def make(timeout: float = 60.0) -> ObservationPublisher:
        place = bus_of(make_config(queue={"url": server.url, "timeout": timeout}))
        assert place is not None
        return ObservationPublisher(place, store, ManualClock())

    return make


def count(store: Store, minute: int, value: float = 1.0, name: str = "person", camera: str = "hall") -> None:
    store.observations.upsert_camera(camera)
    store.apply([AddCounters((Counter(camera, MINUTE + 60 * minute, name, value),))])


def test_a_minute_is_published_once_when_it_is_over(publisher, store: Store, server: NatsServer) -> None:
    count(store, 0, 3.0)
    count(store, 0, 2.0, "car")
    first = publisher()
    assert first.publish_due() == 0  # it may go on
    count(store, 0, 1.0)
    count(store, 1)
    assert first.publish_due() == 1
    with publisher() as second:  # a restart
        assert second.publish_due() == 0
    [(subject, message)] = server.messages("ss-observations")
    assert subject == "ss.depot-7.observations.hall"
    assert message["counts"] == {"person": 4.0, "car": 2.0}
    assert message["minute"] == "2023-11-14T22:14:00.000Z"


def test_the_last_minute_of_a_camera_that_went_away(publisher, store: Store, server: NatsServer) -> None:
    count(store, 0)
    one = publisher()
    assert one.publish_due() == 0
    one._clock.advance(121.0)
    assert one.publish_due() == 1
    assert one.publish_due() == 0


def test_a_server_that_is_away(publisher, store: Store, server: NatsServer) -> None:
    one = publisher(timeout=5.0)
    one.publish_due()
    for minute in range(4):
        count(store, minute)
        count(store, minute, camera="yard")
    server.stop()
    with pytest.raises(DeliveryError):
        one.publish_due()
    server.start()
    assert one.publish_due() == 6
    ids = [message["id"] for _, message in server.messages("ss-observations")]
    assert sorted(ids) == sorted(f"depot-7/{c}/{MINUTE + 60 * n}" for c in ("hall", "yard") for n in range(3))


def test_a_new_queue_begins_with_what_comes(publisher, store: Store, server: NatsServer) -> None:
    for minute in range(4):
        count(store, minute)
    with publisher() as one:
        eventually(lambda: one._begun)
        count(store, 4)
        count(store, 5)
    published = [message["minute"][14:16] for _, message in server.messages("ss-observations")]
    assert published == ["17", "18"]


def test_a_dead_server_does_not_hold_up_the_end(publisher, store: Store, server: NatsServer) -> None:
    count(store, 0)
    server.stop()
    with publisher(timeout=120.0) as one:
        eventually(lambda: one._begun)
        count(store, 1)
        began = time.monotonic()
    assert time.monotonic() - began < 60
