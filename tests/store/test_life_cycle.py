"""Any order of calls: every case is there once, is settled at most once, and is leased as promised."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from secondsight.clock import ManualClock
from secondsight.records import CaseState, Verification
from secondsight.store import AttachClip, OpenCandidate, OpenResult, Store
from tests.store.samples import candidate, clip, decision, verdict

WORKERS = st.sampled_from(["ann", "bob"])
NUMBERS = st.integers(0, 5)
ENDS = st.sampled_from([Verification.CONFIRMED, Verification.REJECTED, Verification.FAILED])


@dataclass
class Expected:
    """What one case must look like."""

    priority: int
    deadline: float
    state: CaseState = CaseState.RECORDING
    attached: bool = False
    owner: str = ""
    until: float = 0.0
    not_before: float = 0.0
    attempts: int = 0
    verification: Verification = Verification.UNVERIFIED


class LifeCycle(RuleBasedStateMachine):
    """Drives a real SQLite store and a model of it side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock(1_000.0)
        self.store = Store.open(Path(self.folder.name) / "x.db", self.clock)
        self.model: dict[str, Expected] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(number=NUMBERS, priority=st.integers(0, 1), patience=st.sampled_from([20.0, 100.0]))
    def open(self, number: int, priority: int, patience: float) -> None:
        id, deadline = f"c{number}", self.clock.now() + patience
        opened = self.store.apply(
            [OpenCandidate(candidate(id, 900.0 + number), decision(priority=priority, deadline=deadline))]
        )[0]
        known = self.model.get(id)
        if known is None:
            assert opened is OpenResult.NEW
            self.model[id] = Expected(priority, deadline)
        else:
            assert opened is (OpenResult.KNOWN if known.attached else OpenResult.RESUME)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def attach(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        case = self.model[id]
        assert self.store.apply([AttachClip(id, clip(id), ())])[0] is not case.attached
        case.attached = True
        if case.state is CaseState.RECORDING:
            case.state = CaseState.QUEUED

    @rule(worker=WORKERS, seconds=st.sampled_from([5.0, 50.0]))
    def lease(self, worker: str, seconds: float) -> None:
        now = self.clock.now()
        free = [
            (case.priority, id)
            for id, case in self.model.items()
            if case.deadline > now
            and (
                (case.state is CaseState.QUEUED and case.not_before <= now)
                or (case.state is CaseState.LEASED and case.until <= now)
            )
        ]
        leased = self.store.cases.lease(worker, seconds)
        if not free:
            assert leased is None
            return
        assert leased is not None
        assert leased.id == max(free)[1]
        case = self.model[leased.id]
        case.state, case.owner, case.until, case.not_before = CaseState.LEASED, worker, now + seconds, 0.0
        case.attempts += 1

    @precondition(lambda self: self.model)
    @rule(data=st.data(), worker=WORKERS, wait=st.sampled_from([0.0, 10.0]))
    def release(self, data: st.DataObject, worker: str, wait: float) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        case = self.model[id]
        held = case.state is CaseState.LEASED and case.owner == worker
        assert self.store.cases.release(id, self.clock.now() + wait, "busy", worker=worker) is held
        if held:
            case.state, case.not_before = CaseState.QUEUED, self.clock.now() + wait

    @precondition(lambda self: self.model)
    @rule(data=st.data(), worker=WORKERS, end=ENDS)
    def settle(self, data: st.DataObject, worker: str, end: Verification) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        case = self.model[id]
        held = case.state is CaseState.LEASED and case.owner == worker
        said = None if end is Verification.FAILED else verdict(end)
        assert self.store.cases.settle(id, end, said, worker=worker) is held
        if held:
            case.state, case.verification = CaseState.SETTLED, end

    @rule(seconds=st.sampled_from([1.0, 6.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def expire(self) -> None:
        now = self.clock.now()
        due = []
        for id, case in self.model.items():
            busy = case.state is CaseState.LEASED and case.until > now
            if case.state is not CaseState.SETTLED and case.deadline <= now and not busy:
                case.state, case.verification = CaseState.SETTLED, Verification.EXPIRED
                due.append(id)
        assert sorted(self.store.cases.expire_due()) == sorted(due)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = Store.open(Path(self.folder.name) / "x.db", self.clock)
        requeued = self.store.cases.requeue()
        leased = [id for id, case in self.model.items() if case.state is CaseState.LEASED]
        assert sorted(requeued) == sorted(leased)
        assert [event.id for event in self.store.events.unrecorded()] == sorted(
            id for id, case in self.model.items() if not case.attached
        )
        for id in leased:
            self.model[id].state = CaseState.QUEUED

    @invariant()
    def store_agrees(self) -> None:
        assert {case.id: (case.state, case.attempts) for case in self.store.cases.find()} == {
            id: (case.state, case.attempts) for id, case in self.model.items()
        }
        events = {event.id: event for event in self.store.events.find()}
        assert events.keys() == self.model.keys()
        for id, case in self.model.items():
            assert events[id].verification is case.verification
            assert events[id].settled is (case.state is CaseState.SETTLED)
            assert (events[id].clip is not None) is case.attached


LifeCycle.TestCase.settings = settings(
    max_examples=settings().max_examples // 3,  # each is a whole history
    stateful_step_count=25,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestLifeCycle = LifeCycle.TestCase
