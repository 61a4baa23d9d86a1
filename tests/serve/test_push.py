"""Subscribing over HTTP: one's own browsers, push services that the site file names, and what is revoked."""

from dataclasses import replace
from typing import Any

import pytest

from secondsight.config import PushSettings
from secondsight.serve.alerts.push import PushSubscriptions, VapidKeys
from secondsight.serve.app import make_app
from tests.serve.conftest import Served
from tests.servers.push_service import encoded

API = "/api/v1/push"
POINT = encoded(b"\4" + bytes(64))
PHONE: dict[str, Any] = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/1",
    "keys": {"p256dh": POINT, "auth": encoded(bytes(16))},
    "label": "phone",
}


@pytest.fixture
def pushing(served: Served) -> Served:
    """The site with a channel of type `push`."""
    config = served.site.site_config
    assert config is not None
    channel = PushSettings(type="push", contact="guard@example.org")
    site = replace(served.site, site_config=config.model_copy(update={"alerts": {"phones": channel}}))
    return replace(served, site=site, app=make_app(site))


def test_one_subscribes_sees_ones_own_and_revokes(pushing: Served) -> None:
    with pushing.client("viewer-hall") as client:
        assert client.get(API).json() == {"key": VapidKeys(pushing.data).public, "subscriptions": []}
        made = client.post(f"{API}/subscriptions", json=PHONE)
        assert made.status_code == 201
        assert (
            client.post(f"{API}/subscriptions", json={**PHONE, "label": "again"}).json()["id"]
            == made.json()["id"]
        )
    about = {"user": "viewer-hall", "label": "again", "service": "fcm.googleapis.com"}
    for who, seen in (("viewer-hall", 1), ("viewer-all", 0), ("admin-hall", 0), ("admin-all", 1)):
        with pushing.client(who) as client:
            found = client.get(API).json()["subscriptions"]
            assert len(found) == seen
            assert all({key: one[key] for key in about} == about for one in found)
            assert "/fcm/send" not in client.get(API).text
    with pushing.client("viewer-all") as client:
        assert client.delete(f"{API}/subscriptions/{made.json()['id']}").status_code == 404
    with pushing.client("admin-all") as client:
        assert client.delete(f"{API}/subscriptions/{made.json()['id']}").status_code == 204
        assert client.delete(f"{API}/subscriptions/{made.json()['id']}").status_code == 404
        log = client.get("/api/v1/audit").json()["entries"]
    assert PushSubscriptions(pushing.data).all() == []
    told = [(one["who"], one["what"]) for one in log if one["what"].startswith("push.")]
    assert told == [("admin-all", "push.revoke"), ("viewer-hall", "push.add"), ("viewer-hall", "push.add")]


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "https://intranet.example.org/1"},
        {"endpoint": "https://fcm.googleapis.com.example.org/1"},
        {"endpoint": "https://fcm.googleapis.com@10.0.0.1/1"},
        {"endpoint": "https://ada@fcm.googleapis.com/1"},
        {"endpoint": "http://fcm.googleapis.com/1"},
        {"endpoint": "http://127.0.0.1:8410/api/v1/session"},
        {"endpoint": "https://[fcm.googleapis.com/1"},
        {"endpoint": "https://fcm.googleapis.com:x/1"},
        {"endpoint": "file:///etc/passwd"},
        {"endpoint": ""},
        {"endpoint": "https://fcm.googleapis.com/" + "x" * 3000},
        {"keys": {"p256dh": "nothing", "auth": encoded(bytes(16))}},
        {"keys": {"p256dh": POINT, "auth": "ä"}},
        {"keys": {"p256dh": encoded(b"\2" + bytes(64)), "auth": encoded(bytes(16))}},
        {"keys": {}},
        {"label": ""},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_what_is_no_browser_is_refused(pushing: Served, changes: dict[str, Any]) -> None:
    with pushing.client("viewer-all") as client:
        answer = client.post(f"{API}/subscriptions", json={**PHONE, **changes})
    assert answer.status_code == 422, answer.text
    assert PushSubscriptions(pushing.data).all() == []


def test_nobody_has_browsers_without_end(pushing: Served) -> None:
    with pushing.client("viewer-all") as client:
        answers = [
            client.post(f"{API}/subscriptions", json={**PHONE, "endpoint": f"{PHONE['endpoint']}{number}"})
            for number in range(21)
        ]
    assert [one.status_code for one in answers] == [201] * 20 + [409]


def test_without_a_channel_there_is_no_key(served: Served) -> None:
    with served.client("viewer-all") as client:
        assert client.get(API).json() == {"key": None, "subscriptions": []}
        assert client.post(f"{API}/subscriptions", json=PHONE).status_code == 404
    assert not (served.data / "push").exists()
