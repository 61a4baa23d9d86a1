"""`secondsight learn`: samples, datasets and trainings of a site, and the loop that makes its models better."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Grid, Screen, counted, say, say_json

if TYPE_CHECKING:
    from secondsight.config import SiteConfig
    from secondsight.learn import LearnCatalogue

app = typer.Typer(
    help="Samples, datasets and trainings: how a site's models get better.", no_args_is_help=True
)

Site = Annotated[Path, typer.Option("--site", help="The site file.")]
SITE = Path("site.yaml")


@contextmanager
def learning(site: Path) -> "Iterator[tuple[SiteConfig, LearnCatalogue]]":
    """A site's settings, and the index of what it has kept for learning.

    Raises:
        ConfigError: the site file has a mistake.
        StoreError: nothing was kept yet.
    """
    from secondsight import log
    from secondsight.config import load_site
    from secondsight.learn import LearnCatalogue

    log.configure("warning")
    config = load_site(site)
    with LearnCatalogue(config.data) as catalogue:
        yield config, catalogue


@app.command()
def samples(
    site: Site = SITE,
    tidy: Annotated[bool, typer.Option("--tidy", help="Remove what is older than `learn.keep`.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Count what was kept, by camera and reason."""
    from secondsight.clock import SystemClock
    from secondsight.learn import SampleReason, remove_old

    with learning(site) as (config, catalogue):
        if tidy:
            now = SystemClock().now()
            gone = remove_old(catalogue, config.data, older_than=now - config.learn.keep, now=now)
            say(f"{counted(gone, 'file')} removed", err=True)
        counts = catalogue.counts()
        labelled = len(catalogue.labels())
    if as_json:
        for (camera, reason), number in counts.items():
            say_json({"type": "samples", "camera": camera, "reason": reason.value, "count": number})
        return
    table = Grid("camera", *SampleReason)
    for camera in sorted({camera for camera, _ in counts}):
        table.row(camera, *(str(counts.get((camera, reason), 0)) for reason in SampleReason))
    screen = Screen(wide=True)
    screen.print(table)
    screen.print(f"{counted(labelled, 'sample')} with a label")


@app.command()
def dataset(
    site: Site = SITE,
    show: Annotated[bool, typer.Option("--show", help="Show the newest version; make none.")] = False,
    export: Annotated[Path | None, typer.Option(help="Write the newest version into this folder.")] = None,
    form: Annotated[
        str, typer.Option("--format", help="Of the export: coco, yolo, cvat, label-studio or mot.")
    ] = "coco",
) -> None:
    """Make the next version of the dataset from all labelled samples; versions never change."""
    from secondsight.clock import SystemClock
    from secondsight.learn import build_dataset, export_dataset, format_named, read_dataset

    with learning(site) as (config, catalogue):
        found = (
            read_dataset(catalogue)
            if show or export
            else build_dataset(catalogue, config.learn, SystemClock())
        )
        if export:
            for path in export_dataset(found, format_named(form), export):
                say(str(path))
    card = found.card
    table = Grid("side", "pictures", "boxes", "camera-days", title=f"Dataset {card.version}, {card.created}")
    for side in card.days:
        table.row(side, *(str(one.get(side, 0)) for one in (card.pictures, card.boxes, card.days)))
    screen = Screen(wide=True)
    screen.print(table)
    screen.print(f"classes: {', '.join(card.classes) or 'none'}")
    for name, numbers in (("labels by", card.sources), ("kept as", card.reasons)):
        screen.print(f"{name} {', '.join(f'{key} {number}' for key, number in sorted(numbers.items()))}")


@app.command()
def train(
    site: Site = SITE,
    version: Annotated[int | None, typer.Option("--dataset", help="Version; the newest by default.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Time budget.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Most batches.")] = None,
) -> None:
    """Train a candidate in a process of its own, at low priority; one that was killed goes on where it stopped."""
    from secondsight.clock import SystemClock
    from secondsight.learn import model_of, new_job, production, require_training, start_process, unfinished

    require_training()
    with learning(site) as (config, catalogue):
        spec = unfinished(config.data)
        if spec is None:
            current = production(catalogue, config, SystemClock())
            model = model_of(current, config.data, config).path
            spec = new_job(
                *(catalogue, config.learn, current, model, SystemClock()),
                dataset=version,
                minutes=minutes,
                steps=steps,
            )
            verb = "started"
        else:
            verb = "goes on"
        number = start_process(config.data, spec)
    say(f"training {spec.name} {verb} (process {number}); see `secondsight learn status`")


@app.command()
def status(
    site: Site = SITE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Show the trainings, why each was begun, and whether the next one is due."""
    from secondsight.clock import SystemClock
    from secondsight.learn import JobState, outlook, trainings

    with learning(site) as (config, catalogue):
        found = trainings(config.data)
        ahead = outlook(catalogue, config, SystemClock())
    table = Grid("training", "from", "dataset", "state", "steps", "minutes", "loss", "why", "problem")
    for one in found:
        spec, at = one.spec, one.status
        state = "stopped" if at.state is JobState.RUNNING and not one.alive else at.state.value
        if as_json:
            numbers = {"step": at.step, "steps": spec.steps, "seconds": at.seconds, "loss": at.loss}
            about = {"type": "training", "name": spec.name, "dataset": spec.dataset, "state": state}
            why = {"cause": spec.cause or None, "reason": spec.reason or None}
            say_json({**about, **numbers, **why, "problem": at.problem or None})
        done = (f"{at.step}/{spec.steps}", f"{at.seconds / 60:.1f}", f"{at.loss:.2f}")
        table.row(spec.name, spec.parent, str(spec.dataset), state, *done, spec.reason, at.problem)
    if as_json:
        due = (
            None if ahead.reason is None else {"cause": ahead.reason.cause.value, "reason": ahead.reason.text}
        )
        say_json({"type": "outlook", "due": due, "waiting": list(ahead.waiting)})
        return
    screen = Screen(wide=True)
    screen.print(table if found else "no training yet; start one with `secondsight learn train`")
    if ahead.reason is not None:
        screen.print(f"a training is due: {ahead.reason.text}; `secondsight learn step` begins it")
    for text in ahead.waiting:
        screen.print(f"not due: {text}")
    if ahead.reason is None and not ahead.waiting:
        screen.print("no training begins by itself; `learn.train` in the site file says when one does")


@app.command()
def stop(site: Site = SITE) -> None:
    """End the running training; it goes on from its last checkpoint with the next `train`."""
    from secondsight.learn import stop_process

    with learning(site) as (config, _):
        stopped = stop_process(config.data)
    say("the training was asked to end" if stopped else "no training runs")


@app.command()
def step(site: Site = SITE) -> None:
    """Take candidates one step on: gate, shadow, trial, promotion; roll back what proves worse; begin a training
    that is due. Run it daily."""
    from functools import partial

    from secondsight.brain import make_embedder
    from secondsight.clock import SystemClock
    from secondsight.learn import EMBEDDER, advance, train_if_due

    with learning(site) as (config, catalogue):
        steps = advance(catalogue, config, SystemClock())
        begun = train_if_due(catalogue, config, SystemClock(), partial(make_embedder, EMBEDDER))
    for one in steps:
        say(f"{one.bundle}: {one.text}")
        if one.waiting:
            say(f"  {counted(len(one.waiting), 'sample')} to be judged: `secondsight label next`")
    if begun is not None:
        say(begun.text)
    elif not steps:
        say("no candidate waits; train one with `secondsight learn train`")
