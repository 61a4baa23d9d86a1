"""MQTT, against a real mosquitto that dies, forgets and asks who is there."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from secondsight.bus import level, slug
from secondsight.clock import SystemClock
from secondsight.config import SiteConfig
from secondsight.errors import DeliveryError
from secondsight.records import StepKind, snapshot_path
from secondsight.serve.alerts import make_channel
from secondsight.serve.alerts.mqtt.channel import MqttChannel
from secondsight.serve.alerts.mqtt.discovery import discovery
from secondsight.serve.alerts.mqtt.topics import Topics
from secondsight.serve.alerts.view import SiteView
from secondsight.site import SiteStatus
from secondsight.site.status import CameraStatus
from secondsight.store import Store
from tests.conftest import require
from tests.serve.alerts.certificates import make_certificate
from tests.serve.alerts.life import Life, eventually
from tests.serve.alerts.notice import evil, notice
from tests.servers.hanging import HangingProxy
from tests.servers.mosquitto import Listener, Mosquitto, mosquitto_program
from tests.table import table

BASE = "secondsight/depot-7"
NIGHT = f"{BASE}/cameras/hall/rules/night"

pytestmark = pytest.mark.usefixtures("_broker_is_installed")


@pytest.fixture(scope="module")
def _broker_is_installed() -> None:
    require(mosquitto_program(), "mosquitto is not installed (Debian package mosquitto)")


@pytest.fixture
def broker(_broker_is_installed: None) -> Iterator[Mosquitto]:
    with Mosquitto() as running:
        yield running


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.port) as listening:
        yield listening


Visit = Callable[..., MqttChannel]


@pytest.fixture
def visit(make_config: Callable[..., SiteConfig], broker: Mosquitto) -> Iterator[Visit]:
    """Opens channels that send messages alone."""
    opened: list[MqttChannel] = []

    def visit(**settings: Any) -> MqttChannel:
        config = make_config({"bus": {"type": "mqtt", "url": broker.url, **settings}})
        channel = make_channel("bus", config.alerts["bus"], config)
        assert isinstance(channel, MqttChannel)
        opened.append(channel)
        return channel

    yield visit
    for channel in opened:
        channel.close()


class Running:
    """A site that runs, as a channel sees it.

    Attributes:
        status: of its cameras.
    """

    def __init__(self, make_config: Callable[..., SiteConfig], store: Store, broker: Mosquitto) -> None:
        self._make_config, self._store, self._broker = make_config, store, broker
        self.status: SiteStatus | None = None
        self._opened: list[MqttChannel] = []

    def open(self, sections: dict[str, Any] | None = None, **settings: Any) -> MqttChannel:
        values = {"type": "mqtt", "url": self._broker.url, **settings}
        config = self._make_config({"bus": values}, **(sections or {}))
        view = SiteView(config, self._store, SystemClock(), lambda: self.status)
        channel = make_channel("bus", config.alerts["bus"], config, view)
        assert isinstance(channel, MqttChannel)
        self._opened.append(channel)
        eventually(lambda: channel._follower is not None and channel._follower._position is not None)
        assert channel._connection.wait(60)
        return channel

    def close(self) -> None:
        for channel in self._opened:
            channel.close()
        self._opened.clear()


@pytest.fixture
def running(make_config, store: Store, broker: Mosquitto) -> Iterator[Running]:
    site = Running(make_config, store, broker)
    yield site
    site.close()


def status(**states: str) -> SiteStatus:
    cameras = tuple(
        CameraStatus(name, state, 0, 0, 0.0, 0, 0.0, 0, 0, {}, None, None) for name, state in states.items()
    )
    return SiteStatus(cameras, 3, {}, None, 1.0)


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_notice_is_published_and_not_retained(
    visit: Visit, broker, listener: Listener, protocol: str
) -> None:
    visit(protocol=protocol).send(notice())
    ((topic, payload, _),) = eventually(lambda: listener.messages)
    assert topic == f"{NIGHT}/event"
    assert json.loads(payload)["id"] == notice().id
    assert json.loads(payload)["event_type"] == "raised"
    with Listener(broker.port) as late:
        visit().send(notice(2))
        eventually(lambda: late.messages)
        assert [json.loads(payload)["id"] for _, payload, _ in late.messages] == [notice(2).id]


def test_texts_from_outside_break_no_topic(visit: Visit, listener: Listener) -> None:
    visit().send(evil())
    ((topic, payload, _),) = eventually(lambda: listener.messages)
    assert topic.startswith(f"{BASE}/cameras/")
    assert topic.count("/") == 6
    assert not set("#+\n") & set(topic)
    assert json.loads(payload)["event"]["camera"] == evil().event.camera


@table(
    ("name", "expected"),
    [
        ("Depot 7", "depot-7"),
        ("Zürich/Halle #3+", "zurich-halle-3"),
        ("北京", "site-da0eb7"),
        ("+/#", "site-b5bee6"),
    ],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected
    assert not set(level(name)) & set("+/#")


def test_visitor_leaves_no_trace(visit: Visit, listener: Listener) -> None:
    channel = visit()
    assert "topics below secondsight/depot-7, " in channel.check()
    channel.close()
    assert listener.messages == []


def test_states_follow_events(running: Running, listener: Listener, life: Life) -> None:
    running.open()
    eventually(lambda: listener.latest().get(f"{NIGHT}/state") == b"OFF")
    life.begin("a")
    eventually(lambda: listener.latest().get(f"{NIGHT}/state") == b"ON")
    life.begin("b")
    life.end("a")
    counts = f"{BASE}/cameras/hall/counts"
    eventually(lambda: json.loads(listener.latest()[counts])["events"] == 2)
    time.sleep(0.3)
    assert listener.latest()[f"{NIGHT}/state"] == b"ON"  # b goes on
    life.deny("b")
    eventually(lambda: listener.latest()[f"{NIGHT}/state"] == b"OFF")
    eventually(lambda: listener.latest().get(f"{BASE}/cameras/hall/rules/fallen/state") == b"OFF")


def test_what_went_on_before_a_restart_does_not_go_on(running: Running, broker, life: Life) -> None:
    with Listener(broker.port) as listener:
        running.open()
        life.begin("a")
        eventually(lambda: listener.latest().get(f"{NIGHT}/state") == b"ON")
    running.close()
    running.open()
    with Listener(broker.port) as later:
        eventually(lambda: later.latest().get(f"{NIGHT}/state") == b"OFF")
        assert json.loads(later.latest()[f"{BASE}/cameras/hall/counts"])["events"] in (0, 1)
        life.begin("b")
        eventually(lambda: later.latest()[f"{NIGHT}/state"] == b"ON")


def test_broker_that_forgot_is_told_everything_again(running: Running, broker, listener, life: Life) -> None:
    running.status = status(hall="live", yard="retrying")
    running.open()
    life.begin("a")
    eventually(lambda: listener.latest().get(f"{NIGHT}/state") == b"ON")
    eventually(lambda: listener.latest().get(f"{BASE}/cameras/hall/status") == b"online")
    broker.stop()
    broker.start()
    with Listener(broker.port) as later:
        latest = eventually(lambda: later.latest() if f"{NIGHT}/state" in later.latest() else None)
        assert latest[f"{NIGHT}/state"] == b"ON"
        eventually(lambda: later.latest().get(f"{BASE}/status") == b"online")
        eventually(lambda: later.latest().get(f"{BASE}/cameras/hall/status") == b"online")
        eventually(lambda: "homeassistant/event/secondsight_depot-7/hall--night/config" in later.latest())


def test_status_and_health(running: Running, listener: Listener) -> None:
    running.status = status(hall="live", yard="retrying")
    channel = running.open()
    health = eventually(lambda: listener.latest().get(f"{BASE}/health"))
    found = json.loads(health)
    assert (found["problem"], found["cameras_online"], found["cameras"]) == ("ON", 1, 2)
    assert found["cameras_troubled"] == ["yard"]
    assert found["open_cases"] == 3
    eventually(lambda: listener.latest().get(f"{BASE}/cameras/yard/status") == b"offline")
    running.status = status(hall="live", yard="live")
    eventually(lambda: json.loads(listener.latest()[f"{BASE}/health"])["problem"] == "OFF")
    eventually(lambda: listener.latest().get(f"{BASE}/cameras/yard/status") == b"online")
    eventually(lambda: listener.latest().get(f"{BASE}/status") == b"online")
    channel.close()
    eventually(lambda: listener.latest()[f"{BASE}/status"] == b"offline")


def test_last_will(make_config, store, broker: Mosquitto, listener: Listener) -> None:
    """A connection that is cut, as by `kill -9`, and a site that says nothing any more."""
    with HangingProxy(broker.port) as cut:
        config = make_config({"bus": {"type": "mqtt", "url": f"mqtt://127.0.0.1:{cut.port}"}})
        view = SiteView(config, store, SystemClock(), lambda: None)
        channel = make_channel("bus", config.alerts["bus"], config, view)
        eventually(lambda: listener.latest().get(f"{BASE}/status") == b"online")
    eventually(lambda: listener.latest()[f"{BASE}/status"] == b"offline")
    channel.close()


def test_snapshot_comes_even_if_late(running: Running, listener: Listener, life: Life, data: Path) -> None:
    running.open()
    (step,) = life.begin("a")
    event = life.store.events.get(step.event)
    assert event is not None
    picture = data / snapshot_path(event)
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"\xff\xd8picture")
    eventually(lambda: listener.latest().get(f"{BASE}/cameras/hall/snapshot") == b"\xff\xd8picture")


def test_local_only_pictures_go_to_this_machine_only(
    running: Running, listener, life: Life, data: Path
) -> None:
    from secondsight.serve.alerts.notices import pictures_of

    running.open({"egress": {"level": "local_only"}})
    (step,) = life.begin("a")
    event = life.store.events.get(step.event)
    assert event is not None
    picture = data / snapshot_path(event)
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"\xff\xd8")
    eventually(lambda: f"{BASE}/cameras/hall/snapshot" in listener.latest())
    channels = {
        "far": {"type": "mqtt", "url": "mqtt://broker.example.org"},
        "mail": {"type": "email", "host": "localhost", "sender": "a@example.org", "to": ["b@example.org"]},
    }
    config = running._make_config(channels, egress={"level": "local_only"})
    assert [list(pictures_of(config, one, event)) for one in config.alerts.values()] == [[], []]


def test_discovery(running: Running, listener: Listener) -> None:
    running.open()
    config = "homeassistant/{}/secondsight_depot-7/{}/config".format
    wanted = {
        config("binary_sensor", "hall--night"),
        config("event", "hall--night"),
        config("image", "hall"),
        config("binary_sensor", "hall"),
        config("sensor", "hall-events"),
        config("binary_sensor", "problem"),
        config("sensor", "alerts_waiting"),
    }
    eventually(lambda: wanted <= set(listener.latest()))
    found = {topic: json.loads(body) for topic, body in listener.latest().items() if topic.startswith("home")}
    assert len({one["unique_id"] for one in found.values()}) == len(found)
    sensor = found[config("binary_sensor", "hall--night")]
    assert sensor["state_topic"] == f"{NIGHT}/state"
    assert sensor["device_class"] == "occupancy"
    event = found[config("event", "hall--night")]
    assert event["state_topic"] == f"{NIGHT}/event"
    assert event["event_types"] == [kind.value for kind in StepKind]
    assert found[config("image", "hall")]["image_topic"] == f"{BASE}/cameras/hall/snapshot"
    for one in found.values():
        topics = [one[key] for key in one if key.endswith("_topic")]
        topics += [each["topic"] for each in one.get("availability", [])]
        assert all(topic.startswith(BASE) for topic in topics)
        assert one["device"]["identifiers"]


def test_home_assistant_that_starts_is_told_everything(running: Running, listener: Listener) -> None:
    running.open()
    topic = "homeassistant/sensor/secondsight_depot-7/hall-events/config"
    eventually(lambda: topic in listener.latest())
    listener.messages.clear()
    listener.client.publish("homeassistant/status", "online")
    eventually(lambda: topic in listener.latest() and f"{NIGHT}/state" in listener.latest())


def test_entities_of_cameras_that_are_gone_are_removed(running: Running, listener: Listener) -> None:
    gone = "homeassistant/sensor/secondsight_depot-7/old-camera/config"
    other = "homeassistant/sensor/secondsight_elsewhere/old-camera/config"
    for topic in (gone, other):
        listener.client.publish(topic, b"{}", qos=1, retain=True)
    eventually(lambda: len(listener.messages) == 2)
    running.open()
    eventually(lambda: listener.latest()[gone] == b"")
    assert listener.latest()[other] == b"{}"


def test_discovery_can_be_switched_off_and_filtered(make_config) -> None:
    config = make_config(
        {
            "off": {"type": "mqtt", "url": "mqtt://x", "home_assistant": ""},
            "some": {
                "type": "mqtt",
                "url": "mqtt://x",
                "cameras": ["yard"],
                "kinds": ["fall"],
                "pictures": False,
            },
        }
    )
    off, some = config.alerts["off"], config.alerts["some"]
    topics = Topics("base")
    assert discovery(config, off, topics) == {}
    names = {topic.split("/")[3] for topic in discovery(config, some, topics)}
    assert "yard--fallen" in names
    assert not any(name.startswith("hall") or "night" in name for name in names)
    assert not any("/image/" in topic for topic in discovery(config, some, topics))


def test_broker_that_hangs_confirms_nothing(make_config, broker: Mosquitto, listener: Listener) -> None:
    with HangingProxy(broker.port) as proxy:
        url = f"mqtt://127.0.0.1:{proxy.port}"
        config = make_config({"bus": {"type": "mqtt", "url": url, "timeout": 0.5}})
        channel = make_channel("bus", config.alerts["bus"], config)
        assert channel.check()
        proxy.hang()
        begun = time.monotonic()
        with pytest.raises(DeliveryError, match="did not confirm"):
            channel.send(notice())
        assert time.monotonic() - begun < 30
        proxy.resume()
        eventually(lambda: _sends(channel, 2))
        eventually(lambda: any(notice(2).id.encode() in payload for _, payload, _ in listener.messages))
        channel.close()


def _sends(channel: Any, number: int) -> bool:
    try:
        channel.send(notice(number))
    except DeliveryError:
        return False
    return True


def test_tls_and_login(make_config, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with Mosquitto(login=("site", "pa:ss w@rd"), certificate=certificate) as broker:
        place = broker.url.removeprefix("mqtts://")
        with_login = f"mqtts://site:pa%3Ass%20w%40rd@{place}"
        ca = {"ca_file": str(certificate[0]), "timeout": 60}
        channels: dict[str, Any] = {
            "url": {"type": "mqtt", "url": with_login, **ca},
            "keys": {"type": "mqtt", "url": broker.url, "username": "site", "password": "pa:ss w@rd", **ca},
            "wrong": {"type": "mqtt", "url": broker.url, "username": "site", "password": "nothing", **ca},
            "doubting": {"type": "mqtt", "url": with_login, "timeout": 20},
        }
        config = make_config(channels)
        opened = {name: make_channel(name, one, config) for name, one in config.alerts.items()}

        def trust(client: Any) -> None:
            client.username_pw_set("site", "pa:ss w@rd")
            client.tls_set_context(ssl.create_default_context(cafile=str(certificate[0])))

        with Listener(broker.port, prepare=trust) as listener:
            opened["url"].send(notice(1))
            opened["keys"].send(notice(2))
            eventually(lambda: len(listener.messages) == 2)
        with pytest.raises(DeliveryError, match=r"(?i)not authori"):
            opened["wrong"].check()
        with pytest.raises(DeliveryError, match="its certificate is not trusted"):
            opened["doubting"].check()
        for channel in opened.values():
            channel.close()
