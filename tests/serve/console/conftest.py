"""A served site in the system's own Chromium. A page that asks another machine for anything, or says anything on its
console, fails its test."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from secondsight.config import ServeSettings
from secondsight.serve import ApiServer
from secondsight.serve.site import LiveState
from secondsight.store import DATABASE, Store
from tests.conftest import require
from tests.serve.console import scene

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
SETTINGS = ServeSettings(port=0)


@dataclass(frozen=True)
class Site:
    """A served data folder.

    Attributes:
        store: of the test, beside the server's own.
        sessions: secrets of people's sessions.
    """

    data: Path
    url: str
    store: Store
    sessions: dict[str, str]


@dataclass
class Seen:
    """What a browser did that it should not have."""

    url: str
    problems: list[str] = field(default_factory=list)

    def watch(self, page: "Page") -> None:
        page.on("console", lambda said: self._noted(said.type, said.text))
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", lambda request: self._asked(request.url))

    def _noted(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(f"{kind}: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.problems.append(f"asked {url}")


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    require(CHROMIUM, "no Chromium here; `scripts/system-packages` installs it")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def serve(data: Path, live: LiveState | None = None) -> Iterator[Site]:
    """Serve a data folder that `scene` has filled, with everybody signed in."""
    with Store.open(data / DATABASE) as store:
        scene.add_people(store)
        sessions = {name: scene.session_of(store, name, SETTINGS) for name in scene.PEOPLE}
        file = scene.site_file(data)
        with ApiServer(SETTINGS, data, config=scene.site_config(data), site_file=file, live=live) as server:
            yield Site(data, server.url, store, sessions)


def filled(data: Path, now: float) -> None:
    """A few events of the last hour; the newest waits for its verdict."""
    with Store.open(data / DATABASE) as store:
        for camera in ("hall", "yard"):
            store.observations.upsert_camera(camera, f"The {camera}")
        for number, answer in enumerate(scene.ANSWERS):
            camera = ("hall", "yard")[number % 2]
            scene.add_event(
                store,
                data,
                scene.Told(f"e{number}-{camera}", now - 3600 + 60 * number, camera, answer=answer),
            )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that tests only look at."""
    data = tmp_path_factory.mktemp("shown")
    filled(data, time.time())
    with serve(data) as site:
        yield site


@pytest.fixture
def used(tmp_path: Path) -> Iterator[Site]:
    """A site that a test may change."""
    filled(tmp_path, time.time())
    with serve(tmp_path) as site:
        yield site


@contextmanager
def open_browser(
    chromium: "Browser", site: Site, who: str | None, language: str = "en", width: int = 1280
) -> Iterator["Page"]:
    """A page of a new browser in which somebody is signed in; fails for what the page should not do."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    cookies = [{"name": "language", "value": language, "url": site.url}]
    if who is not None:
        cookies.append({"name": "session", "value": site.sessions[who], "url": site.url})
    context.add_cookies(cookies)  # type: ignore[arg-type]
    seen = Seen(site.url)
    page = context.new_page()
    page.set_default_timeout(60_000)
    seen.watch(page)
    try:
        yield page
    finally:
        context.close()
    assert seen.problems == []


def until(page: "Page", expression: str, seconds: float = 60.0) -> None:
    """Wait until an expression holds in a page. Playwright's own wait needs `eval`, which our policy forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)
