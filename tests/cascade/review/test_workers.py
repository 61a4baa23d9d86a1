"""Cases on their way to verdicts: a real queue, and a server that speaks the brain's protocol, faults included."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from secondsight.brain import make_reviewer
from secondsight.brain.backends.openai.backend import OpenAIBrain
from secondsight.cascade import BrainWorkers, decide
from secondsight.cascade.review.merge import CaseGroup
from secondsight.cascade.review.reviewer import CaseReviewer
from secondsight.clock import Clock, SystemClock, iso
from secondsight.config import BudgetLimits, BudgetSettings, OpenAIBrainSettings, PolicySettings
from secondsight.errors import StoreError
from secondsight.records import Box, CaseState, Clip, Event, KeyFrame, Outcome, StepKind, Verification
from secondsight.store import AttachClip, OpenCandidate, Store
from tests.cascade.conftest import make_services, shown, suspicion
from tests.media.helpers import wait_for
from tests.servers.brain import (
    Behaviour,
    BrainServer,
    ChatRequest,
    Connection,
    content,
    garbage,
    ok,
    reset_midway,
    slow,
    status,
)

APART = BudgetSettings.model_validate({"merge": {"window": 0}, "reuse": {"within": 0}})
"""Every case gets a review of its own."""


class Ahead(SystemClock):
    """The system's clock, some seconds ahead."""

    seconds = 0.0

    def now(self) -> float:
        return super().now() + self.seconds


@pytest.fixture
def server() -> Iterator[BrainServer]:
    with BrainServer() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "secondsight.db") as opened:
        yield opened


def queue(store: Store, data: Path, *ids: str, deadline: float = 60.0, failure: str = "open") -> None:
    """Cases with one picture each, ready for review."""
    policy = PolicySettings.model_validate({"deadline": deadline, "on_brain_failure": failure})
    for number, id in enumerate(ids):
        candidate = suspicion(float(number), id=id)
        path = f"frames/{id}.jpg"
        (data / "frames").mkdir(exist_ok=True)
        (data / path).write_bytes(shown())
        store.apply([OpenCandidate(candidate, decide(candidate, policy, brain=True, now=time.time()))])
        clip = Clip(f"clips/{id}.mp4", candidate.start, candidate.triggered, 0.0, "h264", False, 1)
        store.apply([AttachClip(id, clip, (KeyFrame(path, candidate.peak, Box(0.1, 0.1, 0.5, 0.9)),))])


@contextmanager
def workers(
    store: Store,
    data: Path,
    server: BrainServer,
    *,
    budget: BudgetSettings = APART,
    cameras: Mapping[str, BudgetLimits] | None = None,
    clock: Clock | None = None,
    **settings: object,
) -> Iterator[BrainWorkers]:
    brain_settings = OpenAIBrainSettings.model_validate(
        {
            "backend": "openai",
            "base_url": server.url,
            "model": "test-vl",
            "timeout": 5,
            "lease": 60,
            "backoff": 0.02,
            "guard": {"opposite": "never", "picture": False},
        }
        | settings
    )
    clock = clock or SystemClock()
    services = make_services(store, data, budget, clock, cameras)
    brain = make_reviewer(brain_settings, clock, book=services.ledger.book)
    assert brain is not None
    running = BrainWorkers(
        store.cases,
        brain,
        brain_settings,
        clock,
        services,
        on_settled=lambda: None,
        rng=random.Random(7),
    )
    running.start()
    try:
        yield running
    finally:
        running.stop()


def settled(store: Store, id: str, seconds: float = 60.0) -> Event:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        event = store.events.get(id)
        if event is not None and event.settled:
            return event
        time.sleep(0.02)
    raise AssertionError(f"{id} was not settled: {store.cases.get(id)}")


@pytest.mark.parametrize(
    ("answer", "verification", "alert"),
    [
        ("yes", Verification.CONFIRMED, True),
        ("no", Verification.REJECTED, False),
        ("unclear", Verification.UNSURE, True),
    ],
)
def test_the_deciding_answer_becomes_the_event_s_verification(
    store: Store, tmp_path: Path, server: BrainServer, answer: str, verification: Verification, alert: bool
) -> None:
    server.script(ok(answer))
    queue(store, tmp_path, "a")
    with workers(store, tmp_path, server):
        event = settled(store, "a")
    assert event.verification is verification
    assert event.alert is alert
    assert event.verdict is not None
    assert event.verdict.probability is None, "no number was given, none is invented"
    assert event.verdict.usage.tokens_in == 1000


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param((status(500),), id="500"),
        pytest.param((status(500), status(502)), id="500 then 502"),
        pytest.param((reset_midway(),), id="connection reset"),
        pytest.param((status(500), status(500), status(500)), id="three times 500"),
    ],
)
def test_passing_trouble_is_retried(
    store: Store, tmp_path: Path, server: BrainServer, trouble: tuple[Behaviour, ...]
) -> None:
    server.script(*trouble, ok("yes"))
    queue(store, tmp_path, "a")
    with workers(store, tmp_path, server, retries=3):
        assert settled(store, "a").verification is Verification.CONFIRMED
    case = store.cases.get("a")
    assert case is not None
    assert case.attempts == len(trouble) + 1


@pytest.mark.parametrize("failure", ["open", "closed"])
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param([status(500)] * 3, id="500 for ever"),
        pytest.param([status(400)], id="400"),
        pytest.param(
            [content("I cannot say."), content("Still not.")], id="no JSON, not after repair either"
        ),
        pytest.param([garbage()] * 3, id="garbage"),
    ],
)
def test_lasting_trouble_fails_the_case_and_the_policy_says_who_hears_of_it(
    store: Store, tmp_path: Path, server: BrainServer, trouble: list[Behaviour], failure: str
) -> None:
    server.script(*trouble)
    server.default = status(500)
    queue(store, tmp_path, "a", failure=failure)
    with workers(store, tmp_path, server, retries=2):
        event = settled(store, "a")
    assert event.verification is Verification.FAILED
    assert event.alert is (failure == "open")
    assert event.note


def test_a_brain_that_is_away_costs_no_attempts(store: Store, tmp_path: Path, server: BrainServer) -> None:
    server.stop()
    queue(store, tmp_path, "a")
    with workers(store, tmp_path, server, retries=0) as running:
        while running.away is None:
            time.sleep(0.01)
        server.start()
        server.script(status(503), status(429), status(429), ok("yes"))
        assert settled(store, "a").verification is Verification.CONFIRMED
        assert running.away is None
    case = store.cases.get("a")
    assert case is not None
    assert case.attempts == 1


def test_ten_outages_lose_nothing(store: Store, tmp_path: Path, server: BrainServer) -> None:
    server.default = slow(0.03, ok("yes"))
    ids = [f"{number:02}" for number in range(60)]

    def more_than(asked: int) -> Callable[[], bool]:
        return lambda: len(server.requests) > asked

    with workers(store, tmp_path, server, concurrency=4) as running:
        for begin in range(0, 60, 6):
            asked = len(server.requests)
            queue(store, tmp_path, *ids[begin : begin + 4])
            running.wake()
            wait_for(more_than(asked))
            server.stop()
            queue(store, tmp_path, *ids[begin + 4 : begin + 6])
            running.wake()
            wait_for(lambda: running.away is not None)
            server.start()
        events = [settled(store, id, 30) for id in ids]
    assert [event.verification for event in events] == [Verification.CONFIRMED] * 60
    assert store.cases.counts()[CaseState.SETTLED] == 60


@pytest.mark.parametrize("code", [401, 403, 404, 307])
def test_a_brain_that_turns_away_whoever_asks_is_waited_for(
    store: Store, tmp_path: Path, server: BrainServer, code: int
) -> None:
    server.script(status(code), status(code), ok("yes"))
    queue(store, tmp_path, "a")
    with workers(store, tmp_path, server, retries=0):
        assert settled(store, "a").verification is Verification.CONFIRMED


def test_what_a_server_refuses_for_one_case_does_not_keep_it_from_the_others(
    store: Store, tmp_path: Path, server: BrainServer
) -> None:
    queue(store, tmp_path, "a", "b", "c")
    newest = store.cases.get("c")
    assert newest is not None
    of_newest = iso(newest.candidate.peak)[11:19]

    def choosy(request: ChatRequest, connection: Connection) -> None:
        refused = any(of_newest in text for text in request.texts)
        (status(429) if refused else ok("yes"))(request, connection)

    server.default = choosy
    with workers(store, tmp_path, server, concurrency=1):
        for id in "ab":
            assert settled(store, id).verification is Verification.CONFIRMED
    waiting = store.cases.get("c")
    assert waiting is not None
    assert waiting.state is not CaseState.SETTLED, "refused for now, and not lost"


def test_retry_after_is_honoured(store: Store, tmp_path: Path, server: BrainServer) -> None:
    server.script(status(429, retry_after=1), ok("yes"))
    queue(store, tmp_path, "a")
    begun = time.monotonic()
    with workers(store, tmp_path, server):
        settled(store, "a")
    assert time.monotonic() - begun >= 1.0


@pytest.mark.parametrize("failure", ["open", "closed"])
def test_a_case_past_its_deadline_expires_and_never_vanishes(
    tmp_path: Path, server: BrainServer, failure: str
) -> None:
    server.default, clock = status(503), Ahead()
    with Store.open(tmp_path / "expiring.db", clock) as store:
        queue(store, tmp_path, "a", deadline=600.0, failure=failure)
        with workers(store, tmp_path, server, retries=20, backoff=0.5, clock=clock) as running:
            wait_for(lambda: running.away)
            clock.seconds = 1000.0
            event = settled(store, "a")
            assert running.away is not None
    assert event.verification is Verification.EXPIRED
    assert event.alert is (failure == "open")


def test_a_killed_worker_s_case_is_taken_up_again(store: Store, tmp_path: Path, server: BrainServer) -> None:
    queue(store, tmp_path, "a")
    assert store.cases.lease("a worker that died", 0.5) is not None
    with workers(store, tmp_path, server):
        assert settled(store, "a").verification is Verification.CONFIRMED


def test_stopping_in_the_middle_of_a_call_keeps_the_case(
    store: Store, tmp_path: Path, server: BrainServer
) -> None:
    called = threading.Event()

    def hang(request: object, connection: object) -> None:
        called.set()
        slow(120)(request, connection)  # type: ignore[arg-type]

    server.script(hang)
    queue(store, tmp_path, "a")
    begun = time.monotonic()
    with workers(store, tmp_path, server):
        assert called.wait(60)
    assert time.monotonic() - begun < 60
    case = store.cases.get("a")
    assert case is not None
    assert case.state is CaseState.QUEUED
    assert case.attempts == 0, "being stopped is not the case's fault"


@pytest.mark.parametrize("broken", ["brain", "store"])
def test_trouble_at_the_end_loses_no_call(
    broken: str, store: Store, tmp_path: Path, server: BrainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    called, crashes = threading.Event(), list[threading.ExceptHookArgs]()

    def hang(request: object, connection: object) -> None:
        called.set()
        slow(120)(request, connection)  # type: ignore[arg-type]

    async def no_close(brain: OpenAIBrain) -> None:
        raise RuntimeError("no")

    def no_release(*_: object, **__: object) -> bool:
        raise StoreError("away")

    server.script(hang)
    queue(store, tmp_path, "a")
    monkeypatch.setattr(threading, "excepthook", crashes.append)
    with workers(store, tmp_path, server):
        assert called.wait(60)
        if broken == "brain":
            monkeypatch.setattr(OpenAIBrain, "close", no_close)
        else:
            monkeypatch.setattr(store.cases, "release", no_release)
    assert [call.outcome for call in store.ledger.find()] == [Outcome.ABANDONED]
    assert not crashes


def test_reviews_run_side_by_side_up_to_the_concurrency(
    store: Store, tmp_path: Path, server: BrainServer
) -> None:
    at_once, most, lock, full = 0, 0, threading.Lock(), threading.Event()

    def counted(request: object, connection: object) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            if at_once == 3:
                full.set()
        full.wait(60)
        time.sleep(0.1)  # were there more than three, the others would come meanwhile
        with lock:
            at_once -= 1
        ok("yes")(request, connection)  # type: ignore[arg-type]

    server.default = counted
    ids = [f"case-{number}" for number in range(12)]
    queue(store, tmp_path, *ids)
    with workers(store, tmp_path, server, concurrency=3):
        for id in ids:
            settled(store, id)
    assert most == 3
    assert len(server.requests) == 12, "each case is asked about once"


def test_a_case_that_cannot_even_fail_does_not_end_the_workers(
    store: Store, tmp_path: Path, server: BrainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = CaseReviewer.serve

    async def odd(reviewer: CaseReviewer, group: CaseGroup, worker: str) -> None:
        if group.leader.id == "a":
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        await serve(reviewer, group, worker)

    monkeypatch.setattr(CaseReviewer, "serve", odd)
    server.script(ok("yes"))
    queue(store, tmp_path, "a")
    with workers(store, tmp_path, server, concurrency=1):
        queue(store, tmp_path, "b")
        assert settled(store, "b").verification is Verification.CONFIRMED


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_a_backend_that_would_end_the_program_costs_its_own_case(
    kind: type[BaseException],
    store: Store,
    tmp_path: Path,
    server: BrainServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    review, first = OpenAIBrain.review, [True]

    async def odd(brain: OpenAIBrain, request: Any) -> Any:
        if first.pop() if first else False:
            raise kind
        return await review(brain, request)

    monkeypatch.setattr(OpenAIBrain, "review", odd)
    server.script(ok("yes"))
    queue(store, tmp_path, "a")
    with workers(store, tmp_path, server, concurrency=1):
        assert settled(store, "a").verification is Verification.FAILED
        queue(store, tmp_path, "b")
        assert settled(store, "b").verification is Verification.CONFIRMED


def test_the_newest_case_goes_first(store: Store, tmp_path: Path, server: BrainServer) -> None:
    queue(store, tmp_path, "old", "newer", "newest")
    with workers(store, tmp_path, server, concurrency=1):
        for id in ("old", "newer", "newest"):
            settled(store, id)
    order = [step.event for step in store.steps.unpublished() if step.kind is StepKind.VERIFIED]
    assert order == ["newest", "newer", "old"]


def test_a_case_without_pictures_fails_and_says_why(
    store: Store, tmp_path: Path, server: BrainServer
) -> None:
    candidate = suspicion(1.0, id="blind")
    store.apply([OpenCandidate(candidate, decide(candidate, PolicySettings(), brain=True, now=time.time()))])
    store.apply([AttachClip("blind", None, (), "no clip: the disk is full")])
    with workers(store, tmp_path, server):
        event = settled(store, "blind")
    assert event.verification is Verification.FAILED
    assert event.note is not None
    assert "disk is full" in event.note
    assert server.requests == []


def test_a_lost_picture_fails_its_case_only(store: Store, tmp_path: Path, server: BrainServer) -> None:
    queue(store, tmp_path, "good", "bad")
    (tmp_path / "frames" / "bad.jpg").unlink()
    with workers(store, tmp_path, server):
        assert settled(store, "bad").verification is Verification.FAILED
        assert settled(store, "good").verification is Verification.CONFIRMED
