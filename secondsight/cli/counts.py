"""`secondsight counts`: what rules have counted, per minute, hour or day, from the store of a run."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.events import parse_time
from secondsight.cli.output import Grid, Screen, say_json
from secondsight.cli.stores import Data, StoreUrl, open_store
from secondsight.records import Counter

HEAT = "heat."
MEANS = {
    "occupancy": ("dwell", "watched"),
    "queue": ("waiting", "queue_watched"),
    "wait": ("waited", "left"),
}
"""What is a quotient of two sums: the mean number in a zone, the mean length of a queue, the mean wait in seconds."""


class TimeGrouping(StrEnum):
    """How long a stretch of time is summed up."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


_SECONDS = {TimeGrouping.MINUTE: 60, TimeGrouping.HOUR: 3600, TimeGrouping.DAY: 86400}


@dataclass(frozen=True, slots=True)
class Count:
    """One line: a sum, or a mean over the stretch of time that begins at `time`, UTC seconds."""

    camera: str
    time: int
    name: str
    value: float


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
    lines = [line for line in summed(found, _SECONDS[by]) if _wanted(line.name, name)]
    if as_json:
        for line in lines:
            say_json(_form(line, by))
        return
    Screen(wide=True).print(_table(lines, by) if lines else "no counts")


def summed(counters: Iterable[Counter], seconds: int) -> list[Count]:
    """Sums over stretches of `seconds`, and the means that follow from them; heat maps are left out.

    Means are quotients of sums, so that of an hour is not the mean of its minutes' means.
    """
    sums: dict[tuple[int, str, str], float] = defaultdict(float)
    for one in counters:
        if ":" in one.name and not one.name.startswith(HEAT):
            sums[int(one.minute // seconds * seconds), one.camera, one.name] += one.value
    for (time, camera, name), whole in list(sums.items()):
        what, _, rule = name.partition(":")
        for mean, (over, under) in MEANS.items():
            if what == under and whole > 0:
                sums[time, camera, f"{mean}:{rule}"] = sums.get((time, camera, f"{over}:{rule}"), 0.0) / whole
    return [Count(camera, time, name, value) for (time, camera, name), value in sorted(sums.items())]


def _wanted(counted: str, name: str | None) -> bool:
    return name is None or counted == name or counted.partition(":")[2] == name


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
