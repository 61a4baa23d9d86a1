"""`secondsight worker`: reviews cases of other sites, which come over a message queue."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import say
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.brain import Reviewer
    from secondsight.serve.queue import ReviewWorker


def worker(
    site: Annotated[Path, typer.Argument(help="A file with `brain` and `queue`; it needs no cameras.")],
    url: Annotated[
        str | None, typer.Option(help="Address of the NATS server (default: `queue.url` of the file).")
    ] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Take cases from the message queue and review them, until Ctrl-C (docs/queue.md)."""
    from secondsight import log
    from secondsight.brain import make_reviewer
    from secondsight.bus import bus_of
    from secondsight.clock import SystemClock
    from secondsight.config import load_worker, read_environment
    from secondsight.serve.queue import ReviewWorker

    if log_level not in ("debug", "info", "warning", "error"):
        raise ConfigError("write debug, info, warning or error", key="--log-level")
    log.configure(log_level)
    config = load_worker(site, url=url)
    place = bus_of(config)
    if place is None:
        raise ConfigError(
            "name the NATS server: `url` in this section, or --url", file=str(site), key="queue"
        )
    brain = make_reviewer(config.brain, SystemClock(), read_environment(site.parent), bus=place)
    if brain is None or brain.name == "queue":
        raise ConfigError(
            "a worker needs a brain of its own, such as `openai`, `transformers` or `clip`",
            file=str(site),
            key="brain.backend",
        )
    say(f"reviewing cases from {place.shown} with {brain.name}", err=True)
    taking = ReviewWorker(place, brain, config.brain.concurrency, SystemClock())
    asyncio.run(_until_stopped(taking, brain))
    counted = ", ".join(f"{count} {what}" for what, count in sorted(taking.counts.items()))
    say(counted or "no case came", err=True)


async def _until_stopped(taking: "ReviewWorker", brain: "Reviewer") -> None:
    """Run until SIGINT or SIGTERM; a second one ends the program at once."""
    loop, running = asyncio.get_running_loop(), asyncio.ensure_future(taking.run())

    def stop() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        taking.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await running
    finally:
        await brain.close()
