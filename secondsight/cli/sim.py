"""`secondsight sim`: recordings of a simulated city, with all that is true of them, and cameras that play them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Screen, counted, say

if TYPE_CHECKING:
    from secondsight.sim import Progress

_LONGEST = 24 * 60
"""Minutes. What happens in a recording is planned, and held, before its first frame is drawn."""

app = typer.Typer(help="Make and serve recordings of a simulated city.", no_args_is_help=True)


@app.command()
def make(
    pack: Annotated[str, typer.Argument(help="metro, industrial, retail or motorway.")],
    out: Annotated[Path, typer.Option(help="Folder to write into; new or empty.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same labels, byte by byte.")] = 0,
    minutes: Annotated[
        float, typer.Option(min=0.05, max=_LONGEST, help="Length of each recording, a day at most.")
    ] = 1.0,
    cameras: Annotated[int, typer.Option(min=1, max=1000, help="Number of cameras.")] = 1,
    conditions: Annotated[
        str, typer.Option(help="What makes seeing hard, such as night,rain:0.4 (docs/simulation.md).")
    ] = "",
    events: Annotated[
        str, typer.Option(help="Which events happen, such as running,crowd; the pack's own if absent.")
    ] = "",
    masks: Annotated[bool, typer.Option("--masks", help="Also label the pixels of each object.")] = False,
) -> None:
    """Write videos as cameras would, with labels, a site file, and MOTChallenge and COCO exports."""
    from secondsight.errors import ConfigError
    from secondsight.sim import make_city

    if not out.resolve().name:
        raise ConfigError("name a folder that is new or empty", file=str(out), key="--out")
    wanted = [text.strip() for text in conditions.split(",") if text.strip()]
    with _progress() as progress:
        made = make_city(
            pack,
            out,
            seed=seed,
            seconds=60 * minutes,
            cameras=cameras,
            conditions=wanted,
            masks=masks,
            kinds=[text.strip() for text in events.split(",") if text.strip()],
            progress=progress,
        )
    for one in made:
        say(
            f"{out / one.video}: {one.duration:g} s, {counted(len(one.objects), 'object')}, "
            f"{counted(len(one.events), 'event')}, {counted(len(one.lookalikes), 'look-alike')}"
        )
    say(f"next: secondsight run {out / 'site.yaml'} --once, or secondsight sim serve {out}")


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(help="A folder with MP4 files, as `sim make` writes it.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 for any.")] = 8554,
) -> None:
    """Play a folder's recordings as RTSP cameras, in real time, over and over, until Ctrl-C."""
    from secondsight.sim import serve_rtsp

    # A shell starts background jobs with SIGINT ignored, and a service manager sends SIGTERM: both are to end it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with serve_rtsp(folder, port) as served:
            say("Ctrl-C ends it", err=True)
            for url in served.urls.values():
                say(url)
            served.wait()
    except KeyboardInterrupt:
        say("stopped", err=True)


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A bar for each camera on a terminal; nothing without one."""
    from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn

    with Screen(err=True).progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bars:
        tasks = {}

        def show(camera: str, done: int, total: int) -> None:
            if camera not in tasks:
                tasks[camera] = bars.add_task(camera, total=total)
            bars.update(tasks[camera], completed=done)

        yield show
