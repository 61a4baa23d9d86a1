"""`secondsight run`: the cameras of a site, or a few videos for a first try."""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from secondsight.cli.output import Screen, say
from secondsight.cli.serve import require_console
from secondsight.cli.stores import QUICK
from secondsight.errors import ConfigError, SecondSightError
from secondsight.log import fields, own, redact

if TYPE_CHECKING:
    from secondsight.cli.progress import Display
    from secondsight.config import SiteConfig, SiteDifference
    from secondsight.serve.alerts import AlertService
    from secondsight.site import BrainAccount, Site, SiteStatus

_log = logging.getLogger(__name__)

_LAST_ALERTS = 10.0
"""Seconds that a run that is over waits for receivers of its last alerts."""


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


def run(
    site: Annotated[Path | None, typer.Argument(help="The site file.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when every source has ended.")] = False,
    video: Annotated[
        list[str] | None, typer.Option(help="Without a site file: a video to watch; may be repeated.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Model of the model store to watch with (default: the site's, or yolox-nano)."),
    ] = None,
    rule: Annotated[
        str, typer.Option(help="With --video: intrusion, loitering or line_crossing.")
    ] = "intrusion",
    zone: Annotated[
        str | None, typer.Option(help="With --video: polygon x1,y1,x2,y2,... in 0..1 (default: all).")
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(help="With --video: segment x1,y1,x2,y2 in 0..1 (default: the upright middle)."),
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="With --video: what to watch for; may be repeated (default: person)."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder (default: the site's, or secondsight-data).")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(help="Also write annotated videos into this folder.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON lines instead of a display (docs/json.md).")
    ] = False,
    schema: Annotated[
        int,
        typer.Option(min=1, max=2, help="With --json: 2 writes steps of events, 1 events once they settle."),
    ] = 2,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    log_format: Annotated[LogFormat, typer.Option(help="Form of log lines.")] = LogFormat.TEXT,
) -> None:
    """Watch until Ctrl-C, or with --once until every source has ended."""
    from secondsight import log
    from secondsight.cli.live_table import LinesAbove
    from secondsight.cli.progress import make_display
    from secondsight.cli.stores import RunPlace
    from secondsight.config import read_environment
    from secondsight.printed import native_prints_to_stderr, printed_to_log
    from secondsight.site import Site

    if log_level not in ("debug", "info", "warning", "error"):
        raise ConfigError("write debug, info, warning or error", key="--log-level")
    with native_prints_to_stderr(), printed_to_log():
        screen = Screen()
        live = screen.console.is_terminal and not as_json
        # On one terminal, log lines go through the display; into a file they go as they are.
        lines = LinesAbove(screen) if live and own(sys.stderr).isatty() else None
        log.configure("warning" if live and log_level == "info" else log_level, log_format.value, lines)
        config = _config(site, video, model, rule, zone, line, classes, data)
        environ = read_environment(site.parent) if site else None
        if config.serve is not None:
            require_console()
        made = Site(config, annotate=annotate, environ=environ)
        display = make_display(as_json, screen, lambda: RunPlace(made.config.data, None, made.config), schema)
        again = partial(_config, site, video, model, rule, zone, line, classes, data)
        _watch(made, display, annotate, site, again, once=once or bool(video))


def _watch(
    site: "Site",
    display: "Display",
    annotate: Path | None,
    file: Path | None,
    read_again: "Callable[[], SiteConfig]",
    *,
    once: bool,
) -> None:
    with (
        site as running,
        _alerts(running) as alerts,
        _serving(WithAlerts(running, alerts), file),
        _counts(site.config, running),
        _traces(site.config, running),
        _on_signals(running) as signals,
    ):

        def idle() -> None:
            status = running.status()
            display.show(status)
            if alerts is not None:
                alerts.show(status)
            if signals.take_hangup():
                _reload(WithAlerts(running, alerts), read_again)

        running.start(once=once)
        news = sent = False
        with display:
            for step, event in running.steps(poll=0.25, idle=idle):
                news = True
                display.step(step, event)
            running.stop()
            sent = alerts is None or signals.asked or alerts.flush(_LAST_ALERTS)
            status = running.status()
            display.show(status, last=True)
        if not sent:
            say("some alerts wait for their receivers; the next run sends them", err=True)
        if once and not news and (again := sum(camera.candidates for camera in status.cameras)):
            say(
                f"nothing new: {_all_known(again)} from an earlier run; `secondsight events` lists them",
                err=True,
            )
        if annotate is not None:
            say("drawing annotated videos", err=True)
        for path in running.render():
            say(f"wrote {path}", err=True)
    running.raise_for_cameras()


class WithAlerts:
    """A running site whose alerts follow it when its cameras change."""

    def __init__(self, site: "Site", alerts: "AlertService | None") -> None:
        self._site, self._alerts = site, alerts

    @property
    def config(self) -> "SiteConfig":
        """What the site runs with."""
        return self._site.config

    def status(self) -> "SiteStatus":
        """What the site is doing."""
        return self._site.status()

    def apply(self, config: "SiteConfig") -> "SiteDifference":
        """Take over cameras and rules. Raises SecondSightError."""
        found = self._site.apply(config)
        if found.cameras and self._alerts is not None:
            self._alerts.take(self._site.config)
        return found

    @property
    def account(self) -> "BrainAccount":
        """What all users of the brain pay from."""
        return self._site.account


def _reload(site: WithAlerts, read_again: "Callable[[], SiteConfig]") -> None:
    """Take over what the site file says by now; a mistake in it changes nothing."""
    try:
        found = site.apply(read_again())
    except SecondSightError as error:
        _log.error("the site file was not taken over", extra=fields(error=redact(str(error))))
        return
    about = fields(cameras=", ".join(found.cameras), at_next_start=", ".join(found.restart))
    _log.warning("the site file was read again", extra=about)


def _all_known(count: int) -> str:
    return "the one suspicion is known" if count == 1 else f"all {count} suspicions are known"


def _serving(site: WithAlerts, file: Path | None) -> AbstractContextManager[object]:
    """Serves the site in this process where the site file says so."""
    config = site.config
    if config.serve is None:
        return nullcontext()
    from secondsight.clock import SystemClock
    from secondsight.serve import ApiServer, RunningHere

    url = config.store.url.get_secret_value() if config.store.url else None
    live = RunningHere(site, SystemClock())
    return ApiServer(config.serve, config.data, config=config, store_url=url, site_file=file, live=live)


def _config(
    site: Path | None,
    video: list[str] | None,
    model: str | None,
    rule: str,
    zone: str | None,
    line: str | None,
    classes: list[str] | None,
    data: Path | None,
) -> "SiteConfig":
    from secondsight.config import load_site
    from secondsight.site import quick_config

    if (site is None) == (not video):
        raise ConfigError("name a site file, or one or more --video, not both")
    if video:
        return quick_config(
            video,
            data=data or QUICK,
            rule=rule,
            model=model or "yolox-nano",
            classes=classes or ["person"],
            zone=zone,
            line=line,
        )
    assert site is not None
    config = load_site(site)
    if data is not None:
        config = config.model_copy(update={"data": data.resolve()})
    if model is not None:
        config = config.model_copy(update={"sentinel": config.sentinel.model_copy(update={"model": model})})
    return config


def _alerts(site: "Site") -> "AbstractContextManager[AlertService | None]":
    if not site.config.alerts:
        return nullcontext()
    from secondsight.serve.alerts import AlertService, severity_in

    return AlertService(site.config, site.store, lambda event: severity_in(site.config)(event))


def _counts(config: "SiteConfig", site: "Site") -> AbstractContextManager[object]:
    """Publishes counts to the message queue where the site file says so."""
    if config.queue is None or not config.queue.observations:
        return nullcontext()
    from secondsight.bus import bus_of
    from secondsight.serve.queue import ObservationPublisher

    place = bus_of(config)
    assert place is not None
    return ObservationPublisher(place, site.store)


def _traces(config: "SiteConfig", site: "Site") -> AbstractContextManager[object]:
    """Sends traces of cases where the site file names a collector."""
    if config.telemetry is None:
        return nullcontext()
    from secondsight.serve.telemetry import CaseTracer, Collector

    return CaseTracer(Collector(config.telemetry, config.site.name), site.store)


class _on_signals:
    """SIGINT and SIGTERM ask the site to stop; a second one ends the program at once. SIGHUP asks to read the site
    file again, unless a terminal that is being closed sends it."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self.asked = False
        self._hangup = False
        self._before: dict[int, object] = {}

    def take_hangup(self) -> bool:
        """Whether a SIGHUP has come since the last call."""
        came, self._hangup = self._hangup, False
        return came

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._stop)
            if hasattr(signal, "SIGHUP") and not sys.stdin.isatty():
                self._before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._hang_up)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _hang_up(self, number: int, _: object) -> None:
        self._hangup = True

    def _stop(self, number: int, _: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._site.request_stop()
