"""The rules of a trial: what comes next for a candidate, and for what was promoted. No models, no files."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from secondsight.certify import Decision, PairedDay, PromotionLimits, PromotionTest

LONGEST = 365
"""Camera-days after which a trial without a decision ends."""


class TrialOutcome(StrEnum):
    """What a trial has come to."""

    OPEN = "open"
    PROMOTE = "promote"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class TrialReport:
    """Where a trial stands.

    Attributes:
        days: camera-days that count.
        reason: one sentence.
        evidence: e-values by class; promotion asks for 1/alpha of each.
    """

    outcome: TrialOutcome
    days: int
    reason: str
    evidence: dict[str, float]


def run_trial(
    days: Sequence[PairedDay], kinds: Sequence[str], limits: PromotionLimits, longest: int = LONGEST
) -> TrialReport:
    """Judge a candidate by the camera-days so far. The first decision stands, whatever comes later.

    Args:
        kinds: classes that must not get worse: those that the days show.
    """
    test = PromotionTest(tuple(kinds), limits)
    for day in days[:longest]:
        test.add(day)
        if test.decision is not Decision.OPEN:
            break
    evidence = dict(test.evidence())
    if test.decision is Decision.BETTER:
        reason = f"no worse in {', '.join(kinds)}, and better, on {test.days} camera-days"
        return TrialReport(TrialOutcome.PROMOTE, test.days, reason, evidence)
    if test.decision is Decision.WORSE:
        reason = f"it finds less of {', '.join(test.worse_in)}, shown on {test.days} camera-days"
        return TrialReport(TrialOutcome.REFUSE, test.days, reason, evidence)
    if test.days >= longest:
        reason = f"{test.days} camera-days have not shown that it is better"
        return TrialReport(TrialOutcome.REFUSE, test.days, reason, evidence)
    missing = (
        f"not shown yet to be no worse in {', '.join(test.unproven)}"
        if test.unproven
        else "no gain shown yet"
    )
    return TrialReport(TrialOutcome.OPEN, test.days, f"{test.days} camera-days; {missing}", evidence)


def refuted(days: Sequence[PairedDay], kinds: Sequence[str], limits: PromotionLimits) -> TrialReport | None:
    """Judge what was promoted against its predecessor, with the promoted one as the candidate: why it must go back;
    None while nothing speaks against it.
    """
    test = PromotionTest(tuple(kinds), limits)
    for day in days:
        test.add(day)
        if test.decision is Decision.WORSE or test.more_false:
            what = ", ".join(test.worse_in) or "more is reported that is not there"
            reason = f"worse than its predecessor: {what}, shown on {test.days} camera-days"
            return TrialReport(TrialOutcome.REFUSE, test.days, reason, dict(test.evidence()))
    return None
