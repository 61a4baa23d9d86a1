"""Runs pipelines in several processes, each with a share of a site's cameras.

One Python process keeps about one core busy with everything but inference, and its threads wait for each other on the
way: of recordings read as fast as they go, two processes with a core each serve 61 where one with both serves 42
(`python -m bench naive`). A process that crashes, as in a decoder, is started again and costs the others nothing.
Database, brain and events stay in the site's own process.
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
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from secondsight.config import NoBrainSettings, SiteConfig, StoreSettings
from secondsight.errors import ModelError, SecondSightError
from secondsight.log import fields, receive
from secondsight.masking import open_environment
from secondsight.media import is_recording, is_remote
from secondsight.site.pipeline.handle import SiteServices
from secondsight.site.processes.rpc import (
    START,
    STOP,
    ChangeOrder,
    Functions,
    SiteOrder,
    WorkerChanged,
    WorkerConfig,
    WorkerFailed,
    WorkerMessage,
    functions_of,
    serve,
)
from secondsight.site.rule_classes import ModelClasses
from secondsight.site.services.review_service import PolicyInputs
from secondsight.site.status import CameraStatus, PipelineStatus

_log = logging.getLogger(__name__)

PER_PROCESS = 16
"""Cameras per process, by default: fewer are not worth the memory of another one."""
_SILENCE_LIMIT = 120.0
"""Seconds without a message, which come twice a second, after which a process counts as hanging."""
_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
"""Seconds before a process that has died is started again: at first, and after many times."""
_STABLE_AFTER = 600.0
"""Seconds after which a death is not the consequence of those before."""
_MAX_CRASHES = 3
"""Crashes after which a process that only reads recordings is given up: it would read them for ever."""
_CHANGE_PATIENCE = 30.0
"""Seconds that a process may take to go over to other cameras."""
_STOP_PATIENCE = 9.0
"""Seconds from asking a process to stop until it is killed; its journal is replayed at the next start."""


def cores() -> list[int]:
    """Numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def shares(config: SiteConfig, count: int | None = None) -> list[tuple[str, ...]]:
    """The cameras of each process; none is without cameras.

    Without a number in `sentinel.processes`, one process for every `PER_PROCESS` cameras, at most one per core,
    and only if the model runs on the CPU.

    Args:
        count: number of processes; overrides the site's settings.
    """
    names, configured = list(config.cameras), config.sentinel.processes
    if count is None and configured != "auto":
        count = configured
    elif count is None:
        on_cpu = config.sentinel.device.startswith("CPU")
        count = min(len(cores()), math.ceil(len(names) / PER_PROCESS)) if on_cpu else 1
    count = max(1, min(count, len(names)))
    return [tuple(names[number::count]) for number in range(count)]


def isolated(config: SiteConfig) -> bool:
    """Whether cameras are decoded outside the site's own process, however few they are."""
    if config.sentinel.isolate != "auto":
        return config.sentinel.isolate
    return any(is_remote(camera) for camera in config.cameras.values())


def core_sets(parts: int, available: Sequence[int]) -> list[set[int]]:
    """The cores of each of `parts` processes: as equal as can be, and none twice while there are enough."""
    if parts >= len(available):
        return [{available[number % len(available)]} for number in range(parts)]
    bounds = [round(number * len(available) / parts) for number in range(parts + 1)]
    return [set(available[low:high]) for low, high in pairwise(bounds)]


@dataclass(frozen=True, slots=True)
class ProcessCallbacks:
    """What a `PipelineProcess` asks of its site and reports to it.

    Attributes:
        policy_inputs: returns what decisions depend on; asked every few seconds.
        changed: called when the process may have finished.
        lost: called with its cameras after it died.
    """

    policy_inputs: Callable[[], PolicyInputs]
    changed: Callable[[], None]
    lost: Callable[[Collection[str]], None]


class PipelineProcess:
    """Some cameras being watched in a process of their own; see `PipelineHandle`.

    Args:
        cores: numbers of the cores that it may use; ignored where the system cannot limit them.
    """

    def __init__(
        self,
        config: SiteConfig,
        data: Path,
        cameras: tuple[str, ...],
        cores: set[int],
        services: SiteServices,
        callbacks: ProcessCallbacks,
    ) -> None:
        self._config, self._data, self._cameras, self._cores = config, data, cameras, cores
        self._functions: Functions = functions_of(services, callbacks.policy_inputs)
        self._callbacks = callbacks
        self._changed: Future[SecondSightError | None] = Future()
        self._state = PipelineStatus(tuple(_unseen(name) for name in cameras), over=False, trouble=None)
        self._started, self._stopping, self._opened = False, threading.Event(), threading.Event()
        self._failure: SecondSightError | None = None
        self._crashes, self._started_at, self._end = 0, time.monotonic(), math.inf
        self.classes = ModelClasses(config.sentinel.model, (), ())
        self._lock = threading.Lock()
        self._process, self._messages, self._server = self._spawn()
        self._thread = threading.Thread(target=self._run, name=f"watch {', '.join(cameras)}", daemon=True)
        self._thread.start()

    @classmethod
    def open_all(
        cls,
        config: SiteConfig,
        data: Path,
        parts: Sequence[tuple[str, ...]],
        services: SiteServices,
        callbacks: ProcessCallbacks,
    ) -> list[Self]:
        """Processes for all parts, ready to start.

        Raises:
            ModelError: a model cannot be used, or a process does not come up.
        """
        opened: list[Self] = []
        try:
            for cameras, own in zip(parts, core_sets(len(parts), cores()), strict=True):
                opened.append(cls(config, data, cameras, own, services, callbacks))
            for process in opened:
                process._await_opening()
        except BaseException:
            for process in opened:
                process.ask_to_stop()
            for process in opened:
                process.close()
            raise
        return opened

    # -- PipelineHandle

    def start(self) -> None:
        """Begin to read."""
        with self._lock:
            self._started = True
            self._send(START)

    def tick(self) -> None:
        """Nothing to do: the process does its own housekeeping."""

    def state(self) -> PipelineStatus:
        """Its last status, at most half a second old while it runs."""
        return self._state

    def change(self, config: SiteConfig, cameras: Collection[str], changed: Collection[str]) -> None:
        """See `PipelineHandle`. A process that has died begins with the new configuration.

        Raises:
            ModelError: as there, or the process does not answer.
        """
        order = ChangeOrder(share(config, cameras), tuple(cameras), tuple(changed))
        with self._lock:
            before = self._config, self._cameras
            self._config, self._cameras = config, order.cameras
            self._changed = Future()
            known = {one.name: one for one in self._state.cameras if one.name not in changed}
            shown = tuple(known.get(name, _unseen(name)) for name in cameras)
            self._state = replace(self._state, cameras=shown)
            if self._process.poll() is not None:
                return
            self._send(order)
        try:
            error = self._changed.result(_CHANGE_PATIENCE)
        except TimeoutError:
            raise ModelError(
                f"the worker process for {self._names()} does not take the change; restart the site"
            ) from None
        if isinstance(error, ModelError):
            self._config, self._cameras = before
        if error is not None:
            raise error

    def ask_to_stop(self) -> None:
        """Read no more; returns at once."""
        with self._lock:
            if not self._stopping.is_set():
                self._end = time.monotonic() + _STOP_PATIENCE
            self._stopping.set()
            self._send(STOP)

    def stop(self) -> None:
        """Let the process write what is pending, and end."""
        self.ask_to_stop()
        self._thread.join(max(0.0, self._end - time.monotonic()))
        if self._thread.is_alive():
            _log.error("a worker process does not stop, killed", extra=self._about())
            self._process.kill()
            self._thread.join()

    def close(self) -> None:
        """As `stop`."""
        self.stop()

    # -- the process

    def _spawn(self) -> tuple["subprocess.Popen[bytes]", Connection, threading.Thread]:
        """Start a process and the thread that answers its calls, and send it its `WorkerConfig`.

        A program of its own, not a copy of this one: `fork` would copy locks that other threads hold, and what
        `multiprocessing` does instead runs the user's script once more.
        """
        ours, theirs = zip(*(socket.socketpair() for _ in range(2)), strict=True)
        command = [sys.executable, "-P", "-m", "secondsight.site.processes.worker"]
        with _confined_to(self._cores):
            process = subprocess.Popen(
                [*command, *(str(end.fileno()) for end in theirs)],
                pass_fds=[end.fileno() for end in theirs],
                env={**open_environment(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                # What libraries print must not get between the lines of `--json`.
                stdout=subprocess.DEVNULL,
                # Ctrl-C is for this process, which then asks the others.
                start_new_session=True,
            )
        for end in theirs:
            end.close()
        calls, messages = (Connection(end.detach()) for end in ours)
        level = logging.getLogger("secondsight").getEffectiveLevel()
        with contextlib.suppress(OSError):  # it has died already, which its thread will see
            messages.send(
                WorkerConfig(
                    share(self._config, self._cameras),
                    self._cameras,
                    self._data,
                    self._callbacks.policy_inputs(),
                    level,
                )
            )
        server = threading.Thread(target=serve, args=(calls, self._functions), name="calls", daemon=True)
        server.start()
        return process, messages, server

    def _await_opening(self) -> None:
        self._opened.wait()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        """Receive from one process after the other, until told to stop or until a restart would not help."""
        while True:
            self._receive_all()
            code = self._process.wait()
            self._settle_change(None)  # the next one begins with what was changed
            self._server.join()  # its end of the pipe is closed; calls under way may go on
            self._messages.close()
            if self._stopping.is_set() or not self._handle_exit(code) or not self._restart():
                break
        self._opened.set()

    def _restart(self) -> bool:
        """Start another process after a pause; False if told to stop meanwhile."""
        while not self._stopping.wait(min(_PAUSE * 2 ** min(self._crashes - 1, 10), _LONGEST_PAUSE)):
            try:
                with self._lock:
                    self._process, self._messages, self._server = self._spawn()
                    self._started_at = time.monotonic()
                    if self._stopping.is_set():
                        self._send(STOP)
                return True
            except OSError as error:
                about = fields(error=error.strerror or str(error), cameras=self._names())
                _log.error("a worker process cannot be started, trying again", extra=about)
        return False

    def _receive_all(self) -> None:
        """Take messages until the process has ended, or seems to hang."""
        try:
            while self._messages.poll(_SILENCE_LIMIT):
                self._receive(self._messages.recv())
        except (EOFError, OSError):
            return
        _log.error("a worker process hangs, killed", extra=self._about())
        self._process.kill()

    def _receive(self, message: WorkerMessage) -> None:
        if isinstance(message, logging.LogRecord):
            receive(message)
        elif isinstance(message, PipelineStatus):
            self._state = message
            if message.over:
                self._callbacks.changed()
        elif isinstance(message, WorkerFailed):
            self._failure = message.error
        elif isinstance(message, WorkerChanged):
            self._settle_change(message.error)
        else:
            _log.info("a worker process is ready", extra=self._about())
            self.classes = message.classes
            self._opened.set()
            with self._lock:
                if self._started:
                    self._send(START)

    def _settle_change(self, error: SecondSightError | None) -> None:
        with self._lock:
            if not self._changed.done():
                self._changed.set_result(error)

    @property
    def _finite(self) -> bool:
        """Whether it only reads recordings."""
        return all(is_recording(name, self._config.cameras[name]) for name in self._cameras)

    def _handle_exit(self, code: int) -> bool:
        """Report that the process has died. Returns whether to start it again."""
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if not self._opened.is_set():
            self._failure = self._failure or ModelError(
                f"the worker process for {', '.join(self._cameras)} did not start ({how}); see the log lines above, "
                "or set `sentinel.processes: 1` to run without worker processes"
            )
            return False
        if not self._finite and time.monotonic() - self._started_at > _STABLE_AFTER:
            self._crashes = 0
        self._crashes += 1
        over = self._finite and self._crashes >= _MAX_CRASHES
        if self._failure is not None:
            how, self._failure = str(self._failure), None
        what = "failed" if over else "retrying"
        _log.error("a worker process has died", extra=fields(how=how, state=what, cameras=self._names()))
        self._state = PipelineStatus(
            tuple(
                replace(
                    camera,
                    state=what,
                    fps=0.0,
                    detections_per_s=0.0,
                    error=self._exit_message(camera.name, how),
                )
                for camera in self._state.cameras
            ),
            over=over,
            trouble=None,
        )
        self._callbacks.lost(self._cameras)
        return not over

    def _exit_message(self, camera: str, how: str) -> str:
        text = f"camera {camera}: its worker process has died ({how})"
        if self._crashes < _MAX_CRASHES:
            return text
        text = f"{text}, {self._crashes} times so far"
        others = len(self._cameras) - 1
        return (
            f"{text}; it or one of {others} others may be the cause, watch them one by one"
            if others
            else text
        )

    def _send(self, order: SiteOrder) -> None:
        with contextlib.suppress(OSError):  # it has died; `_run` notices
            self._messages.send(order)

    def _names(self) -> str:
        return ", ".join(self._cameras)

    def _about(self) -> dict[str, dict[str, object]]:
        return fields(cameras=self._names(), process=self._process.pid)


def share(config: SiteConfig, cameras: Collection[str]) -> SiteConfig:
    """The site as a process needs to know it: without the secrets of the brain, the store and other cameras."""
    elsewhere = {"source": SecretStr("watched by another process")}
    shown = {
        name: camera if name in cameras else camera.model_copy(update=elsewhere)
        for name, camera in config.cameras.items()
    }
    return config.model_copy(update={"cameras": shown, "brain": NoBrainSettings(), "store": StoreSettings()})


def _unseen(camera: str) -> CameraStatus:
    """The status of a camera before its first message."""
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
