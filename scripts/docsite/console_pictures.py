"""`python -m scripts.docsite.console_pictures`: every page of the console, for the docs.

They show what `make demo` finds on its simulated platform: name the folder of such a run, or wait while one is made.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from secondsight.config import ServeSettings, load_site
from secondsight.records import StepKind
from secondsight.serve import ApiServer
from secondsight.serve.auth.passwords import stretched
from secondsight.sim import demo_world, write_city
from secondsight.store import DATABASE, Store, User, UserRole

if TYPE_CHECKING:
    from playwright.sync_api import Page

OUT = Path(__file__).parents[2] / "docs" / "images" / "console"
PAGES = ("alarms", "search", "users", "audit")
_PASSWORD = "for these pictures only"


def main() -> int:
    """Take all pictures. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.docsite.console_pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--city", type=Path, help="the folder city/ of a demo run; it is copied")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        if arguments.city is not None:
            shutil.copytree(arguments.city, city)
        else:
            write_city([demo_world(0)], city)
            command = [sys.executable, "-m", "secondsight", "run", str(city / "site.yaml"), "--once"]
            subprocess.run(command, check=True)
        newest = _prepare(city / "data")
        settings = ServeSettings(port=0)
        with ApiServer(settings, city / "data", config=load_site(city / "site.yaml")) as server:
            _take(server.url, newest, arguments.out)
    print(f"wrote the pictures to {arguments.out}")
    return 0


def _prepare(data: Path) -> str:
    """Add a user and somebody who looks; the id of an event with a verdict."""
    with Store.open(data / DATABASE) as store:
        store.accounts.add(User("ada", UserRole.ADMIN), stretched(_PASSWORD), "command line")
        store.accounts.add(User("guard", UserRole.OPERATOR, ("platform",)), None, "ada")
        events = [event for event in store.events.find() if event.verdict is not None]
        chosen = next((event for event in events if event.kind == "fall" and event.alert), events[0])
        assert any(step.kind is StepKind.VERIFIED for step in store.steps.of(chosen.id))
        return chosen.id


def _take(url: str, event: str, out: Path) -> None:
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
        for name in PAGES:
            page.goto(f"{url}/{name}")
            _save(page, out / f"{name}.jpg")
        page.goto(f"{url}/events/{event}")
        _save(page, out / "event.jpg")
        page.goto(f"{url}/alarms?event={event}")
        _save(page, out / "alarms.jpg")
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
