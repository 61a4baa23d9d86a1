"""/reports: those that are kept, as text and as files; /report: one made now."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from secondsight.records import ReportForm, ReportKind
from secondsight.report import Report
from secondsight.serve.access.asking import reports as access
from secondsight.serve.api.forms import common
from secondsight.serve.api.forms.site import ReportHeadingOut, ReportOut
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.site import ServedSite

router = APIRouter(tags=["reports"])
ReportId = Annotated[str, Path(max_length=200)]
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {form.media_type: {} for form in ReportForm}}}


@router.get("/reports")
def reports(
    site: Served, person: Viewer, kind: ReportKind | None = None, limit: common.Limit = 50
) -> list[ReportHeadingOut]:
    """The newest reports that are kept, newest first."""
    return [
        ReportHeadingOut(
            id=one.id,
            kind=one.period.kind,
            shift=one.period.shift,
            start=one.period.start,
            end=one.period.end,
            timezone=one.period.timezone,
            language=one.language,
            writer=one.writer,
            created_at=one.created_at,
            waiting=one.waiting,
            sent=one.sent,
            dead=one.dead,
        )
        for one in access.reports(site, person, kind, limit)
    ]


@router.get("/reports/{id}")
def report(site: Served, person: Viewer, id: ReportId) -> ReportOut:
    """One of them: its sentences and figures."""
    return ReportOut.model_validate(access.report(site, person, id).to_json())


@router.get("/reports/{id}/file", response_class=Response, responses=_FILE)
def file(site: Served, person: Viewer, id: ReportId, form: ReportForm = ReportForm.HTML) -> Response:
    """One of them as a file: HTML that opens offline, PDF, Markdown, or JSON with all facts."""
    return _file(site, access.report(site, person, id), form)


@router.get("/report", response_class=Response, responses=_FILE)
def report_now(
    site: Served,
    person: Viewer,
    form: ReportForm = ReportForm.JSON,
    since: common.Since = None,
    until: common.Until = None,
    language: Annotated[Literal["en", "zh"] | None, Query()] = None,
) -> Response:
    """A report about the time from `since` to `until`, the last day by default; it is not kept."""
    begin, end = common.seconds_of(since), common.seconds_of(until)
    return _file(site, access.report_on(site, person, begin, end, language), form)


def _file(site: ServedSite, made: Report, form: ReportForm) -> Response:
    name = f"report-{made.facts.period.id}.{form.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(access.as_file(site, made, form), media_type=form.media_type, headers=headers)
