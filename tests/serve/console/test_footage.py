"""The page of a camera in the browser: footage plays over gaps, what cannot be played is shown as pictures,
and live video comes from the camera's own packets."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from secondsight.clock import iso
from secondsight.config import RetentionSettings
from secondsight.media import FootageWriter, LiveServer, Packet
from tests.media.helpers import read
from tests.serve.alerts.life import eventually
from tests.serve.console.conftest import Site, filled, open_browser, serve, until
from tests.serve.console.test_shell import violations
from tests.servers.videos import make_video

AGO = 900.0
"""Seconds before now at which the footage begins."""


def film(path: Path, now: float, **options: Any) -> list[Packet]:
    """40 s, 5 pictures a second."""
    make_video(path, 200, rate=5, gop=10, width=320, height=180, creation_time=iso(now - AGO), **options)
    return [packet for packet in read(path)[0] if packet.size]


def record(data: Path, camera: str, packets: list[Packet], moved: tuple[float, ...]) -> None:
    """Keep what is around motion at these seconds."""
    writer = FootageWriter(data, RetentionSettings(min_free=0))
    writer.record(camera, "motion")
    for packet in packets:
        object.__setattr__(packet.info, "camera", camera)
        writer.feed(packet)
        if any(abs(packet.time - packets[0].time - at) < 0.1 for at in moved):
            writer.moved(camera, packet.time)
    writer.end(camera)
    writer.close(60.0)


@pytest.fixture(scope="module")
def now() -> float:
    """Not so that what these tests show lies before midnight of the site, and now after it."""
    found = time.time()
    return found - 2 * AGO if (found + 8 * 3600) % 86400 < 2 * AGO else found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, now: float) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("recorded")
    filled(data, now)
    record(data, "hall", film(data / "a.mp4", now), moved=(2.0, 38.0))
    record(data, "yard", film(data / "b.mp4", now, codec="mjpeg", pixel_format="yuvj420p"), moved=(2.0,))
    with serve(data) as site:
        yield site


def day(site: Site, camera: str, now: float, second: float) -> str:
    return f"{site.url}/live/{camera}?at={now - AGO + second}"


def test_footage_plays_from_segment_to_segment_and_over_a_gap(chromium, recorded: Site, now: float) -> None:
    with open_browser(chromium, recorded, "vera", width=360) as page:
        page.goto(day(recorded, "hall", now, 5.0))
        page.locator(".footage.ready").wait_for()
        assert page.locator(".kept rect").count() == 2
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
        video = "document.querySelector('.footage video')"
        begin = page.evaluate(f"{video}.currentTime")
        page.get_by_role("button", name="Play", exact=True).click()
        # The first stretch ends at second 12 or 16: beyond it nothing was recorded up to second 24.
        until(page, f"{video}.currentTime > {begin} + 18", 60.0)
        page.get_by_role("button", name="Pause").click()
        assert page.evaluate(f"{video}.videoWidth") == 320
        page.get_by_role("slider").press("PageUp")
        page.get_by_text("Nothing was recorded at this moment").wait_for()


def test_a_stretch_is_downloaded_from_the_moment_shown(chromium, recorded: Site, now: float) -> None:
    with open_browser(chromium, recorded, "vera") as page:
        page.goto(day(recorded, "hall", now, 25.0))
        page.locator(".footage.ready").wait_for()
        with page.expect_download() as coming:
            page.get_by_role("button", name="Download").click()
        assert coming.value.suggested_filename.startswith("hall-")
        packets = read(coming.value.path(), start_time=iso(0.0))[0]
        assert len([one for one in packets if one.size]) >= 70


def test_what_the_browser_cannot_play_is_shown_as_pictures(chromium, recorded: Site, now: float) -> None:
    with open_browser(chromium, recorded, "ada", language="zh") as page:
        page.goto(day(recorded, "yard", now, 5.0))
        until(page, "document.querySelector('.footage .canvas img').naturalWidth == 320")
        assert violations(page) == []


def test_other_peoples_cameras_have_no_footage(chromium, recorded: Site, now: float) -> None:
    with open_browser(chromium, recorded, "vera") as page:
        assert page.request.get(f"{recorded.url}/live/yard").status == 404
        assert page.request.get(f"{recorded.url}/api/v1/cameras/yard/live.mp4").status == 404


@contextmanager
def filming(data: Path, packets: list[Packet]) -> Iterator[LiveServer]:
    """The process that watches the hall, elsewhere on this machine; twenty packets a second come."""
    over, server = threading.Event(), LiveServer(data)
    server.offer("hall")
    for packet in packets:
        object.__setattr__(packet.info, "camera", "hall")
    server.feed(packets[0])

    def send() -> None:
        for packet in packets[1:]:
            if over.wait(0.05):
                return
            server.feed(packet)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        thread.join()
        server.close()


def test_live_video_comes_from_the_packets_of_the_camera(chromium, tmp_path: Path) -> None:
    filled(tmp_path, time.time())
    with (
        filming(tmp_path, film(tmp_path / "a.mp4", time.time())),
        serve(tmp_path) as site,
        open_browser(chromium, site, "vera") as page,
    ):
        page.goto(f"{site.url}/live/hall")
        until(page, "document.querySelector('video.now').currentTime > 1")
        assert page.locator("video.now").is_visible()
        assert violations(page) == []


def test_h265_is_shown_as_the_pictures_that_are_looked_at(chromium, tmp_path: Path) -> None:
    filled(tmp_path, time.time())
    packets = film(tmp_path / "a.mp4", time.time(), codec="libx265")
    frames = read(tmp_path / "a.mp4")[1]
    picture = "document.querySelector('.stage img')"
    with (
        filming(tmp_path, packets) as server,
        serve(tmp_path) as site,
        open_browser(chromium, site, "vera") as page,
    ):
        page.goto(f"{site.url}/live/hall")
        until(page, f"{picture}.src.endsWith('/live.mjpeg')")
        for frame in frames[:5]:
            eventually(lambda: server._frames._followers.get("hall"))
            frame.camera = "hall"
            server.look(frame)
            page.wait_for_timeout(50)
        until(page, f"{picture}.naturalWidth === 320")
        assert page.locator("video.now").is_hidden()
