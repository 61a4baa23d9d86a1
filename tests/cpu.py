"""`pytest --cpu 30`: what each test takes of CPU, its child processes included, however busy the machine is."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator

import pytest

_charged: list[float] = []


def spent() -> float:
    """Seconds of CPU of this process, of its children that have ended, and of what was charged."""
    return sum(os.times()[:4]) + sum(_charged)


def charge(seconds: float) -> None:
    """Add what a process took that is no child of this one."""
    _charged.append(seconds)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cpu", type=int, metavar="N", help="name the N tests that take most CPU")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--cpu"):
        config.pluginmanager.register(Costs(config.getoption("--cpu")))


class Costs:
    """Adds up what setup, call and teardown of each test take, and tells it at the end."""

    def __init__(self, shown: int) -> None:
        self._shown = shown
        self._tests: defaultdict[str, float] = defaultdict(float)
        self._files: defaultdict[str, float] = defaultdict(float)

    def _measured(self, item: pytest.Item, stage: str) -> Generator[None, object, object]:
        before = spent()
        try:
            return (yield)
        finally:
            seconds = spent() - before
            self._tests[f"{stage:8} {item.nodeid}"] += seconds
            self._files[item.location[0]] += seconds

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._measured(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._measured(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._measured(item, "teardown"))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        write = terminalreporter.write_line
        for title, costs in (("files", self._files), ("tests", self._tests)):
            terminalreporter.section(f"{title} that take most CPU")
            for name, seconds in sorted(costs.items(), key=lambda cost: -cost[1])[: self._shown]:
                write(f"{seconds:7.2f} s  {name}")
        write(f"{spent():7.2f} s of CPU in all, {sum(self._tests.values()):.2f} s of it in tests")
