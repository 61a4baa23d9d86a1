"""Sees the live pictures that a process of this machine offers (`LiveServer`)."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from secondsight.media.footage.live_server import LIVE, NOTHING, LiveForm, short_path

_PATIENCE = 5.0
_LONGEST = 40


def connect_live(data: Path, camera: str, form: LiveForm) -> tuple[str, socket.socket] | None:
    """Ask for the live pictures of a camera.

    Args:
        data: the data folder of its site.
        form: `codec` gives no pictures.

    Returns:
        The codec, and where the pictures come from, to be closed in the end; None where no process offers them now.
        The codec is empty where the camera gives no pictures now, and `jpeg` for the form `jpeg`.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", camera):
        return None
    connected = socket.socket(socket.AF_UNIX)
    try:
        connected.settimeout(_PATIENCE)
        with short_path(data / LIVE, camera) as path:
            connected.connect(path)
        connected.sendall(f"{camera} {form}\n".encode())
        codec = ""
        while not codec.endswith("\n"):
            letter = connected.recv(1)
            if not letter or len(codec) > _LONGEST:
                connected.close()
                return None
            codec += letter.decode("ascii", "replace")
    except OSError:
        connected.close()
        return None
    known = codec.rstrip("\n")
    return ("" if known == NOTHING else known), connected


def live_codec(data: Path, camera: str) -> str | None:
    """How a camera's live pictures are encoded; None where there are none now."""
    found = connect_live(data, camera, "codec")
    if found is None:
        return None
    found[1].close()
    return found[0] or None
