"""How long questions take over many facts: `python -m bench ask_speed`. The facts are simulated.

With `--beside` also what ten questions a second cost a site that watches in the process that is asked: looks per
second of a simulated film, with and without them, in turn. As where a site is served, they are counted in a process
of low priority. The questions are asked by a clock that moves, so that each second's are counted anew.
"""

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from secondsight.ask import Counting, CountingProcess, Questions, Vocabulary
from secondsight.clock import ManualClock
from secondsight.config import make_site
from secondsight.store import DATABASE, Store

NOW = 1_774_970_000.0
"""2026-03-31."""
DAYS = 90
CAMERAS = 40
KINDS = ("fall", "fight", "loitering", "left_bag", "crowd")
RATE, ROUNDS, FILM = 10.0, 2, 20
"""Questions a second; runs with and without them; seconds of the film."""
MOST_LOST = 0.98
"""Least share of the looks per second that questions leave."""
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
    parser.add_argument(
        "--beside", action="store_true", help="also looks per second of a site, with and without questions"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Store.open(Path(folder)).close()
        begun = time.monotonic()
        _fill(Path(folder) / DATABASE, options.events, options.visits)
        print(
            f"{options.events} events, {options.visits} visits, simulated in {time.monotonic() - begun:.0f} s"
        )
        with Store.open(Path(folder), ManualClock(NOW), read_only=True) as store:
            slow = _ask(_asker(store))
            if not options.beside:
                return slow
            counting = CountingProcess(Path(folder))
            try:
                return _beside(_asker(store, counting), Path(folder)) or slow
            finally:
                counting.close()


class MovingClock:
    """The time of the facts, which goes on as the machine's does."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def now(self) -> float:
        return NOW + self.monotonic()

    def monotonic(self) -> float:
        return time.monotonic() - self._begun


def _asker(store: Store, counting: Counting | None = None) -> Questions:
    zone = {"coordinates": [[0, 0], [1, 0], [1, 1]]}
    cameras = {f"camera-{n}": {"source": "x.mp4", "zones": {"platform": zone}} for n in range(CAMERAS)}
    rules: dict[str, Any] = {kind: {"behaviour": kind, "zone": "platform"} for kind in KINDS}
    config = make_site({"cameras": cameras, "rules": rules}, Path())
    return Questions(store, Vocabulary.of_site(config), clock=MovingClock(), counting=counting)


def _ask(asker: Questions) -> int:
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


def _beside(asker: Questions, folder: Path) -> int:
    """Looks per second of a site whose process answers questions too, over those of one that does not."""
    from secondsight.sim import make_city

    make_city("metro", folder / "city", seed=1_000_000, seconds=FILM, cameras=1)
    rates: dict[bool, list[float]] = {False: [], True: []}
    asked: list[float] = []
    _looks(folder, -1)  # what is loaded and compiled once is no part of either
    for number in range(2 * ROUNDS):
        asking = number % 4 in (1, 2)  # neither is always the later one
        with _questions(asker if asking else None, asked):
            rates[asking].append(_looks(folder, number))
    without, beside = (statistics.median(rates[asking]) for asking in (False, True))
    print(f"{without:.1f} looks/s without questions, {beside:.1f} beside {RATE:g} a second")
    print(f"{statistics.median(asked):.1f} of these a second were answered meanwhile; the others waited")
    print(f"ratio {beside / without:.3f}")
    return 0 if beside >= MOST_LOST * without else 1


def _looks(folder: Path, number: int) -> float:
    """Looks per second at the film, as fast as it can be watched."""
    from secondsight.site import Site, quick_config

    film = str(folder / "city" / "metro-0.mp4")
    config = quick_config([film], data=folder / f"data-{number}", model="city-nano")
    with Site(config) as site:
        begun = time.monotonic()
        for _ in site.events(once=True):
            pass
        return site.status().cameras[0].looks / (time.monotonic() - begun)


@contextmanager
def _questions(asker: Questions | None, asked: list[float]) -> Iterator[None]:
    """Questions at a fixed rate from other threads while the block runs; adds how many a second were answered."""
    if asker is None:
        yield
        return
    over, answered, begun = threading.Event(), [0], time.monotonic()

    def ask(question: str) -> None:
        if not over.is_set():
            asker.ask(question)
            answered[0] += 1

    def keep_asking() -> None:
        number = 0
        while not over.wait(max(0.0, begun + number / RATE - time.monotonic())):
            pool.submit(ask, QUESTIONS[number % len(QUESTIONS)])
            number += 1

    with ThreadPoolExecutor(4) as pool:
        clock = threading.Thread(target=keep_asking, daemon=True)
        clock.start()
        try:
            yield
        finally:
            over.set()
            asked.append(answered[0] / (time.monotonic() - begun))
            clock.join()


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
