"""`secondsight alerts`: what waits for receivers, what could not be delivered, and whether a channel works."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Grid, Screen, counted, say, say_json, words
from secondsight.cli.stores import DataOfSite, RunPlace, SiteFile, StoreUrl, run_place
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.store import ChannelTotals, Delivery

app = typer.Typer(
    help="Alerts on their way to receivers: status, dead letters, sending again, test messages.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("status")
def status(
    as_json: AsJson = False, site: SiteFile = None, data: DataOfSite = None, store_url: StoreUrl = None
) -> None:
    """How many messages of each channel wait, were sent, or are dead letters."""
    place = run_place(site, data, store_url)
    with place.open() as store:
        totals = store.deliveries.totals()
    if as_json:
        for one in totals:
            say_json(_totals_to_json(one))
        return
    table = Grid("channel", "waiting", place.head("since"), "sent", place.head("last"), "dead", "trouble")
    for one in totals:
        counts = (
            str(one.waiting),
            _time(one.oldest, place),
            str(one.sent),
            _time(one.last_sent, place),
            str(one.dead),
        )
        table.row(one.channel, *counts, one.error or "")
    Screen(wide=True).print(table if totals else "no run with channels has used this data folder")


@app.command("dead")
def dead(
    channel: Annotated[str | None, typer.Argument(help="Only of this channel.")] = None,
    as_json: AsJson = False,
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """Messages that were given up, and why."""
    place = run_place(site, data, store_url)
    with place.open() as store:
        found = store.deliveries.dead(channel)
    if as_json:
        for one in found:
            say_json(_delivery_to_json(one))
        return
    table = Grid("number", "channel", "message", place.head("waited since"), "tries", "error")
    for one in found:
        table.row(
            str(one.position),
            one.channel,
            one.id,
            place.time(one.created_at),
            str(one.attempts),
            one.error or "",
        )
    Screen(wide=True).print(table if found else "no dead letters")


@app.command("resend")
def resend(
    channel: Annotated[str | None, typer.Argument(help="Only of this channel.")] = None,
    number: Annotated[
        list[int] | None, typer.Option(help="Only this one, as `dead` shows it; may be repeated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters of all channels.")] = False,
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """Let dead letters wait again. The run sends them, now or when it is started."""
    if (channel is None) != everything:
        raise ConfigError("name a channel, or write `--all`")
    with run_place(site, data, store_url).open(read_only=False) as store:
        count = store.deliveries.resend(channel=channel, positions=number or ())
    if not count and (channel is not None or number):
        raise ConfigError("there are no such dead letters; `secondsight alerts dead` shows what there is")
    say(f"{counted(count, 'message')} will be sent again", err=True)


@app.command("test")
def send_test(
    site: Annotated[Path, typer.Argument(help="The site file.")],
    channel: Annotated[str | None, typer.Argument(help="Only this channel.")] = None,
) -> None:
    """Send a test message through each channel. Exit code 1 if one does not arrive."""
    from secondsight import log
    from secondsight.clock import SystemClock
    from secondsight.config import load_site
    from secondsight.errors import SecondSightError
    from secondsight.serve.alerts import make_channel, sample_notice

    log.configure("error")
    config = load_site(site)
    if channel is not None and channel not in config.alerts:
        known = ", ".join(config.alerts) or "none"
        raise ConfigError(f"no channel has this name; there are: {known}", key=f"alerts.{channel}")
    table, fine = Grid("", "channel", "detail"), True
    for name in config.alerts if channel is None else (channel,):
        try:
            opened = make_channel(name, config.alerts[name], config)
            try:
                opened.send(sample_notice(config, SystemClock().now()))
            finally:
                opened.close()
        except SecondSightError as error:
            fine = False
            table.row(words("no", "bold red"), name, str(error))
        else:
            table.row(words("ok", "green"), name, "the receiver has taken a test message")
    Screen(wide=True).print(table if config.alerts else "the site file names no channels")
    if not fine:
        raise typer.Exit(1)


def _time(seconds: float | None, place: RunPlace) -> str:
    return "" if seconds is None else place.time(seconds)


def _totals_to_json(one: "ChannelTotals") -> dict[str, object]:
    from secondsight.clock import iso
    from secondsight.records import SCHEMA_VERSION

    return {
        "schema": SCHEMA_VERSION,
        "type": "channel",
        "channel": one.channel,
        "position": one.position,
        "waiting": one.waiting,
        "oldest": None if one.oldest is None else iso(one.oldest),
        "sent": one.sent,
        "last_sent": None if one.last_sent is None else iso(one.last_sent),
        "dead": one.dead,
        "error": one.error,
    }


def _delivery_to_json(one: "Delivery") -> dict[str, object]:
    from secondsight.clock import iso
    from secondsight.records import SCHEMA_VERSION

    return {
        "schema": SCHEMA_VERSION,
        "type": "dead_letter",
        "number": one.position,
        "channel": one.channel,
        "message": one.id,
        "event": one.event,
        "since": iso(one.created_at),
        "attempts": one.attempts,
        "error": one.error,
    }
