"""`secondsight ask`: questions in English or Chinese about what a run has stored."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click
import typer

from secondsight.cli.output import Grid, Screen, say, say_json
from secondsight.cli.stores import DataOfSite, SiteFile, StoreUrl, run_place
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.ask import PlanReading, QuestionAnswer, QuestionPlan, Questions, Sighting
    from secondsight.config import SiteConfig
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
    from secondsight.config import load_site

    place, refused = run_place(site, data, store_url), False
    config = load_site(site) if site is not None else None
    with place.open(read_only=config is None or not can_answer(config.brain)) as store:
        asker = _asker(store, config, site, place.data)
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
                _show(answer, explain)
    if refused:
        raise typer.Exit(1)


def _asker(store: "Store", config: "SiteConfig | None", site: Path | None, folder: Path) -> "Questions":
    from secondsight.ask import Questions, Vocabulary
    from secondsight.clock import SystemClock
    from secondsight.config import read_environment
    from secondsight.site import make_questions

    if config is None or site is None:
        return Questions(store, Vocabulary.of_store(store), data=folder)
    there = config.model_copy(update={"data": folder})
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


def _show(answer: "QuestionAnswer", explain: bool) -> None:
    screen = Screen(wide=True)
    screen.print(answer.text)
    for part in (answer, *answer.further):
        if part.bars:
            screen.print(_chart(part))
        if part.sighting is not None and part.sighting.pictures:
            screen.print(_pictures(part.sighting))
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


def _pictures(sighting: "Sighting") -> Grid:
    from rich.table import Column

    from secondsight.clock import iso

    table = Grid("", Column("event", no_wrap=True), "time (UTC)", "camera", "kind", "known", "clip")
    for one in sighting.pictures:
        moment = iso(one.time)[:19].replace("T", " ")
        table.row(
            f"[{one.number}]",
            one.event,
            moment,
            one.camera,
            one.kind,
            one.verification.value,
            one.clip or "-",
        )
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
