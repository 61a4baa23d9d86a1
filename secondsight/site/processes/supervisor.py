"""Watching in several processes, one for each part of a site's cameras.

One Python process keeps about one core busy with everything but inference, and its threads wait for each other on the
way: of recordings read as fast as they go, two processes with a core each serve 61 where one with both serves 42
(`python -m bench naive`). What breaks one, a decoder's crash included, is started again and costs
the others nothing. Database, brain and events stay in the site's own process.
"""

import contextlib
import logging
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from secondsight.config import BrainSettings, SiteConfig, StoreSettings
from secondsight.errors import ModelError, SecondSightError
from secondsight.log import fields, receive
from secondsight.masking import KNOWN
from secondsight.media import is_recording
from secondsight.site.pipeline.pipeline import SiteServices
from secondsight.site.processes.rpc import (
    START,
    STOP,
    Functions,
    WorkerConfig,
    WorkerFailed,
    WorkerMessage,
    functions_of,
    serve,
)
from secondsight.site.services.review_service import PolicyInputs
from secondsight.site.status import CameraStatus, PipelineStatus

_log = logging.getLogger(__name__)

PER_PROCESS = 16
"""Cameras for which a further process is worth its memory, by default."""
_SILENCE = 120.0
"""Seconds without news, which come twice a second, after which a process hangs."""
_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
"""Seconds before a process that has died is started again: at first, and after many times."""
_LONG_LIFE = 600.0
"""Seconds after which a death is not the consequence of those before."""
_DEATHS = 3
"""After so many a process that watches recordings only is given up: it would read them for ever."""
_STOP_PATIENCE = 9.0
"""Seconds after which a process that does not stop is killed; its journal is replayed at the next start."""


def cores() -> list[int]:
    """Numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def shares(config: SiteConfig, count: int | None = None) -> list[tuple[str, ...]]:
    """The cameras of each process, one empty-handed never among them: what the site says, or one process for every
    `PER_PROCESS` cameras while there are cores, of a site whose model runs on the processor.

    Args:
        count: processes, whatever the site says.
    """
    names, said = list(config.cameras), config.sentinel.processes
    if count is None and said != "auto":
        count = said
    elif count is None:
        on_cpu = config.sentinel.device.startswith("CPU")
        count = min(len(cores()), math.ceil(len(names) / PER_PROCESS)) if on_cpu else 1
    count = max(1, min(count, len(names)))
    return [tuple(names[number::count]) for number in range(count)]


def core_sets(parts: int, available: Sequence[int]) -> list[set[int]]:
    """The cores of each of `parts` processes: as equal as can be, and none twice while there are enough."""
    if parts >= len(available):
        return [{available[number % len(available)]} for number in range(parts)]
    bounds = [round(number * len(available) / parts) for number in range(parts + 1)]
    return [set(available[low:high]) for low, high in pairwise(bounds)]


@dataclass(frozen=True, slots=True)
class ProcessCallbacks:
    """Whom a process's fate concerns.

    Attributes:
        outlook: asked for what is known of the brain.
        changed: called when the process may have come to its end.
        lost: called with its cameras after it has died.
    """

    outlook: Callable[[], PolicyInputs]
    changed: Callable[[], None]
    lost: Callable[[Collection[str]], None]


class PipelineProcess:
    """Some cameras being watched in a process of their own; see `Watching`.

    Args:
        cores: those that it may use; where the system knows no such thing, it uses all.
    """

    def __init__(
        self,
        config: SiteConfig,
        data: Path,
        cameras: tuple[str, ...],
        cores: set[int],
        home: SiteServices,
        hooks: ProcessCallbacks,
    ) -> None:
        self._config, self._data, self._cameras, self._cores = config, data, cameras, cores
        self._functions: Functions = functions_of(home, hooks.outlook)
        self._hooks = hooks
        self._finite = all(is_recording(name, config.cameras[name]) for name in cameras)
        self._state = PipelineStatus(tuple(_unseen(name) for name in cameras), over=False, trouble=None)
        self._started, self._stopping, self._settled = False, threading.Event(), threading.Event()
        self._refusal: SecondSightError | None = None
        self._deaths, self._born = 0, time.monotonic()
        self.labels: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._process, self._line, self._server = self._spawn()
        self._thread = threading.Thread(target=self._run, name=f"watch {', '.join(cameras)}", daemon=True)
        self._thread.start()

    @classmethod
    def open_all(
        cls,
        config: SiteConfig,
        data: Path,
        parts: Sequence[tuple[str, ...]],
        home: SiteServices,
        hooks: ProcessCallbacks,
    ) -> list[Self]:
        """Processes for all parts, ready to start.

        Raises:
            ModelError: a model cannot be used, or a process does not come up.
        """
        opened: list[Self] = []
        try:
            for cameras, own in zip(parts, core_sets(len(parts), cores()), strict=True):
                opened.append(cls(config, data, cameras, own, home, hooks))
            for process in opened:
                process._await_opening()
        except BaseException:
            for process in opened:
                process.ask_to_stop()
            for process in opened:
                process.close()
            raise
        return opened

    # -- Watching

    def start(self) -> None:
        """Begin to watch."""
        with self._lock:
            self._started = True
            self._say(START)

    def tick(self) -> None:
        """The process keeps its own time."""

    def state(self) -> PipelineStatus:
        """What it last said of itself, half a second ago at most while it lives."""
        return self._state

    def ask_to_stop(self) -> None:
        """Read no more; returns at once."""
        with self._lock:
            self._stopping.set()
            self._say(STOP)

    def stop(self) -> None:
        """Let the process write what is pending, and end."""
        self.ask_to_stop()
        self._thread.join(_STOP_PATIENCE)
        if self._thread.is_alive():
            _log.error("a watching process does not stop, killed", extra=self._about())
            self._process.kill()
            self._thread.join()

    def close(self) -> None:
        """As `stop`."""
        self.stop()

    # -- the process

    def _spawn(self) -> tuple["subprocess.Popen[bytes]", Connection, threading.Thread]:
        """Start a process and the thread that answers its calls, and give it its orders.

        A program of its own, not a copy of this one: `fork` would copy locks that other threads hold, and what
        `multiprocessing` does instead runs the user's script once more.
        """
        ours, theirs = zip(*(socket.socketpair() for _ in range(2)), strict=True)
        command = [sys.executable, "-P", "-m", "secondsight.site.processes.worker"]
        with _confined_to(self._cores):
            process = subprocess.Popen(
                [*command, *(str(end.fileno()) for end in theirs)],
                pass_fds=[end.fileno() for end in theirs],
                env={**_environment(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                # What libraries print must not get between the lines of `--json`.
                stdout=subprocess.DEVNULL,
                # Ctrl-C is for this process, which then asks the others.
                start_new_session=True,
            )
        for end in theirs:
            end.close()
        calls, line = (Connection(end.detach()) for end in ours)
        level = logging.getLogger("secondsight").getEffectiveLevel()
        with contextlib.suppress(OSError):  # it has died already, which its thread will see
            line.send(
                WorkerConfig(
                    _share(self._config, self._cameras),
                    self._cameras,
                    self._data,
                    self._hooks.outlook(),
                    level,
                )
            )
        server = threading.Thread(target=serve, args=(calls, self._functions), name="calls", daemon=True)
        server.start()
        return process, line, server

    def _await_opening(self) -> None:
        self._settled.wait()
        if self._refusal is not None:
            raise self._refusal

    def _run(self) -> None:
        """Hear one process after the other, until this is to stop or there is no more sense in it."""
        while True:
            self._listen()
            code = self._process.wait()
            self._server.join()  # its end of the pipe is closed; calls under way may go on
            self._line.close()
            if self._stopping.is_set() or not self._mourn(code) or not self._again():
                break
        self._settled.set()

    def _again(self) -> bool:
        """Start another process after a while; False if this is to stop meanwhile."""
        while not self._stopping.wait(min(_PAUSE * 2 ** min(self._deaths - 1, 10), _LONGEST_PAUSE)):
            try:
                with self._lock:
                    self._process, self._line, self._server = self._spawn()
                    self._born = time.monotonic()
                    if self._stopping.is_set():
                        self._say(STOP)
                return True
            except OSError as error:
                about = fields(error=error.strerror or str(error), cameras=self._names())
                _log.error("a watching process cannot be started, tried again", extra=about)
        return False

    def _listen(self) -> None:
        """Take news until the process has ended, or seems to hang."""
        try:
            while self._line.poll(_SILENCE):
                self._take(self._line.recv())
        except (EOFError, OSError):
            return
        _log.error("a watching process hangs, killed", extra=self._about())
        self._process.kill()

    def _take(self, news: WorkerMessage) -> None:
        if isinstance(news, logging.LogRecord):
            receive(news)
        elif isinstance(news, PipelineStatus):
            self._state = news
            if news.over:
                self._hooks.changed()
        elif isinstance(news, WorkerFailed):
            self._refusal = news.error
        else:
            _log.info("a watching process is ready", extra=self._about())
            self.labels = news.labels
            self._settled.set()
            with self._lock:
                if self._started:
                    self._say(START)

    def _mourn(self, code: int) -> bool:
        """Say that the process has died; whether it is to be started again."""
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if not self._settled.is_set():
            self._refusal = self._refusal or ModelError(
                f"a process to watch {', '.join(self._cameras)} did not come up ({how}); the lines above say why, "
                "if it could; `sentinel.processes: 1` does without"
            )
            return False
        if not self._finite and time.monotonic() - self._born > _LONG_LIFE:
            self._deaths = 0
        self._deaths += 1
        over = self._finite and self._deaths >= _DEATHS
        if self._refusal is not None:
            how, self._refusal = str(self._refusal), None
        what = "failed" if over else "retrying"
        _log.error("a watching process has died", extra=fields(how=how, state=what, cameras=self._names()))
        self._state = PipelineStatus(
            tuple(
                replace(
                    camera, state=what, fps=0.0, detections_per_s=0.0, error=self._epitaph(camera.name, how)
                )
                for camera in self._state.cameras
            ),
            over=over,
            trouble=None,
        )
        self._hooks.lost(self._cameras)
        return not over

    def _epitaph(self, camera: str, how: str) -> str:
        text = f"camera {camera}: the process that watches it has died ({how})"
        if self._deaths < _DEATHS:
            return text
        text = f"{text}, {self._deaths} times by now"
        others = len(self._cameras) - 1
        return (
            f"{text}; it or one of {others} others may be the cause, watch them one by one"
            if others
            else text
        )

    def _say(self, word: str) -> None:
        with contextlib.suppress(OSError):  # it has died, which its thread will see
            self._line.send(word)

    def _names(self) -> str:
        return ", ".join(self._cameras)

    def _about(self) -> dict[str, dict[str, object]]:
        return fields(cameras=self._names(), process=self._process.pid)


def _share(config: SiteConfig, cameras: Collection[str]) -> SiteConfig:
    """The site as a process needs to know it: without the secrets of the brain, the store and other cameras."""
    elsewhere = {"source": SecretStr("watched by another process")}
    shown = {
        name: camera if name in cameras else camera.model_copy(update=elsewhere)
        for name, camera in config.cameras.items()
    }
    return config.model_copy(update={"cameras": shown, "brain": BrainSettings(), "store": StoreSettings()})


def _environment() -> dict[str, str]:
    """The environment without what is known to be secret: anyone who may read `/proc` of a process sees it."""
    return {name: value for name, value in os.environ.items() if not KNOWN.holds(value)}


def _unseen(camera: str) -> CameraStatus:
    """A camera of which nothing is known yet."""
    return CameraStatus(camera, "connecting", 0, 0, 0.0, 0, 0.0, 0, 0, {}, None, None)


@contextlib.contextmanager
def _confined_to(cores: set[int]) -> Iterator[None]:
    """What this thread starts meanwhile may use these cores only, from its first instruction on, as libraries count
    cores when they are loaded."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
