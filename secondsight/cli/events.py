"""`secondsight events`: what happened, from the store of a run, also while it runs."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Grid, Screen, counted, say, say_json, words
from secondsight.cli.stores import DataOfSite, RunPlace, SiteFile, StoreUrl, run_place
from secondsight.errors import ConfigError
from secondsight.event_words import kind_in_words
from secondsight.records import Event, Verification
from secondsight.store import AgedRows

if TYPE_CHECKING:
    from secondsight.store import Store


def events(
    site: SiteFile = None,
    data: DataOfSite = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line (docs/json.md).")] = False,
    camera: Annotated[str | None, typer.Option(help="Only this camera.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as intrusion.")] = None,
    verification: Annotated[Verification | None, typer.Option(help="Only with this verification.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Start at or after this time: ISO 8601, or 2h, 7d for ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Start before this time; written like --since.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show the newest N.")] = 1000,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with clips and snapshots into this folder.")
    ] = None,
    videos: Annotated[
        Path | None,
        typer.Option(help="With --html: also show the videos of this folder, such as annotated ones."),
    ] = None,
    store_url: StoreUrl = None,
) -> None:
    """List events, newest last."""
    from secondsight.event_json import event_to_json

    now, place = datetime.now(UTC), run_place(site, data, store_url)
    begin = parse_time(since, now, "--since", place.zone)
    with place.open() as store:
        found = store.events.find(
            camera=place.camera(camera),
            kind=kind,
            verification=verification,
            since=begin,
            until=parse_time(until, now, "--until", place.zone),
            limit=limit,
        )
        whole = place.whole_since(store, AgedRows.EVENTS, begin, place.camera(camera))
        nothing = "" if found else _none_of(store, place.camera(camera), kind, place)
    if videos is not None and not videos.is_dir():
        raise ConfigError("there is no such folder", file=str(videos), key="--videos")
    if html is not None:
        from secondsight.report import write_page

        page = write_page(
            found,
            place.data,
            html,
            title=f"{place.name}: {place.word('events')}" if place.name else "Events",
            note=f"{counted(len(found), 'event')} in {place.data.name}" if place.language == "en" else "",
            config=place.config,
            videos=sorted(videos.glob("*.mp4")) if videos else (),
        )
        say(f"wrote {page}", err=True)
    if whole is not None and len(found) < limit:
        say(f"events before {whole} are gone by `retention.events`; reports and `ask` count them", err=True)
    if as_json:
        for event in found:
            say_json(event_to_json(event))
    elif html is None:
        Screen(wide=True).print(events_table(found, place) if found else nothing)


def _none_of(store: "Store", camera: str | None, kind: str | None, place: RunPlace) -> str:
    """That nothing was found, and which cameras or kinds there are if a name may be misspelt."""
    for wanted, what, ask in ((camera, "camera", store.events.cameras), (kind, "kind", store.events.kinds)):
        if wanted is not None and (known := ask()) and wanted not in known:
            return f"no events of {what} {wanted}; there are some of {', '.join(known)}"
    return place.word("no events")


def events_table(found: list[Event], place: RunPlace) -> Grid:
    """Events as a table, with times in the site's zone."""
    from rich.table import Column

    heads = ("lasted", "camera", "kind", "seen", "score", "verification", "truth", "id")
    whole = ("lasted", "score", "id")
    table = Grid(
        Column(place.head("start"), no_wrap=True),
        *(Column(place.word(name), overflow="fold", no_wrap=name in whole) for name in heads),
    )
    for event in found:
        lasted = place.word("open") if event.end is None else f"{event.end - event.start:.1f} s"
        table.row(
            place.time(event.start),
            lasted,
            place.title_of(event.camera),
            kind_in_words(event.kind, place.language) if place.language != "en" else event.kind,
            event.label,
            f"{event.score:.2f}",
            words(place.word(event.verification.value), _COLOURS[event.verification]),
            "" if event.truth is None else place.word(str(event.truth).lower()),
            event.id,
        )
    return table


_COLOURS = {
    Verification.CONFIRMED: "green",
    Verification.REJECTED: "dim",
    Verification.UNSURE: "yellow",
    Verification.UNVERIFIED: "blue",
    Verification.EXPIRED: "red",
    Verification.FAILED: "red",
}


def parse_time(text: str | None, now: datetime, option: str, zone: tzinfo = UTC) -> float | None:
    """UTC seconds from ISO 8601 or from a duration ago, such as `2h`; `zone` is of times that name none. Raises
    ConfigError."""
    from secondsight.config import parse_duration

    if text is None:
        return None
    try:
        return now.timestamp() - parse_duration(text)
    except ValueError:
        pass
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"`{text}` is not a time; write 2026-01-31, 2026-01-31T08:00:00Z, or 2h for two hours ago",
            key=option,
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=zone)).timestamp()
