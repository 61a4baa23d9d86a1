"""Apprise, with its plain JSON service against a real HTTP server."""

import json
from pathlib import Path

import pytest

from secondsight.errors import ConfigError, DeliveryError
from secondsight.serve.alerts import make_channel
from tests.serve.alerts.notice import notice
from tests.servers.receiver import Receiver


def test_message_and_picture(make_config, tmp_path: Path) -> None:
    picture = tmp_path / "one.jpg"
    picture.write_bytes(b"\xff\xd8jpeg")
    with Receiver() as receiver:
        url = f"json://127.0.0.1:{receiver.port}/token-1234567890"
        config = make_config({"any": {"type": "apprise", "url": url}})
        channel = make_channel("any", config.alerts["any"], config)
        receiver.answer = lambda number, id: 500
        with pytest.raises(DeliveryError, match="did not take"):
            channel.send(notice())
        receiver.answer = lambda number, id: 200
        receiver.taken.clear()
        channel.send(notice(pictures=(picture,)))
        (taken,) = receiver.taken
    body = json.loads(taken.body)
    assert (body["title"], body["message"], body["type"]) == ("Depot 7", notice().text, "warning")
    assert len(body["attachments"]) == 1


def test_address_that_apprise_does_not_know(make_config) -> None:
    config = make_config({"any": {"type": "apprise", "url": "nosuchservice://token"}})
    with pytest.raises(ConfigError, match="Apprise knows no address") as raised:
        make_channel("any", config.alerts["any"], config)
    assert raised.value.key == "alerts.any.url"
    assert "token" not in str(raised.value)
