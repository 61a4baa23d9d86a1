"""`secondsight counts`: what rules have counted, per minute, hour or day, from the store of a run."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from secondsight.cli.events import parse_time
from secondsight.cli.output import Grid, Screen, say, say_json
from secondsight.cli.stores import DataOfSite, RunPlace, SiteFile, StoreUrl, run_place
from secondsight.store import AgedRows, Count, TimeGrouping, summed

_SHOWN = 1000
"""Lines of a table; more take a terminal minutes."""


def counts(
    site: SiteFile = None,
    data: DataOfSite = None,
    camera: Annotated[str | None, typer.Option(help="Only this camera.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Only this count, such as in:door, or all of one rule: door.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Minutes from this time on: ISO 8601, or 2h, 7d for ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Minutes before this time; written like --since.")] = None,
    by: Annotated[
        TimeGrouping, typer.Option(help="Sum up so long a time, by the site's clock.")
    ] = TimeGrouping.MINUTE,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"Show the newest N lines (default: {_SHOWN}; with --json, all)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line (docs/json.md).")] = False,
    store_url: StoreUrl = None,
) -> None:
    """Show what rules have counted: visitors in and out, occupancy, queues, waits."""
    now = datetime.now(UTC)
    place = run_place(site, data, store_url)
    begin, end = parse_time(since, now, "--since", place.zone), parse_time(until, now, "--until", place.zone)
    with place.open() as store:
        found = store.observations.summed(by.added_up, camera=place.camera(camera), since=begin, until=end)
        whole = place.whole_since(store, AgedRows.MINUTES, begin, place.camera(camera))
    if whole is not None and by is TimeGrouping.MINUTE:
        say(f"counts before {whole} are kept by the quarter of an hour (`retention.minutes`)", err=True)
    lines = [line for line in summed(found, by.seconds, place.zone) if line.is_of(name)]
    shown = lines[-(limit or (len(lines) if as_json else _SHOWN)) :]
    if as_json:
        for line in shown:
            say_json(_form(line, by))
        return
    if len(shown) < len(lines):
        say(f"the newest {len(shown)} of {len(lines)} lines; --limit, --since or --json for more", err=True)
    Screen(wide=True).print(_table(shown, by, place) if shown else "no counts")


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


def _table(lines: list[Count], by: TimeGrouping, place: RunPlace) -> Grid:
    from rich.table import Column

    heads = (place.head(by.value), place.word("camera"), place.word("count"))
    table = Grid(*heads, Column(place.word("value"), justify="right"))
    for line in lines:
        shown = place.time(line.time, 10 if by is TimeGrouping.DAY else 16)
        table.row(shown, place.title_of(line.camera), line.name, f"{line.value:.2f}".rstrip("0").rstrip("."))
    return table
