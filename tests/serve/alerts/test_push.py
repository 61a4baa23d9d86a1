"""Notifications in browsers, against a push service that keeps to the standards: who gets what, and what fails."""

import json
import ssl
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from secondsight.backup import restore, take_backup
from secondsight.clock import SystemClock
from secondsight.config import PushSettings, SiteConfig
from secondsight.errors import ConfigError, DeliveryError
from secondsight.records import Severity, Word
from secondsight.serve.alerts import AlertService, make_channel
from secondsight.serve.alerts.push import PushChannel, PushSubscription, PushSubscriptions, VapidKeys
from secondsight.store import DeliveryState, Store, User, UserRole
from tests.serve.alerts.certificates import make_certificate
from tests.serve.alerts.life import Life, eventually, severity
from tests.serve.alerts.notice import notice, report_notice
from tests.servers.push_service import PushService, Subscribed

CHANNEL = {"type": "push", "contact": "guard@example.org", "services": ["127.0.0.1"]}
ADA, YARD = User("ada", UserRole.ADMIN), User("yuri", UserRole.VIEWER, ("yard",))


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


class Phones:
    """The browsers of a site's people, and its channel."""

    def __init__(self, service: PushService, data: Path, config: SiteConfig, users: list[User]) -> None:
        self.service, self.data, self.users, self.config = service, data, users, config
        self.kept, self.key = PushSubscriptions(data), VapidKeys(data).public

    def add(self, user: str = "ada", key: str | None = None, **changes: Any) -> Subscribed:
        browser = self.service.subscribe(key or self.key)
        made = PushSubscription(user, browser.endpoint, **browser.keys, label="phone", created_at=100.0)
        self.kept.add(replace(made, **changes))
        return browser

    def channel(self, **changes: Any) -> PushChannel:
        settings = self.config.alerts["phones"].model_copy(update=changes)
        return PushChannel("phones", settings, self.config, lambda: self.users, SystemClock())  # type: ignore[arg-type]


@pytest.fixture
def phones(service: PushService, data: Path, make_config: Callable[..., SiteConfig]) -> Phones:
    return Phones(service, data, make_config({"phones": CHANNEL}), [ADA, YARD])


def test_a_notice_can_be_read_by_the_browser_alone(phones: Phones) -> None:
    browser, other = phones.add(), phones.service.subscribe(phones.key)
    phones.channel().send(replace(notice(), severity=Severity.HIGH))
    [message] = browser.messages
    told = notice()
    assert message == {
        "id": told.id,
        "tag": told.event.id,
        "word": told.step.word.value,
        "severity": "high",
        "title": told.site,
        "body": told.text,
        "time": round(told.step.time * 1000),
        "url": f"/events/{told.event.id}",
        "picture": None,
    }
    [taken] = browser.taken
    assert told.text.encode() not in taken.body
    assert (taken.headers["urgency"], taken.headers["ttl"]) == ("high", "86400")
    with pytest.raises(InvalidTag):
        other.read(taken.body)


def test_everyone_is_told_of_what_they_may_see_now(phones: Phones) -> None:
    ada, yuri = phones.add("ada"), phones.add("yuri")
    stranger, early = phones.add("gone"), phones.add("ada", created_at=-1.0)
    channel = phones.channel()
    told = notice()
    assert told.event.camera == "hall"
    channel.send(told)
    assert [len(one.messages) for one in (ada, yuri, stranger, early)] == [1, 0, 0, 0]
    in_yard = replace(
        told, event=replace(told.event, id="y", camera="yard"), step=replace(told.step, event="y")
    )
    channel.send(in_yard)
    assert [len(one.messages) for one in (ada, yuri)] == [2, 1]
    phones.users[:] = [replace(ADA, enabled=False), YARD]
    channel.send(replace(told, step=replace(told.step, number=9)))
    assert [len(one.messages) for one in (ada, yuri)] == [2, 1]


def test_on_a_site_without_users_who_sits_there_is_told(phones: Phones) -> None:
    phones.users[:] = []
    local, other = phones.add("local"), phones.add("ada")
    phones.channel().send(notice())
    assert [len(one.messages) for one in (local, other)] == [1, 0]


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(phones: Phones, status: int) -> None:
    gone, there = phones.add(), phones.add()
    phones.service.refuse(gone, status)
    channel = phones.channel()
    channel.send(notice())
    assert [one.endpoint for one in phones.kept.all()] == [there.endpoint]
    assert len(there.messages) == 1


@pytest.mark.parametrize(
    ("status", "retry"),
    [(429, True), (500, True), (503, True), (400, False), (403, False), (413, False), (302, False)],
)
def test_what_a_push_service_answers(phones: Phones, status: int, retry: bool) -> None:
    browser = phones.add()
    phones.service.refuse(browser, status)
    phones.service.headers = {"Retry-After": "7", "Location": "http://127.0.0.1:9/"}
    with pytest.raises(DeliveryError, match=f"127.0.0.1 answers {status}") as failed:
        phones.channel().send(notice())
    assert (failed.value.retry, failed.value.partly) == (retry, False)
    assert failed.value.after == (7.0 if retry else None)
    assert browser.endpoint not in str(failed.value)
    assert len(phones.kept.all()) == 1


def test_one_that_fails_does_not_make_others_ring_twice(phones: Phones) -> None:
    fine, failing = phones.add(), phones.add()
    phones.service.refuse(failing, 500)
    channel = phones.channel()
    for _ in range(2):
        with pytest.raises(DeliveryError) as failed:
            channel.send(notice())
        assert failed.value.partly
    phones.service.refuse(failing, 201)
    channel.send(notice())
    assert [len(one.messages) for one in (fine, failing)] == [1, 1]


def test_a_service_that_hangs_or_is_away(phones: Phones) -> None:
    phones.add()
    phones.service.hanging.set()
    with pytest.raises(DeliveryError, match=r"did not answer within 0\.2 s") as failed:
        phones.channel(timeout=0.2).send(notice())
    assert failed.value.retry
    phones.service.hanging.clear()
    phones.service.stop()
    with pytest.raises(DeliveryError, match="cannot be reached") as failed:
        phones.channel().send(notice())
    assert failed.value.retry


def test_subscribed_with_other_keys_it_is_told_nothing(phones: Phones, tmp_path: Path) -> None:
    browser = phones.add(key=VapidKeys(tmp_path / "other").public)
    with pytest.raises(DeliveryError, match="answers 403"):
        phones.channel().send(notice())
    assert browser.messages == []


def test_keys_of_no_use_are_forgotten(phones: Phones) -> None:
    phones.add(p256dh="AAAA")
    phones.channel().send(notice())
    assert phones.kept.all() == []


def test_long_texts_in_any_script_fit(phones: Phones) -> None:
    browser = phones.add()
    phones.channel().send(replace(notice(), text="\U0001f525" * 5000, site="站" * 500))
    [message] = browser.messages
    assert message["body"].startswith("\U0001f525" * 500)
    assert message["body"].endswith("…")


def test_the_picture_stays_on_the_site(phones: Phones, tmp_path: Path) -> None:
    browser = phones.add()
    picture = tmp_path / "0.jpg"
    picture.write_bytes(b"\xff\xd8 a picture")
    told = notice(pictures=(picture,))
    phones.channel(pictures=True).send(told)
    assert browser.messages[0]["picture"] == f"/events/{told.event.id}/thumbnail"


def test_reports_go_to_who_may_see_all(phones: Phones) -> None:
    ada, yuri = phones.add("ada"), phones.add("yuri")
    phones.channel().send_report(report_notice())
    assert [one["url"] for one in ada.messages] == [f"/reports/{report_notice().id}"]
    assert yuri.messages == []


def test_over_tls_certificates_are_verified(
    data: Path, tmp_path: Path, make_config: Callable[..., SiteConfig]
) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with PushService(lambda plain: context.wrap_socket(plain, server_side=True)) as service:
        phones = Phones(service, data, make_config({"phones": CHANNEL}), [ADA])
        browser = phones.add()
        with pytest.raises(DeliveryError, match="cannot be reached"):
            phones.channel().send(notice())
        phones.channel(ca_file=certificate).send(notice())
    assert len(browser.messages) == 1


def test_through_the_outbox_nothing_is_lost_while_the_service_is_away(
    service: PushService, store: Store, life: Life, data: Path, make_config: Callable[..., SiteConfig]
) -> None:
    """Alert, then withdrawal, in that order; a dead letter for what is refused for good."""
    assert store.accounts.add(ADA, None, "test")
    config = make_config({"phones": CHANNEL})
    phones = Phones(service, data, config, [])
    browser = phones.add(created_at=SystemClock().now() + 60)
    service.stop()
    with AlertService(config, store, severity) as alerts:
        life.begin("c")
        life.deny("c")
        assert "cannot be reached" in eventually(lambda: alerts.troubles().get("phones"))
        service.start()
        assert alerts.flush(90)
        assert [one["word"] for one in browser.messages] == [Word.ALERT, Word.WITHDRAWAL]
        assert {one["tag"] for one in browser.messages} == {"c"}
        assert len({one.headers["topic"] for one in browser.taken}) == 1
        service.refuse(browser, 403)
        life.begin("d")
        eventually(lambda: store.deliveries.dead("phones"))
    assert {one.state for one in store.deliveries.of(["c"])} == {DeliveryState.SENT}


def test_a_browser_that_fails_does_not_hold_up_other_events(
    service: PushService, store: Store, life: Life, data: Path, make_config: Callable[..., SiteConfig]
) -> None:
    assert store.accounts.add(ADA, None, "test")
    config = make_config({"phones": CHANNEL})
    phones = Phones(service, data, config, [])
    later = SystemClock().now() + 60
    fine, failing = phones.add(created_at=later), phones.add(created_at=later)
    service.refuse(failing, 500)
    service.headers = {"Retry-After": "3000"}
    with AlertService(config, store, severity):
        for number in range(5):
            life.begin(f"e{number}")
        eventually(lambda: len(fine.messages) == 5)
    assert {one.state for one in store.deliveries.of([f"e{n}" for n in range(5)])} == {DeliveryState.WAITING}


def test_a_visitor_asks_the_database_who_may_see(
    service: PushService, store: Store, data: Path, make_config: Callable[..., SiteConfig]
) -> None:
    """As `secondsight alerts test` and `check` do, beside a site that runs."""
    assert store.accounts.add(ADA, None, "test")
    config = make_config({"phones": CHANNEL})
    phones = Phones(service, data, config, [])
    browser = phones.add(created_at=SystemClock().now() + 60)
    channel = make_channel("phones", config.alerts["phones"], config)
    assert channel.check() == "1 browsers of 1 people are subscribed; nothing was sent"
    assert browser.messages == []
    channel.send(notice())
    assert len(browser.messages) == 1


def test_keys_stay_and_are_for_their_owner_alone(data: Path) -> None:
    first = VapidKeys(data).public
    assert VapidKeys(data).public == first
    assert stat.S_IMODE((data / "push/vapid.pem").stat().st_mode) == 0o600
    (data / "push/vapid.pem").write_bytes(b"no key")
    with pytest.raises(ConfigError, match="holds no key"):
        VapidKeys(data)


def test_files_that_are_none_are_passed_over(data: Path) -> None:
    kept = PushSubscriptions(data)
    assert kept.all() == []
    made = PushSubscription("ada", "https://push.example.org/1", "p", "a", "phone", 1.0)
    kept.add(made)
    for name, text in (("a", "no json"), ("b", "[]"), ("c", json.dumps({"user": "x"}))):
        (data / f"push/subscriptions/{name}.json").write_text(text)
    assert kept.all() == [made]
    assert not kept.remove("../../secondsight")
    assert kept.remove(made.id)
    assert not kept.remove(made.id)


def test_a_backup_takes_keys_and_subscriptions_along(store: Store, data: Path, tmp_path: Path) -> None:
    key = VapidKeys(data).public
    made = PushSubscription("ada", "https://push.example.org/1", "p", "a", "phone", 1.0)
    PushSubscriptions(data).add(made)
    take_backup(data, tmp_path / "site.tar")
    restore(tmp_path / "site.tar", tmp_path / "new")
    assert VapidKeys(tmp_path / "new").public == key
    assert PushSubscriptions(tmp_path / "new").all() == [made]


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("fcm.googleapis.com", True),
        ("updates.push.services.mozilla.com", True),
        ("web.push.apple.com", True),
        ("push.apple.com", False),
        ("evil-push.apple.com", False),
        ("wns2-par02p.notify.windows.com", True),
        ("127.0.0.1", False),
        ("fcm.googleapis.com.example.org", False),
    ],
)
def test_which_push_services_are_taken(host: str, taken: bool) -> None:
    assert PushSettings(type="push", contact="guard@example.org").takes(host) is taken
