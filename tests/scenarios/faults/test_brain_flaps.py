"""A brain that goes down and comes up ten times during a run: nothing is lost, nothing is settled twice."""

import random
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from secondsight.brain import make_reviewer
from secondsight.cascade import BrainWorkers, decide
from secondsight.clock import SystemClock
from secondsight.config import BudgetSettings, OpenAIBrainSettings, PolicySettings
from secondsight.records import Box, Candidate, CaseState, Clip, KeyFrame, Outcome, TrackId, Verification
from secondsight.store import AttachClip, OpenCandidate, Store
from secondsight.store.database.database import Database
from secondsight.store.database.schema import verdicts
from secondsight.store.queries.cases import Cases
from tests.cascade.conftest import make_services, shown
from tests.media.helpers import wait_for
from tests.servers.brain import BrainServer, ok, slow

TIMES, A_TIME = 10, 4
"""It goes away so many times; so many new cases arise while it is up, and as many while it is away."""


class Arising:
    """Cases as a recorder queues them, each of a track and in a place of its own."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store, self.ids = store, []
        (data / "one.jpg").write_bytes(shown())

    ids: list[str]

    def more(self) -> None:
        now = time.time()
        for _ in range(A_TIME):
            number = len(self.ids)
            id = f"case-{number:03}"
            candidate = Candidate(
                id, f"camera-{number}", 0, "rule", "intrusion", now, now, now, 0.7,
                (TrackId(f"camera-{number}", 0, 1),), "person",
            )  # fmt: skip
            self._store.apply(
                [OpenCandidate(candidate, decide(candidate, PolicySettings(), brain=True, now=now))]
            )
            clip = Clip(f"{id}.mp4", now, now, 0.0, "h264", False, 1)
            self._store.apply([AttachClip(id, clip, (KeyFrame("one.jpg", now, Box(0.1, 0.1, 0.5, 0.9)),))])
            self.ids.append(id)


class Watched:
    """The cases, noting which calls to `settle` did settle."""

    def __init__(self, cases: Cases) -> None:
        self._cases, self.settled, self._lock = cases, Tally[str](), threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cases, name)

    def settle(self, id: str, *args: Any, **kwargs: Any) -> bool:
        done = self._cases.settle(id, *args, **kwargs)
        with self._lock:
            self.settled[id] += done
        return done


def test_a_brain_that_goes_down_and_up_ten_times_loses_nothing(tmp_path: Path) -> None:
    brain_server = BrainServer(default=slow(0.02, ok("yes")))
    with Store.open(tmp_path) as store, brain_server:
        arising, watched = Arising(store, tmp_path), Watched(store.cases)
        settings = OpenAIBrainSettings.model_validate(
            {
                "backend": "openai",
                "base_url": brain_server.url,
                "model": "test-vl",
                "concurrency": 4,
                "retries": TIMES,
                "guard": {"opposite": "never"},
                "backoff": 0.01,
            }
        )
        services = make_services(store, tmp_path, BudgetSettings())
        brain = make_reviewer(settings, SystemClock(), book=services.ledger.book)
        assert brain is not None
        workers = BrainWorkers(
            watched, brain, settings, SystemClock(), services, on_settled=lambda: None, rng=random.Random(5)
        )

        def more_than(settled: int) -> Callable[[], bool]:
            return lambda: len(watched.settled) > settled

        workers.start()
        try:
            for _ in range(TIMES):
                before = len(watched.settled)
                arising.more()
                workers.wake()
                wait_for(more_than(before), 60)
                brain_server.stop()  # in the middle of calls
                arising.more()
                workers.wake()
                wait_for(lambda: workers.away, 60)
                assert store.cases.counts()[CaseState.QUEUED] > 0, "they wait in the store"
                brain_server.start()
            wait_for(lambda: len(watched.settled) == len(arising.ids), 60)
        finally:
            workers.stop()
        assert workers.away is None
        assert store.cases.counts()[CaseState.SETTLED] == len(arising.ids) == 2 * TIMES * A_TIME
        events, calls = store.events.find(), store.ledger.find()
    assert {event.id for event in events} == set(arising.ids)
    assert {event.verification for event in events} == {Verification.CONFIRMED}
    assert set(watched.settled.values()) == {1}, "each case is settled exactly once"
    assert {call.case_id for call in calls if call.outcome is Outcome.ANSWERED} == set(arising.ids)
    database = Database(tmp_path, read_only=True)
    kept = database.read(
        lambda c: c.execute(select(verdicts.c.case_id, func.count()).group_by(verdicts.c.case_id)).all()
    )
    database.close()
    assert {count for _, count in kept} == {1}
