"""One report in every form: the same facts give the same bytes, nothing is loaded, text is text."""

import json
import re
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageFile

from secondsight.config import SiteConfig
from secondsight.errors import ConfigError, StoreError
from secondsight.records import Egress, ReportForm, ReportKind, ReportPeriod, Verification
from secondsight.report import Report, gather
from secondsight.store import KeptReport, Store
from tests.conftest import require
from tests.report.days import HOUR, NOON, add_counts, add_event, config

EVIL = "</td><script>alert(1)</script>\u202e | `x` [a](http://b) \x1b[2J"
RULES = {
    "helmets": {"behaviour": "no_helmet", "zone": "yard"},
    "visitors": {"behaviour": "counting", "line": "door"},
    "aisle": {"behaviour": "counting", "zone": "shelf", "heat": True},
    "queue": {"behaviour": "queue", "zone": "till"},
    "taking": {"behaviour": "take", "zone": "shelf"},
    "fog": {"behaviour": "low_visibility", "zone": "frame"},
}


@pytest.fixture
def site(tmp_path: Path) -> SiteConfig:
    return config(tmp_path, RULES, data="data")


@pytest.fixture(params=["en", "zh"])
def report(request: pytest.FixtureRequest, site: SiteConfig) -> Report:
    """Everything that a report can have, with hostile words and a picture."""
    site.data.mkdir()
    with Store.open(site.data) as store:
        for number in range(3):
            id = add_event(
                store, number, NOON + number, Verification.CONFIRMED, kind="no_helmet", rule="helmets", frames=True,
                words=EVIL, camera=("hall", "yard")[number % 2], zone=EVIL if number else "yard", told=0.0, taken=0.0,
            )  # fmt: skip
            folder = site.data / f"frames/1970-01-01/{id}"
            folder.mkdir(parents=True)
            Image.new("RGB", (64, 36), (200, 10, number)).save(folder / "0.jpg")
        add_event(store, 7, NOON + 9, kind="take", rule="taking", zone="shelf", attributes={"product": EVIL})
        add_event(store, 8, NOON + 9, kind="low_visibility", rule="fog", over=NOON + 99)
        for hour in (0, 1):
            add_counts(
                store, "hall", NOON + hour * HOUR, in__visitors=5, out__visitors=2, visits__aisle=4, dwell__aisle=120,
                watched__aisle=60, waited__queue=90, left__queue=3, waiting__queue=30, queue_watched__queue=60,
                heat_dot_3_dot_2__aisle=40, frames=9,
            )  # fmt: skip
        period = ReportPeriod(ReportKind.SPAN, NOON, NOON + 2 * HOUR, "Asia/Shanghai")
        facts = gather(store, period, site=EVIL, language=request.param, config=site)
    return Report(facts)


class Links(HTMLParser):
    """Every attribute of a page that loads something, every element, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_loads_nothing_and_runs_nothing(report: Report, site: SiteConfig) -> None:
    page = report.write(ReportForm.HTML, site.data).decode()
    links = Links(page)
    assert links.loads
    assert all(value.startswith("data:image/jpeg;base64,") for value in links.loads)
    assert not {"script", "iframe", "object", "link", "form", "base"} & set(links.tags)
    assert "url(" not in page
    assert "@import" not in page
    assert "alert(1)" in links.text
    for hidden in ("\u202e", "\x1b"):
        assert hidden not in page


def test_charts_are_whole_svg(report: Report, site: SiteConfig) -> None:
    page = report.write(ReportForm.HTML, site.data).decode()
    charts = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(charts) >= 4
    for chart in charts:
        assert len(ElementTree.fromstring(chart)) > 1


@pytest.mark.parametrize("form", [*ReportForm])
def test_the_same_facts_give_the_same_bytes(report: Report, site: SiteConfig, form: ReportForm) -> None:
    if form is ReportForm.PDF:
        require(find_spec("weasyprint"), "WeasyPrint is not installed")
    kept = report.kept(1.0)
    again = Report.of(KeptReport(kept.period, kept.language, kept.facts, kept.prose, kept.writer, 9.0))
    assert report.write(form, site.data, config=site) == again.write(form, site.data, config=site)


def test_markdown_makes_no_markup_of_text(report: Report, site: SiteConfig) -> None:
    text = report.write(ReportForm.MARKDOWN, site.data).decode()
    assert "<script" not in text.replace("\\<", "")
    assert "](http" not in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables
    bars = {line.replace("\\|", "").count("|") for line in tables}
    assert bars <= set(range(4, 12))


def test_json_has_facts_and_figures(report: Report, site: SiteConfig) -> None:
    said = json.loads(report.write(ReportForm.JSON, site.data))
    assert (said["type"], said["figures"]["safety"], said["figures"]["flow.in"]) == ("report", "3", "10")
    assert said["facts"]["now"]["period"]["kind"] == "span"
    assert len(said["sentences"]) >= 5


def test_a_pdf_is_a_pdf(report: Report, site: SiteConfig) -> None:
    require(find_spec("weasyprint"), "WeasyPrint is not installed")
    assert report.write(ReportForm.PDF, site.data).startswith(b"%PDF-")


def test_after_a_pdf_half_a_picture_is_still_none(report: Report, site: SiteConfig) -> None:
    """WeasyPrint lets Pillow take them, in all of the process, when it is imported."""
    require(find_spec("weasyprint"), "WeasyPrint is not installed")
    report.write(ReportForm.PDF, site.data)
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_without_weasyprint_the_message_says_what_to_do(
    report: Report, site: SiteConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ConfigError, match=r"secondsight\[report\]"):
        report.write(ReportForm.PDF, site.data)


@pytest.mark.parametrize(
    ("levels", "shown"), [({}, 0), ({"hall": "full"}, 2), ({"hall": "full", "yard": "full"}, 3)]
)
def test_what_leaves_shows_pictures_of_cameras_that_may_only(
    report: Report, site: SiteConfig, levels: dict[str, Any], shown: int
) -> None:
    cameras = {
        name: camera.model_copy(update={"egress": Egress(levels.get(name, "redacted"))})
        for name, camera in site.cameras.items()
    }
    made = site.model_copy(update={"cameras": cameras})
    sent = report.write(ReportForm.HTML, site.data, config=made, leaves=True).decode()
    assert sent.count("<img") == shown
    assert report.write(ReportForm.HTML, site.data, config=made).decode().count("<img") == 3
    assert report.write(ReportForm.HTML, site.data, leaves=True).decode().count("<img") == 0


def test_paths_never_lead_out_of_the_data_folder(report: Report, site: SiteConfig) -> None:
    secret = BytesIO()
    Image.new("RGB", (8, 8)).save(secret, "JPEG")
    (site.data.parent / "secret.jpg").write_bytes(secret.getvalue())
    kept = report.kept(1.0)
    evil = re.sub(r"frames/1970-01-01/e\d/0.jpg", "../secret.jpg", kept.facts)
    page = Report.of(KeptReport(kept.period, kept.language, evil, kept.prose, "", 1.0)).write(
        ReportForm.HTML, site.data
    )
    assert b"<img" not in page


@pytest.mark.parametrize(("facts", "prose"), [("{}", "[]"), ("half", "[]"), (None, "half")])
def test_a_report_of_another_version_is_refused_in_words(
    report: Report, facts: str | None, prose: str
) -> None:
    kept = report.kept(1.0)
    with pytest.raises(StoreError, match="another version"):
        Report.of(KeptReport(kept.period, "en", facts or kept.facts, prose, "", 1.0))


def test_an_empty_hour_says_so(tmp_path: Path) -> None:
    with Store.open(tmp_path / "data") as store:
        store.observations.upsert_camera("hall")
        period = ReportPeriod(ReportKind.HOURLY, NOON, NOON + HOUR, "UTC")
        made = Report(gather(store, period, site="works", language="en"))
    assert made.sentences == ["Alarms raised: 0, which is as many as in the period before."]
    assert "not known when camera hall was watched" in made.write(ReportForm.MARKDOWN, tmp_path).decode()
