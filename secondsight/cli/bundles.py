"""`secondsight models history | promote | rollback | diff | propose`: what is live, and what was."""

from typing import Annotated

import typer

from secondsight.cli.learn import SITE, Site, learning
from secondsight.cli.output import Grid, Screen, say
from secondsight.cli.stores import COMMAND_LINE


def history(site: Site = SITE) -> None:
    """Bundles of model, tracker and thresholds: where each stands, and what happened."""
    from secondsight.clock import iso

    with learning(site) as (_, catalogue):
        bundles, entries = catalogue.bundles(), catalogue.history()
    table = Grid("bundle", "state", "model", "from", "dataset", "tracker", "threshold")
    for one in bundles:
        made = (one.parent or "-", str(one.dataset or "-"), one.tracker, f"{one.threshold:g}")
        table.row(one.name, one.state.value, one.base, *made)
    log = Grid("time", "bundle", "what", "by", "why")
    for entry in entries:
        log.row(iso(entry.time), entry.bundle, entry.action, entry.by, entry.reason)
    screen = Screen(wide=True)
    screen.print(table)
    screen.print(log)


def promote(
    bundle: Annotated[str, typer.Argument(help="A name from `models history`.")],
    reason: Annotated[str, typer.Option(help="Why, for the history.")],
    site: Site = SITE,
) -> None:
    """Put a bundle into production by hand, without a trial; the site takes it up at its next start."""
    from secondsight.clock import SystemClock
    from secondsight.learn import model_of, promote

    with learning(site) as (config, catalogue):
        model_of(catalogue.bundle(bundle), config.data, config)
        promote(catalogue, bundle, SystemClock(), reason=reason, by=COMMAND_LINE)
    say(f"{bundle} is in production")


def rollback(
    reason: Annotated[str, typer.Option(help="Why, for the history.")],
    site: Site = SITE,
) -> None:
    """Put the bundle that was in production before back."""
    from secondsight.clock import SystemClock
    from secondsight.learn import rollback

    with learning(site) as (_, catalogue):
        back = rollback(catalogue, SystemClock(), reason=reason, by=COMMAND_LINE)
    say(f"{back.name} is in production again")


def diff(
    one: Annotated[str, typer.Argument(help="A bundle.")],
    other: Annotated[str, typer.Argument(help="Another one.")],
    site: Site = SITE,
) -> None:
    """Compare two bundles on the reference set: by class, camera and condition."""
    from secondsight.learn import compare_bundles

    with learning(site) as (config, catalogue):
        result = compare_bundles(catalogue, config, (one, other))
    table = Grid("class", "in", "there", f"{one} found", f"{other} found", f"{one} false", f"{other} false")
    for row in result.rows:
        found = (row.true, row.production, row.candidate, row.false_production, row.false_candidate)
        table.row(row.label, row.part, *map(str, found))
    screen = Screen(wide=True)
    screen.print(table)
    for reason in result.reasons:
        screen.print(f"{other} would not pass: {reason}")


def propose(
    model: Annotated[str, typer.Argument(help="A model of the model store, trained with your own tools.")],
    site: Site = SITE,
) -> None:
    """Make a candidate of a model of your own; gate, shadow and trial follow as for any other."""
    from secondsight.clock import SystemClock
    from secondsight.learn import production, propose
    from secondsight.sentinel import ModelStore

    with learning(site) as (config, catalogue):
        clock = SystemClock()
        parent = production(catalogue, config, clock)
        bundle = propose(catalogue, ModelStore(config.models).resolve(model), parent, clock)
    say(f"{bundle.name} is a candidate; `secondsight learn step` takes it on")
