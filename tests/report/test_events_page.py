"""The events page: complete, self-contained, and safe to show whatever an event says."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from secondsight.config import SiteConfig, make_site
from secondsight.records import (
    Box,
    Clip,
    Event,
    KeyFrame,
    TrackId,
    Usage,
    Verdict,
    Verification,
)
from secondsight.report import write_page
from tests.conftest import require
from tests.serve.console.conftest import CHROMIUM

VERDICT = Verdict(
    Verification.CONFIRMED,
    0.93,
    {"present": "yes"},
    (),
    "A person walks.",
    "test-vl",
    "p1",
    Usage(latency=1.25),
)
EVENT = Event(
    id="20260101T000000-abc",
    camera="hall",
    rule="night",
    kind="intrusion",
    start=1_767_225_600.0,
    triggered=1_767_225_601.0,
    end=1_767_225_609.5,
    score=0.75,
    label="person",
    zone="yard",
    tracks=(TrackId("hall", 1, 7),),
    verification=Verification.CONFIRMED,
    settled=True,
    alert=True,
    clip=Clip("clips/2026-01-01/abc.mp4", 1_767_225_594.0, 1_767_225_606.0, 1.0, "h264", False, 3),
    key_frames=(KeyFrame("frames/2026-01-01/abc/0.jpg", 1_767_225_601.0, Box(0.25, 0.5, 0.5, 1.0)),),
    verdict=VERDICT,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for path in (EVENT.clip.path if EVENT.clip else "", EVENT.key_frames[0].path):
        file = tmp_path / "data" / path
        file.parent.mkdir(parents=True)
        file.write_bytes(b"123")
    return tmp_path / "data"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value for name, value in attrs if name in ("src", "href", "poster") and value]


def links(page: Path) -> _Links:
    parser = _Links()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def test_everything_the_page_shows_lies_beside_it(data: Path, tmp_path: Path) -> None:
    video = tmp_path / "annotated" / "hall.mp4"
    video.parent.mkdir()
    video.write_bytes(b"video")
    page = write_page([EVENT], data, tmp_path / "page", title="Events", videos=[video])
    found = links(page).found
    assert len(found) == 4, "a video, the clip, a picture, and the same to be opened"
    for link in found:
        assert "://" not in link
        assert (page.parent / link.split("#")[0]).is_file(), link


def test_what_the_brain_said_is_there(data: Path, tmp_path: Path) -> None:
    text = write_page([EVENT], data, tmp_path / "page", title="Events").read_text(encoding="utf-8")
    for part in ("A person walks.", "confirmed", "p = 0.93", "test-vl", "20260101T000000-abc", "9.5 s"):
        assert part in text
    assert re.search(r"left:25\.00%;top:50\.00%;width:25\.00%;height:50\.00%", text)


def site_in(timezone: str, **site: str) -> SiteConfig:
    camera = {
        "source": "hall.mp4",
        "title": "车间三号门",
        "zones": {"yard": {"coordinates": [[0, 0], [1, 0], [1, 1]]}},
    }
    rule = {"behaviour": "intrusion", "zone": "frame", "question": "Is someone there at night?"}
    values = {
        "site": {"timezone": timezone, **site},
        "cameras": {"hall": camera},
        "rules": {EVENT.rule: rule},
    }
    return make_site(values, Path())


def test_times_are_those_of_the_site(data: Path, tmp_path: Path) -> None:
    page = write_page([EVENT], data, tmp_path / "page", title="Events", config=site_in("Asia/Shanghai"))
    assert "2026-01-01 08:00:00 (Asia/Shanghai)" in page.read_text(encoding="utf-8")


def test_the_page_speaks_the_language_of_the_site(data: Path, tmp_path: Path) -> None:
    Image.new("RGB", (1280, 720)).save(data / EVENT.key_frames[0].path)
    chinese = site_in("Asia/Shanghai", language="zh")
    verdict = replace(VERDICT, answers={"custom": "yes", "odd_key": "unclear"})
    text = write_page(
        [replace(EVENT, verdict=verdict)], data, tmp_path / "page", title="事件", config=chinese
    ).read_text(encoding="utf-8")
    for part in (
        "车间三号门",
        "闯入",
        "复核属实",
        "Is someone there at night?",
        "<dd>是</dd>",
        "odd key",
        "区域",
    ):
        assert part in text
    assert "hall" not in re.sub(r'(id|href|src)="[^"]*"', "", text)
    assert 'viewBox="160.0 180.0 640.0 540.0 "' in text, "the suspect, with half its size around it"


def test_the_page_fits_a_phone(data: Path, tmp_path: Path) -> None:
    require(CHROMIUM, "no Chromium here; `scripts/system-packages` installs it")
    Image.new("RGB", (1280, 720)).save(data / EVENT.key_frames[0].path)
    shots = tuple(replace(EVENT.key_frames[0], time=EVENT.triggered + n) for n in range(6))
    event = replace(EVENT, key_frames=shots, note="a note " + "without_any_space_" * 20)
    page = write_page([event], data, tmp_path / "page", title="Events")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for width in (320, 420, 800):
            shown = browser.new_page(viewport={"width": width, "height": 900})
            shown.goto(page.as_uri())
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()


def test_text_from_a_model_or_a_site_file_is_text_and_nothing_else(data: Path, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    event = replace(
        EVENT, camera=evil, zone=evil, note=evil, verdict=replace(VERDICT, summary=evil, answers={evil: evil})
    )
    page = write_page([event], data, tmp_path / "page", title=evil, note=evil)
    assert links(page).tags.count("script") == 1, "the page's own"
    assert evil not in page.read_text(encoding="utf-8")


def test_a_missing_clip_is_said_not_linked(tmp_path: Path) -> None:
    event = replace(EVENT, clip=None, key_frames=(), note="no clip: the disk is full")
    page = write_page([event, EVENT], tmp_path / "nothing-here", tmp_path / "page", title="Events")
    assert links(page).found == []
    assert "the disk is full" in page.read_text(encoding="utf-8")


def test_no_events_is_a_page_too(tmp_path: Path) -> None:
    assert "No events" in write_page([], tmp_path, tmp_path / "page", title="Events").read_text(
        encoding="utf-8"
    )
