"""Where a run's CPU time goes, by stage."""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class CpuMeter:
    """Adds up the CPU seconds of this process, and of the ended ones that it began, by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What runs meanwhile belongs to a stage."""
        before = _used()
        try:
            yield
        finally:
            self.seconds[name] += _used() - before


def _used() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
