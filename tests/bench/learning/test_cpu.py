"""CPU time by stage."""

import time

import pytest

from bench.learning.cpu import CpuMeter


def test_stages_add_up_also_where_one_fails() -> None:
    meter = CpuMeter()

    def work() -> None:
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass

    def fail() -> None:
        work()
        raise ValueError("no")

    for _ in range(2):
        with meter.stage("busy"):
            work()
    with pytest.raises(ValueError, match="no"), meter.stage("failed"):
        fail()
    with meter.stage("idle"):
        pass
    # The system counts CPU time in steps of a hundredth of a second.
    assert meter.seconds["busy"] >= 0.1 - 2 * 0.02
    assert meter.seconds["failed"] >= 0.05 - 0.02
    assert meter.seconds["idle"] < meter.seconds["failed"]
