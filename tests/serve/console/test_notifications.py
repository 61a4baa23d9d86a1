"""The page *Notifications*, and its service worker, in Chromium: messages come as a push service hands them over."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from secondsight.clock import SystemClock
from secondsight.config import PushSettings, SiteConfig
from secondsight.serve.alerts.push import PushSubscription, PushSubscriptions
from secondsight.serve.console.texts import LANGUAGES
from tests.serve.console import scene
from tests.serve.console.conftest import Site, filled, open_browser, serve, until
from tests.serve.console.test_shell import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def pushing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a channel of type `push`, and a browser of Vera's."""
    data = tmp_path_factory.mktemp("pushing")
    filled(data, SystemClock().now())
    plain = scene.site_config
    channel = PushSettings(type="push", contact="guard@example.org")

    def with_push(folder: Path) -> SiteConfig:
        return plain(folder).model_copy(update={"alerts": {"phones": channel}})

    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scene, "site_config", with_push)
            site = stack.enter_context(serve(data))
        yield site


def add(site: Site, user: str = "vera", label: str = "<b>Vera's phone</b>") -> PushSubscription:
    made = PushSubscription(user, "https://fcm.googleapis.com/1", "p", "a", label, SystemClock().now())
    PushSubscriptions(site.data).add(made)
    return made


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_browsers_and_revokes_them(chromium, pushing: Site, language: str) -> None:
    made = add(pushing)
    with open_browser(chromium, pushing, "vera", language, width=360) as page:
        page.goto(f"{pushing.url}/alarms")
        page.locator(".menu summary").click()
        page.locator(".menu a[href='/notifications']").click()
        until(page, "!document.querySelector('#here [data-state=off]').hidden")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
        row = page.locator(f"[data-id='{made.id}']")
        assert "<b>Vera's phone</b>" in row.inner_text()
        row.get_by_role("button").click()
        row.wait_for(state="detached")
    assert PushSubscriptions(pushing.data).all() == []


def push(page: "Page", site: Site, message: dict[str, Any]) -> None:
    """What the browser's push service does with a message that it could read."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda about: found.extend(one["registrationId"] for one in about["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(20)
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": site.url, "registrationId": found[-1], "data": json.dumps(message)},
    )
    session.detach()


ACTIVE = """navigator.serviceWorker.getRegistrations().then((all) => all.some((one) =>
one.active?.scriptURL.includes("/static/worker.js") && one.active.state === "activated"))"""
NOTIFICATIONS = """navigator.serviceWorker.getRegistration("/static/worker.js").then((one) => one.getNotifications())
.then((all) => all.map((one) => ({title: one.title, body: one.body, tag: one.tag, url: one.data.url})))"""


def test_the_service_worker_shows_what_is_pushed(chromium, pushing: Site) -> None:
    said = {
        "id": "e-1", "tag": "e", "word": "alert", "severity": "high", "title": "Depot 7",
        "body": "Fall on camera hall <b>", "time": 1_767_254_400_000, "url": "/events/e", "picture": None,
    }  # fmt: skip
    with open_browser(chromium, pushing, "vera") as page:
        page.context.grant_permissions(["notifications"], origin=pushing.url)
        page.goto(f"{pushing.url}/notifications")
        until(page, ACTIVE)
        push(page, pushing, said)
        until(page, f"{NOTIFICATIONS}.then((all) => all.length === 1)")
        assert page.evaluate(NOTIFICATIONS) == [{key: said[key] for key in ("title", "body", "tag", "url")}]
        push(page, pushing, {**said, "word": "withdrawal", "body": "Withdrawn: fall"})
        until(page, f"{NOTIFICATIONS}.then((all) => all[0].body.startsWith('Withdrawn'))")
        assert len(page.evaluate(NOTIFICATIONS)) == 1, "it stands in the place of the first one"


def test_a_site_that_tells_nobody_in_browsers_says_so(chromium, shown: Site) -> None:
    with open_browser(chromium, shown, "vera") as page:
        page.goto(f"{shown.url}/notifications")
        assert "type: push" in page.locator("main").inner_text()
        assert violations(page) == []
