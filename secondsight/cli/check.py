"""`secondsight check`: is everything that a site needs there?"""

import json
from pathlib import Path
from typing import Annotated

import typer


def check(
    site: Annotated[Path, typer.Argument(help="The site file.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Check config, data folder, model, cameras and brain. Exit code 1 if anything is not fine."""
    from rich.markup import escape
    from rich.table import Table

    from secondsight import log
    from secondsight.cli.tables import wide_console
    from secondsight.config import load_site, read_environment
    from secondsight.records import SCHEMA_VERSION
    from secondsight.site import Finding, check_site

    log.configure("warning")
    config = load_site(site)
    read = f"{len(config.cameras)} cameras, {len(config.rules)} rules"
    findings = [Finding("config", str(site), True, read), *check_site(config, read_environment(site.parent))]
    if as_json:
        for found in findings:
            line = {"schema": SCHEMA_VERSION, "type": "check", "part": found.part, "name": found.name}
            typer.echo(json.dumps({**line, "fine": found.fine, "detail": found.detail}, ensure_ascii=False))
    else:
        table = Table(header_style="bold")
        for column in ("", "part", "name", "detail"):
            table.add_column(column, overflow="fold")
        for found in findings:
            mark = "[green]ok[/]" if found.fine else "[bold red]no[/]"
            table.add_row(mark, found.part, escape(found.name), escape(found.detail))
        wide_console().print(table)
    if not all(found.fine for found in findings):
        raise typer.Exit(1)
