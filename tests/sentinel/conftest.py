"""Fixtures of the sentinel's tests."""

from collections.abc import Iterator

import pytest

from secondsight.sentinel.inference.scheduler import Scheduler
from tests.sentinel.rig import Consumer, Double, HandRuntime, Rig, Rigger


@pytest.fixture
def rigged() -> Iterator[Rigger]:
    rigs: list[Rig] = []

    def make(slots: int = 2, max_batch: int = 1) -> Rig:
        runtime, consumer = HandRuntime(slots, max_batch), Consumer()
        model = Double(runtime)
        rigs.append(Rig(runtime, model, consumer, Scheduler(model, consumer)))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.scheduler.close(drain=False, timeout=0.1)
