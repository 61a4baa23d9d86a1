"""`secondsight filters`: what the brain is no longer asked about, with its evidence; approve it, or revoke it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Grid, Screen, say
from secondsight.cli.stores import COMMAND_LINE, DataOfSite, RunPlace, SiteFile, StoreUrl, run_place

if TYPE_CHECKING:
    from secondsight.store import CameraFilter

app = typer.Typer(
    help="Filters for what the brain keeps rejecting: list, show, approve, revoke.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
Id = Annotated[str, typer.Argument(help="Id of a filter, as `list` shows it.")]


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """List the filters, unless something else is asked for."""
    if context.invoked_subcommand is None:
        list_filters(site, data, store_url)


@app.command("list")
def list_filters(site: SiteFile = None, data: DataOfSite = None, store_url: StoreUrl = None) -> None:
    """Every filter, oldest first, ended ones too."""
    place = run_place(site, data, store_url)
    with place.open() as store:
        found = store.filters.find()
    _show(found, place)


@app.command("show")
def show(id: Id, site: SiteFile = None, data: DataOfSite = None, store_url: StoreUrl = None) -> None:
    """One filter with its evidence and its test in shadow."""
    from secondsight.cascade import filter_of

    place = run_place(site, data, store_url)
    with place.open() as store:
        one = filter_of(store, id)
        evidence = [store.events.get(event) for event in one.evidence]
    shadow = one.shadow
    lines = [
        f"{one.id}: {one.state.value}",
        f"camera {place.title_of(one.camera)}, kind {one.kind}",
        f"place {', '.join(f'{side:.3f}' for side in one.seen.box)}, looks within {one.radius:g}",
        f"proposed {place.time(one.created_at)}, holds until {place.time(one.expires_at)} ({place.zone})",
        f"hits so far: {one.hits}",
        f"test in shadow: {shadow.tested} settled cases, {shadow.matched} of them held back; of these "
        f"{shadow.confirmed} confirmed, {shadow.unsure} unsure, {shadow.true} true by feedback",
        *([f"note: {one.note}"] if one.note else []),
        "evidence:",
    ]
    for id_, event in zip(one.evidence, evidence, strict=True):
        summary = event.verdict.summary if event and event.verdict else ""
        picture = place.data / event.key_frames[0].path if event and event.key_frames else ""
        lines.append(f"  {id_} {event.verification.value if event else ''} {picture} {summary}".rstrip())
    Screen(wide=True).print("\n".join(lines))


@app.command("approve")
def approve(id: Id, site: SiteFile = None, data: DataOfSite = None, store_url: StoreUrl = None) -> None:
    """Let a proposed or expired filter hold, after one more test in shadow."""
    from secondsight.cascade import approve_filter

    with run_place(site, data, store_url).open(read_only=False) as store:
        approve_filter(store, id, COMMAND_LINE)
    say(f"filter {id} holds")


@app.command("revoke")
def revoke(
    id: Id,
    note: Annotated[str, typer.Option(help="Why, in words.")] = "revoked by hand",
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """End a filter for good; a run that goes on obeys at once."""
    from secondsight.cascade import revoke_filter

    with run_place(site, data, store_url).open(read_only=False) as store:
        revoke_filter(store, id, COMMAND_LINE, note)
    say(f"filter {id} is revoked")


def _show(found: "Sequence[CameraFilter]", place: RunPlace) -> None:
    from rich.table import Column

    heads = map(place.word, ("camera", "kind", "state", "evidence", "hits"))
    table = Grid(Column(place.word("id"), no_wrap=True), *heads, place.head("until"), place.word("note"))
    for one in found:
        until = place.time(one.expires_at if one.ended_at is None else one.ended_at, 16)
        cells = (str(len(one.evidence)), str(one.hits), until, one.note or "")
        table.row(one.id, place.title_of(one.camera), one.kind, one.state.value, *cells)
    Screen(wide=True).print(table if found else place.word("no filters"))
