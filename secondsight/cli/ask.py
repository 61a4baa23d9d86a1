"""`secondsight ask`: questions in English or Chinese about what a run has stored."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Grid, Screen, say_json
from secondsight.cli.stores import DataOfSite, SiteFile, StoreUrl, open_store, place_of

if TYPE_CHECKING:
    from secondsight.ask import QuestionAnswer, Questions
    from secondsight.store import Store

_BAR = 30
"""Letters of the longest bar."""


def ask(
    questions: Annotated[
        list[str],
        typer.Argument(help="A question; further ones go on from it, such as 'and yesterday?'."),
    ],
    site: SiteFile = None,
    data: DataOfSite = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also how it was understood, and what the answer rests on.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line (docs/json.md).")] = False,
    store_url: StoreUrl = None,
) -> None:
    """Ask what happened, in English or Chinese: figures with their bounds, and what nobody could see."""
    from secondsight.ask import answer_to_json

    folder, url = place_of(site, data, store_url)
    refused = False
    with open_store(folder, url) as store:
        asker = _asker(store, site, folder)
        before = None
        for question in questions:
            answer = asker.ask(question, before=before)
            before = answer.last.plan or before
            refused = refused or answer.refused is not None
            if as_json:
                say_json(answer_to_json(answer))
            else:
                _show(answer, explain)
    if refused:
        raise typer.Exit(1)


def _asker(store: "Store", site: Path | None, folder: Path) -> "Questions":
    from secondsight.ask import Questions, Vocabulary
    from secondsight.config import load_site

    names = Vocabulary.of_site(load_site(site)) if site is not None else Vocabulary.of_store(store)
    return Questions(store, names, data=folder)


def _show(answer: "QuestionAnswer", explain: bool) -> None:
    screen = Screen(wide=True)
    screen.print(answer.text)
    for part in (answer, *answer.further):
        if part.bars:
            screen.print(_chart(part))
        if part.events and (explain or (part.plan is not None and part.plan.listed)):
            screen.print(_events(part))
        if explain and part.plan is not None:
            for line in part.understood:
                screen.print(line)


def _chart(answer: "QuestionAnswer") -> Grid:
    from rich.table import Column

    table = Grid("", Column("", justify="right"), "")
    longest = max((value for _, _, value in answer.bars), default=0.0) or 1.0
    for name, said, value in answer.bars:
        table.row(name, said, "█" * round(_BAR * value / longest))
    return table


def _events(answer: "QuestionAnswer") -> Grid:
    from rich.table import Column

    from secondsight.clock import iso

    table = Grid(Column("event", no_wrap=True), "time (UTC)", "camera", "kind", "known", "clip", "sha256")
    for one in answer.events:
        table.row(
            one.id,
            iso(one.time)[:19].replace("T", " "),
            one.camera,
            one.kind,
            one.verification.value,
            one.clip or "-",
            (one.sha256 or "-")[:16],
        )
    return table
