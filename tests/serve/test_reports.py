"""Reports over the API: listed, read and downloaded, for each person those of their cameras."""

import json
import sys
from typing import Any

import pytest

from secondsight.records import ReportKind, ReportPeriod
from secondsight.report import Prose, Report, gather
from tests.serve.conftest import NOW, Served

PREFIX = "/api/v1"


@pytest.fixture
def kept(served: Served) -> str:
    """A report about both cameras, whose sentence a brain wrote."""
    period = ReportPeriod(ReportKind.DAILY, NOW - 7200, NOW, "UTC")
    facts = gather(served.store, period, site="works", language="en", config=served.site.config)
    report = Report(facts, Prose(("The kind seen was {alarms.kind}.",), "openai:test-vl"))
    assert served.store.reports.keep(report.kept(NOW), ["mail"])
    return period.id


def test_a_report_is_listed_read_and_downloaded(served: Served, kept: str) -> None:
    with served.client("viewer-all") as client:
        (listed,) = client.get(f"{PREFIX}/reports").json()
        assert (listed["id"], listed["kind"], listed["waiting"], listed["writer"]) == (
            kept,
            "daily",
            1,
            "openai:test-vl",
        )
        assert client.get(f"{PREFIX}/reports", params={"kind": "hourly"}).json() == []
        read = client.get(f"{PREFIX}/reports/{kept}").json()
        assert read["sentences"] == ["The kind seen was intrusion."]
        assert read["figures"]["alarms"] == "8"
        page = client.get(f"{PREFIX}/reports/{kept}/file")
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["content-disposition"] == f'attachment; filename="report-{kept}.html"'
        assert page.text.count("<img") == 4
        assert client.get(f"{PREFIX}/reports/{kept}/file", params={"form": "md"}).text.startswith(
            "# Daily report"
        )


@pytest.mark.parametrize(
    "path", ["reports/{id}", "reports/{id}/file", "reports/{id}/file?form=json", "report?form=md"]
)
def test_of_other_cameras_a_report_says_nothing(served: Served, kept: str, path: str) -> None:
    with served.client("viewer-hall") as client:
        answer = client.get(f"{PREFIX}/{path.format(id=kept)}")
        assert answer.status_code == 200
        assert "yard" not in answer.text
        assert "hall" in answer.text or path == "reports/{id}"
    with served.client("viewer-all") as client:
        assert "yard" in client.get(f"{PREFIX}/{path.format(id=kept)}").text or path == "reports/{id}"


def test_a_report_of_some_cameras_counts_those_in_words_of_the_template(served: Served, kept: str) -> None:
    with served.client("viewer-hall") as client:
        read = client.get(f"{PREFIX}/reports/{kept}").json()
    assert read["figures"]["alarms"] == "4"
    assert read["writer"] == ""
    assert read["sentences"][0].startswith("Alarms raised: 4")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 200),
        ({"since": "2026-01-01T07:00:00Z", "until": "2026-01-01T08:00:00Z", "language": "zh"}, 200),
        ({"since": "2026-01-01T08:00:00Z", "until": "2026-01-01T08:00:00Z"}, 422),
        ({"since": "1980-01-01T08:00:00Z"}, 422),
        ({"form": "exe"}, 422),
    ],
)
def test_a_report_made_now(served: Served, query: dict[str, Any], status: int) -> None:
    with served.client("viewer-all") as client:
        answer = client.get(f"{PREFIX}/report", params=query)
        assert answer.status_code == status, answer.text
        if status == 200:
            said = json.loads(answer.text)
            assert said["figures"]["alarms"] == "8"
            assert said["title"] == ("报告" if query else "Report")


def test_a_machine_without_weasyprint_says_so(
    served: Served, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with served.client("viewer-all") as client:
        answer = client.get(f"{PREFIX}/reports/{kept}/file", params={"form": "pdf"})
    assert answer.status_code == 409
    assert "secondsight[report]" in answer.json()["detail"]
    assert client.get(f"{PREFIX}/reports/none").status_code == 404


@pytest.mark.parametrize(("language", "title"), [("en", "Reports"), ("zh", "报告")])
def test_the_console_lists_and_shows_them(served: Served, kept: str, language: str, title: str) -> None:
    with served.client("viewer-hall") as client:
        client.cookies.set("language", language)
        page = client.get("/reports").text
        assert title in page
        assert f'href="/reports/{kept}"' in page
        shown = client.get(f"/reports/{kept}")
        assert shown.status_code == 200
        assert "Daily report" in shown.text
        assert "yard" not in shown.text
        assert client.get("/reports/none").status_code == 404
