"""`secondsight truth` as a person uses it: the command, its page in Chromium, the file it writes."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from secondsight.ground_truth import Recording, read_truth
from tests.servers.videos import make_video

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
from axe_playwright_python.sync_playwright import Axe

from tests.serve.console.conftest import Seen, chromium, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["chromium"]


@dataclass(frozen=True)
class Labelling:
    """The command while it runs."""

    folder: Path
    url: str
    process: "subprocess.Popen[str]"


@pytest.fixture
def labelling(tmp_path: Path) -> Iterator[Labelling]:
    make_video(tmp_path / "hall.mp4", 100)
    make_video(tmp_path / "yard.avi", 30, codec="mpeg4")
    command = [sys.executable, "-m", "secondsight", "truth", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line + process.stderr.read()
        yield Labelling(tmp_path, found[0], process)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 130)
        assert "Traceback" not in process.stderr.read()


@pytest.fixture
def page(chromium: "Browser", labelling: Labelling) -> Iterator["Page"]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    made, seen = context.new_page(), Seen(labelling.url)
    made.set_default_timeout(60_000)
    seen.watch(made)
    made.goto(labelling.url)
    until(made, "document.querySelector('#video').readyState >= 2", 60)
    yield made
    context.close()
    assert seen.problems == []


def saved(labelling: Labelling, name: str, events: int) -> Recording:
    """The labels once they hold this many events and look-alikes."""
    path, end = labelling.folder / name, time.monotonic() + 30
    while time.monotonic() < end:
        if path.is_file() and len((found := read_truth(path)).events + found.lookalikes) == events:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{path} never held {events} events")


def seek(page: "Page", seconds: float) -> None:
    page.evaluate(f"document.querySelector('#video').currentTime = {seconds}")
    until(page, "!document.querySelector('#video').seeking")


def test_two_events_by_keys_and_a_box_by_the_mouse(page: "Page", labelling: Labelling) -> None:
    for kind in ("fall", "fight"):
        page.get_by_label("Add a kind").fill(kind)
        page.get_by_role("button", name="Add", exact=True).click()
    for key, moments in (("1", (2.0, 4.5)), ("2", (6.0, 8.0))):
        for moment in moments:
            seek(page, moment)
            page.keyboard.press(key)
    page.keyboard.press("l")  # the fight, chosen last, only looks like one
    page.get_by_role("row", name="fall").get_by_role("button", name="fall", exact=True).click()
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    x, y, width, height = (stage[key] for key in ("x", "y", "width", "height"))
    page.mouse.move(x + 0.25 * width, y + 0.5 * height)
    page.mouse.down()
    page.mouse.move(x + 0.75 * width, y + 0.9 * height)
    page.mouse.up()
    until(page, "document.querySelector('#state').textContent === 'saved'")
    found = saved(labelling, "hall.json", 2)
    assert found.labelled == ("fall", "fight")
    ((fall,), (like,)) = found.events, found.lookalikes
    assert (fall.start, fall.end) == pytest.approx((2.0, 4.5))
    assert fall.box is not None
    assert tuple(fall.box) == pytest.approx((0.25, 0.5, 0.75, 0.9), abs=0.01)
    assert (like.start, like.end) == pytest.approx((6.0, 8.0))
    assert (fall.kind, like.resembles) == ("fall", "fight")
    unfit = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in unfit] == []

    page.reload()
    page.get_by_role("button", name="remove fight").click()
    assert saved(labelling, "hall.json", 1).events == found.events


def test_the_next_video_and_frames_by_keys(page: "Page", labelling: Labelling) -> None:
    page.keyboard.press("n")
    until(page, "document.querySelector('#duration').textContent === '3.0'", 60)
    until(page, "document.querySelector('#video').readyState >= 2", 60)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        until(page, "!document.querySelector('#video').seeking")
    assert page.evaluate("document.querySelector('#video').currentTime") == pytest.approx(0.3, abs=0.02)


def test_other_pages_and_names_change_nothing(labelling: Labelling) -> None:
    place, labels = labelling.url + "videos/0", {"labelled": ["fall"], "events": []}
    strange = {"Origin": "http://evil.example"}
    assert httpx.put(place, json=labels, headers=strange, timeout=60).status_code == 403
    assert httpx.get(place, headers={"Host": "evil.example"}, timeout=60).status_code == 421
    assert httpx.get(labelling.url + "videos/7", timeout=60).status_code == 404
    odd = {"labelled": ["fall"], "events": [{"id": "a", "kind": "<script>", "start": 0, "end": 1}]}
    assert httpx.put(place, json=odd, timeout=60).status_code == 422
    assert not (labelling.folder / "hall.json").exists()
