"""Plays a folder's recordings as RTSP cameras in real time, with GStreamer's server.

Its Python bindings come with the system and can seldom be installed into a virtual environment, so the server is a
process of its own under whichever Python has them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import av

from secondsight.errors import ConfigError, SecondSightError

_MAIN = Path(__file__).with_name("rtsp_server.py")
_PROBE = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
_PACKAGES = (
    "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A running server.

    Attributes:
        urls: address of each camera by its name.
        process: the server's; it ends when its standard input is closed.
    """

    urls: dict[str, str]
    process: subprocess.Popen[str]

    def wait(self) -> None:
        """Wait until the server ends by itself, which it does only when something is broken. Raises
        SecondSightError.
        """
        code = self.process.wait()
        raise SecondSightError(f"the RTSP server ended by itself, with exit code {code}")


@contextmanager
def serve_rtsp(folder: Path, port: int = 8554) -> Iterator[Served]:
    """Play every MP4 file of `folder`, over and over, at rtsp://127.0.0.1:PORT/NAME, until the block ends.

    Args:
        port: 0 takes any that is free.

    Raises:
        ConfigError: no MP4 file there, one that is not H.264, or the port is taken.
        SecondSightError: GStreamer or its Python bindings are not installed.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.mp4"))}
    if not files:
        raise ConfigError("no MP4 file here; `secondsight sim make` writes some", file=str(folder))
    for path in files.values():
        _check(path)
    names = {name: quote(name) for name in files}
    settings = {"port": port, "cameras": {names[name]: str(path.resolve()) for name, path in files.items()}}
    process = subprocess.Popen(
        [find_python(), str(_MAIN), json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        bound = _ready(process, port)
        yield Served({name: f"rtsp://127.0.0.1:{bound}/{names[name]}" for name in files}, process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def find_python() -> str:
    """A Python that has GStreamer's RTSP server. Raises SecondSightError."""
    candidates = [sys.executable, "/usr/bin/python3", shutil.which("python3"), "/usr/local/bin/python3"]
    tried = [one for one in dict.fromkeys(candidates) if one and Path(one).exists()]
    for python in tried:
        if subprocess.run([python, "-c", _PROBE], capture_output=True, check=False).returncode == 0:
            return python
    raise SecondSightError(
        f"no GStreamer RTSP server for any of {', '.join(tried)}; on Debian and Ubuntu: apt install {_PACKAGES}"
    )


def _check(path: Path) -> None:
    try:
        with av.open(str(path)) as file:
            codecs = [stream.codec_context.name for stream in file.streams.video]
    except av.FFmpegError as error:
        raise ConfigError(f"cannot be played: {error.strerror}", file=str(path)) from None
    if codecs != ["h264"]:
        raise ConfigError(
            f"only one H.264 video can be played, not {', '.join(codecs) or 'none'}", file=str(path)
        )


def _ready(process: subprocess.Popen[str], port: int) -> int:
    """The port the server listens at."""
    assert process.stdout is not None
    word, *rest = (process.stdout.readline() or "nothing").split()
    if word == "ready":
        return int(rest[0])
    if rest == ["port"]:
        raise ConfigError(f"port {port} is taken; name another, or 0 for any", key="--port")
    if word == "error":
        raise SecondSightError(
            f"GStreamer lacks {', '.join(rest[1:])}; on Debian and Ubuntu: apt install {_PACKAGES}"
        )
    raise SecondSightError("the RTSP server did not start")
