"""The faults: each begins, lasts some seconds, and is over."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from tests.scenarios.chaos.rig import CALM, Rig
from tests.servers.brain_behaviours import drip, garbage, ok, reset_midway, slow, status

Fault = Callable[[Rig, float], contextlib.AbstractContextManager[None]]
"""(rig, seconds it will last) -> the fault, while the block lasts."""


@contextmanager
def killed(rig: Rig, _: float) -> Iterator[None]:
    """kill -9, and started again at once."""
    rig.kill()
    rig.start()
    yield


@contextmanager
def worker_killed(rig: Rig, _: float) -> Iterator[None]:
    """kill -9 of a watching process, where there are any; else of the whole program."""
    run = rig.runs[-1]
    with contextlib.suppress(psutil.Error):
        workers = psutil.Process(run.process.pid).children()
        if workers:
            rig.stops.append(time.monotonic())
            rig.rng.choice(workers).kill()
            yield
            return
    with killed(rig, 0.0):
        yield


@contextmanager
def frozen(rig: Rig, _: float) -> Iterator[None]:
    """The program itself stands still, as on a laptop that sleeps."""
    process = rig.runs[-1].process
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


@contextmanager
def database_hangs(rig: Rig, _: float) -> Iterator[None]:
    """SIGSTOP of all of PostgreSQL."""
    server = psutil.Process(rig.postgres.pid)
    stopped = [server, *server.children(recursive=True)]
    begin = time.monotonic()
    for one in stopped:
        with contextlib.suppress(psutil.Error):
            one.suspend()
    try:
        yield
    finally:
        for one in stopped:
            with contextlib.suppress(psutil.Error):
                one.resume()
        rig.outages.append((begin, time.monotonic()))


@contextmanager
def database_restarts(rig: Rig, _: float) -> Iterator[None]:
    """PostgreSQL is killed with all it has under way, and comes back."""
    begin = time.monotonic()
    rig.postgres.restart()
    rig.outages.append((begin, time.monotonic()))
    yield


@contextmanager
def camera_gone(rig: Rig, _: float) -> Iterator[None]:
    """A camera loses its power."""
    camera = rig.cameras[rig.rng.choice(CALM)]
    camera.kill()
    try:
        yield
    finally:
        camera.start()


@contextmanager
def camera_stalls(rig: Rig, _: float) -> Iterator[None]:
    """A camera sends nothing more and keeps its connection."""
    camera = rig.cameras[rig.rng.choice(CALM)]
    camera.stall()
    try:
        yield
    finally:
        camera.resume()


@contextmanager
def brain_fails(rig: Rig, seconds: float) -> Iterator[None]:
    """The brain answers nonsense, errors, nothing, or drop by drop."""
    before = rig.brain.default
    rig.brain.default = rig.rng.choice(
        (status(500), status(429, retry_after=1), garbage(), reset_midway(), slow(seconds), drip(0.2))
    )
    try:
        yield
    finally:
        rig.brain.default = before


@contextmanager
def brain_gone(rig: Rig, _: float) -> Iterator[None]:
    """Nobody listens at the brain's address."""
    rig.brain.stop()
    try:
        yield
    finally:
        rig.brain.start()


@contextmanager
def brain_doubts(rig: Rig, _: float) -> Iterator[None]:
    """It says no for a change."""
    before, rig.brain.default = rig.brain.default, ok("no")
    try:
        yield
    finally:
        rig.brain.default = before


@contextmanager
def disk_full(rig: Rig, _: float) -> Iterator[None]:
    """Somebody else fills the disk to the last byte."""
    ballast = rig.disk / "ballast"
    file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while os.write(file, bytes(2**20)):
            pass
    os.close(file)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def clock_jumps(rig: Rig, _: float) -> Iterator[None]:
    """The wall clock jumps, by a minute or by forty days, and is set right later."""
    jump = rig.rng.choice((-3600.0, -60.0, 60.0, 7200.0, 40 * 86400.0))
    clock = rig.folder / "clock"
    clock.write_text(str(jump))
    try:
        yield
    finally:
        clock.unlink()


@contextmanager
def flooded(rig: Rig, _: float) -> Iterator[None]:
    """One camera reports hundreds of candidates a second."""
    flag = rig.folder / "flood"
    flag.touch()
    try:
        yield
    finally:
        flag.unlink()


ALL: tuple[Fault, ...] = (
    killed,
    worker_killed,
    frozen,
    database_hangs,
    database_restarts,
    camera_gone,
    camera_stalls,
    brain_fails,
    brain_gone,
    brain_doubts,
    disk_full,
    clock_jumps,
    flooded,
)
