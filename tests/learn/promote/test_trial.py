"""The rules of a trial, by simulated candidates."""

import numpy as np
import pytest

from secondsight.certify import FoundCounts, PairedDay, PromotionLimits
from secondsight.learn import TrialOutcome, refuted, run_trial

LIMITS = PromotionLimits()


def days(seed: int, count: int, recall: tuple[float, float], false: tuple[float, float]) -> list[PairedDay]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        true = int(rng.poisson(8)) + 1
        both = {"car": FoundCounts(true, *(int(rng.binomial(true, share)) for share in recall))}
        found.append(PairedDay(both, *(int(rng.poisson(rate)) for rate in false)))
    return found


@pytest.mark.parametrize(
    ("recall", "false", "outcome"),
    [
        ((0.9, 0.9), (5, 1), TrialOutcome.PROMOTE),
        ((0.7, 0.9), (3, 3), TrialOutcome.PROMOTE),
        ((0.9, 0.6), (5, 1), TrialOutcome.REFUSE),
        ((0.9, 0.9), (1, 9), TrialOutcome.REFUSE),
        ((0.9, 0.9), (3, 3), TrialOutcome.OPEN),
    ],
)
def test_outcomes(recall, false, outcome: TrialOutcome) -> None:
    report = run_trial(days(1, 150, recall, false), ["car"], LIMITS)
    assert report.outcome is outcome, report.reason


def test_the_first_decision_stands() -> None:
    good, bad = days(1, 250, (0.9, 0.9), (5, 1)), days(2, 100, (0.9, 0.2), (5, 9))
    assert run_trial([*good, *bad], ["car"], LIMITS).outcome is TrialOutcome.PROMOTE


def test_a_trial_ends_some_day() -> None:
    report = run_trial(days(1, 90, (0.9, 0.9), (3, 3)), ["car"], LIMITS, longest=80)
    assert (report.outcome, report.days) == (TrialOutcome.REFUSE, 80)


def test_what_was_promoted_goes_back_when_it_proves_worse() -> None:
    assert refuted(days(1, 100, (0.9, 0.9), (3, 3)), ["car"], LIMITS) is None
    report = refuted(days(1, 100, (0.9, 0.5), (3, 3)), ["car"], LIMITS)
    assert report is not None
    assert "car" in report.reason
    report = refuted(days(1, 100, (0.9, 0.9), (1, 9)), ["car"], LIMITS)
    assert report is not None
    assert "not there" in report.reason
