"""`secondsight find`: events whose pictures look like words."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from secondsight.cli.events import parse_time
from secondsight.cli.output import Grid, Screen, say_json
from secondsight.cli.stores import DataOfSite, SiteFile, StoreUrl, run_place


def find(
    text: Annotated[str, typer.Argument(help="What is to be seen, such as `a person in red`.")],
    since: Annotated[
        str, typer.Option(help="Events from this time on: ISO 8601, or 2h, 7d for ago.")
    ] = "24h",
    until: Annotated[str | None, typer.Option(help="Events before this time; written like --since.")] = None,
    camera: Annotated[
        list[str] | None, typer.Option(help="Only this camera; more than once for several.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Show the best N.")] = 10,
    model: Annotated[
        str,
        typer.Option(help="A CLIP or SigLIP model: a folder, or city-clip, which knows the simulated city."),
    ] = "city-clip",
    site: SiteFile = None,
    data: DataOfSite = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    store_url: StoreUrl = None,
) -> None:
    """Find events by words: the text is compared with key frames and what is in them."""
    from secondsight import log
    from secondsight.brain import make_embedder
    from secondsight.event_json import event_to_json
    from secondsight.find import find_events

    log.configure("warning")
    place, now = run_place(site, data, store_url), datetime.now(UTC)
    begin, end = parse_time(since, now, "--since", place.zone), parse_time(until, now, "--until", place.zone)
    named = None if camera is None else [place.camera(one) or one for one in camera]
    with place.open() as store:
        found = find_events(
            text, store, place.data, make_embedder(model), since=begin, until=end, cameras=named, limit=limit
        )
    if as_json:
        for one in found:
            where = {"score": round(one.score, 4), "frame": one.frame, "box": list(one.box)}
            say_json({**event_to_json(one.event), "found": where})
        return
    if not found:
        Screen().print(place.word("no event with a picture in that time"))
        return
    heads = map(place.word, ("camera", "kind", "verification", "event"))
    table = Grid(place.word("score"), place.head("time"), *heads)
    for one in found:
        event = one.event
        table.row(
            f"{one.score:.3f}",
            place.time(event.triggered),
            place.title_of(event.camera),
            event.kind,
            place.word(event.verification.value),
            event.id,
        )
    Screen(wide=True).print(table)
