"""How long questions take over many facts: `python -m bench ask_speed`. The facts are simulated."""

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from secondsight.ask import Questions, Vocabulary
from secondsight.clock import ManualClock
from secondsight.config import make_site
from secondsight.store import DATABASE, Store

NOW = 1_774_970_000.0
"""2026-03-31."""
DAYS = 90
CAMERAS = 40
KINDS = ("fall", "fight", "loitering", "left_bag", "crowd")
TARGET = 1.0
"""Seconds within which each question is answered."""
QUESTIONS = (
    "How many people fell yesterday?",
    "How many people fell on camera 7 last week?",
    "Fights per day this month",
    "Which camera raises the most false alarms this week?",
    "How many events of each kind were there yesterday?",
    "How many different people were in the platform of camera 7 yesterday?",
    "How many different people were in the platform of camera 7 last week?",
    "How long did people stay in the platform of camera 7 on average this month?",
    "People in the platform of camera 7 per hour yesterday",
    "How long was camera 7 not watched yesterday?",
)


def main() -> int:
    """Fill a database, ask, print, and return 1 if an answer took too long."""
    parser = argparse.ArgumentParser(prog="python -m bench ask_speed", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--visits", type=int, default=10_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Store.open(Path(folder)).close()
        begun = time.monotonic()
        _fill(Path(folder) / DATABASE, options.events, options.visits)
        print(
            f"{options.events} events, {options.visits} visits, simulated in {time.monotonic() - begun:.0f} s"
        )
        with Store.open(Path(folder), ManualClock(NOW), read_only=True) as store:
            return _ask(store)


def _ask(store: Store) -> int:
    zone = {"coordinates": [[0, 0], [1, 0], [1, 1]]}
    cameras = {f"camera-{n}": {"source": "x.mp4", "zones": {"platform": zone}} for n in range(CAMERAS)}
    rules: dict[str, Any] = {kind: {"behaviour": kind, "zone": "platform"} for kind in KINDS}
    config = make_site({"cameras": cameras, "rules": rules}, Path())
    asker = Questions(store, Vocabulary.of_site(config), clock=ManualClock(NOW))
    slow = 0
    for question in QUESTIONS:
        times = []
        for _ in range(3):
            begun = time.monotonic()
            answer = asker.ask(question)
            times.append(time.monotonic() - begun)
        assert answer.refused is None, answer.text
        slow += min(times) > TARGET
        print(f"{min(times):7.3f} s  {question}  -> {answer.value:g}", flush=True)
    return 1 if slow else 0


def _fill(file: Path, events: int, visits: int) -> None:
    """Straight into the tables: what counts here is how they are read."""
    dice = random.Random(1)
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.executemany(
            "INSERT INTO candidates (id, camera, epoch, rule, kind, start, triggered, peak, score, scores, tracks, "
            "label, zone, attributes, action, reason, policy_version, priority, probability, alert_without_brain, "
            "created_at) VALUES (?, ?, 1, ?, ?, ?, ?, ?, 0.8, '{}', '[]', 'person', 'platform', '{}', 'review', '', "
            "'', 0, 1, 1, ?)",
            _candidates(dice, events),
        )
        database.executemany(
            "INSERT INTO events (id, verification, settled, alert) VALUES (?, ?, 1, 0)",
            ((f"{n:012d}", ("confirmed", "rejected", "unverified")[n % 3]) for n in range(events)),
        )
        database.executemany(
            "INSERT INTO visits (camera, epoch, number, zone, enter, leave, label, enter_x, enter_y, leave_x, "
            "leave_y, attributes) VALUES (?, 1, ?, 'platform', ?, ?, 'person', ?, 0.5, ?, 0.5, '{}')",
            _visits(dice, visits),
        )
        database.executemany(
            "INSERT INTO coverage (camera, state, start, \"end\") VALUES (?, 'watched', ?, ?)",
            ((f"camera-{n}", NOW - DAYS * 86400, NOW - 40_000 - n) for n in range(CAMERAS)),
        )
    database.close()


def _candidates(dice: random.Random, count: int) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        moment = NOW - DAYS * 86400 * (1 - n / count)
        kind = dice.choice(KINDS)
        yield f"{n:012d}", f"camera-{dice.randrange(CAMERAS)}", kind, kind, moment, moment, moment, moment


def _visits(dice: random.Random, count: int) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        enter = NOW - DAYS * 86400 * (1 - n / count)
        x = dice.random()
        yield f"camera-{dice.randrange(CAMERAS)}", n, enter, enter + 60 * dice.random(), x, x


if __name__ == "__main__":
    sys.exit(main())
