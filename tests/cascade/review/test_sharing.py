"""Workers that save: shared, reused and refused reviews, hedges and the ledger, with a real queue and server."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from secondsight.cascade import decide
from secondsight.clock import SystemClock
from secondsight.config import BudgetLimits, BudgetSettings, PolicySettings
from secondsight.records import Box, CaseState, Clip, KeyFrame, Outcome, Purpose, TrackId, Verification
from secondsight.store import AttachClip, OpenCandidate, Store
from tests.cascade.conftest import make_services, shown, suspicion
from tests.cascade.review.test_workers import settled, workers
from tests.media.helpers import wait_for
from tests.servers.brain import BrainServer, completion, ok, slow, status, verdict_text

APART: dict[str, Any] = {"merge": {"window": 0}, "reuse": {"within": 0}}


@pytest.fixture
def server() -> Iterator[BrainServer]:
    with BrainServer() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "secondsight.db") as opened:
        yield opened


@pytest.fixture
def queue(store: Store, tmp_path: Path) -> Callable[..., None]:
    """Queues a case that looks like all others unless its box says otherwise."""

    def put(
        id: str,
        at: float = 1.0,
        *,
        box: Box = Box(0.2, 0.1, 0.6, 0.9),
        track: int = 1,
        policy: PolicySettings = PolicySettings(),
        **changes: Any,
    ) -> None:
        candidate = replace(suspicion(at, id=id), tracks=(TrackId("hall", 0, track),), **changes)
        (tmp_path / f"{id}.jpg").write_bytes(shown())
        store.apply([OpenCandidate(candidate, decide(candidate, policy, brain=True, now=time.time()))])
        clip = Clip(f"{id}.mp4", candidate.start, candidate.triggered, 0.0, "h264", False, 1)
        store.apply([AttachClip(id, clip, (KeyFrame(f"{id}.jpg", candidate.peak, box),))])

    return put


def test_one_review_answers_an_incident(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    for number in range(4):
        queue(f"c{number}", number * 2.0)
    queue("far", 500.0, track=9)
    queue("elsewhere", 2.0, track=2, box=Box(0.7, 0.1, 0.9, 0.9))
    with workers(store, tmp_path, server, budget=BudgetSettings.model_validate({"reuse": {"within": 0}})):
        events = [settled(store, f"c{number}") for number in range(4)]
        assert settled(store, "far").verdict is not None
        assert settled(store, "elsewhere").verdict is not None
    assert len(server.requests) == 3
    assert {event.verification for event in events} == {Verification.CONFIRMED}
    verdicts = [event.verdict for event in events if event.verdict is not None]
    assert sorted(verdict.usage.calls for verdict in verdicts) == [0, 0, 0, 1]
    (leader,) = [event.id for event in events if event.verdict and event.verdict.usage.calls]
    assert sum(verdict.notes == (f"shared with {leader}",) for verdict in verdicts) == 3
    assert sum(call.case_id == leader for call in store.ledger.find()) == 1


def test_another_kind_of_the_same_track_is_asked_about_in_the_same_review(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    queue("a", 1.0)
    queue("b", 3.0, kind="loitering")
    server.default = lambda request, wire: wire.send(
        completion(verdict_text(request, "yes").replace('"also_1": "unclear"', '"also_1": "no"'))
    )
    with workers(store, tmp_path, server, budget=BudgetSettings(), concurrency=1):
        first, second = settled(store, "a"), settled(store, "b")
    (request,) = server.requests[-1:]
    assert "also_1" in request.text
    assert {first.verification, second.verification} == {Verification.CONFIRMED, Verification.REJECTED}
    own = next(event for event in (first, second) if event.verification is Verification.CONFIRMED)
    assert own.verdict is not None
    assert "also_1" not in own.verdict.answers


def test_an_unclear_answer_on_the_side_earns_a_review_of_its_own(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    queue("a", 1.0)
    queue("b", 3.0, kind="loitering")
    with workers(store, tmp_path, server, budget=BudgetSettings()):
        assert settled(store, "a").verification is Verification.CONFIRMED
        assert settled(store, "b").verification is Verification.CONFIRMED
    assert len(server.requests) == 2
    for id in "ab":
        case = store.cases.get(id)
        assert case is not None
        assert case.attempts == 1, "being looked at on the side is no attempt"


def test_a_failing_review_puts_its_company_back(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    for number in range(3):
        queue(f"c{number}", number * 2.0)
    server.script(status(400, "no such picture"))
    with workers(store, tmp_path, server, budget=BudgetSettings.model_validate({"reuse": {"within": 0}})):
        found = [settled(store, f"c{number}").verification for number in range(3)]
    assert sorted(found) == [Verification.CONFIRMED, Verification.CONFIRMED, Verification.FAILED]


def test_a_look_alike_reuses_the_verdict(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    server.default = ok("no")
    queue("a", 0.0)
    with workers(store, tmp_path, server, budget=BudgetSettings.model_validate({"merge": {"window": 0}})):
        settled(store, "a")
        for number, id in enumerate(("b", "c", "d")):
            queue(id, 20.0 * (number + 1), track=number + 2)
            event = settled(store, id)
            assert event.verification is Verification.REJECTED
            assert event.verdict is not None
            reused = id != "d"
            assert bool(event.verdict.notes) is reused
            assert event.verdict.usage.calls == (0 if reused else 1)
    assert len(server.requests) == 2, "two reuses, then a review again"


@pytest.mark.parametrize("scope", ["site", "camera", "kind"])
def test_a_case_without_budget_waits_and_the_reason_is_shown(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None], scope: str
) -> None:
    limits = {"calls_per_day": 2}
    limited: dict[str, dict[str, Any]] = {"site": limits, "kind": {"kinds": {"intrusion": limits}}}
    budget = APART | limited.get(scope, {})
    for number in range(5):
        queue(f"c{number}", float(number))
    cameras = {"hall": BudgetLimits.model_validate(limits if scope == "camera" else {})}
    with workers(
        store, tmp_path, server, budget=BudgetSettings.model_validate(budget), cameras=cameras
    ) as running:
        wait_for(lambda: store.cases.counts()[CaseState.SETTLED] == 2 and running.refused)
        wait_for(lambda: not running.busy)
        assert store.cases.counts()[CaseState.QUEUED] == 3
        assert f"budget of {scope}" in running.refused[0]
        assert running.away is None
    assert len(server.requests) == 2
    # After a restart nothing is left either.
    with workers(
        store, tmp_path, server, budget=BudgetSettings.model_validate(budget), cameras=cameras
    ) as running:
        wait_for(lambda: running.refused)
    assert len(server.requests) == 2


def test_a_settled_verdict_s_calls_are_in_the_ledger(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    server.script(status(500), ok("yes"))
    queue("a")
    with workers(store, tmp_path, server, price_in=2.0, price_out=10.0):
        settled(store, "a")
        failed, answered = store.ledger.find()
    assert (failed.outcome, answered.outcome) == (Outcome.FAILED, Outcome.ANSWERED)
    assert (answered.case_id, answered.camera, answered.kind) == ("a", "hall", "intrusion")
    assert answered.purpose is Purpose.VERIFY
    assert (answered.tokens_in, answered.tokens_out) == (1000, 50)
    assert answered.cost == pytest.approx((1000 * 2 + 50 * 10) / 1e6)
    (total,) = store.ledger.costs()
    assert (total.calls, total.cases, total.unanswered) == (2, 1, 1)


def test_a_late_answer_is_hedged_and_both_calls_are_booked(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    server.script(slow(20.0), ok("no"))
    queue("a")
    with workers(store, tmp_path, server, hedge=0.2, timeout=30, lease=60):
        assert settled(store, "a").verification is Verification.REJECTED
    assert len(server.requests) == 2
    assert {call.outcome for call in store.ledger.find()} == {Outcome.ANSWERED, Outcome.ABANDONED}


def test_a_hedge_is_paid_from_the_same_budget(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    server.script(slow(1.0, ok("no")))
    queue("a")
    budget = BudgetSettings.model_validate({**APART, "calls_per_day": 1})
    with workers(store, tmp_path, server, budget=budget, hedge=0.1, timeout=30, lease=60):
        assert settled(store, "a").verification is Verification.REJECTED
    assert len(server.requests) == 1


def test_an_odd_case_does_not_end_the_workers(
    store: Store,
    tmp_path: Path,
    server: BrainServer,
    queue: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near, odd = store.cases.near, [True, True]

    def broken(*asked: Any) -> Any:
        if odd:
            odd.pop()
            raise ValueError("a mistake")
        return near(*asked)

    monkeypatch.setattr(store.cases, "near", broken)
    server.default = ok("yes")
    for number, id in enumerate("abc"):
        queue(id, 100.0 * number, track=number)
    with workers(store, tmp_path, server, budget=BudgetSettings.model_validate({"reuse": {"within": 0}})):
        assert settled(store, "a").verification is Verification.CONFIRMED


def test_the_ledger_keeps_what_the_store_could_not_take(tmp_path: Path) -> None:
    from secondsight.errors import StoreError
    from tests.cascade.budget.test_budget import call

    with Store.open(tmp_path / "secondsight.db") as store:
        ledger = make_services(store, tmp_path, BudgetSettings(), SystemClock()).ledger
        refuse, add = [True], store.ledger.add

        def moody(made: Any) -> None:
            if refuse:
                raise StoreError("locked", retryable=True)
            add(made)

        store.ledger.add = moody  # type: ignore[method-assign]
        ledger.book(call())
        with pytest.raises(StoreError):
            ledger.flush()
        ledger.book(call(camera="yard"))
        refuse.clear()
        ledger.flush()
        ledger.flush()
        assert [c.camera for c in store.ledger.find()] == ["hall", "yard"]


def test_rules_act_open_or_closed_while_the_brain_is_away(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    server.stop()
    queue("open")
    queue("closed", policy=PolicySettings(on_brain_failure="closed"))
    with workers(store, tmp_path, server):
        wait_for(lambda: (event := store.events.get("open")) and event.alert)
        waiting, quiet = store.events.get("open"), store.events.get("closed")
        assert waiting is not None
        assert quiet is not None
        assert (waiting.settled, waiting.verification) == (False, Verification.UNVERIFIED)
        assert waiting.note == "unverified: the brain is away"
        assert not quiet.alert
        server.default = ok("no")
        server.start()
        assert not settled(store, "open").alert, "verified when it returns"
        assert settled(store, "closed").verification is Verification.REJECTED


def test_a_verdict_without_a_call_says_nothing_of_the_brain(
    store: Store, tmp_path: Path, server: BrainServer, queue: Callable[..., None]
) -> None:
    server.stop()
    queue("blank")
    Image.new("RGB", (96, 72), "grey").save(tmp_path / "blank.jpg")
    with workers(store, tmp_path, server, guard={"picture": True}) as running:
        assert settled(store, "blank").verification is Verification.UNSURE
    assert running._latency.mean is None
    assert store.ledger.find() == []
