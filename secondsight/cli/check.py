"""`secondsight check`: is everything that a site needs there?"""

from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.output import Grid, Screen, counted, say_json, words


def check(
    site: Annotated[Path, typer.Argument(help="The site file.")],
    look: Annotated[
        float,
        typer.Option(min=0, help="Seconds of each camera in which to try the installed models; 0: do not."),
    ] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Check config, data, model, cameras, brain and receivers of alerts. Exit code 1 if anything is not fine."""
    from secondsight import log
    from secondsight.config import load_site, read_environment
    from secondsight.log import redact
    from secondsight.records import SCHEMA_VERSION
    from secondsight.site import Finding, check_site

    log.configure("warning")
    config = load_site(site)
    read = f"{counted(len(config.cameras), 'camera')}, {counted(len(config.rules), 'rule')}"
    findings = [
        Finding("config", str(site), True, read),
        *check_site(config, read_environment(site.parent), look=look),
    ]
    if config.alerts:
        from secondsight.serve.alerts import check_channels

        channels = check_channels(config)
        findings += [Finding("alerts", name, fine, redact(detail)) for name, fine, detail in channels]
    if config.telemetry:
        from secondsight.serve.telemetry import check_collector

        fine, detail = check_collector(config)
        findings.append(Finding("telemetry", "collector", fine, redact(detail)))
    if as_json:
        for found in findings:
            line = {"schema": SCHEMA_VERSION, "type": "check", "part": found.part, "name": found.name}
            say_json({**line, "fine": found.fine, "warning": found.warning, "detail": found.detail})
    else:
        table = Grid("", "part", "name", "detail")
        for found in findings:
            mark = words("ok", "green") if found.fine else words("no", "bold red")
            mark = words("!", "yellow") if found.fine and found.warning else mark
            table.row(mark, found.part, found.name, found.detail)
        Screen(wide=True).print(table)
    if not all(found.fine for found in findings):
        raise typer.Exit(1)
