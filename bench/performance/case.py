"""CPU of one case on its way through the brain: taken from the store, pictures prepared, sent, answered, settled.

The store (SQLite, on the disk), the workers and the client are the product's. The brain is a server in a process of
its own that speaks the OpenAI API and says yes at once; its CPU does not count. Each case has six key frames of
1280x720, a box in each, and one call.
"""

import io
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PIL import Image

from bench.common.figure import Figure, apart
from bench.common.reviews import review_services, suspected
from secondsight.brain import make_reviewer
from secondsight.cascade import BrainWorkers, decide
from secondsight.clock import SystemClock
from secondsight.config import PolicySettings, make_site
from secondsight.records import Box, KeyFrame
from secondsight.store import AttachClip, OpenCandidate, Store

FRAMES, SIZE = 6, (1280, 720)
WARM_UP = 10
TARGET = 60.0
"""Half of what a case took when this was first measured."""


def measure(quick: bool) -> Figure:
    """Milliseconds of CPU for each case."""
    samples = tuple(apart(_cost, 20 if quick else 100) for _ in range(1 if quick else 3))
    return Figure("case", "CPU of one case on its way through the brain", "ms", TARGET, False, samples)


def _cost(cases: int) -> float:
    with tempfile.TemporaryDirectory() as folder, _brain() as url:
        data, clock = Path(folder), SystemClock()
        for number in range(FRAMES):
            (data / f"{number}.jpg").write_bytes(_picture(number))
        config = make_site(
            {
                "cameras": {"hall": {"source": "none.mp4"}},
                "brain": {
                    "backend": "openai",
                    "base_url": url,
                    "model": "test-vl",
                    "guard": {"opposite": "never"},
                },
            },
            data,
        )
        with Store.open(data / "case.db", clock) as store:
            services = review_services(store, clock, config, data)
            brain = make_reviewer(config.brain, clock, {}, services.ledger.book)
            assert brain is not None
            workers = BrainWorkers(store.cases, brain, config.brain, clock, services, on_settled=lambda: None)
            thread = threading.Thread(target=workers.run, name="workers")
            thread.start()
            try:
                _settle(store, clock, workers, range(WARM_UP))
                _open(store, clock, range(WARM_UP, WARM_UP + cases))
                before = time.process_time()
                _wait(store, workers)
                return (time.process_time() - before) / cases * 1000
            finally:
                workers.stop_soon()
                thread.join()


def _settle(store: Store, clock: SystemClock, workers: BrainWorkers, numbers: range) -> None:
    _open(store, clock, numbers)
    _wait(store, workers)


def _wait(store: Store, workers: BrainWorkers) -> None:
    workers.wake()
    while store.cases.open_count():
        time.sleep(0.1)


def _open(store: Store, clock: SystemClock, numbers: range) -> None:
    now = clock.now()
    for number in numbers:
        candidate = suspected(f"{number:06}", "hall", number, now)
        decision = decide(candidate, PolicySettings(deadline=600.0), brain=True, now=now, weight=1.0)
        box = Box(0.3, 0.3, 0.5, 0.8)
        frames = tuple(KeyFrame(f"{frame}.jpg", now, box) for frame in range(FRAMES))
        store.apply([OpenCandidate(candidate, decision), AttachClip(candidate.id, None, frames)])


def _picture(seed: int) -> bytes:
    """A picture with as much in it as a street has."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (45, 80, 3)).astype(np.uint8))
    out = io.BytesIO()
    coarse.resize(SIZE, Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


@contextmanager
def _brain() -> Iterator[str]:
    """The address of a brain in a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(there,), daemon=True)
    server.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        server.join()


def _serve(pipe: Connection) -> None:
    from tests.servers.brain import BrainServer, ok

    with BrainServer(default=ok("yes")) as server:
        pipe.send(server.url)
        pipe.recv()
