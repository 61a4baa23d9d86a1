"""`python -m scripts.docsite.console_pictures`: every page of the console, for the docs.

They show what a run over the platform of `make demo` finds, recorded and with samples kept: name the folder of such a
run, or wait some minutes while one is made.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from secondsight.clock import SystemClock
from secondsight.config import ServeSettings, SiteConfig, load_site
from secondsight.records import Event, ReportKind, ReportPeriod, StepKind
from secondsight.report import Report, gather
from secondsight.serve import ApiServer
from secondsight.serve.alerts.push import PushSubscription, PushSubscriptions
from secondsight.serve.auth.passwords import stretched
from secondsight.sim import demo_world, write_city
from secondsight.store import DATABASE, Store, User, UserRole

if TYPE_CHECKING:
    from playwright.sync_api import Page

OUT = Path(__file__).parents[2] / "docs" / "images" / "console"
_PASSWORD = "for these pictures only"
_MORE = """
learn: {enabled: true}
report: {hourly: true}
alerts:
  phones: {type: push, contact: guard@example.org}
"""
"""What the site file of the demo lacks to fill every page."""


def main() -> int:
    """Take all pictures. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.docsite.console_pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--city", type=Path, help="the folder of an earlier run; it is copied")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        if arguments.city is not None:
            shutil.copytree(arguments.city, city)
        else:
            _run(city)
        file = city / "site.yaml"
        config = load_site(file)
        event = _prepare(city / "data", config)
        with ApiServer(ServeSettings(port=0), city / "data", config=config, site_file=file) as server:
            _take(server.url, event, arguments.out)
    print(f"wrote the pictures to {arguments.out}")
    return 0


def _run(city: Path) -> None:
    """The demo's platform, recorded and with samples kept."""
    write_city([demo_world(0)], city)
    file = city / "site.yaml"
    text = file.read_text().replace(
        'source: "platform.mp4"\n', 'source: "platform.mp4"\n    record: motion\n'
    )
    file.write_text(text + _MORE)
    subprocess.run([sys.executable, "-m", "secondsight", "run", str(file), "--once"], check=True)


def _prepare(data: Path, config: SiteConfig) -> Event:
    """Add people, a browser that is told, and the report of the hour; an event with a verdict."""
    with Store.open(data / DATABASE) as store:
        store.accounts.add(User("ada", UserRole.ADMIN), stretched(_PASSWORD), "command line")
        store.accounts.add(User("guard", UserRole.OPERATOR, ("platform",)), None, "ada")
        events = [event for event in store.events.find() if event.verdict is not None]
        chosen = next((event for event in events if event.kind == "fall" and event.alert), events[0])
        assert any(step.kind is StepKind.VERIFIED for step in store.steps.of(chosen.id))
        begin = chosen.triggered // 3600 * 3600
        period = ReportPeriod(ReportKind.HOURLY, begin, begin + 3600, config.site.timezone)
        facts = gather(store, period, site=config.site.name, language="en", config=config)
        now = SystemClock().now()
        store.reports.keep(Report(facts).kept(now))
    phone = PushSubscription("guard", "https://fcm.googleapis.com/x", "p", "a", "phone of the guard", now)
    PushSubscriptions(data).add(phone)
    return chosen


def _pages(event: Event) -> dict[str, str]:
    """Name of each picture, and the address of its page."""
    shown, day = f"{event.triggered - 5:.0f}", "2026-01-01"
    return {
        "live": "/live",
        "footage": f"/live/platform?at={shown}",
        "search": "/search",
        "days": f"/search/days?first=2025-12-31&second={day}",
        "find": "/find?text=a+person+on+the+floor",
        "ask": f"/ask?question=How+many+people+fell+on+{day}%3F",
        "reports": "/reports",
        "report": f"/reports/hourly-{event.triggered // 3600 * 3600:.0f}",
        "money": "/money",
        "learning": "/learning",
        "setup": "/setup",
        "setup-camera": "/setup/cameras/platform",
        "users": "/users",
        "audit": "/audit",
        "notifications": "/notifications",
        "event": f"/events/{event.id}",
        "alarms": f"/alarms?event={event.id}",
    }


def _take(url: str, event: Event, out: Path) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/login")
        _save(page, out / "login.jpg")
        page.get_by_label("User").fill("ada")
        page.get_by_label("Password").fill(_PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/alarms")
        for name, path in _pages(event).items():
            answer = page.goto(url + path)
            assert answer is not None
            assert answer.ok, f"{path}: {answer.status}"
            if name == "footage":
                page.locator(".footage.ready").wait_for(timeout=60_000)
                page.locator(".footage").scroll_into_view_if_needed()
            _save(page, out / f"{name}.jpg")
        page.goto(f"{url}/setup/rules/loiterers")
        page.locator("#try").scroll_into_view_if_needed()
        _save(page, out / "setup-rule.jpg")
        page.goto(f"{url}/alarms?event={event.id}")
        phone = [
            {"name": "language", "value": "zh", "url": url},
            {"name": "theme", "value": "dark", "url": url},
        ]
        page.context.add_cookies(phone)  # type: ignore[arg-type]
        page.set_viewport_size({"width": 390, "height": 844})
        page.reload()
        _save(page, out / "alarms-phone-zh.jpg")
        browser.close()


def _save(page: "Page", path: Path) -> None:
    page.wait_for_load_state("load")
    page.wait_for_timeout(1500)  # a clip begins to play, thumbnails come
    page.screenshot(path=path, type="jpeg", quality=82)


if __name__ == "__main__":
    sys.exit(main())
