"""`secondsight ask`: questions in English or Chinese about what a run has stored."""

from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Grid, Screen, say_json
from secondsight.cli.stores import DataOfSite, RunPlace, SiteFile, StoreUrl, run_place

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

    place = run_place(site, data, store_url)
    refused = False
    with place.open() as store:
        asker = _asker(store, place)
        before = None
        for question in questions:
            answer = asker.ask(question, before=before)
            before = answer.last.plan or before
            refused = refused or answer.refused is not None
            if as_json:
                say_json(answer_to_json(answer))
            else:
                _show(answer, explain, place)
    if refused:
        raise typer.Exit(1)


def _asker(store: "Store", place: RunPlace) -> "Questions":
    from secondsight.ask import Questions, Vocabulary

    names = Vocabulary.of_store(store) if place.config is None else Vocabulary.of_site(place.config)
    return Questions(store, names, data=place.data)


def _show(answer: "QuestionAnswer", explain: bool, place: RunPlace) -> None:
    screen = Screen(wide=True)
    screen.print(answer.text)
    for part in (answer, *answer.further):
        if part.bars:
            screen.print(_chart(part))
        if part.events and (explain or (part.plan is not None and part.plan.listed)):
            screen.print(_events(part, place))
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


def _events(answer: "QuestionAnswer", place: RunPlace) -> Grid:
    from rich.table import Column

    heads = map(place.word, ("camera", "kind", "known", "clip"))
    table = Grid(Column(place.word("event"), no_wrap=True), place.head("time"), *heads, "sha256")
    for one in answer.events:
        table.row(
            one.id,
            place.time(one.time),
            place.title_of(one.camera),
            one.kind,
            place.word(one.verification.value),
            one.clip or "-",
            (one.sha256 or "-")[:16],
        )
    return table
