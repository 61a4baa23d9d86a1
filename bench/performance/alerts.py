"""Twenty cameras report an event each every two seconds; how soon after its trigger does a reader have the alert?

A simulated load: cameras are threads that report candidates of a rule that announces at once, and send no pictures.
What they report goes through the product: recorder, intake and journal, store (SQLite, on the disk), policy,
publisher, and the reader behind `Site.steps`. What decoder and model take before the trigger is not in it.
"""

import random
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from bench.common.figure import Figure, apart
from bench.common.reviews import suspected
from secondsight.cascade import Recorder, decide
from secondsight.clock import SystemClock
from secondsight.config import ClipsSettings, RetentionSettings, SiteConfig
from secondsight.records import StepKind, Word
from secondsight.site.services.publisher import Publisher
from secondsight.site.services.step_reader import StepReader
from secondsight.site.services.store_calls import StoreCalls
from secondsight.store import Store

CAMERAS = 20
EVERY = 2.0
"""Seconds between two events of a camera, on average."""


def measure(quick: bool) -> Figure:
    """The 99th percentile of the time from trigger to announcement."""
    seconds = 10.0 if quick else 60.0
    waits, lost = apart(alerts, seconds)
    p50, p95, p99 = (float(np.percentile(waits, share)) for share in (50, 95, 99))
    return Figure(
        "alerts",
        f"from trigger to announcement, {CAMERAS} cameras, `at_once`, simulated load, 99th percentile",
        "s",
        1.0,
        False,
        (p99,),
        {
            "seconds": seconds,
            "alerts": float(len(waits)),
            "p50_s": round(p50, 4),
            "p95_s": round(p95, 4),
            "p99_s": round(p99, 4),
            "slowest_s": round(max(waits), 4),
        },
        {"each event is announced once": lost == 0},
    )


def alerts(seconds: float) -> tuple[list[float], int]:
    """Seconds that each announcement took; events that were not announced exactly once."""
    with tempfile.TemporaryDirectory() as scratch, Store.open(Path(scratch)) as store:
        return _alerts(store, Path(scratch), seconds)


def _alerts(store: Store, data: Path, seconds: float) -> tuple[list[float], int]:
    names = [f"camera-{number:02}" for number in range(CAMERAS)]
    config = SiteConfig.model_validate(
        {
            "cameras": {name: {"source": "simulated"} for name in names},
            "rules": {"fall": {"behaviour": "fall", "zone": "frame", "announce": "at_once"}},
        }
    )
    changed, over = threading.Condition(), threading.Event()
    triggered: dict[str, float] = {}
    told: list[tuple[str, float]] = []

    def published() -> None:
        with changed:
            changed.notify_all()

    def read() -> None:
        reader = StepReader(store, StoreCalls("reader"), tuple(StepKind))
        while not over.is_set():
            told.extend(
                (event.id, time.monotonic()) for step, event in reader.read() if step.word is Word.ALERT
            )
            with changed:
                if publisher.position <= (reader.position or 0):
                    changed.wait(0.5)

    clock = SystemClock()
    publisher = Publisher(store, config, clock, published)
    publisher.start()
    recorder = Recorder(
        store,
        data,
        ClipsSettings(),
        RetentionSettings(min_free=0),
        clock,
        make_room=lambda: False,
        on_ready=lambda: None,
    )
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_camera, args=(recorder, config, name, until, triggered)) for name in names
    ]
    reading = threading.Thread(target=read)
    for thread in (*threads, reading):
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close(30.0)
    publisher.stop(30.0)
    while store.steps.cursor("site") < store.steps.last():
        time.sleep(0.05)
    over.set()
    published()
    reading.join()
    waits = [then - triggered[id] for id, then in told]
    return waits, len(told) - len({id for id, _ in told}) + len(triggered) - len({id for id, _ in told})


def _camera(
    recorder: Recorder, config: SiteConfig, camera: str, until: float, triggered: dict[str, float]
) -> None:
    """Report candidates at random moments."""
    chance, policy = random.Random(camera), config.rules["fall"].policy
    number, due = 0, time.monotonic() + chance.uniform(0.0, EVERY)
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        now, number = time.time(), number + 1
        candidate = suspected(f"{camera}-{number:06}", camera, number, now, rule="fall", kind="fall")
        triggered[candidate.id] = time.monotonic()
        recorder.report(candidate, decide(candidate, policy, brain=True, now=now), block=False)
        due += chance.expovariate(1.0 / EVERY)
