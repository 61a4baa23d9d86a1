"""The commands and what they are called."""

from typing import Annotated

import typer

from secondsight import __version__
from secondsight.cli import (
    alerts,
    ask,
    backup,
    bundle,
    calibrate,
    check,
    config,
    costs,
    counts,
    demo,
    distill,
    events,
    feedback,
    filters,
    find,
    heatmap,
    init,
    label,
    learn,
    models,
    report,
    rule,
    run,
    serve,
    sim,
    transcribe,
    trial,
    truth,
    upgrade,
    users,
    worker,
    zones,
)
from secondsight.cli.eval import evaluate
from secondsight.cli.output import say

app = typer.Typer(
    name="secondsight",
    help="Small models watch every frame of every camera; a large model takes the second look.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init.init)
app.command("check")(check.check)
app.command("run")(run.run)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("events")(events.events)
app.command("ask")(ask.ask)
app.command("find")(find.find)
app.command("rule")(rule.rule)
app.command("try")(trial.try_rule)
app.command("zones")(zones.zones)
app.command("counts")(counts.counts)
app.command("heatmap")(heatmap.heatmap)
app.command("transcribe")(transcribe.transcribe)
app.command("costs")(costs.costs)
app.command("report")(report.report)
app.command("feedback")(feedback.feedback)
app.command("calibrate")(calibrate.calibrate)
app.command("distill")(distill.distill)
app.command("eval")(evaluate)
app.command("truth")(truth.truth)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("bundle")(bundle.bundle)
app.command("upgrade")(upgrade.upgrade)
app.command("demo")(demo.demo)
app.add_typer(alerts.app, name="alerts")
app.add_typer(config.app, name="config")
app.add_typer(filters.app, name="filters")
app.add_typer(label.app, name="label")
app.add_typer(learn.app, name="learn")
app.add_typer(models.app, name="models")
app.add_typer(sim.app, name="sim")
app.add_typer(users.app, name="users")


def _show_version(value: bool) -> None:
    if value:
        say(f"secondsight {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of the program itself."""
