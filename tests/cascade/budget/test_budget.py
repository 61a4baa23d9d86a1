"""What may be spent: never more than the limits, never less than fair, and the same after a restart."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.cascade import BudgetGate, CostEstimate, Grant, Ledger, Refusal
from secondsight.clock import ManualClock
from secondsight.config import BudgetLimits, BudgetSettings, NoBrainSettings
from secondsight.records import Call, Outcome, Purpose
from secondsight.store import Store

NOON = 1_767_268_800.0
"""2026-01-01T12:00:00Z."""


def call(time: float = NOON, camera: str = "hall", kind: str = "fall", **changes: Any) -> Call:
    values: dict[str, Any] = {"tokens_in": 900, "tokens_out": 100, "cost": 0.5, **changes}
    return Call(time, Purpose.VERIFY, "c", camera, kind, "b", "", False, Outcome.ANSWERED, **values)


def gate(clock: ManualClock, cameras: dict[str, BudgetLimits] | None = None, **budget: Any) -> BudgetGate:
    return BudgetGate(
        BudgetSettings.model_validate(budget),
        cameras or {"hall": BudgetLimits(), "yard": BudgetLimits()},
        clock,
    )


def ask(
    gate: BudgetGate, camera: str = "hall", kind: str = "fall", purpose: Purpose = Purpose.VERIFY
) -> bool:
    """Ask for one call of 1000 tokens and half a crown, and give the grant back at once."""
    grant = gate.allow(purpose, camera, kind, CostEstimate(1, 1000, 0.5))
    if isinstance(grant, Grant):
        grant.close()
    return isinstance(grant, Grant)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.mark.parametrize(
    "limit",
    [
        {"calls_per_hour": 3},
        {"calls_per_day": 3},
        {"tokens_per_hour": 3500},
        {"tokens_per_day": 3000},
        {"money_per_hour": 1.5},
        {"money_per_day": 1.9},
    ],
    ids=lambda limit: next(iter(limit)),
)
@pytest.mark.parametrize("scope", ["site", "camera", "kind"])
def test_the_fourth_call_is_too_much(scope: str, limit: dict[str, Any], clock: ManualClock) -> None:
    limits = BudgetLimits.model_validate(limit)
    if scope == "site":
        mine = gate(clock, **limit)
    elif scope == "camera":
        mine = gate(clock, {"hall": limits, "yard": BudgetLimits()})
    else:
        mine = gate(clock, kinds={"fall": limits})
    for _ in range(3):
        assert ask(mine)
        mine.spend(call())
    refusal = mine.allow(Purpose.VERIFY, "hall", "fall", CostEstimate(1, 1000, 0.5))
    assert isinstance(refusal, Refusal)
    assert scope in refusal.reason
    hourly = next(iter(limit)).endswith("hour")
    assert refusal.until == NOON + (3600 if hourly else 12 * 3600)
    # Only those who share the limit are held back.
    assert ask(mine, camera="yard", kind="fight") is (scope != "site")
    clock.advance(refusal.until - NOON - 1)
    assert not ask(mine)
    clock.advance(1)
    assert ask(mine)


@pytest.mark.parametrize("purpose", Purpose)
def test_every_user_of_the_brain_pays_from_one_budget(purpose: Purpose, clock: ManualClock) -> None:
    mine = gate(clock, calls_per_hour=1)
    mine.spend(call())
    assert not ask(mine, camera="", kind="", purpose=purpose)


def test_what_is_granted_is_held_back_until_it_is_given_back(clock: ManualClock) -> None:
    mine = gate(clock, calls_per_hour=2)
    grants = [mine.allow(Purpose.VERIFY, "hall", "fall", CostEstimate()) for _ in range(3)]
    assert [isinstance(grant, Grant) for grant in grants] == [True, True, False]
    refusal = grants[2]
    assert isinstance(refusal, Refusal)
    assert "reviews under way" in refusal.reason
    assert refusal.until == NOON + 1, "they may take less"
    with grants[0]:  # type: ignore[union-attr]
        assert not ask(mine)
    grants[0].close()  # type: ignore[union-attr]
    assert ask(mine), "given back once, although closed twice"
    assert isinstance(mine.allow(Purpose.VERIFY, "hall", "fall", CostEstimate()), Grant)
    assert not ask(mine)


def test_a_day_is_that_of_the_site_s_time_zone(clock: ManualClock) -> None:
    mine = BudgetGate(BudgetSettings(calls_per_day=1), {}, clock, zone="Asia/Shanghai")
    mine.spend(call())
    refusal = mine.allow(Purpose.ANSWER, "", "", CostEstimate())
    assert isinstance(refusal, Refusal)
    assert refusal.until == NOON + 4 * 3600, "midnight in Shanghai is 16:00 UTC"


def test_a_day_on_which_clocks_change_ends_at_midnight(clock: ManualClock) -> None:
    clock.advance(1_774_742_400.0 - NOON)  # 2026-03-29T00:00Z: that day has 23 hours in Berlin
    mine = BudgetGate(BudgetSettings(calls_per_day=1), {}, clock, zone="Europe/Berlin")
    mine.spend(call())
    refusal = mine.allow(Purpose.ANSWER, "", "", CostEstimate())
    assert isinstance(refusal, Refusal)
    assert refusal.until == 1_774_821_600.0, "2026-03-29T22:00Z"


class Jumpy(ManualClock):
    """A clock whose time of day can be set; what passes by `advance` comes on top."""

    back = 0.0

    def now(self) -> float:
        return super().now() - self.back


def test_a_clock_that_is_set_back_does_not_renew_the_budget() -> None:
    clock = Jumpy(NOON)
    mine = gate(clock, calls_per_hour=1)
    mine.spend(call())
    clock.back = 7200.0
    assert not ask(mine)


@pytest.mark.parametrize(("limit", "end"), [("calls_per_hour", 3600.0), ("calls_per_day", 12 * 3600.0)])
def test_a_clock_that_was_years_ahead_does_not_close_the_budget_for_years(limit: str, end: float) -> None:
    clock = Jumpy(NOON)
    mine = gate(clock, None, **{limit: 1})
    clock.back = -9 * 365 * 86400.0
    mine.spend(call())
    clock.back = 0.0
    refusal = mine.allow(Purpose.VERIFY, "hall", "fall", CostEstimate())
    assert isinstance(refusal, Refusal), "what was spent stays spent"
    assert refusal.until == NOON + end
    clock.advance(end - 1)
    assert not ask(mine)
    clock.advance(1)
    assert ask(mine)


@pytest.mark.parametrize(
    "limit", [{"calls_per_hour": 1}, {"tokens_per_hour": 1500}, {"money_per_hour": 0.6}, {"calls_per_day": 1}]
)
def test_a_limit_below_one_review_lets_one_into_a_window(limit: dict[str, Any], clock: ManualClock) -> None:
    mine, review = gate(clock, **limit), CostEstimate(2, 2000, 1.0)
    for _ in range(3):
        assert mine.exhausted(lambda kind: review).site is None
        grant = mine.allow(Purpose.VERIFY, "hall", "fall", review)
        assert isinstance(grant, Grant)
        assert isinstance(mine.allow(Purpose.VERIFY, "yard", "fall", review), Refusal), "one is under way"
        with grant:
            mine.spend(call())
            mine.spend(call())
        refusal = mine.allow(Purpose.VERIFY, "hall", "fall", review)
        assert isinstance(refusal, Refusal)
        clock.advance(refusal.until - clock.now())


def test_a_limit_of_nothing_lets_nobody_in(clock: ManualClock) -> None:
    assert not ask(gate(clock, calls_per_hour=0))
    assert not ask(gate(clock, tokens_per_day=0))


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with Store.open(tmp_path / "secondsight.db", clock) as opened:
        yield opened


def test_a_restart_does_not_renew_the_budget(store: Store, clock: ManualClock) -> None:
    store.ledger.add(
        [call(NOON - 3601), call(NOON - 13 * 3600), call(NOON + 5), call(NOON + 6, camera="yard")]
    )
    clock.advance(10)
    yard = {"hall": BudgetLimits(), "yard": BudgetLimits(calls_per_hour=2)}

    def left(**limits: Any) -> int:
        mine = BudgetGate(BudgetSettings.model_validate(limits), yard, clock, ledger=store.ledger)
        count = 0
        while ask(mine):
            mine.spend(call())
            count += 1
        return count

    assert left(calls_per_hour=5) == 3, "two of this hour"
    assert left(calls_per_day=5) == 2, "three of this day"
    assert left(tokens_per_hour=5000) == 3
    assert left(money_per_day=2.5) == 2
    assert left(kinds={"fall": {"calls_per_hour": 5}}) == 3
    mine = BudgetGate(BudgetSettings(), yard, clock, ledger=store.ledger)
    assert ask(mine, "yard")
    mine.spend(call(camera="yard"))
    assert not ask(mine, "yard")


def test_which_budgets_are_exhausted_and_why(clock: ManualClock) -> None:
    cameras = {"hall": BudgetLimits(calls_per_hour=1), "yard": BudgetLimits()}
    mine = gate(clock, cameras, calls_per_day=4, kinds={"fight": {"tokens_per_day": 10}})
    mine.spend(call(camera="", kind="fight", tokens_in=4, tokens_out=1))
    exhausted = mine.exhausted(lambda kind: CostEstimate(1, 1000))
    assert (exhausted.site, list(exhausted.cameras), list(exhausted.kinds)) == (None, [], ["fight"])
    mine.spend(call())
    exhausted = mine.exhausted(lambda kind: CostEstimate(1, 5 if kind == "fight" else 0))
    assert (exhausted.site, list(exhausted.cameras), list(exhausted.kinds)) == (None, ["hall"], [])
    assert exhausted.reasons == [
        "budget of camera hall: 1 calls an hour used up until 2026-01-01T13:00:00.000Z"
    ]
    for _ in range(2):
        mine.spend(call(camera="yard"))
    assert mine.exhausted(lambda kind: CostEstimate()).site is not None


def test_a_camera_that_had_its_share_goes_behind(clock: ManualClock) -> None:
    mine = gate(clock, camera_rate=60, camera_burst=3)
    for _ in range(3):
        assert mine.over_share() == frozenset()
        assert ask(mine)
    assert mine.over_share() == {"hall"}
    assert ask(mine), "behind is not refused"
    clock.advance(119)
    assert mine.over_share() == {"hall"}
    clock.advance(1)
    assert mine.over_share() == frozenset()
    clock.advance(1e6)
    for _ in range(3):
        assert ask(mine)
    assert mine.over_share() == {"hall"}, "the bucket never holds more than the burst"


def test_a_camera_that_was_busy_alone_is_soon_no_longer_behind(clock: ManualClock) -> None:
    mine = gate(clock, camera_rate=60, camera_burst=3)
    for _ in range(500):
        assert ask(mine)
    clock.advance(3 * 60)
    assert mine.over_share() == {"hall"}
    clock.advance(60)
    assert mine.over_share() == frozenset()


def test_without_a_rate_the_share_is_twice_an_equal_one(clock: ManualClock) -> None:
    mine = gate(clock, camera_burst=1)
    mine.expect(1.0)  # a review per second for two cameras: a share is half of them, twice that is all
    assert ask(mine)
    assert mine.over_share() == {"hall"}
    clock.advance(1)
    assert mine.over_share() == frozenset()


def test_questions_do_not_take_from_a_camera_s_share(clock: ManualClock) -> None:
    mine = gate(clock, camera_rate=1, camera_burst=1)
    assert ask(mine, purpose=Purpose.ANSWER)
    assert mine.over_share() == frozenset()


@given(st.integers(0, 2**32), st.integers(0, 12), st.integers(0, 30), st.integers(0, 6))
def test_limits_hold_whatever_is_asked(seed: int, an_hour: int, a_day: int, of_hall: int) -> None:
    """Calls in any order, some held back while others ask: no window ever holds more than its limit."""
    rng, clock = random.Random(seed), ManualClock(NOON)
    cameras = {"hall": BudgetLimits(calls_per_hour=of_hall), "yard": BudgetLimits()}
    mine = gate(clock, cameras, calls_per_hour=an_hour, calls_per_day=a_day)
    made: list[tuple[float, str]] = []
    held: list[tuple[Grant, str]] = []
    for _ in range(120):
        camera = rng.choice(["hall", "yard"])
        grant = mine.allow(Purpose.VERIFY, camera, "fall", CostEstimate())
        if isinstance(grant, Grant):
            held.append((grant, camera))
        while held and rng.random() < 0.6:
            grant, camera = held.pop(rng.randrange(len(held)))
            mine.spend(call(camera=camera))
            made.append((clock.now(), camera))
            grant.close()
        if rng.random() < 0.3:
            # Never into the next hour with grants that were given in this one: they are this one's.
            for grant, _ in held:
                grant.close()
            held.clear()
            clock.advance(rng.choice([10.0, 600.0, 4000.0]))
    for span, limit, only in ((3600, an_hour, None), (86400, a_day, None), (3600, of_hall, "hall")):
        for begin in {time - time % span for time, _ in made}:
            count = sum(begin <= time < begin + span and only in (None, camera) for time, camera in made)
            assert count <= limit


def test_calls_of_a_backend_that_names_no_cost_are_priced_by_the_site(tmp_path: Path) -> None:
    brain = NoBrainSettings.model_validate({"price_in": 2.0, "price_out": 10.0})
    unpriced = call(tokens_in=1000, tokens_out=50, cost=None)
    with Store.open(tmp_path) as store:
        ledger = Ledger(store.ledger, gate(ManualClock()), brain.cost)
        for made in (unpriced, call(NOON + 1, cost=0.5), call(NOON + 2, tokens_in=None, cost=None)):
            ledger.book(made)
        ledger.flush()
        assert [booked.cost for booked in store.ledger.find()] == [pytest.approx(0.0025), 0.5, None]


def test_new_limits_of_cameras_hold_at_once_and_what_was_spent_stays_spent(clock: ManualClock) -> None:
    budget = BudgetGate(BudgetSettings(), {"hall": BudgetLimits(calls_per_hour=3)}, clock)
    for _ in range(2):
        budget.spend(call(camera="hall"))
    budget.limit_cameras({"hall": BudgetLimits(calls_per_hour=2), "gate": BudgetLimits(calls_per_hour=0)})
    assert isinstance(budget.allow(Purpose.VERIFY, "hall", "fall", CostEstimate()), Refusal)
    assert isinstance(budget.allow(Purpose.VERIFY, "gate", "fall", CostEstimate()), Refusal)
    budget.limit_cameras({"hall": BudgetLimits(calls_per_hour=3), "gate": BudgetLimits()})
    assert isinstance(budget.allow(Purpose.VERIFY, "hall", "fall", CostEstimate()), Grant)
    assert isinstance(budget.allow(Purpose.VERIFY, "gate", "fall", CostEstimate()), Grant)
