"""Whose CPU time it is."""

import threading

from bench.performance.cpu_by_thread import Budget


def test_threads_of_one_kind_are_counted_together() -> None:
    with Budget() as spent:
        for name in ("camera hall", "camera yard", "openvino-0", "openvino-1", "cutter"):
            thread = threading.Thread(target=sum, args=(range(100_000),), name=name)
            thread.start()
            thread.join()
    assert set(spent) == {"camera", "openvino", "cutter"}
    assert min(spent.values()) > 0


def test_threads_that_begin_afterwards_are_not_counted() -> None:
    with Budget() as spent:
        pass
    late = threading.Thread(target=sum, args=(range(10),), name="late")
    late.start()
    late.join()
    assert not spent
