"""`secondsight try`: what a rule would have reported of what was recorded."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondsight.cli.output import Grid, Screen, counted, say, say_json
from secondsight.cli.stores import SITE_FILE, DataOfSite, RunPlace, StoreUrl, run_place
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.config import SiteConfig
    from secondsight.site import TrialEvent

_NICE = 15
"""It runs beside the watching, and gives way to it."""


def try_rule(
    rule: Annotated[str, typer.Argument(help="Name of the rule.")],
    site: Annotated[Path, typer.Option(help="The site file.")] = SITE_FILE,
    settings: Annotated[
        str | None,
        typer.Option(
            help="The rule as JSON, or - to read it from standard input; else as the site file has it."
        ),
    ] = None,
    since: Annotated[str, typer.Option(help="Recorded from this time on: ISO 8601, or 2h for ago.")] = "1h",
    until: Annotated[str | None, typer.Option(help="Recorded before this time.")] = None,
    camera: Annotated[
        list[str] | None, typer.Option(help="Only this camera; more than once for several.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for a picture of each event.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """Show what a rule would have reported of recorded footage, or of clips, before it watches anything."""
    from secondsight import log
    from secondsight.cli.events import parse_time
    from secondsight.event_json import event_to_json
    from secondsight.site import trial_material
    from secondsight.site import try_rule as run_trial

    log.configure("error")
    os.nice(_NICE)
    place = run_place(site, data, store_url)
    config = _with_rule(site, rule, settings)
    named = [place.camera(one) or one for one in camera or ()]
    now = datetime.now(UTC)
    begin = parse_time(since, now, "--since", place.zone) or 0.0
    end = parse_time(until, now, "--until", place.zone) or now.timestamp()
    cameras = [name for name in config.cameras if config.watches(rule, name) and (not named or name in named)]
    with place.open() as store:
        material = trial_material(place.data, store, cameras, begin, end)
    if as_json:
        for one in material:
            say_json({"camera": one.camera, "seconds": round(one.seconds, 1), "footage": one.footage})
    events = []
    for number, found in enumerate(run_trial(config, rule, place.data, material)):
        picture = _save(out, number, found)
        if as_json:
            say_json({**event_to_json(found.event), "picture": picture})
        events.append(found)
    if not as_json:
        seconds = sum(one.seconds for one in material)
        _show(events, place)
        watched = f"{seconds / 60:.1f} minutes of {counted(len(material), 'camera')}"
        say(f"{counted(len(events), 'event')} in {watched}")


def _with_rule(site: Path, rule: str, settings: str | None) -> "SiteConfig":
    """The site with the rule as it is given. Raises ConfigError."""
    from secondsight.config import SiteFile, load_site, put_rule, suggestion

    config = load_site(site)
    if settings is None:
        if rule not in config.rules:
            raise ConfigError(f"no rule has this name; {suggestion(rule, config.rules)}", file=str(site))
        return config
    text = sys.stdin.read() if settings == "-" else settings
    try:
        values: Any = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ConfigError('not a JSON object; write such as {"behaviour": "fall"}', key="--settings")
    return SiteFile(site).tried(put_rule(rule, values))


def _save(out: Path | None, number: int, found: "TrialEvent") -> str | None:
    if out is None or found.picture is None:
        return None
    from secondsight.media import write_atomic

    write_atomic(out / f"{number}.jpg", found.picture, min_free=0)
    return f"{number}.jpg"


def _show(events: "list[TrialEvent]", place: RunPlace) -> None:
    table = Grid(place.head("time"), *map(place.word, ("camera", "kind", "score")))
    for one in events:
        event = one.event
        table.row(place.time(event.triggered), place.title_of(event.camera), event.kind, f"{event.score:.2f}")
    if events:
        Screen(wide=True).print(table)
