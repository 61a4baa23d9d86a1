"""`secondsight distill`: makes a student of the brain for one kind of event."""

from typing import Annotated

import typer

from secondsight.cli.learn import SITE, Site
from secondsight.cli.output import say


def distill(
    kind: Annotated[str, typer.Argument(help="A kind of event, such as intrusion.")],
    site: Site = SITE,
    limit: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Share of true events that it may reject.")
    ] = 0.05,
    alpha: Annotated[float, typer.Option(min=0.0001, max=0.5, help="Chance that the bound is wrong.")] = 0.05,
) -> None:
    """Teach a small student what the brain answers for a kind, so that sure cases need no call.

    It acts where `learn.students` names the kind, from the next start of the site on.
    """
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
