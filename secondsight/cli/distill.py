"""`secondsight distill`: makes small students of large models, for a kind of event or for an attribute of tracks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.learn import SITE, Site, learning
from secondsight.cli.output import counted, say
from secondsight.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secondsight.config import SiteConfig
    from secondsight.learn import AttributeExample, AttributeTask, Sample


def distill(
    name: Annotated[str, typer.Argument(metavar="KIND|ATTRIBUTE", help="Such as intrusion, or helmet.")],
    site: Site = SITE,
    limit: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Of a kind: share of true events that it may reject.")
    ] = 0.05,
    alpha: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Of a kind: chance that the bound is wrong.")
    ] = 0.05,
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--answer",
            metavar="LABEL=WORDS",
            help="Makes it an attribute: an answer, and what is to be seen then. At least two.",
        ),
    ] = None,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Of an attribute: tracks that it is asked about.")
    ] = None,
    region: Annotated[
        str, typer.Option(help="Of an attribute: whole, head, torso or upper part of the box.")
    ] = "whole",
    teacher: Annotated[
        str, typer.Option(help="Of an attribute: an image-text model, by name or folder.")
    ] = "city-clip",
    brain: Annotated[
        bool, typer.Option("--brain", help="The site's brain teaches the attribute instead; costs calls.")
    ] = False,
    most: Annotated[
        int, typer.Option("--samples", min=1, help="Of an attribute: most samples, the newest ones.")
    ] = 500,
    steps: Annotated[int, typer.Option(min=1, max=100_000, help="Of an attribute: batches.")] = 1000,
) -> None:
    """Teach a small student what a large model answers.

    For a kind of event: what the brain answers to its deciding question, so that sure cases need no call. It acts
    where `learn.students` names the kind, from the next start of the site on.

    For an attribute (`--answer`): a second-stage classifier that looks at every track. It learns from samples.
    """
    if answers:
        task = _task(name, answers, classes or ["person"], region)
        _distil_attribute(site, task, None if brain else teacher, most, steps)
    else:
        _distil_kind(site, name, limit, alpha)


def _distil_kind(site: Path, kind: str, limit: float, alpha: float) -> None:
    from secondsight.cli.stores import open_store
    from secondsight.clock import SystemClock
    from secondsight.config import load_site
    from secondsight.learn import examples_of, save_student, teach

    config = load_site(site)
    url = config.store.url.get_secret_value() if config.store.url else None
    with open_store(config.data, url) as store:
        candidates = store.events.candidates(kind=kind)
        events = store.events.of([one.candidate.id for one in candidates])
    examples, teachers = examples_of(candidates, events)
    student = teach(kind, examples, teachers, limit=limit, alpha=alpha, now=SystemClock().now())
    path = save_student(config.data, student)
    known = student.certificate
    say(f"{path}: {path.stat().st_size / 1000:.0f} kB, learned from {student.examples} reviewed candidates")
    say(
        f"with {1 - alpha:.0%} confidence it rejects at most {limit:.0%} of the true events of a camera-day "
        f"({known.risk:.1%} on {known.days} held-out days), and {known.spared:.0%} of all candidates"
    )
    if kind not in config.learn.students:
        say(f"it acts once the site file says `learn: {{students: [{kind}]}}`")


def _task(name: str, answers: "Sequence[str]", classes: "Sequence[str]", region: str) -> "AttributeTask":
    """Raises RefusedError for answers that are none."""
    from secondsight.learn import ATTRIBUTE_REGIONS, AttributeTask

    parts = [(label.strip(), words.strip()) for label, _, words in (one.partition("=") for one in answers)]
    if wrong := [one for one, part in zip(answers, parts, strict=True) if not all(part)]:
        raise RefusedError(f'write an answer as --answer "helmet=a person with a hard hat", not `{wrong[0]}`')
    if len({label for label, _ in parts}) < len(parts) or len(parts) < 2:
        raise RefusedError("an attribute has at least two answers, each with a label of its own")
    if not name.isidentifier():
        raise RefusedError(f"`{name}` cannot name an attribute: take letters, digits and _, such as helmet")
    if region not in ATTRIBUTE_REGIONS:
        raise RefusedError(f"there is no region {region}; choose of {', '.join(ATTRIBUTE_REGIONS)}")
    return AttributeTask(name, tuple(parts), tuple(classes), region)


def _distil_attribute(site: Path, task: "AttributeTask", teacher: str | None, most: int, steps: int) -> None:
    from secondsight.learn import ATTRIBUTE_FAMILY, distil_attribute, require_training
    from secondsight.sentinel import ModelStore

    require_training()
    with learning(site) as (config, catalogue):
        samples = [sample for sample in catalogue.samples() if task.things_in(sample)][-most:]
    if not samples:
        raise RefusedError(
            f"no sample shows a {' or '.join(task.classes)} that is tall enough; let the site keep some for a while"
        )
    if teacher is None:
        examples, by = _judged_by_brain(config, site, samples, task)
    else:
        examples, by = _judged_by_embedder(config, samples, task, teacher)
    report = distil_attribute(task, examples, by, config.data, steps=steps)
    ModelStore(config.models).add(report.path, task.name, ATTRIBUTE_FAMILY, list(task.labels), replace=True)
    say(
        f"{report.path}: {report.path.stat().st_size / 1000:.0f} kB, taught by {by} on {report.taught} things"
    )
    shares = ", ".join(f"{label} {share:.0%}" for label, share in report.recalls.items())
    say(
        f"on {report.judged} things of {counted(report.days, 'other camera-day')} it says what its teacher says of "
        f"{report.agreement:.0%} ({shares})"
    )
    say(
        f"it looks once the site file says `sentinel: {{second_stage: {{{task.name}: {{model: {task.name}, region: "
        f"{task.region}}}}}}}`"
    )


def _judged_by_embedder(
    config: "SiteConfig", samples: "Sequence[Sample]", task: "AttributeTask", model: str
) -> "tuple[list[AttributeExample], str]":
    from secondsight.brain import make_embedder
    from secondsight.learn import EmbeddingTeacher, attribute_examples, read_sample

    teacher = EmbeddingTeacher(make_embedder(model), task)
    examples = []
    for sample in samples:
        jpeg, things = read_sample(config.data, sample), task.things_in(sample)
        examples += attribute_examples(task, sample, jpeg, things, teacher.judge(sample, jpeg, things))
    return examples, teacher.name


def _judged_by_brain(
    config: "SiteConfig", site: Path, samples: "Sequence[Sample]", task: "AttributeTask"
) -> "tuple[list[AttributeExample], str]":
    from secondsight.cli.stores import open_store
    from secondsight.clock import SystemClock
    from secondsight.config import read_environment
    from secondsight.site import judge_with_brain

    url = config.store.url.get_secret_value() if config.store.url else None
    with open_store(config.data, url, read_only=False) as store:
        done = judge_with_brain(config, store, samples, task, SystemClock(), read_environment(site.parent))
    if done.stopped:
        say(f"stopped after {counted(done.asked, 'sample')}: {done.stopped}", err=True)
    return list(done.found), done.brain
