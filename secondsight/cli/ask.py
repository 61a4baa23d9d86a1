"""`secondsight ask`: questions in English or Chinese about what a run has stored."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click
import typer

from secondsight.cli.output import Grid, Screen, say, say_json
from secondsight.cli.stores import SITE_FILE, DataOfSite, RunPlace, SiteFile, StoreUrl, run_place
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.ask import PlanReading, QuestionAnswer, QuestionPlan, Questions, Sighting
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
    from secondsight.brain import can_answer

    place, refused = run_place(site, data, store_url), False
    config = place.config
    with place.open(read_only=config is None or not can_answer(config.brain)) as store:
        asker = _asker(store, place, site or SITE_FILE)
        before = None
        for question in questions:
            answer = asker.ask(question, before=before)
            if answer.refused is not None and answer.refused.readings and not as_json:
                answer = asker.ask(question, plan=_chosen(answer.refused.readings))
            before = answer.last.plan or before
            refused = refused or answer.refused is not None
            if as_json:
                say_json(answer_to_json(answer))
            else:
                _show(answer, explain, place)
    if refused:
        raise typer.Exit(1)


def _asker(store: "Store", place: RunPlace, site: Path) -> "Questions":
    from secondsight.ask import Questions, Vocabulary
    from secondsight.clock import SystemClock
    from secondsight.config import read_environment
    from secondsight.site import make_questions

    if place.config is None:
        return Questions(store, Vocabulary.of_store(store), data=place.data)
    there = place.config.model_copy(update={"data": place.data})
    return make_questions(there, store, SystemClock(), read_environment(site.parent))


def _chosen(readings: "Sequence[PlanReading]") -> "QuestionPlan":
    """The reading that the asker means; without a terminal to ask at, they are told to use `--json`."""
    for number, one in enumerate(readings, 1):
        say(f"{number}: {one.words}")
    if not sys.stdin.isatty():
        raise ConfigError(
            "the question can be read in these ways; ask it in other words, or choose at a terminal",
            key="QUESTION",
        )
    choice = typer.prompt("Which one is meant", type=click.IntRange(1, len(readings)))
    return readings[int(choice) - 1].plan


def _show(answer: "QuestionAnswer", explain: bool, place: RunPlace) -> None:
    screen = Screen(wide=True)
    screen.print(answer.text)
    for part in (answer, *answer.further):
        if part.bars:
            screen.print(_chart(part))
        if part.sighting is not None and part.sighting.pictures:
            screen.print(_pictures(part.sighting, place))
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


def _pictures(sighting: "Sighting", place: RunPlace) -> Grid:
    from rich.table import Column

    heads = map(place.word, ("camera", "kind", "known", "clip"))
    table = Grid("", Column(place.word("event"), no_wrap=True), place.head("time"), *heads)
    for one in sighting.pictures:
        table.row(
            f"[{one.number}]",
            one.event,
            place.time(one.time),
            place.title_of(one.camera),
            one.kind,
            place.word(one.verification.value),
            one.clip or "-",
        )
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
