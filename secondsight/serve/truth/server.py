"""Serves the page of labels until Ctrl-C."""

import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from secondsight.clock import Clock
from secondsight.errors import ConfigError
from secondsight.serve.truth.app import make_label_app
from secondsight.serve.truth.label_file import open_files


def serve_labels(
    places: Sequence[Path], previews: Path, clock: Clock, *, port: int, ready: Callable[[str], None]
) -> None:
    """Serve label files on this machine until the process is interrupted.

    Args:
        places: videos, and folders of videos.
        previews: an empty folder for what browsers play.
        clock: gives recordings without a time of their own their `start_time`.
        port: to listen on; 0 for any that is free.
        ready: called with the page's address.

    Raises:
        ConfigError: a folder holds no video, or the port is taken.
    """
    found = open_files(places, previews, clock)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(f"cannot listen on port {port}: {error.strerror}", key="--port") from None
        config = uvicorn.Config(make_label_app(found), log_level="error", access_log=False)
        ready(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        uvicorn.Server(config).run(sockets=[listening])
