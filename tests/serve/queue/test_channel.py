"""Steps of events over NATS: outages, `kill -9`, TLS, logins, bad settings."""

import logging
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from secondsight.config import SiteConfig, load_site
from secondsight.errors import ConfigError, DeliveryError
from secondsight.serve.alerts import AlertService, make_channel
from secondsight.store import Store
from tests.conftest import ROOT, require
from tests.serve.alerts.certificates import make_certificate
from tests.serve.alerts.life import Life, eventually, severity
from tests.serve.alerts.notice import notice
from tests.servers.nats import NatsServer, nats_program
from tests.table import table

MakeConfig = Callable[..., SiteConfig]
BUS = {"bus": {"type": "nats", "timeout": 2}}


def ids_of(server: NatsServer) -> list[str]:
    return [message["id"] for _, message in server.messages("ss-events")]


def in_order(ids: list[str]) -> bool:
    numbers = defaultdict(list)
    for id in ids:
        event, _, number = id.rpartition("-")
        numbers[event].append(int(number))
    return all(found == sorted(found) for found in numbers.values())


def test_a_step_is_published_once_under_its_subject(make_config: MakeConfig, server: NatsServer) -> None:
    config = make_config(BUS, queue={"url": server.url})
    channel = make_channel("bus", config.alerts["bus"], config)
    sent = notice()
    channel.send(sent)
    channel.send(sent)
    channel.close()
    [(subject, message)] = server.messages("ss-events")
    assert subject == f"ss.depot-7.events.{sent.event.camera}"
    assert message["id"] == sent.id
    assert message["event"]["id"] == sent.event.id


def test_a_server_that_is_away_for_a_while(
    make_config: MakeConfig, store: Store, life: Life, server: NatsServer
) -> None:
    """Nothing is lost, nothing comes twice, and the order of each event is kept."""
    config = make_config(BUS, queue={"url": server.url, "timeout": 5})
    with AlertService(config, store, severity) as service:
        wanted = {step.id for step in life.begin("e0")}
        eventually(lambda: server.count("ss-events") == len(wanted))
        server.stop()
        for number in range(1, 6):
            wanted |= {step.id for step in (*life.begin(f"e{number}"), *life.record(f"e{number}"))}
        eventually(service.troubles)
        wanted |= {step.id for step in life.end("e1")}
        server.start()
        assert service.flush(120)
    ids = ids_of(server)
    assert sorted(ids) == sorted(wanted)
    assert in_order(ids)


def test_killed_before_it_could_note_what_was_sent(
    tmp_path: Path, store: Store, life: Life, server: NatsServer
) -> None:
    """The message that goes out again is dropped by the server."""
    site = tmp_path / "site.yaml"
    site.write_text(
        "site: {name: Depot 7}\ncameras: {hall: {source: x}}\n"
        "rules: {night: {behaviour: intrusion, zone: frame}}\n"
        f"queue: {{url: {server.url}}}\nalerts: {{bus: {{type: nats}}}}\n"
    )
    store.deliveries.begin("bus", 0)
    wanted = {step.id for n in range(4) for step in (*life.begin(f"e{n}"), *life.record(f"e{n}"))}
    store.close()
    command = [sys.executable, "-m", "tests.serve.alerts.sender", str(site)]
    for die_after in ("3", "2"):
        ended = subprocess.run([*command, die_after], cwd=ROOT, timeout=180, stdout=subprocess.DEVNULL)
        assert ended.returncode == -signal.SIGKILL
    with Store.open(tmp_path / "data") as again, AlertService(load_site(site), again, severity) as service:
        assert service.flush(120)
    assert sorted(ids_of(server)) == sorted(wanted)


def test_tls_and_login(make_config: MakeConfig, tmp_path: Path) -> None:
    require(nats_program(), "nats-server is not installed")
    certificate = make_certificate(tmp_path)
    with NatsServer(login=("cam", "s3cret-word"), certificate=certificate) as server:
        good = {"url": server.url, "username": "cam", "password": "s3cret-word", "ca_file": certificate[0]}
        config = make_config(BUS, queue={**good, "timeout": 60})
        channel = make_channel("bus", config.alerts["bus"], config)
        assert "subjects ss.depot-7.events.*" in channel.check()
        channel.close()
        for wrong, words in (
            (
                {**good, "password": "an0ther-word"},
                "(?i)authorization",
            ),  # the server may close before its word is read
            ({**good, "ca_file": None}, "(?i)certificate"),
        ):
            config = make_config(BUS, queue={**wrong, "timeout": 6})
            channel = make_channel("bus", config.alerts["bus"], config)
            with pytest.raises(DeliveryError, match=words) as failed:
                channel.check()
            assert "word" not in str(failed.value)
            channel.close()


def test_secrets_do_not_reach_the_log(
    make_config: MakeConfig, store: Store, life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    queue = {"url": "nats://cam:s3cret%2Fword@127.0.0.1:1", "timeout": 0.5}
    with AlertService(make_config(BUS, queue=queue), store, severity) as service:
        life.begin("e0")
        trouble = eventually(service.troubles)["bus"]
    assert "127.0.0.1:1" in trouble
    for text in (trouble, caplog.text):
        assert "s3cret" not in text
        assert "cam:" not in text


def test_a_dead_server_does_not_hold_up_the_end(make_config: MakeConfig, store: Store, life: Life) -> None:
    config = make_config(BUS, queue={"url": "nats://127.0.0.1:1", "timeout": 120})
    with AlertService(config, store, severity):
        life.begin("e0")
        eventually(lambda: store.deliveries.next_at("bus") is not None)
        began = time.monotonic()
    assert time.monotonic() - began < 60


@table(
    "channels, sections, key",
    [
        (BUS, {}, "alerts.bus.type"),
        (BUS, {"queue": {"url": "http://x"}}, "queue.url"),
        (BUS, {"queue": {"url": "nats://x", "username": "cam"}}, "queue"),
        ({}, {"brain": {"backend": "queue"}}, "brain.backend"),
        ({"bus": {"type": "nats", "pictures": True}}, {"queue": {"url": "nats://x"}}, "pictures"),
    ],
)
def test_bad_settings(make_config: MakeConfig, channels: dict, sections: dict, key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        make_config(channels, **sections)


def test_credentials_that_are_not_there(make_config: MakeConfig) -> None:
    config = make_config(BUS, queue={"url": "nats://x", "credentials": "site.creds"})
    with pytest.raises(ConfigError, match=r"site\.creds.*queue\.credentials"):
        make_channel("bus", config.alerts["bus"], config)
