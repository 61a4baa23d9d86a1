"""`secondsight eval`: the whole system against recordings whose truth is known."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Screen, say, say_json
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.measure import Evaluation


def evaluate(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SUITE|DIR",
            help="metro, industrial, retail or motorway with -quick or -full, such as metro-quick; or a folder of "
            "videos with labels (docs/truth.md).",
        ),
    ],
    site: Annotated[
        Path | None,
        typer.Option(help="The site file to measure (default: site.yaml of the suite or folder)."),
    ] = None,
    without_brain: Annotated[
        bool, typer.Option("--without-brain", help="Measure the sentinel alone; ask no brain.")
    ] = False,
    objects: Annotated[
        bool, typer.Option("--objects", help="Also measure boxes and tracks, in a second pass.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object (docs/measuring.md).")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write a page with tables and plots.")] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where suites are kept (default: the user's cache folder).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the confidence intervals.")] = 0,
) -> None:
    """Run the real pipeline over labelled recordings: the sentinel alone beside sentinel and brain."""
    from secondsight import log
    from secondsight.cli.progress import make_display
    from secondsight.config import load_site, read_environment
    from secondsight.measure import evaluate as run
    from secondsight.measure import evaluation_to_json, make_room, read_folder, unwatched, write_html

    log.configure("warning", "text")
    if html is not None:
        make_room(html)
    shown = Screen(err=True)
    folder = _folder(what, cache, shown)
    file = site or folder / "site.yaml"
    if site is None and not file.is_file():
        raise ConfigError(
            "there is no site.yaml in this folder; name a site file", file=str(folder), key="--site"
        )
    config, labelled = load_site(file), read_folder(folder)
    if missing := unwatched(config, labelled):
        say(f"no rule of {file} reports {', '.join(missing)}: all of it counts as missed", err=True)
    with make_display(False, shown) as display:
        found = run(
            config,
            labelled,
            name=folder.name if Path(what).is_dir() else what,
            brain=not without_brain,
            objects=objects,
            seed=seed,
            environ=read_environment(file.parent),
            progress=display.show,
        )
    if html is not None:
        write_html(found, html, command=shlex.join(["secondsight", *sys.argv[1:]]))
        say(f"wrote {html}", err=True)
    if as_json:
        say_json(evaluation_to_json(found))
        return
    show(found, Screen(wide=True))


def show(evaluation: "Evaluation", screen: Screen) -> None:
    """Print all tables."""
    from secondsight.cli.tables import rich_table
    from secondsight.measure import tables

    for table in tables(evaluation):
        screen.print(rich_table(table))
        if table.note:
            screen.print(table.note, "dim")
        screen.print()


def _folder(what: str, cache: Path | None, screen: Screen) -> Path:
    """The folder of that name, or of that suite, which is made first if need be."""
    from rich.progress import BarColumn, TaskProgressColumn, TimeRemainingColumn

    from secondsight.measure import find_suite, prepare_suite

    if Path(what).is_dir():
        return Path(what).resolve()
    suite = find_suite(what)
    with screen.progress(BarColumn(), TaskProgressColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task(f"making {suite.name}", total=1.0)
        return prepare_suite(suite, cache, progress=lambda share: bar.update(task, completed=share))
