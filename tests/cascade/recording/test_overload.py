"""Fivefold overload on a simulated clock, through the real queue: a short run of `python -m bench overload`."""

from pathlib import Path

from bench.performance.overload import simulate

MEMORY = Path("/dev/shm")
"""What a disk takes to make a commit durable is not what is tested here."""


def test_under_overload_the_best_are_served_in_time_and_the_others_counted() -> None:
    folder = MEMORY if MEMORY.is_dir() else None
    got = simulate(cameras=50, seconds=20.0, deadline=30.0, folder=folder)
    assert got.candidates > 150
    assert len(got.served) + got.expired == got.candidates, "nothing is lost"
    assert got.counted == got.expired, "and nothing goes uncounted"
    assert got.expired > got.candidates / 3
    assert max(got.served) <= 30.0, "what cannot be done in time is not begun"
    assert got.share >= 0.95, "of an upper bound for those who know the future"
