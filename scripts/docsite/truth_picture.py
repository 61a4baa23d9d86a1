"""`python -m scripts.docsite.truth_picture`: the page of labels, for the docs, on a simulated platform."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from secondsight.ground_truth import Recording, TrueEvent, read_truth
from secondsight.sim import demo_world, write_city

OUT = Path(__file__).parents[2] / "docs" / "images" / "truth.jpg"


def main() -> int:
    """Film, label two events by keys, take the picture. Returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        city, bare = Path(folder) / "city", Path(folder) / "bare"
        write_city([demo_world(0)], city)
        bare.mkdir()
        film = next(city.glob("*.mp4"))
        shutil.copy(film, bare / film.name)
        command = [sys.executable, "-m", "secondsight", "truth", str(bare), "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            address = re.search(r"http\S+/", process.stderr.readline())
            assert address is not None
            try:
                _take(address[0], read_truth(film.with_suffix(".json")))
            finally:
                process.send_signal(signal.SIGINT)
    print(f"wrote {OUT}")
    return 0


def _take(url: str, truth: Recording) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 820})
        page.goto(url)
        page.locator("#state").get_by_text("reading").wait_for(state="detached", timeout=300_000)
        fall = next(event for event in truth.events if event.kind == "fall")
        like = next(event for event in truth.lookalikes if event.resembles == "fall")
        page.get_by_label("Add a kind").fill("fall")
        page.keyboard.press("Enter")
        _mark(page, like)
        page.keyboard.press("l")
        _mark(page, fall)
        _draw(page, fall, truth)
        page.screenshot(path=OUT, type="jpeg", quality=82)
        browser.close()


def _seek(page: Page, seconds: float) -> None:
    page.evaluate(f"document.querySelector('#video').currentTime = {seconds}")
    page.wait_for_timeout(500)


def _mark(page: Page, event: TrueEvent) -> None:
    for moment in (event.start, event.end):
        _seek(page, moment)
        page.keyboard.press("1")


def _draw(page: Page, event: TrueEvent, truth: Recording) -> None:
    """The box of the one who falls, in the middle of the event."""
    middle = (event.start + event.end) / 2
    frame = min(truth.frames, key=lambda one: abs(one.time - middle))
    box = next(one.box for one in frame.boxes if one.object == event.actors[0])
    _seek(page, frame.time)
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    for x, y in ((box.x1, box.y1), (box.x2, box.y2)):
        page.mouse.move(stage["x"] + x * stage["width"], stage["y"] + y * stage["height"])
        page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(500)


if __name__ == "__main__":
    sys.exit(main())
