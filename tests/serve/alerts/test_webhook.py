"""Webhooks, against a real HTTP server that refuses, redirects, hangs, drips and dies."""

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from secondsight.clock import ManualClock
from secondsight.config import SiteConfig
from secondsight.errors import ConfigError, DeliveryError
from secondsight.serve.alerts import make_channel, sign, verify
from secondsight.serve.alerts.channel import Channel
from tests.serve.alerts.certificates import make_certificate
from tests.serve.alerts.notice import EVIL, evil, notice, report_notice
from tests.servers.receiver import Receiver
from tests.table import table

NOW = 1_767_254_403.0
SECRET = "a plain secret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def make(make_config: Callable[..., SiteConfig], receiver: Receiver) -> Callable[..., Channel]:
    def make(**settings: Any) -> Channel:
        config = make_config({"ops": {"type": "webhook", "url": receiver.url, **settings}})
        return make_channel("ops", config.alerts["ops"], config, clock=ManualClock(NOW))

    return make


def test_json_signed(make, receiver: Receiver) -> None:
    make(secret=SECRET, headers={"Authorization": "Bearer abc"}).send(notice(3))
    (taken,) = receiver.taken
    body = json.loads(taken.body)
    assert (body["id"], body["event_type"], body["word"], body["severity"], body["site"]) == (
        "20260101T080000-75efa9ac2b0f-3",
        "raised",
        "alert",
        "medium",
        "Depot 7",
    )
    assert body["event"]["camera"] == "hall"
    assert taken.headers["authorization"] == "Bearer abc"
    assert taken.headers["content-type"] == "application/json"
    assert taken.id == body["id"]
    # As a receiver checks it that has never seen our code.
    signed = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert taken.headers["webhook-signature"] == f"v1,{mac}"
    assert verify(SECRET, taken.headers, taken.body, NOW)


def test_signature_holds_for_this_message_and_this_time_only() -> None:
    headers = sign("whsec_c2VjcmV0LXNlY3JldA==", "m-1", NOW, b"{}")
    assert verify("whsec_c2VjcmV0LXNlY3JldA==", headers, b"{}", NOW + 200)
    assert verify("secret-secret", headers, b"{}", NOW)  # the same key, written plainly
    assert not verify("another secret", headers, b"{}", NOW)
    assert not verify("secret-secret", headers, b"{ }", NOW)
    assert not verify("secret-secret", {**headers, "webhook-id": "m-2"}, b"{}", NOW)
    assert not verify("secret-secret", headers, b"{}", NOW + 400)
    assert not verify("secret-secret", {}, b"{}", NOW)
    rotated = {**headers, "webhook-signature": f"v1,b2xk {headers['webhook-signature']}"}
    assert verify("secret-secret", rotated, b"{}", NOW)


def test_cloud_event(make, receiver: Receiver) -> None:
    make(form="cloudevents").send(notice())
    (taken,) = receiver.taken
    body = json.loads(taken.body)
    assert taken.headers["content-type"].startswith("application/cloudevents+json")
    assert body["data"]["id"] == body["id"] == taken.id
    assert {key: body[key] for key in ("specversion", "source", "type", "subject", "time")} == {
        "specversion": "1.0",
        "source": "/secondsight/Depot%207",
        "type": "org.secondsight.event.raised",
        "subject": "hall/night",
        "time": "2026-01-01T08:00:02.000Z",
    }


def test_template_with_picture(make, receiver: Receiver, tmp_path: Path) -> None:
    picture = tmp_path / "one.jpg"
    picture.write_bytes(b"jpeg")
    template = '{"text": {{ text | tojson }}, "image": {{ picture.base64 | tojson if picture else "null" }}}'
    channel = make(form="template", template=template, pictures=True)
    channel.send(notice(pictures=(picture,)))
    channel.send(notice(2))
    first, second = (json.loads(taken.body) for taken in receiver.taken)
    assert first["image"] == base64.b64encode(b"jpeg").decode()
    assert second["image"] is None


@table(
    ("template", "problem"),
    [
        ('{"text": "{{ text }}"}', "tojson"),
        ("{{ nothing }}", "is undefined"),
        ("{% for %}", "the template fails"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_template_that_cannot_work_is_a_mistake_of_the_site_file(make, template: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as raised:
        make(form="template", template=template)
    assert raised.value.key == "alerts.ops.template"


@pytest.mark.parametrize("form", ["json", "cloudevents"])
def test_texts_from_outside_stay_texts(make, receiver: Receiver, form: str) -> None:
    make(form=form).send(evil())
    (taken,) = receiver.taken
    body = json.loads(taken.body)
    assert (body.get("data") or body)["event"]["camera"] == EVIL
    assert "bcc" not in taken.headers


@table(
    ("status", "retry"),
    [
        (400, False),
        (410, False),
        (413, False),
        (401, True),
        (404, True),
        (429, True),
        (500, True),
        (503, True),
    ],
)
def test_refusals(make, receiver: Receiver, status: int, retry: bool) -> None:
    receiver.answer = lambda number, id: status
    with pytest.raises(DeliveryError, match=str(status)) as raised:
        make().send(notice())
    assert raised.value.retry is retry


@table(
    ("header", "after"),
    [("30", 30.0), ("Thu, 01 Jan 2026 08:01:03 GMT", 60.0), ("soon", None), ("-5", None)],
)
def test_retry_after(make, receiver: Receiver, header: str, after: float | None) -> None:
    receiver.answer = lambda number, id: 503
    receiver.headers = {"Retry-After": header}
    with pytest.raises(DeliveryError) as raised:
        make().send(notice())
    assert raised.value.after == after


def test_redirects_are_not_followed(make, receiver: Receiver) -> None:
    with Receiver() as other:
        receiver.answer = lambda number, id: 302
        receiver.headers = {"Location": other.url}
        with pytest.raises(DeliveryError, match="redirects"):
            make().send(notice())
        assert other.tried == []


def test_receiver_that_hangs(make, receiver: Receiver) -> None:
    receiver.hanging.set()
    begun = time.monotonic()
    with pytest.raises(DeliveryError, match=r"within 0\.3 s"):
        make(timeout=0.3).send(notice())
    assert time.monotonic() - begun < 30


def test_receiver_that_is_dead_and_comes_back(make, receiver: Receiver) -> None:
    channel = make()
    channel.send(notice(1))
    receiver.stop()
    with pytest.raises(DeliveryError, match="cannot be reached"):
        channel.send(notice(2))
    receiver.start()
    channel.send(notice(2))
    assert receiver.ids() == [notice(1).id, notice(2).id]


def test_certificates_are_verified(make_config, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    with Receiver(lambda plain: server.wrap_socket(plain, server_side=True)) as receiver:
        settings = {"type": "webhook", "url": receiver.url}
        config = make_config({"own": {**settings, "ca_file": str(certificate)}, "system": settings})
        trusting = make_channel("own", config.alerts["own"], config)
        trusting.send(notice())
        assert "by TLS" in trusting.check()
        doubting = make_channel("system", config.alerts["system"], config)
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            doubting.send(notice(2))
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            doubting.check()
        assert len(receiver.taken) == 1


def test_check_sends_nothing(make, receiver: Receiver) -> None:
    channel = make()
    assert channel.check() == "127.0.0.1 answers; nothing was sent"
    receiver.stop()
    with pytest.raises(DeliveryError, match="cannot be reached"):
        channel.check()
    assert receiver.tried == []


def test_a_report_is_signed_json_with_the_file_in_it(make, receiver: Receiver) -> None:
    make(secret=SECRET).send_report(report_notice())
    (taken,) = receiver.taken
    body = json.loads(taken.body)
    assert (body["type"], body["id"], body["kind"]) == ("report_notice", "hourly-1767254400", "hourly")
    assert (body["start"], body["text"]) == ("2026-01-01T08:00:00.000Z", "Alarms raised: 3.")
    assert base64.b64decode(body["file"]["base64"]) == report_notice().content
    assert taken.id == "hourly-1767254400"
    assert "webhook-signature" in taken.headers


def test_a_report_in_an_envelope_or_in_a_template(make, receiver: Receiver) -> None:
    make(form="cloudevents").send_report(report_notice())
    make(form="template", template='{"text": {{ text | tojson }}}').send_report(report_notice(EVIL))
    event, templated = (json.loads(taken.body) for taken in receiver.taken)
    assert (event["type"], event["data"]["kind"]) == ("org.secondsight.report.hourly", "hourly")
    assert templated == {"text": EVIL}


def test_a_template_for_events_alone_gives_a_report_up(make, receiver: Receiver) -> None:
    with pytest.raises(DeliveryError, match="template fails") as error:
        make(form="template", template='{"text": {{ event.camera | tojson }}}').send_report(report_notice())
    assert not error.value.retry
    assert receiver.taken == []
