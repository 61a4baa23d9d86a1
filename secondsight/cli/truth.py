"""`secondsight truth`: label what really happens in one's own recordings, in a browser on this machine."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.output import say
from secondsight.cli.serve import require_console


def truth(
    places: Annotated[
        list[Path], typer.Argument(metavar="VIDEO|DIR...", help="Recordings, or folders of them.")
    ],
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to serve on; 0: any that is free.")
    ] = 8411,
) -> None:
    """Label events of recordings with keys while they play; `secondsight eval` then measures on them.

    Opens a page on this machine (extra console). NAME.json beside each video is written at every change."""
    require_console()
    from secondsight.clock import SystemClock
    from secondsight.serve import serve_labels

    with tempfile.TemporaryDirectory(prefix="secondsight-truth-") as previews:
        serve_labels(
            places,
            Path(previews),
            SystemClock(),
            port=port,
            ready=lambda url: say(f"label at {url}; Ctrl-C ends", err=True),
        )
