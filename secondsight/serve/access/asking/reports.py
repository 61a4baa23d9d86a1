"""Reports that are kept, and reports made on demand: of the cameras that the person may see."""

from secondsight.errors import ConfigError, RefusedError
from secondsight.event_words import Language
from secondsight.records import ReportForm, ReportKind, ReportPeriod
from secondsight.report import Report, gather, restricted
from secondsight.serve.auth.rights import Principal, Right, UnknownError
from secondsight.serve.site import ServedSite
from secondsight.store import ReportHeading

_DAY = 86400.0
_LONGEST = 366 * _DAY


def reports(site: ServedSite, person: Principal, kind: ReportKind | None, limit: int) -> list[ReportHeading]:
    """The newest reports that are kept, newest first."""
    person.need(Right.VIEW)
    return site.store.reports.headings(kind=kind, limit=limit)


def report(site: ServedSite, person: Principal, id: str) -> Report:
    """A report that is kept, of the cameras that the person may see. Raises UnknownError."""
    person.need(Right.VIEW)
    kept = site.store.reports.get(id)
    if kept is None:
        raise UnknownError("there is no such report")
    return Report.of(kept, person.only())


def report_on(
    site: ServedSite, person: Principal, since: float | None, until: float | None, language: Language | None
) -> Report:
    """A report about [since, until), the last day by default; it is not kept.

    Raises:
        ConfigError: the time is none, or longer than a year.
    """
    person.need(Right.VIEW)
    end = site.clock.now() if until is None else until
    start = end - _DAY if since is None else since
    if not 0 < end - start <= _LONGEST:
        raise ConfigError("`since` lies before `until`, by a year at most", key="since")
    info = site.config.site if site.config is not None else None
    facts = gather(
        site.store,
        ReportPeriod(ReportKind.SPAN, start, end, info.timezone if info else "UTC"),
        site=site.name,
        language=language or (info.language if info else "en"),
        config=site.config,
    )
    return Report(restricted(facts, person.only()))


def as_file(site: ServedSite, made: Report, form: ReportForm) -> bytes:
    """A report as a file. Raises RefusedError where this machine cannot make a PDF."""
    settings = site.config.report if site.config is not None else None
    pictures = settings.pictures if settings is not None else 6
    try:
        return made.write(form, site.data, pictures=pictures, config=site.config)
    except ConfigError as error:
        raise RefusedError(str(error)) from None
