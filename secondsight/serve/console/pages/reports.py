"""Reports that are kept: a list, and each with its sentences, tables and files."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from secondsight.records import ReportForm
from secondsight.report import Paragraph, ReportDocument, TableBlock
from secondsight.serve.access.asking import reports as access
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.console.page import Asked, EventId, PageRoute
from secondsight.store import ReportHeading

router = APIRouter(route_class=PageRoute)
_NEWEST = 200


@dataclass(frozen=True, slots=True)
class ReportsView:
    """The list."""

    reports: list[ReportHeading]


@dataclass(frozen=True, slots=True)
class ReportView:
    """Attributes: forms: of its files."""

    id: str
    document: ReportDocument
    forms: tuple[str, ...]

    @staticmethod
    def kind(block: object) -> str:
        """What a block is; charts and pictures are in the files."""
        match block:
            case Paragraph():
                return "paragraph"
            case TableBlock():
                return "table"
        return ""


@router.get("/reports")
def reports_page(site: Served, person: Viewer, page: Asked) -> Response:
    """The newest reports."""
    return page.show("reports.html", ReportsView(access.reports(site, person, None, _NEWEST)), person)


@router.get("/reports/{id}")
def report_page(site: Served, person: Viewer, page: Asked, id: EventId) -> Response:
    """One report."""
    made = access.report(site, person, id)
    forms = tuple(form.value for form in ReportForm)
    return page.show("report.html", ReportView(id, made.document(), forms), person)
