"""A real RTSP camera for tests: GStreamer's server, which can vanish, stall, come back and change its picture."""

from __future__ import annotations

import functools
import json
import os
import selectors
import signal
import subprocess
from pathlib import Path

from tests.conftest import require

PYTHON = "/usr/bin/python3"
"""The system's Python: the bindings come from Debian's python3-gi and gir1.2-gst-rtsp-server-1.0."""

_MAIN = Path(__file__).with_name("rtsp_main.py")
_START = 20.0


@functools.cache
def available() -> bool:
    """Whether the bindings are installed."""
    script = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    return (
        Path(PYTHON).exists() and subprocess.run([PYTHON, "-c", script], capture_output=True).returncode == 0
    )


class RtspServer:
    """An RTSP server with one medium, `/live`.

    Args:
        width, height, rate, gop, kbps: of the test picture's H.264.
        codec: `h264`, `h265` or `mjpeg`.
        config_interval: how the parameter sets are sent in the stream: -1 with each key frame, 0 never.
        file: an MP4 file to serve instead of a test picture.
        user, password: ask clients for these.
    """

    def __init__(
        self,
        *,
        width: int = 320,
        height: int = 240,
        rate: int = 50,
        gop: int = 25,
        kbps: int = 500,
        codec: str = "h264",
        pattern: str = "ball",
        config_interval: int = -1,
        file: Path | None = None,
        user: str = "",
        password: str = "",
    ) -> None:
        require(
            available(), "no GStreamer RTSP server: apt install gir1.2-gst-rtsp-server-1.0 and python3-gi"
        )
        self._settings = {
            "width": width, "height": height, "rate": rate, "gop": gop, "kbps": kbps,
            "codec": codec, "pattern": pattern, "config_interval": config_interval,
            "file": str(file) if file else "", "user": user, "password": password, "port": 0,
        }  # fmt: skip
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        login = (
            f"{self._settings['user']}:{self._settings['password']}@" if self._settings["password"] else ""
        )
        return f"rtsp://{login}127.0.0.1:{self.port}/live"

    def __enter__(self) -> RtspServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, **changes: object) -> None:
        """Start, on the same port as before if it ran before; `changes` replace settings such as width."""
        self._settings |= changes
        self._process = subprocess.Popen(
            [PYTHON, str(_MAIN), json.dumps(self._settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            line = self._process.stdout.readline() if selector.select(_START) else ""
        if not line.startswith("ready"):
            self.kill()
            raise RuntimeError("the RTSP server did not start")
        self.port = self._settings["port"] = int(line.split()[1])

    def kill(self) -> None:
        """Vanish without a word, like a camera that loses its power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None

    def drop(self) -> None:
        """Disconnect every client; go on listening."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write("drop\n")
        self._process.stdin.flush()

    def stall(self) -> None:
        """Send nothing more, but keep the connections open."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `stall`."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)
