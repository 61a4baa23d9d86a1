"""What the console costs a person: keys and seconds of loading for a hundred alarms, and whether ten thousand events
scroll. A real Chromium on a served data folder of simulated events."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.common.figure import Figure

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from secondsight.store import Store

_NEXT_IS_SHOWN = """judged => new Promise(resolve => {
    const look = () => {
        const shown = document.querySelector("article[data-event]");
        const pictures = shown ? [...shown.querySelectorAll("image")].map(one => one.getAttribute("href")) : [];
        const loaded = pictures.map(href => { const one = new Image(); one.src = href; return one.decode(); });
        if (shown && shown.dataset.event !== judged) Promise.all(loaded).then(() => resolve(shown.dataset.event));
        else requestAnimationFrame(look);
    };
    look();
})"""
"""Resolves to the id of the next event when it is shown with its pictures."""
_RECORD_FRAMES = """() => {
    window.gaps = [];
    let before = performance.now();
    const note = now => { window.gaps.push(now - before); before = now; requestAnimationFrame(note); };
    requestAnimationFrame(note);
}"""
_SCROLL = """() => {
    window.scrollBy(0, 2 * window.innerHeight);
    const onward = document.querySelector(".onward");
    return [document.querySelectorAll(".results li").length, onward === null,
            window.innerHeight + window.scrollY >= document.body.scrollHeight - 2];
}"""


def measure(quick: bool) -> Figure:
    """Seconds that the console loads while a hundred alarms are judged, each with one key."""
    alarms, events = (20, 1_000) if quick else (100, 10_000)
    with _page(alarms, 0) as page:
        waits = _judge(page, alarms)
    with _page(0, events) as page:
        seen, seconds, gaps = _scroll(page)
    late = sorted(gaps)[int(0.99 * len(gaps))]
    return Figure(
        "console",
        "seconds of loading per 100 alarms, one key each",
        "s",
        60.0,
        False,
        (100 * statistics.mean(waits),),
        {
            "alarms": float(alarms),
            "keys_per_alarm": 1.0,
            "next_alarm_ms_p50": 1000 * statistics.median(waits),
            "next_alarm_ms_max": 1000 * max(waits),
            "events_scrolled": float(seen),
            "scrolled_in_s": seconds,
            "frame_ms_p50": statistics.median(gaps),
            "frame_ms_p99": late,
            "frame_ms_max": max(gaps),
        },
        {"all_events_are_reached": seen == events, "frames_p99_within_100_ms": late <= 100.0},
    )


def _judge(page: "Page", alarms: int) -> list[float]:
    """Judge each alarm true by its key; seconds until the next one is shown with its pictures."""
    page.goto("/alarms")
    page.locator("article[data-event]").wait_for()
    shown, waits = page.locator("article[data-event]").get_attribute("data-event"), []
    for _ in range(alarms - 1):
        began = time.perf_counter()
        page.keyboard.press("y")
        shown = page.evaluate(_NEXT_IS_SHOWN, shown)
        waits.append(time.perf_counter() - began)
    return waits


def _scroll(page: "Page") -> tuple[int, float, list[float]]:
    """Scroll to the end of all events: how many were reached, the seconds taken, and the frame gaps in ms."""
    page.goto("/search")
    page.locator(".results li").first.wait_for()
    page.evaluate(_RECORD_FRAMES)
    began, seen, over, bottom = time.perf_counter(), 0, False, False
    while not (over and bottom):
        seen, over, bottom = page.evaluate(_SCROLL)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    return seen, time.perf_counter() - began, page.evaluate("() => window.gaps")


def _add_many(store: "Store", data: Path, count: int, since: float) -> None:
    """Store events with a picture each, one a second."""
    from secondsight.records import Action, snapshot_path
    from secondsight.store import OpenCandidate
    from tests.serve.console import scene
    from tests.store.samples import candidate, decision

    picture = data / "picture.jpg"
    picture.write_bytes(scene.picture())
    suspected = [candidate(f"event-{number:05d}", triggered=since + number) for number in range(count)]
    for one in suspected:
        path = data / snapshot_path(one)
        path.parent.mkdir(parents=True)
        path.hardlink_to(picture)
    for begin in range(0, count, 500):
        some = suspected[begin : begin + 500]
        store.apply([OpenCandidate(one, decision(Action.REVIEW, deadline=since + 1e6)) for one in some])
        scene.publish(store)


@contextmanager
def _page(alarms: int, settled: int) -> Iterator["Page"]:
    """A browser of an operator, at a site with alarms that wait for a person and events that do not."""
    from playwright.sync_api import sync_playwright

    from secondsight.store import DATABASE, Store
    from tests.serve.console import scene
    from tests.serve.console.conftest import CHROMIUM, serve

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        data, now = Path(folder), time.time()
        with Store.open(data / DATABASE) as store:
            for number in range(alarms):
                scene.add_event(store, data, scene.Told(f"alarm-{number:05d}", now - 3600 + number))
            _add_many(store, data, settled, now - 86400)
        with serve(data) as site:
            browser = started.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800})
            context.add_cookies([{"name": "session", "value": site.sessions["olaf"], "url": site.url}])
            page = context.new_page()
            page.set_default_timeout(60_000)
            yield page
            browser.close()
