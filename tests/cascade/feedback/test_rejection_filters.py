"""Learned rejection: what leads to a filter, what keeps one away, and what it does to cases, pictures and all."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.brain import make_reviewer
from secondsight.cascade import BrainWorkers, CameraFilters, LearnedState, Recorder, decide
from secondsight.cascade.feedback.appearance import same_appearance
from secondsight.cascade.feedback.rejection_filters import propose, try_in_shadow
from secondsight.clock import ManualClock, SystemClock
from secondsight.config import (
    BudgetSettings,
    CalibrationSettings,
    ClipsSettings,
    FilterSettings,
    OpenAIBrainSettings,
    PolicySettings,
    RetentionSettings,
)
from secondsight.media import Packet
from secondsight.records import Box, CaseState, Clip, Event, KeyFrame, TrackId, Verification
from secondsight.store import (
    Appearance,
    AttachClip,
    FeedbackEntry,
    FilterState,
    OpenCandidate,
    SeenCase,
    Store,
)
from tests.cascade.conftest import BEGIN, make_services, suspicion
from tests.cascade.feedback.test_appearance import (
    ELSEWHERE,
    LOOK,
    OTHER_LOOK,
    OTHER_PLACE,
    PLACE,
    scene,
    stripes,
)
from tests.cascade.review.test_workers import APART
from tests.media.helpers import wait_for
from tests.servers.brain import BrainServer, ok
from tests.table import table

AUTO = FilterSettings(mode="auto", audit=0.0)
DAY = 86400.0


# -- what leads to a filter


def seen(id: str, **changes: Any) -> SeenCase:
    return replace(SeenCase(id, BEGIN, LOOK, Verification.REJECTED, 1, None, None), **changes)


REJECTED_THRICE = [seen("a"), seen("b"), seen("c")]


def proposed(some: list[SeenCase], newest: str = "c", known: Any = (), **changes: Any) -> Any:
    draft = propose(newest, some, known, "hall", "intrusion", FilterSettings(**{"mode": "auto", **changes}))
    return draft and try_in_shadow(draft, some)


def test_three_rejections_of_the_like_lead_to_a_filter() -> None:
    found = proposed(REJECTED_THRICE)
    assert found is not None
    assert found.state is FilterState.ACTIVE
    assert found.evidence == ("a", "b", "c")
    assert same_appearance(found.seen, LOOK, 0.99, 0.001)
    assert (found.shadow.tested, found.shadow.matched) == (3, 3)
    assert proposed(REJECTED_THRICE, mode="ask").state is FilterState.PROPOSED


@table(
    "third",
    [
        pytest.param(seen("c", seen=OTHER_LOOK), id="another look"),
        pytest.param(seen("c", seen=OTHER_PLACE), id="another place"),
        pytest.param(seen("c", calls=0), id="the verdict was another's"),
        pytest.param(seen("c", truth=True), id="true by feedback"),
        pytest.param(seen("c", verification=Verification.UNSURE), id="unsure"),
        pytest.param(seen("c", verification=Verification.EXPIRED), id="expired"),
    ],
)
def test_what_does_not_count_as_the_third(third: SeenCase) -> None:
    assert proposed([seen("a"), seen("b"), third]) is None


@table(
    ("odd", "counted"),
    [
        (seen("x", verification=Verification.CONFIRMED), "confirmed"),
        (seen("x", verification=Verification.UNSURE), "unsure"),
        (seen("x", truth=True), "true"),
        (seen("x", truth=True, verification=Verification.EXPIRED), "true"),
        (seen("x", verification=Verification.CONFIRMED, triggered=BEGIN - 100 * DAY), "confirmed"),
    ],
)
def test_the_test_in_shadow_refuses_what_would_hold_back_anything_true(odd: SeenCase, counted: str) -> None:
    found = proposed([odd, *REJECTED_THRICE])
    assert found is not None
    assert found.state is FilterState.REFUSED
    assert getattr(found.shadow, counted) == 1
    far = replace(odd, seen=OTHER_LOOK)
    assert proposed([far, *REJECTED_THRICE]).state is FilterState.ACTIVE


@table("state", list(FilterState))
def test_only_an_expired_filter_is_learned_again(state: FilterState) -> None:
    known = replace(proposed(REJECTED_THRICE), state=state)
    again = proposed(REJECTED_THRICE, known=[known])
    assert (again is not None) is (state is FilterState.EXPIRED)
    elsewhere = replace(known, seen=OTHER_PLACE)
    assert proposed(REJECTED_THRICE, known=[elsewhere]) is not None


def test_a_look_of_an_earlier_version_counts_for_no_filter_and_may_be_what_was_refused() -> None:
    old = Appearance(PLACE, (0.6, 0.8))
    assert proposed([*REJECTED_THRICE[:2], seen("c", seen=old)], radius=1.0) is None
    refused = replace(proposed(REJECTED_THRICE), seen=old, state=FilterState.REFUSED)
    assert proposed(REJECTED_THRICE, known=[refused]) is None


def test_a_true_case_with_such_a_look_refuses_what_is_in_its_place() -> None:
    old = seen("x", seen=Appearance(PLACE, (1.0, 0.0, 0.0)), truth=True)
    assert proposed([old, *REJECTED_THRICE]).state is FilterState.REFUSED
    elsewhere = replace(old, seen=Appearance(ELSEWHERE, (1.0, 0.0, 0.0)))
    assert proposed([elsewhere, *REJECTED_THRICE]).state is FilterState.ACTIVE


vectors = st.floats(0, 1).map(stripes)


@given(
    st.lists(
        st.tuples(vectors, st.sampled_from(list(Verification)), st.sampled_from([None, True, False])),
        max_size=12,
    )
)
def test_no_filter_that_holds_matches_anything_true(some: list[Any]) -> None:
    """Whatever the cases are."""
    cases = [
        seen(str(n), seen=Appearance(PLACE, vector), verification=said, truth=truth)
        for n, (vector, said, truth) in enumerate(some)
    ]
    for case in cases:
        found = proposed(cases, case.id, cases=2)
        if found is not None and found.state is FilterState.ACTIVE:
            for other in cases:
                if same_appearance(found.seen, other.seen, found.overlap, found.radius):
                    assert other.verification is not Verification.CONFIRMED
                    assert other.truth is not True
            assert try_in_shadow(found, cases).shadow.harmless


# -- cases with pictures, a real store, a brain's server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "secondsight.db") as opened:
        yield opened


def attach(store: Store, filters: CameraFilters, data: Path, id: str, thing: str = "stand") -> Event:
    """What the recorder does with a case when its pictures are there."""
    candidate = suspicion(float(int(id)), id=id)
    given = decide(candidate, PolicySettings(), brain=True, now=time.time())
    store.apply([OpenCandidate(candidate, given)])
    path = scene(data / "frames" / f"{id}.jpg", thing, noise=int(id))
    frames = [KeyFrame(str(path.relative_to(data)), candidate.peak, PLACE)]
    clip = Clip(f"clips/{id}.mp4", candidate.start, candidate.triggered, 0.0, "h264", False, 1)
    store.apply([AttachClip(id, clip, tuple(frames), None, filters.screen(candidate, given, frames))])
    event = store.events.get(id)
    assert event is not None
    return event


def judge(store: Store, filters: CameraFilters, id: str, said: Verification) -> None:
    """What the reviewer does with the brain's verdict."""
    from tests.store.samples import verdict

    case = store.cases.get(id)
    assert case is not None
    assert store.cases.settle(id, said, verdict(said))
    filters.on_settled(case, said)


def learned(store: Store, filters: CameraFilters, data: Path) -> None:
    for id in ("1", "2", "3"):
        attach(store, filters, data, id)
        judge(store, filters, id, Verification.REJECTED)


def test_the_fourth_of_the_like_is_held_back_and_another_is_not(store: Store, tmp_path: Path) -> None:
    filters = CameraFilters(store.filters, AUTO, tmp_path)
    learned(store, filters, tmp_path)
    (filter,) = store.filters.find()
    assert filter.evidence == ("1", "2", "3")
    fourth = attach(store, filters, tmp_path, "4")
    assert (fourth.verification, fourth.note) == (Verification.REJECTED, f"held back by filter {filter.id}")
    assert attach(store, filters, tmp_path, "5", "man").verification is Verification.UNVERIFIED
    assert store.cases.counts()[CaseState.QUEUED] == 1


@pytest.mark.parametrize(("within", "filters_made"), [(99.0, 0), (200.0, 1)])
def test_only_rejections_of_the_same_time_lead_to_a_filter(
    store: Store, tmp_path: Path, within: float, filters_made: int
) -> None:
    filters = CameraFilters(store.filters, AUTO.model_copy(update={"within": within}), tmp_path)
    for id in ("100", "200", "300"):
        attach(store, filters, tmp_path, id)
        judge(store, filters, id, Verification.REJECTED)
    assert len(store.filters.find()) == filters_made


@pytest.mark.parametrize("mode", ["ask", "off"])
def test_nothing_is_held_back_without_approval(store: Store, tmp_path: Path, mode: str) -> None:
    filters = CameraFilters(
        store.filters, FilterSettings.model_validate({"mode": mode, "audit": 0}), tmp_path
    )
    learned(store, filters, tmp_path)
    assert attach(store, filters, tmp_path, "4").verification is Verification.UNVERIFIED
    assert [one.state for one in store.filters.find()] == ([FilterState.PROPOSED] if mode == "ask" else [])
    if mode == "ask":
        (filter,) = store.filters.find()
        store.filters.approve(filter.id, filter.shadow)
        assert attach(store, filters, tmp_path, "5").verification is Verification.REJECTED
        off = CameraFilters(store.filters, FilterSettings(mode="off"), tmp_path)
        assert attach(store, off, tmp_path, "6").verification is Verification.UNVERIFIED


def test_a_share_of_the_hits_is_audited_the_same_with_the_same_seed(store: Store, tmp_path: Path) -> None:
    learned(store, CameraFilters(store.filters, AUTO, tmp_path), tmp_path)
    some = FilterSettings(mode="auto", audit=0.25)
    path = scene(tmp_path / "frames" / "x.jpg", "stand")
    frames = [KeyFrame(str(path.relative_to(tmp_path)), BEGIN, PLACE)]
    given = decide(suspicion(0.0), PolicySettings(), brain=True, now=0.0)

    def audits(seed: int) -> list[bool]:
        filters = CameraFilters(store.filters, some, tmp_path, seed)
        found = [filters.screen(suspicion(0.0, id=f"case {n}"), given, frames) for n in range(200)]
        assert all(one is not None and one.filter for one in found)
        assert {(one.hold_back, one.probability) for one in found if one} == {(True, 0.75), (False, 0.25)}
        return [not one.hold_back for one in found if one]

    drawn = audits(1)
    assert drawn == audits(1)
    assert drawn != audits(2)
    assert 30 <= sum(drawn) <= 70


def test_a_case_queued_before_the_filter_held_and_confirmed_now_ends_it(store: Store, tmp_path: Path) -> None:
    filters = CameraFilters(store.filters, AUTO, tmp_path)
    attach(store, filters, tmp_path, "9")
    learned(store, filters, tmp_path)
    assert [one.state for one in store.filters.find()] == [FilterState.ACTIVE]
    judge(store, filters, "9", Verification.CONFIRMED)
    assert [one.state for one in store.filters.find()] == [FilterState.REVOKED]
    assert attach(store, filters, tmp_path, "10").verification is Verification.UNVERIFIED


def test_two_workers_learn_one_filter(store: Store, tmp_path: Path) -> None:
    filters = CameraFilters(store.filters, AUTO, tmp_path)
    for id in "12345678":
        attach(store, filters, tmp_path, id)
    threads = [
        threading.Thread(target=judge, args=(store, filters, id, Verification.REJECTED)) for id in "12345678"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.filters.find()) == 1


def test_what_was_learned_outlives_the_program(tmp_path: Path) -> None:
    with Store.open(tmp_path / "secondsight.db") as store:
        learned(store, CameraFilters(store.filters, AUTO, tmp_path), tmp_path)
    with Store.open(tmp_path / "secondsight.db") as store:
        again = CameraFilters(store.filters, AUTO, tmp_path)
        assert attach(store, again, tmp_path, "4").verification is Verification.REJECTED


def test_the_brain_s_word_through_the_workers_teaches_and_its_audit_unteaches(
    store: Store, tmp_path: Path
) -> None:
    """A real queue, real workers, and a server that says no three times, then yes to an audit."""
    always_audited = CameraFilters(store.filters, FilterSettings(mode="auto", audit=1.0), tmp_path)
    experience = LearnedState(store.calibrations, CalibrationSettings(), always_audited)
    with BrainServer(default=ok("no")) as server:
        values = {"backend": "openai", "base_url": server.url, "model": "test-vl", "backoff": 0.02}
        brain_settings = OpenAIBrainSettings.model_validate(
            {**values, "guard": {"opposite": "never", "picture": False}}
        )
        services = replace(make_services(store, tmp_path, APART), learned=experience)
        brain = make_reviewer(brain_settings, SystemClock(), book=services.ledger.book)
        assert brain is not None
        workers = BrainWorkers(
            store.cases,
            brain,
            brain_settings,
            SystemClock(),
            services,
            on_settled=lambda: None,
            rng=random.Random(7),
        )
        workers.start()
        try:
            for id in ("1", "2", "3"):
                attach(store, always_audited, tmp_path, id)
            wait_for(lambda: store.filters.find())
            (filter,) = store.filters.find()
            assert filter.state is FilterState.ACTIVE
            server.default = ok("yes")
            attach(store, always_audited, tmp_path, "4")
            wait_for(lambda: store.cases.counts()[CaseState.SETTLED] == 4)
        finally:
            workers.stop()
    (filter,) = store.filters.find()
    assert filter.state is FilterState.REVOKED
    assert filter.note == "4: confirmed by the brain"


def test_a_confirmation_shared_with_another_case_ends_a_filter_too(store: Store, tmp_path: Path) -> None:
    """The leader looks otherwise; the case that shares its verdict is what the filter would hold back."""
    learned(store, CameraFilters(store.filters, AUTO, tmp_path), tmp_path)
    unscreened = CameraFilters(store.filters, FilterSettings(mode="off"), tmp_path)
    attach(store, unscreened, tmp_path, "4", "stand")
    attach(store, unscreened, tmp_path, "5", "man")
    experience = LearnedState(
        store.calibrations, CalibrationSettings(), CameraFilters(store.filters, AUTO, tmp_path)
    )
    with BrainServer(default=ok("yes")) as server:
        values = {"backend": "openai", "base_url": server.url, "model": "test-vl", "concurrency": 1}
        asked = OpenAIBrainSettings.model_validate(
            {**values, "guard": {"opposite": "never", "picture": False}}
        )
        services = replace(make_services(store, tmp_path, BudgetSettings()), learned=experience)
        brain = make_reviewer(asked, SystemClock(), book=services.ledger.book)
        assert brain is not None
        workers = BrainWorkers(store.cases, brain, asked, SystemClock(), services, on_settled=lambda: None)
        workers.start()
        try:
            wait_for(lambda: store.cases.counts()[CaseState.SETTLED] == 5)
            wait_for(lambda: store.filters.find()[0].state is FilterState.REVOKED)
        finally:
            workers.stop()
        assert len(server.requests) == 1
    assert store.filters.find()[0].note == "4: confirmed by the brain"


def test_the_recorder_asks_the_filters_before_it_queues(packets: list[Packet], tmp_path: Path) -> None:
    """The whole way from packets: the look is stored with the case, and a filter that matches holds it back."""
    from secondsight.store import CameraFilter, Shadow

    clock = ManualClock(BEGIN + 1000)
    with Store.open(tmp_path / "secondsight.db", clock) as store:
        filters = CameraFilters(store.filters, AUTO, tmp_path)
        for number in (1, 2):
            ready = threading.Semaphore(0)
            recorder = Recorder(
                store,
                tmp_path,
                ClipsSettings(),
                RetentionSettings(min_free=0),
                clock,
                make_room=lambda: False,
                on_ready=ready.release,
                screen=filters.screen,
            )
            candidate = replace(suspicion(10.0, id=f"case-{number}"), tracks=(), box=Box(0.0, 0.0, 1.0, 1.0))
            for packet in packets:
                if packet is packets[110]:
                    recorder.report(
                        candidate,
                        decide(candidate, PolicySettings(), brain=True, now=clock.now()),
                        block=True,
                    )
                recorder.clip_buffer("hall").complete(recorder.clip_buffer("hall").feed(packet))
            assert ready.acquire(timeout=20)
            recorder.close()
            if number == 1:
                assert store.cases.counts()[CaseState.QUEUED] == 1
                store.cases.settle("case-1", Verification.REJECTED)
                (case,) = store.filters.seen_cases("hall", "intrusion")
                made = CameraFilter(
                    "f",
                    "hall",
                    "intrusion",
                    FilterState.ACTIVE,
                    case.seen,
                    0.5,
                    0.1,
                    (),
                    Shadow(),
                    DAY,
                    0.0,
                    0.0,
                )
                assert store.filters.propose(made, [])
        held_back = store.events.get("case-2")
        assert held_back is not None
        assert (held_back.verification, held_back.settled) == (Verification.REJECTED, True)
        assert held_back.clip is not None
        assert store.feedback.add([FeedbackEntry("case-2", True)]) == []
        assert [one.state for one in store.filters.find()] == [FilterState.REVOKED]


def test_a_failing_screen_costs_no_case_its_review(packets: list[Packet], tmp_path: Path) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    clock = ManualClock(BEGIN + 1000)
    with Store.open(tmp_path / "secondsight.db", clock) as store:
        ready = threading.Semaphore(0)
        recorder = Recorder(
            store,
            tmp_path,
            ClipsSettings(),
            RetentionSettings(min_free=0),
            clock,
            make_room=lambda: False,
            on_ready=ready.release,
            screen=broken,
        )
        candidate = replace(suspicion(10.0), tracks=(TrackId("hall", 0, 1),))
        for packet in packets:
            if packet is packets[110]:
                recorder.report(
                    candidate, decide(candidate, PolicySettings(), brain=True, now=clock.now()), block=True
                )
            recorder.clip_buffer("hall").complete(recorder.clip_buffer("hall").feed(packet))
        assert ready.acquire(timeout=20)
        recorder.close()
        assert store.cases.counts()[CaseState.QUEUED] == 1
