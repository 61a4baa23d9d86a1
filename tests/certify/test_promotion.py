"""May a candidate replace production?"""

from collections import Counter

import numpy as np
import pytest

from secondsight.certify import (
    FALSE_REPORTS,
    Decision,
    FoundCounts,
    PairedDay,
    PromotionLimits,
    PromotionTest,
)

LIMITS = PromotionLimits()
KINDS = ("person", "car")


def _day(rng: np.random.Generator, loss: float, false_rate: float) -> PairedDay:
    """A camera-day on which the candidate loses a share of recall of the first kind; days differ in difficulty."""
    recall = rng.beta(18, 2)
    found = {}
    for kind in KINDS:
        true = int(rng.poisson(6))
        own = min(1.0, max(0.0, recall - (loss if kind == KINDS[0] else 0.0)))
        found[kind] = FoundCounts(true, int(rng.binomial(true, recall)), int(rng.binomial(true, own)))
    return PairedDay(found, int(rng.poisson(5)), int(rng.poisson(false_rate)))


def _decide(seed: int, loss: float, false_rate: float, days: int) -> Decision:
    rng, test = np.random.default_rng(seed), PromotionTest(KINDS, LIMITS)
    for _ in range(days):
        test.add(_day(rng, loss, false_rate))
        if test.decision is not Decision.OPEN:
            break
    return test.decision


def _shares(runs: int, loss: float, false_rate: float, days: int = 250) -> dict[Decision, float]:
    counts = Counter(_decide(seed, loss, false_rate, days) for seed in range(runs))
    return {decision: counts[decision] / runs for decision in Decision}


def test_one_that_loses_just_more_than_the_margin_is_rarely_promoted() -> None:
    assert _shares(150, 0.06, 2.0)[Decision.BETTER] <= LIMITS.alpha + 0.03


@pytest.mark.slow
@pytest.mark.parametrize(("loss", "false_rate"), [(0.055, 2.0), (0.0, 5.0), (0.0, 7.0)])
def test_worse_ones_are_rarely_promoted_in_two_thousand_runs(loss: float, false_rate: float) -> None:
    """Too much recall lost; nothing gained; more false reports."""
    assert _shares(2000, loss, false_rate, days=200)[Decision.BETTER] <= LIMITS.alpha + 0.012


def test_one_with_fewer_false_reports_is_promoted() -> None:
    assert _shares(40, 0.0, 2.0, days=400)[Decision.BETTER] > 0.85


def test_one_that_loses_much_is_refuted() -> None:
    assert _shares(40, 0.2, 2.0)[Decision.WORSE] > 0.9


def test_one_that_finds_more_but_reports_much_more_is_not_promoted() -> None:
    assert _shares(40, -0.1, 15.0)[Decision.BETTER] == 0


def test_the_same_model_twice_is_never_promoted() -> None:
    test = PromotionTest(("person",), LIMITS)
    for _ in range(500):
        test.add(PairedDay({"person": FoundCounts(5, 4, 4)}, 2, 2))
    assert test.decision is Decision.OPEN
    assert test.unproven == ()


def test_a_kind_that_never_occurred_keeps_the_test_open() -> None:
    test = PromotionTest(("person", "fire"), LIMITS)
    for _ in range(300):
        test.add(PairedDay({"person": FoundCounts(5, 4, 4), "fire": FoundCounts(0, 0, 0)}, 4, 1))
    assert test.decision is Decision.OPEN
    assert test.unproven == ("fire",)
    assert set(test.evidence()) == {"person", "fire", FALSE_REPORTS}


def test_a_hundred_things_in_one_day_are_one_observation() -> None:
    test = PromotionTest(("person",), LIMITS)
    test.add(PairedDay({"person": FoundCounts(10_000, 9000, 10_000)}, 100, 0))
    assert test.decision is Decision.OPEN


def test_no_model_finds_more_than_was_there() -> None:
    with pytest.raises(ValueError, match="more than was there"):
        FoundCounts(3, 4, 2)


def test_a_test_without_kinds_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one kind"):
        PromotionTest((), LIMITS)
