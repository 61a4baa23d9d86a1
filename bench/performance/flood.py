"""Ten cameras report a hundred candidates a second each; how soon is a calm camera's candidate on the disk, in the
database or in the journal?

The recorder, its intake and journal, and the store (SQLite, on the disk) are the product's; cameras are threads that
report candidates and send no pictures.
"""

import statistics
import tempfile
import threading
import time
from collections import Counter as Tally
from collections.abc import Sequence
from pathlib import Path

from bench.common.figure import Figure, apart, rounded
from bench.common.reviews import suspected
from secondsight.cascade import Recorder, decide
from secondsight.cascade.recording.journal import Journal, JournalLine, decode, replay
from secondsight.clock import SystemClock
from secondsight.config import ClipsSettings, PolicySettings, RetentionSettings
from secondsight.store import OpenCandidate, Store
from secondsight.store.writes import Answer, Write

FLOODERS, EACH = 10, 100.0
"""Cameras, and candidates a second of each."""
CALM_EVERY = 1.0


class _WatchedJournal(Journal):
    """The journal, and when each candidate was in it."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.kept: dict[str, float] = {}

    def append(self, lines: Sequence[bytes]) -> list[JournalLine]:
        found = super().append(lines)
        now = time.monotonic()
        for write in map(decode, lines):
            if isinstance(write, OpenCandidate):
                self.kept.setdefault(write.candidate.id, now)
        return found


class _WatchedStore:
    """The store, and when each candidate was in it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.stored: dict[str, float] = {}

    def apply(self, writes: Sequence[Write]) -> list[Answer]:
        answers = self._store.apply(writes)
        now = time.monotonic()
        for write in writes:
            if isinstance(write, OpenCandidate):
                self.stored.setdefault(write.candidate.id, now)
        return answers


def measure(quick: bool) -> Figure:
    """The longest time from a calm camera's candidate to the disk."""
    seconds = 10.0 if quick else 60.0
    waits, facts = apart(flood, seconds)
    return Figure(
        "flood",
        "a calm camera's candidate durable while ten others report 1,000 a second, the slowest one",
        "s",
        1.0,
        False,
        (max(waits),),
        {"seconds": seconds, "median_s": statistics.median(waits), "waits_s": rounded(waits), **facts},
        {
            "every candidate of the calm camera is stored": facts["calm_lost"] == 0.0,
            "every candidate of the others is stored or counted": facts["uncounted"] == 0.0,
        },
    )


def flood(seconds: float) -> tuple[list[float], dict[str, float]]:
    """Seconds that each of the calm camera's candidates waited, and what became of the others'."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch)
        with Store.open(data / "flood.db") as store:
            return _flood(store, data, seconds)


def _flood(store: Store, data: Path, seconds: float) -> tuple[list[float], dict[str, float]]:
    watched, journal = _WatchedStore(store), _WatchedJournal(data)
    recorder = Recorder(
        watched,
        data,
        ClipsSettings(),
        RetentionSettings(min_free=0),
        SystemClock(),
        make_room=lambda: False,
        on_ready=lambda: None,
        journal=journal,
    )
    until = time.monotonic() + seconds
    reported: Tally[str] = Tally()
    begun: dict[str, float] = {}
    names = [f"flood-{number}" for number in range(FLOODERS)]
    threads = [
        threading.Thread(target=_report, args=(recorder, name, EACH, until, reported)) for name in names
    ]
    for thread in threads:
        thread.start()
    _report(recorder, "calm", 1 / CALM_EVERY, until, reported, begun)
    for thread in threads:
        thread.join()
    size = journal.size
    recorder.close(60.0)
    replay(data, store.apply)
    drops = {camera: dict(causes) for camera, causes in recorder.drops.items()}
    stored = Tally(one.candidate.camera for one in store.events.candidates())
    lost = Tally(cause for causes in drops.values() for cause, count in causes.items() for _ in range(count))
    flooded = sum(reported[name] for name in names)
    never = float("inf")
    in_store = [watched.stored.get(id, never) - then for id, then in begun.items()]
    waits = [
        min(one, journal.kept.get(id, never) - begun[id]) for one, id in zip(in_store, begun, strict=True)
    ]
    return waits, {
        "in_database_median_s": round(statistics.median(in_store), 3),
        "in_database_slowest_s": round(max(in_store), 3),
        "reported_per_s": round(flooded / seconds, 1),
        "stored": float(sum(stored[name] for name in names)),
        "shed": float(lost["intake_full"]),
        "write_failed": float(lost["write_failed"]),
        "uncounted": float(flooded - sum(stored[name] for name in names) - lost["intake_full"]),
        "calm_lost": float(len(begun) - stored["calm"]),
        "journal_mb": round(size / 1e6, 2),
    }


def _report(
    recorder: Recorder,
    camera: str,
    per_second: float,
    until: float,
    reported: Tally[str],
    begun: dict[str, float] | None = None,
) -> None:
    """Report candidates at a pace, as a live camera does."""
    policy, due = PolicySettings(verify="never", priority=0 if begun is None else 100), time.monotonic()
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        now, number = time.time(), reported[camera]
        candidate = suspected(f"{camera}-{number:06}", camera, number, now)
        reported[camera] += 1
        if begun is not None:
            begun[candidate.id] = time.monotonic()
        recorder.report(candidate, decide(candidate, policy, brain=False, now=now), block=False)
        due += 1 / per_second
