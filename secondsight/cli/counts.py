"""`secondsight counts`: what rules have counted, per minute, hour or day, from the store of a run."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.events import parse_time
from secondsight.cli.output import Grid, Screen, say_json
from secondsight.cli.stores import Data, StoreUrl, open_store
from secondsight.store import Count, TimeGrouping, summed


def counts(
    data: Data = Path("data"),
    camera: Annotated[str | None, typer.Option(help="Only this camera.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Only this count, such as in:door, or all of one rule: door.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Minutes from this time on: ISO 8601, or 2h, 7d for ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Minutes before this time; written like --since.")] = None,
    by: Annotated[
        TimeGrouping, typer.Option(help="Sum up so long a time, by the UTC clock.")
    ] = TimeGrouping.MINUTE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line (docs/json.md).")] = False,
    store_url: StoreUrl = None,
) -> None:
    """Show what rules have counted: visitors in and out, occupancy, queues, waits."""
    now = datetime.now(UTC)
    begin, end = parse_time(since, now, "--since"), parse_time(until, now, "--until")
    with open_store(data, store_url) as store:
        found = store.observations.counters(camera=camera, since=begin, until=end)
    lines = [line for line in summed(found, by.seconds) if line.is_of(name)]
    if as_json:
        for line in lines:
            say_json(_form(line, by))
        return
    Screen(wide=True).print(_table(lines, by) if lines else "no counts")


def _form(line: Count, by: TimeGrouping) -> dict[str, object]:
    from secondsight.clock import iso
    from secondsight.records import SCHEMA_VERSION

    return {
        "schema": SCHEMA_VERSION,
        "type": "count",
        "camera": line.camera,
        "time": iso(line.time),
        "by": by.value,
        "name": line.name,
        "value": round(line.value, 3),
    }


def _table(lines: list[Count], by: TimeGrouping) -> Grid:
    from rich.table import Column

    from secondsight.clock import iso

    table = Grid(f"{by.value} (UTC)", "camera", "count", Column("value", justify="right"))
    for line in lines:
        shown = iso(line.time)[: 10 if by is TimeGrouping.DAY else 16].replace("T", " ")
        table.row(shown, line.camera, line.name, f"{line.value:.2f}".rstrip("0").rstrip("."))
    return table
