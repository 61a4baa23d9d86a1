"""`secondsight label`: what is in samples; by people, by a stronger model, by the brain."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.learn import SITE, Site, learning
from secondsight.cli.output import Grid, Screen, counted, say

if TYPE_CHECKING:
    from secondsight.config import SiteConfig
    from secondsight.learn import LearnCatalogue, Sample, SampleLabel

app = typer.Typer(help="Say what is in samples; the least certain first.", no_args_is_help=True)

Author = Annotated[str, typer.Option(help="Who says so.")]
Format = Annotated[str, typer.Option("--format", help="coco, yolo, cvat, label-studio or mot.")]


@app.command("next")
def next_samples(
    site: Site = SITE,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
) -> None:
    """List the samples that a person should look at first: disputed between models, missed, then uncertain ones."""
    from secondsight.learn import merge

    with learning(site) as (config, catalogue):
        waiting, labels = _waiting(catalogue)
    table = Grid("sample", "reason", "known", "by", "picture")
    for sample in waiting[:limit]:
        known = merge(labels.get(sample.id, ()))
        boxes = known.boxes if known is not None else sample.seen
        what = ", ".join(f"{box.label} {box.confidence:.2f}" for box in boxes) or "nothing"
        table.row(
            sample.id,
            sample.reason,
            what,
            known.author if known else sample.bundle,
            str(config.data / sample.path),
        )
    screen = Screen(wide=True)
    screen.print(table)
    screen.print(f"{counted(len(waiting), 'sample')} without a person's label")


@app.command()
def confirm(
    ids: Annotated[list[str], typer.Argument(help="Samples whose boxes are right as they are.")],
    site: Site = SITE,
    author: Author = "command line",
) -> None:
    """Say that what is known of samples is right and complete."""
    from secondsight.clock import SystemClock
    from secondsight.learn import LabelSource, SampleLabel, merge

    now = SystemClock().now()
    with learning(site) as (_, catalogue):
        labels = catalogue.labels()
        said = []
        for id in ids:
            sample, known = catalogue.sample(id), merge(labels.get(id, ()))
            boxes = known.boxes if known is not None else sample.seen
            said.append(SampleLabel(id, boxes, LabelSource.HUMAN, author, 1.0, True, now))
        catalogue.add_labels(said)
    say(f"{counted(len(said), 'label')} added")


@app.command("export")
def export_labels(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    site: Site = SITE,
    form: Format = "coco",
    limit: Annotated[int, typer.Option(min=1, help="How many, the least certain first.")] = 100,
) -> None:
    """Write pictures and what is known of them for another tool."""
    from secondsight.clock import SystemClock
    from secondsight.learn import export_samples, format_named, production

    with learning(site) as (config, catalogue):
        classes = production(catalogue, config, SystemClock()).labels
        waiting, _ = _waiting(catalogue)
        path = export_samples(catalogue, waiting[:limit], format_named(form), folder, classes)
    say(f"{counted(min(limit, len(waiting)), 'sample')}: {path}")


@app.command("import")
def import_file(
    path: Annotated[Path, typer.Argument(help="The file of labels that the other tool wrote.")],
    site: Site = SITE,
    form: Format = "coco",
    author: Author = "command line",
) -> None:
    """Take people's labels from another tool; they overrule all others."""
    from secondsight.clock import SystemClock
    from secondsight.learn import format_named, import_labels

    with learning(site) as (_, catalogue):
        said = import_labels(catalogue, format_named(form), path, author=author, now=SystemClock().now())
    say(f"{counted(len(said), 'label')} added")


@app.command()
def auto(
    site: Site = SITE,
    teacher: Annotated[str | None, typer.Option(help="A stronger model of the model store labels.")] = None,
    sure: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Confidence from which the teacher's boxes are taken.")
    ] = 0.5,
    brain: Annotated[
        bool, typer.Option("--brain", help="The site's brain checks what the sentinel saw; costs calls.")
    ] = False,
    events: Annotated[
        bool, typer.Option("--events", help="Carry verdicts and feedback along their tracks.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most samples.")] = 500,
) -> None:
    """Label by machine: with a stronger model, the site's brain, or with what is known of events."""
    from secondsight.clock import SystemClock
    from secondsight.errors import RefusedError

    if not (teacher or brain or events):
        raise RefusedError("say who labels: --teacher MODEL, --brain, or --events")
    now = SystemClock().now()
    with learning(site) as (config, catalogue):
        said = _from_events(config, catalogue, now) if events else []
        if teacher:
            said += _from_teacher(config, catalogue, teacher, sure, limit)
        if brain:
            said += _from_brain(config, catalogue, site.parent, limit)
        catalogue.add_labels(said)
    say(f"{counted(len(said), 'label')} added")


@app.command()
def missed(
    picture: Annotated[Path, typer.Argument(help="A JPEG in which something was missed.")],
    camera: Annotated[str, typer.Option(help="Of which camera it is.")],
    site: Site = SITE,
    time: Annotated[str | None, typer.Option(help="When it was taken, ISO 8601; now if absent.")] = None,
) -> None:
    """Keep a picture in which the sentinel missed something; `label next` shows it first."""
    from datetime import UTC, datetime

    from secondsight.clock import SystemClock
    from secondsight.errors import RefusedError
    from secondsight.learn import keep_missed, production

    clock = SystemClock()
    try:
        moment = datetime.fromisoformat(time) if time else datetime.fromtimestamp(clock.now(), UTC)
    except ValueError:
        raise RefusedError("write the time as 2026-01-31T08:00:00+01:00") from None
    with learning(site) as (config, catalogue):
        if camera not in config.cameras:
            raise RefusedError(
                f"no camera is called {camera}; known: {', '.join(config.cameras)}", unknown=True
            )
        taken = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        bundle, min_free = production(catalogue, config, clock).name, config.retention.min_free
        sample = keep_missed(catalogue, picture, camera=camera, time=taken, bundle=bundle, min_free=min_free)
    say(f"kept as {sample.id}")


def _from_events(config: "SiteConfig", catalogue: "LearnCatalogue", now: float) -> "list[SampleLabel]":
    """Keeps disputed events as samples, and carries what is known along the tracks."""
    from secondsight.cli.stores import open_store
    from secondsight.clock import SystemClock
    from secondsight.learn import keep_disputed, new_labels, production, propagate, track_labels

    url = config.store.url.get_secret_value() if config.store.url else None
    with open_store(config.data, url) as store:
        events = store.events.find()
    bundle, min_free = production(catalogue, config, SystemClock()).name, config.retention.min_free
    kept = keep_disputed(catalogue, events, bundle=bundle, min_free=min_free)
    say(f"{counted(len(kept), 'disputed event')} kept as samples", err=True)
    known = track_labels(events)
    return new_labels(propagate(catalogue.samples(), known, now), catalogue.labels())


def _from_brain(
    config: "SiteConfig", catalogue: "LearnCatalogue", folder: Path, limit: int
) -> "Sequence[SampleLabel]":
    from secondsight.cli.stores import open_store
    from secondsight.clock import SystemClock
    from secondsight.config import read_environment
    from secondsight.learn import LabelSource
    from secondsight.site import label_with_brain

    known = (LabelSource.BRAIN, LabelSource.HUMAN)
    done_before = {id for id, all in catalogue.labels().items() if any(one.source in known for one in all)}
    waiting = [one for one in catalogue.samples() if one.seen and one.id not in done_before][:limit]
    url = config.store.url.get_secret_value() if config.store.url else None
    with open_store(config.data, url, read_only=False) as store:
        done = label_with_brain(config, store, waiting, SystemClock(), read_environment(folder))
    if done.stopped:
        say(f"stopped after {counted(done.asked, 'sample')}: {done.stopped}", err=True)
    return done.found


def _from_teacher(
    config: "SiteConfig", catalogue: "LearnCatalogue", teacher: str, sure: float, limit: int
) -> "list[SampleLabel]":
    from secondsight.clock import SystemClock
    from secondsight.learn import TeacherLabeller, production, read_sample
    from secondsight.sentinel import Detector, ModelStore

    classes = production(catalogue, config, SystemClock()).labels
    detector = Detector.open(
        ModelStore(config.models).resolve(teacher), config.sentinel.runtime, config.sentinel.device
    )
    try:
        labeller = TeacherLabeller(detector, classes, SystemClock(), sure)
        labels = catalogue.labels()
        waiting = [
            sample
            for sample in catalogue.samples()
            if not any(one.author == detector.name for one in labels.get(sample.id, ()))
        ]
        said = [labeller.label(sample, read_sample(config.data, sample)) for sample in waiting[:limit]]
    finally:
        detector.close()
    return [label for label in said if label is not None]


def _waiting(catalogue: "LearnCatalogue") -> "tuple[list[Sample], Mapping[str, list[SampleLabel]]]":
    """Samples for people, those first that a trial waits for."""
    from secondsight.learn import disputed_samples, least_certain

    labels = catalogue.labels()
    return least_certain(catalogue.samples(), labels, disputed_samples(catalogue)), labels
