"""All channels of a site together: outages, `kill -9`, channels that hang beside channels that work, quick ends."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import SiteConfig
from secondsight.errors import ConfigError
from secondsight.serve.alerts import AlertService
from secondsight.store import Store
from tests.conftest import ROOT, require
from tests.serve.alerts.life import Life, eventually, severity
from tests.servers.mosquitto import Listener, Mosquitto, mosquitto_program
from tests.servers.receiver import Receiver


def webhook(receiver: Receiver, **settings: Any) -> dict[str, Any]:
    return {"type": "webhook", "url": receiver.url, "timeout": 60, **settings}


def in_order(ids: list[str]) -> bool:
    """Whether the steps of each event come in their order."""
    numbers = defaultdict(list)
    for id in ids:
        event, _, number = id.rpartition("-")
        numbers[event].append(int(number))
    return all(found == sorted(found) for found in numbers.values())


def busy(life: Life, events: int, pause: float = 0.0, first: int = 0) -> set[str]:
    """Some events with all their steps, between each other; the ids of the steps."""
    made = []
    for number in range(first, first + events):
        made += life.begin(f"e{number}")
        made += life.record(f"e{number}")
        if number > first:
            made += life.end(f"e{number - 1}")
        time.sleep(pause)
    return {step.id for step in made}


def test_receiver_and_broker_that_are_away_for_a_while(make_config, store: Store, life: Life) -> None:
    require(mosquitto_program(), "mosquitto is not installed (Debian package mosquitto)")
    with (
        Receiver() as receiver,
        Mosquitto(persistent=True) as broker,
        Listener(broker.port, "+/+/cameras/+/rules/+/event", session="listener") as heard,
    ):

        def all_heard() -> bool:
            return {json.loads(payload)["id"] for _, payload, _ in list(heard.messages)} == expected

        config = make_config(
            {"hook": webhook(receiver), "bus": {"type": "mqtt", "url": broker.url, "timeout": 5}}
        )
        with AlertService(config, store, severity, rng=random.Random(1)) as alerts:
            eventually(lambda: len(store.deliveries.totals()) == 2)
            expected = busy(life, 5)
            eventually(lambda: len(receiver.ids()) == len(expected))
            eventually(all_heard)
            receiver.stop()
            broker.stop()
            expected |= busy(life, 10, first=10)
            eventually(lambda: set(alerts.troubles()) == {"hook", "bus"})
            receiver.start()
            broker.start()
            expected |= busy(life, 5, first=30)
            assert alerts.flush(150)
            assert alerts.troubles() == {}
        ids = [taken.id for taken in receiver.taken]
        assert set(ids) == expected
        assert len(ids) == len(expected)
        assert in_order(ids)
        eventually(all_heard)
        first_heard = list(dict.fromkeys(json.loads(payload)["id"] for _, payload, _ in heard.messages))
        assert in_order(first_heard)


def test_receiver_that_answers_500_at_random(make_config, store: Store, life: Life) -> None:
    rng = random.Random(5)
    with Receiver() as receiver:
        receiver.answer = lambda number, id: 500 if rng.random() < 0.2 else 204
        config = make_config({"hook": webhook(receiver)})
        with AlertService(config, store, severity, rng=random.Random(2)) as alerts:
            eventually(lambda: store.deliveries.totals())
            expected = busy(life, 5)
            assert alerts.flush(100)
        ids = [taken.id for taken in receiver.taken]
        assert sorted(ids) == sorted(expected)
        assert in_order(ids)
        assert len(receiver.tried) > len(ids)


@pytest.mark.parametrize("after", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_kill_between_sending_and_storing(make_config, tmp_path: Path, data: Path, after: int) -> None:
    """What was sent then goes out again under the same id, and everything else exactly once."""
    with Receiver() as receiver, Store.open(data) as store:
        file = tmp_path / "site.yaml"
        values = {
            "cameras": {"hall": {"source": "x"}},
            "rules": {"night": {"behaviour": "intrusion", "zone": "frame"}},
            "alerts": {"hook": webhook(receiver)},
        }
        file.write_text(json.dumps(values))
        life = Life(store)
        first = _sender(file, after)
        expected = busy(life, 3)
        assert first.wait(60) == -signal.SIGKILL
        second = _sender(file)
        eventually(lambda: set(receiver.ids()) == expected)
        eventually(lambda: store.deliveries.totals()[0].waiting == 0)
        second.kill()
        second.wait()
        ids = [taken.id for taken in receiver.taken]
        assert len(ids) == len(expected) + 1
        assert ids[after - 1] == ids[after]
        assert in_order(ids)


def _sender(site: Path, die_after: int = 0) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.serve.alerts.sender", str(site), str(die_after)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_channel_that_hangs_or_drips_holds_no_other_up(make_config, store: Store, life: Life) -> None:
    with Receiver() as good, Receiver() as hanging, Receiver() as dripping:
        hanging.hanging.set()
        dripping.dripping.set()
        config = make_config(
            {
                "good": webhook(good),
                "hanging": webhook(hanging, timeout=300),
                "drips": webhook(dripping, timeout=300),
            }
        )
        with AlertService(config, store, severity):
            eventually(lambda: len(store.deliveries.totals()) == 3)
            expected = busy(life, 3)
            eventually(lambda: set(good.ids()) == expected)
            hanging.hanging.clear()
            dripping.dripping.clear()


def test_channel_that_hangs_or_drips_says_so_and_recovers(make_config, store: Store, life: Life) -> None:
    with Receiver() as hanging, Receiver() as dripping:
        hanging.hanging.set()
        dripping.dripping.set()
        config = make_config(
            {"hanging": webhook(hanging, timeout=0.5), "drips": webhook(dripping, timeout=0.5)}
        )
        with AlertService(config, store, severity) as alerts:
            eventually(lambda: len(store.deliveries.totals()) == 2)
            expected = busy(life, 3)
            troubles = eventually(lambda: alerts.troubles() if len(alerts.troubles()) == 2 else None)
            assert "within 0.5 s" in troubles["hanging"]
            assert "no answer within" in troubles["drips"]
            hanging.hanging.clear()
            dripping.dripping.clear()
            eventually(lambda: expected <= set(hanging.ids()) and expected <= set(dripping.ids()))


def test_it_ends_at_once_whatever_hangs(make_config, store: Store, life: Life) -> None:
    with Receiver() as hanging:
        hanging.hanging.set()
        config = make_config(
            {"a": webhook(hanging, timeout=60), "b": {"type": "mqtt", "url": "mqtt://127.0.0.1:9"}}
        )
        service = AlertService(config, store, severity)
        with service:
            eventually(lambda: len(store.deliveries.totals()) == 2)
            life.begin("a")
            eventually(lambda: hanging.tried)
            begun = time.monotonic()
        assert time.monotonic() - begun < 40
        assert {one.channel: one.waiting for one in store.deliveries.totals()} == {"a": 1, "b": 1}


def test_a_mistake_of_one_channel_is_told_before_any_begins(make_config, store: Store) -> None:
    channels = {
        "good": {"type": "webhook", "url": "http://127.0.0.1:9/"},
        "bad": {"type": "webhook", "url": "http://127.0.0.1:9/", "ca_file": "nothing.pem"},
    }
    before = threading.active_count()
    with (
        pytest.raises(ConfigError, match=r"nothing\.pem"),
        AlertService(make_config(channels), store, severity),
    ):
        pass
    assert threading.active_count() == before


def test_missing_extras_are_named(make_config: Callable[..., SiteConfig], store: Store, monkeypatch) -> None:
    for module, channel, extra in (
        ("paho.mqtt.client", {"type": "mqtt", "url": "mqtt://x"}, "alerts"),
        ("apprise", {"type": "apprise", "url": "json://127.0.0.1"}, "notify"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ConfigError, match=rf"secondsight\[{extra}\]"):
            AlertService(make_config({"x": channel}), store, severity).__enter__()


def test_nothing_is_imported_for_what_is_not_used() -> None:
    code = "import sys, secondsight.serve.alerts; print([m for m in ('paho', 'apprise') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"
