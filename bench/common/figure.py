"""What a measurement returns, and the tools that all of them share."""

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

Fact = float | str | list[float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and what was promised.

    Attributes:
        value: median of `samples`.
        more: whether more is better; the target is then the least that passes, otherwise the most.
        facts: the numbers behind it, by name.
        others: what else was promised, and whether it was kept.
    """

    name: str
    what: str
    unit: str
    target: float
    more: bool
    samples: tuple[float, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    others: Mapping[str, bool] = field(default_factory=dict)

    @property
    def value(self) -> float:
        return statistics.median(self.samples)

    @property
    def ok(self) -> bool:
        """Whether every promise is kept."""
        kept = self.value >= self.target if self.more else self.value <= self.target
        return kept and all(self.others.values())

    def to_json(self) -> dict[str, object]:
        """All of it as plain values."""
        return {**asdict(self), "value": self.value, "ok": self.ok}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stretch of work took: wall-clock seconds, and CPU seconds of this process and those it has started."""

    wall: float
    cpu: float

    def __sub__(self, other: Self) -> "Cost":
        return Cost(self.wall - other.wall, self.cpu - other.cpu)


def now() -> Cost:
    """The clocks' present readings; the difference of two is a cost."""
    import psutil

    ended = os.times()
    living = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    started = ended.children_user + ended.children_system + sum(times.user + times.system for times in living)
    return Cost(time.perf_counter(), time.process_time() + started)


def cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0))


def apart(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a module's function in a fresh process, so that no measurement carries another one's memory or threads."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *args, **kwargs).result()


def rounded(values: Sequence[float], digits: int = 3) -> list[float]:
    """For reading."""
    return [round(value, digits) for value in values]
