"""Counting in a process of its own: the same figures, once a second, at low priority, whatever becomes of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondsight.ask import Questions, Vocabulary
from secondsight.ask.counting import FRESH, CountingHere, CountingProcess, CountRequest
from secondsight.ask.grammar import SiteClock
from secondsight.ask.plan import GroupBy, Measure, QuestionPlan, TimeSpan
from secondsight.ask.refusal import MisunderstoodError, Why
from secondsight.clock import ManualClock
from secondsight.errors import StoreError
from secondsight.store import OpenCandidate, Store
from tests.store.samples import candidate, decision

NOW = 1_767_272_400.0
NAMES = Vocabulary(cameras={"hall": ("hall",)}, rules={"falls": "fall"})
FALLS = QuestionPlan(Measure.EVENTS, kinds=("fall",))


def request(
    plan: QuestionPlan = FALLS, now: float = NOW, cameras: tuple[str, ...] | None = None
) -> CountRequest:
    return CountRequest(plan, NAMES, SiteClock(now), cameras)


def add(store: Store, name: str) -> None:
    store.apply([OpenCandidate(candidate(name, kind="fall", triggered=NOW - 60, camera="hall"), decision())])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        add(opened, "one")
        yield opened


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[CountingProcess]:
    made = CountingProcess(tmp_path)
    yield made
    made.close()


def test_it_counts_what_is_counted_here_once_a_second(store: Store, counting: CountingProcess) -> None:
    """At low priority, and of cameras that may be seen; another process takes the place of one that is killed."""
    assert counting.run(request()) == CountingHere(store).run(request())
    process = counting._process
    assert process is not None
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19
    add(store, "two")
    assert counting.run(request(now=NOW + FRESH / 2)).total.value == 1
    assert counting.run(request(cameras=())).total.value == 0
    assert counting.run(request(now=NOW + FRESH)).total.value == 2
    process.kill()
    process.wait()
    assert counting.run(request(now=NOW + 2 * FRESH)).total.value == 2
    hours = QuestionPlan(Measure.PEOPLE, labels=("person",), when=TimeSpan(0, NOW), group=GroupBy.HOUR)
    with pytest.raises(MisunderstoodError) as refused:
        counting.run(request(hours))
    assert refused.value.why is Why.TOO_FINE
    asker = Questions(store, NAMES, clock=ManualClock(NOW + 10), counting=counting)
    assert asker.ask("How many falls were there today?").value == 2


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    counting = CountingProcess(tmp_path / "none")
    try:
        with pytest.raises(StoreError):
            counting.run(request())
    finally:
        counting.close()


def test_a_process_that_does_not_answer_is_given_up(store: Store, tmp_path: Path) -> None:
    counting = CountingProcess(tmp_path, patience=0.0)
    try:
        with pytest.raises(StoreError, match="given up"):
            counting.run(request())
        assert counting._process is None
    finally:
        counting.close()
