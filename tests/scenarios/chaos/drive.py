"""Drives one chaos run from its seed: faults at random; then all is mended, the program ends, and is checked."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from secondsight.records import CaseState
from tests.scenarios.chaos import faults
from tests.scenarios.chaos.checker import problems, unannounced
from tests.scenarios.chaos.rig import Rig
from tests.site.sites import busyness, in_time

SEEDS = Path(__file__).with_name("chaos_seeds.txt")
_START, _SETTLE = 90.0, 150.0
_CALM = 20.0
"""Seconds without any fault before the end."""


def chaos(
    seed: int, seconds: float, folder: Path, shorts: Path, models: Path, say: Callable[[str], None]
) -> list[str]:
    """Run once.

    Args:
        seconds: in which faults happen.
        say: gets a line for each fault.

    Returns:
        What was wrong; nothing if all is well.
    """
    rng = random.Random(seed)
    with Rig(folder, shorts, models, rng) as rig:
        rig.start()
        _wait(rig, lambda: bool(rig.reported), _START, "first report")
        _trouble(rig, rng, seconds, say)
        _wait(rig, rig.speaks, _START, "first line")
        _pass(rig, _CALM)
        found = []
        took = rig.interrupt()
        if not in_time(took, 15):
            found.append(f"Ctrl-C took {took:.1f} s")
        rig.start(watching=False)
        _wait(rig, rig.speaks, _START, "first line")
        if not _wait(rig, lambda: _settled(rig), _SETTLE):
            found.append("not everything was settled in time")
        rig.interrupt()
        return found + problems(rig)


def _trouble(rig: Rig, rng: random.Random, seconds: float, say: Callable[[str], None]) -> None:
    """Faults one after the other, sometimes two at once."""
    begin = time.monotonic()
    while (now := time.monotonic() - begin) < seconds:
        chosen = rng.sample(faults.ALL, 2 if rng.random() < 0.3 else 1)
        lasting = rng.uniform(2, 12)
        say(f"{now:6.1f} s  {' + '.join(fault.__name__ for fault in chosen)} for {lasting:.1f} s")
        with ExitStack() as under_way:
            for fault in chosen:
                under_way.enter_context(fault(rig, lasting))
            _pass(rig, lasting)
        _wait(rig, rig.speaks, _START)  # what has been killed is up again, or still held up
        _pass(rig, rng.uniform(1, 5))


def _pass(rig: Rig, seconds: float) -> None:
    _wait(rig, lambda: False, seconds / busyness())


def _wait(rig: Rig, condition: Callable[[], bool], seconds: float, needed: str = "") -> bool:
    """Look on until a condition holds or time is over; whether it holds. The program must not end meanwhile."""
    end = time.monotonic() + seconds * busyness()
    while not condition():
        if time.monotonic() > end:
            assert not needed, f"no {needed} in time: {rig.runs[-1].err.read_text()[-2000:]}"
            return False
        rig.look()
        run = rig.runs[-1]
        if run.process.poll() == 1 and NO_ROOM in run.err.read_text():
            time.sleep(0.5)
            rig.start_again()  # as a service manager does
            continue
        assert run.process.poll() is None, (
            f"ended by itself ({run.process.returncode}): {run.err.read_text()[-2000:]}"
        )
        time.sleep(0.2)
    return True


NO_ROOM = "cannot be written: no space left; free some"
"""What a program says that is started on a disk without a free byte, and ends."""


def _settled(rig: Rig) -> bool:
    with rig.store() as store:
        counts = store.cases.counts()
        open_cases = sum(count for state, count in counts.items() if state is not CaseState.SETTLED)
        return not open_cases and not unannounced(store)
