"""A server that is a program of its own: started on a port that was free, and killed afterwards."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

_PATIENCE = 60.0


class ServerProgram:
    """One server on 127.0.0.1, with a folder of its own.

    Args:
        name: stands in the folder's name and in what is said when it does not start.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = Path(tempfile.mkdtemp(prefix=f"ss-{name}-", dir="/tmp"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *command: str) -> None:
        """Run the command, and wait until it takes connections on the port."""
        log = self.folder / "log"
        with log.open("ab") as file:
            self._process = subprocess.Popen(command, stdout=file, stderr=file)
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start: {log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Kill it, and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
