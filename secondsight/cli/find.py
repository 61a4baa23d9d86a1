"""`secondsight find`: events whose pictures look like words."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.events import parse_time
from secondsight.cli.output import Grid, Screen, say, say_json
from secondsight.cli.stores import SITE_FILE, DataOfSite, RunPlace, SiteFile, StoreUrl, run_place

if TYPE_CHECKING:
    from secondsight.config import SiteConfig
    from secondsight.find import FoundEvent
    from secondsight.store import Store


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
        str | None,
        typer.Option(help="A CLIP or SigLIP model: a folder, or city-clip, which knows the simulated city."),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Let the site's large model look at the best finds.")
    ] = True,
    site: SiteFile = None,
    data: DataOfSite = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    store_url: StoreUrl = None,
) -> None:
    """Find events by words: the text is compared with key frames and what is in them."""
    from secondsight import log
    from secondsight.brain import can_answer, make_embedder
    from secondsight.config import FindSettings
    from secondsight.event_json import event_to_json
    from secondsight.find import find_events

    log.configure("warning")
    place = run_place(site, data, store_url)
    config, named = place.config, [place.camera(one) or one for one in camera or ()]
    settings = config.find if config is not None else FindSettings()
    now = datetime.now(UTC)
    begin, end = parse_time(since, now, "--since", place.zone), parse_time(until, now, "--until", place.zone)
    looks = config is not None and verify and can_answer(config.brain)
    with place.open(read_only=not looks) as store:
        found: Sequence[FoundEvent] = find_events(
            text, store, place.data, make_embedder(model or settings.model),
            since=begin, until=end, cameras=named or None, limit=limit,
        )  # fmt: skip
        if looks and config is not None:
            there = config.model_copy(update={"data": place.data})
            found = _looked_at(text, found, there, site or SITE_FILE, store)
    if as_json:
        for one in found:
            said = None if one.verification is None else one.verification.value
            where = {
                "score": round(one.score, 4),
                "frame": one.frame,
                "box": list(one.box),
                "verification": said,
            }
            say_json({**event_to_json(one.event), "found": where})
        return
    if not found:
        Screen().print(place.word("no event with a picture in that time"))
        return
    _show(found, place)


def _looked_at(
    text: str, found: "Sequence[FoundEvent]", config: "SiteConfig", site: Path, store: "Store"
) -> "Sequence[FoundEvent]":
    """The finds after the large model has looked at the best of them."""
    from secondsight.ask import language_of
    from secondsight.clock import SystemClock
    from secondsight.config import read_environment
    from secondsight.site import make_find_verifier

    verifier = make_find_verifier(config, store, SystemClock(), read_environment(site.parent))
    if verifier is None:
        return found
    verified = verifier.verified(text, found, language_of(text))
    if verified.note:
        say(f"the large model has not looked at all of them: {verified.note}", err=True)
    return verified.found


def _show(found: "Sequence[FoundEvent]", place: RunPlace) -> None:
    heads = map(place.word, ("camera", "kind", "verification", "seen by the large model", "event"))
    table = Grid(place.word("score"), place.head("time"), *heads)
    for one in found:
        event = one.event
        table.row(
            f"{one.score:.3f}",
            place.time(event.triggered),
            place.title_of(event.camera),
            event.kind,
            place.word(event.verification.value),
            "-" if one.verification is None else place.word(one.verification.value),
            event.id,
        )
    Screen(wide=True).print(table)
