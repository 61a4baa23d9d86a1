"""Runs of the command in processes of their own that need not import everything again, which takes seconds.

`python -m tests.site.forks` imports once and then forks for each line it reads. The fork becomes
`python -m secondsight` with the arguments, variables and files of that line, and lives and dies as any process does.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from tests import cpu
from tests.conftest import ROOT

IMPORTED = (
    "openvino",
    "secondsight.brain.backends.openai.backend",
    "secondsight.cli.progress",
    "secondsight.cli.run",
    "secondsight.site",
    "sqlalchemy.dialects.sqlite",
    "trackers",
)


class Fork:
    """A running command, with what tests use of `subprocess.Popen`.

    Args:
        arguments: the words after `secondsight`.
        environ: all its variables.
        out: file for what it prints; its neighbours with other endings get the errors and the end.
    """

    def __init__(self, arguments: list[str], environ: Mapping[str, str], out: Path) -> None:
        self._began, self._ended = out.with_suffix(".pid"), out.with_suffix(".code")
        self.returncode: int | None = None
        request = {
            "arguments": arguments,
            "environ": dict(environ),
            "out": str(out),
            "err": str(out.with_suffix(".err")),
            "began": str(self._began),
            "ended": str(self._ended),
            "cwd": str(Path.cwd()),
        }
        for file in (out, out.with_suffix(".err")):
            file.touch()
        forking = _forking()
        assert forking.stdin is not None
        forking.stdin.write(json.dumps(request) + "\n")
        forking.stdin.flush()
        while not self._began.exists():
            assert forking.poll() is None, "the process that forks has ended"
            time.sleep(0.005)
        self.pid = int(self._began.read_text())

    def poll(self) -> int | None:
        """The exit code once it has ended, negative for a signal."""
        if self.returncode is None and self._ended.exists():
            code, seconds = self._ended.read_text().split()
            cpu.charge(float(seconds))
            self.returncode = int(code)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for the end."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("secondsight", timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _forking() -> subprocess.Popen[str]:
    """The process that forks, to the end of all tests."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.site.forks"], cwd=ROOT, stdin=subprocess.PIPE, text=True
    )
    atexit.register(process.communicate)
    return process


def main() -> None:
    """Fork for each request; the process between waits for the end of the run and writes it down."""
    for name in IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            request = json.loads(line)
            pid = os.fork()
            if pid == 0:
                become(request)
            watch(pid, request)


def watch(pid: int, request: dict[str, Any]) -> NoReturn:
    """Say that the run has begun, and in the end its exit code and seconds of CPU."""
    write(Path(request["began"]), str(pid))
    _, status, used = os.wait4(pid, 0)
    write(Path(request["ended"]), f"{os.waitstatus_to_exitcode(status)} {used.ru_utime + used.ru_stime}")
    os._exit(0)


def write(path: Path, text: str) -> None:
    """A file that is there as a whole or not at all."""
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text)
    part.rename(path)


def become(request: dict[str, Any]) -> NoReturn:
    """Be the command, to the end of the interpreter."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environ"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, request["out"]), (2, request["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), number)
    sys.argv[1:] = request["arguments"]
    runpy.run_module("secondsight", run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main()
