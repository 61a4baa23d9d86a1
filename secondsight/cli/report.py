"""`secondsight report`: what happened within a stretch of time, as a page or as data; and the kept reports."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from secondsight.cli.events import parse_time
from secondsight.cli.output import Grid, Screen, say
from secondsight.cli.stores import SITE_FILE, DataOfSite, RunPlace, SiteFile, StoreUrl, run_place
from secondsight.errors import ConfigError
from secondsight.records import ReportForm

if TYPE_CHECKING:
    from secondsight.config import SiteConfig
    from secondsight.event_words import Language
    from secondsight.report import Prose, Report, ReportFacts
    from secondsight.store import Store

_LONGEST = 366 * 86400.0


def report(
    since: Annotated[
        str, typer.Option(help="From this time on: ISO 8601 by the site's clock, or 2h, 7d for ago.")
    ] = "24h",
    until: Annotated[
        str | None, typer.Option(help="Before this time; written like --since (default: now).")
    ] = None,
    form: Annotated[
        ReportForm, typer.Option("--format", help="html opens offline; pdf needs the extra `report`.")
    ] = ReportForm.HTML,
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write (default: standard output for md and json, else a new file)."),
    ] = None,
    site: SiteFile = None,
    data: DataOfSite = None,
    kept: Annotated[
        str | None, typer.Option(help="Instead: a report that the site has written, by its id.")
    ] = None,
    show_list: Annotated[
        bool, typer.Option("--list", help="Instead: list the reports that are kept.")
    ] = False,
    language: Annotated[str | None, typer.Option(help="en or zh (default: the site's, or en).")] = None,
    store_url: StoreUrl = None,
) -> None:
    """Write a report: alarms, verdicts, response times, flows, products, queues, what was not watched."""
    from secondsight import log

    log.configure("warning")
    asked = _Asked(site, data, store_url)
    if show_list:
        with asked.place.open() as store:
            _show(store, asked.place)
        return
    if kept is not None:
        with asked.place.open() as store:
            made = _kept(store, kept)
    else:
        made = _make(asked, since, until, language)
    settings = asked.settings
    content = made.write(form, asked.place.data, pictures=settings.pictures, config=asked.config)
    _deliver(content, form, out, made.facts.period.id)


class _Asked:
    """The site that a report is about."""

    def __init__(self, site: Path | None, data: Path | None, url: str | None) -> None:
        from secondsight.config import ReportSettings

        self.place, self.file = run_place(site, data, url), site or SITE_FILE
        self.config = self.place.config
        self.settings: ReportSettings = (self.config.report if self.config else None) or ReportSettings()
        self.timezone = self.config.site.timezone if self.config else "UTC"
        self.name = self.place.name or self.place.data.resolve().name

    @property
    def by_brain(self) -> bool:
        """Whether a large model writes the sentences."""
        return self.config is not None and self.settings.text == "brain"


def _make(asked: _Asked, since: str, until: str | None, language: str | None) -> "Report":
    from secondsight.records import ReportKind, ReportPeriod
    from secondsight.report import Report, gather

    now, zone = datetime.now(UTC), ZoneInfo(asked.timezone)
    start = parse_time(since, now, "--since", zone)
    end = parse_time(until, now, "--until", zone)
    end = now.timestamp() if end is None else end
    assert start is not None
    if start >= end:
        raise ConfigError(
            "the report would end before it begins; --since is earlier than --until", key="--until"
        )
    if end - start > _LONGEST:
        raise ConfigError("a report is about a year at most; choose a later --since", key="--since")
    period = ReportPeriod(ReportKind.SPAN, start, end, asked.timezone)
    with asked.place.open(read_only=not asked.by_brain) as store:
        facts = gather(
            store,
            period,
            site=asked.name,
            language=_language(language, asked.config),
            config=asked.config,
            settings=asked.settings,
        )
        return Report(facts, _prose(asked, facts, store) if asked.by_brain else None)


def _prose(asked: _Asked, facts: "ReportFacts", store: "Store") -> "Prose":
    from secondsight.cascade import BudgetGate, Ledger
    from secondsight.clock import SystemClock
    from secondsight.config import read_environment
    from secondsight.site import report_writer, write_prose

    config, clock = asked.config, SystemClock()
    assert config is not None
    limits = {name: camera.budget for name, camera in config.cameras.items()}
    budget = BudgetGate(config.budget, limits, clock, zone=config.site.timezone, ledger=store.ledger)
    ledger = Ledger(store.ledger, budget, config.brain.cost)
    environ = read_environment(asked.file.parent)
    writer = report_writer(config, asked.settings, store, clock, environ, budget, ledger)
    return write_prose(writer, facts, config)


def _language(wanted: str | None, config: "SiteConfig | None") -> "Language":
    match wanted or (config.site.language if config else "en"):
        case "en":
            return "en"
        case "zh":
            return "zh"
    raise ConfigError("write en or zh", key="--language")


def _kept(store: "Store", id: str) -> "Report":
    from secondsight.report import Report

    found = store.reports.get(id)
    if found is None:
        raise ConfigError(
            "there is no such report; `secondsight report --list` shows those there are", key="--kept"
        )
    return Report.of(found)


def _deliver(content: bytes, form: ReportForm, out: Path | None, id: str) -> None:
    from secondsight.media import write_atomic

    if out is None and form in (ReportForm.MARKDOWN, ReportForm.JSON):
        say(content.decode().rstrip("\n"))
        return
    target = out or Path(f"report-{id}.{form.value}")
    write_atomic(target, content, min_free=0)
    say(f"wrote {target}")


def _show(store: "Store", place: RunPlace) -> None:
    found = store.reports.headings()
    if not found:
        say("no report is kept; the section `report` of the site file makes a site write them")
        return
    table = Grid(
        "id", "kind", place.head("from"), place.head("to"), "written by", "sent", "waiting", "given up"
    )
    for one in found:
        kind = f"{one.period.kind.value} {one.period.shift}".strip()
        begin, end = (place.time(time, 16) for time in (one.period.start, one.period.end))
        counts = (str(one.sent), str(one.waiting), str(one.dead))
        table.row(one.id, kind, begin, end, one.writer or "template", *counts)
    Screen(wide=True).print(table)
