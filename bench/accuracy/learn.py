"""`python -m bench learn`: what the learning loop decides, on simulated models and candidates with held-out seeds.

1. Promotion. Candidate models are drawn, half of them worse than production. Each runs the trial that
   `secondsight learn step` runs: how many worse ones go live, and after how many days better ones do. Then the world
   changes under promoted ones: how long until they are rolled back.
2. Decisions distilled. A student learns from some weeks of reviewed candidates and decides on the weeks after: how
   many calls it spares, and how many true events it rejects.
3. Drift. Sites that change, and sites that do not, through the test that begins a training: how many false alarms,
   and after how many days a change is shown.

All of it is simulated: numbers of days, no pictures. Prints Markdown. `python -m bench learn drift` measures one
part.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from bench.accuracy.drift import drift
from bench.common.simulated_candidates import DAY, simulated_candidates
from secondsight.certify import FoundCounts, PairedDay, PromotionLimits
from secondsight.errors import RefusedError
from secondsight.learn import TrialOutcome, refuted, run_trial, teach

KINDS = ("person", "car", "bicycle")
CAMERAS = 8
LIMITS = PromotionLimits()
PARTS = ("promotion", "students", "drift")
HELD_OUT = 70_000
"""First seed; tests use others."""


@dataclass(frozen=True, slots=True)
class SimulatedModel:
    """A candidate beside production.

    Attributes:
        recall: what it gains per kind, -1..1.
        false: false reports, as a multiple of production's.
    """

    recall: tuple[float, ...]
    false: float

    @property
    def worse(self) -> bool:
        """Whether it must not go live: a kind loses more than the margin, or nothing is gained."""
        return min(self.recall) < -LIMITS.margin or (max(self.recall) <= 0 and self.false >= 1)


def draw_model(rng: np.random.Generator, *, worse: bool) -> SimulatedModel:
    """A model that loses in one kind or gains nothing, or one that is better."""
    gains = rng.uniform(-0.02, 0.05, len(KINDS))
    false = float(rng.uniform(0.3, 0.8))
    if worse and rng.random() < 0.5:
        gains[rng.integers(len(KINDS))] = -LIMITS.margin - rng.uniform(0.005, 0.25)
    elif worse:
        gains, false = rng.uniform(-0.05, 0.0, len(KINDS)), float(rng.uniform(1.0, 2.0))
    return SimulatedModel(tuple(gains.tolist()), false)


def draw_days(rng: np.random.Generator, model: SimulatedModel, count: int) -> list[PairedDay]:
    """Camera-days: how much was there, how hard it was, and what both models made of it, hour by hour the same."""
    days = []
    for _ in range(count):
        recall = rng.beta(18, 3)
        found = {}
        for kind, gain in zip(KINDS, model.recall, strict=True):
            true = int(rng.poisson(6))
            # Both see the same things: one draw decides for both, so that they mostly agree.
            luck = rng.random(true)
            own = min(1.0, max(0.0, recall + gain))
            found[kind] = FoundCounts(true, int((luck < recall).sum()), int((luck < own).sum()))
        rate = rng.gamma(4, 0.75)
        days.append(PairedDay(found, int(rng.poisson(rate)), int(rng.poisson(rate * model.false))))
    return days


def promotion(models: int, longest: int) -> None:
    """Measure promotions and rollbacks, and print them."""
    outcomes: Counter[tuple[bool, TrialOutcome]] = Counter()
    waited, rolled_back, missed = [], [], 0
    for number in range(models):
        rng = np.random.default_rng(HELD_OUT + number)
        model = draw_model(rng, worse=number % 2 == 0)
        report = run_trial(draw_days(rng, model, longest), KINDS, LIMITS, longest)
        outcomes[model.worse, report.outcome] += 1
        if report.outcome is TrialOutcome.PROMOTE and not model.worse:
            waited.append(report.days)
            broken = SimulatedModel(tuple(gain - 0.3 for gain in model.recall), 2.0)
            back = refuted(draw_days(rng, broken, longest), KINDS, LIMITS)
            if back is None:
                missed += 1
            else:
                rolled_back.append(back.days)
    print(
        f"\n## Promotion ({models} simulated models, {CAMERAS} cameras, at most {longest} camera-days each)\n"
    )
    print("| model | models | promoted | refused or timed out |\n|---|---|---|---|")
    for worse in (True, False):
        went = outcomes[worse, TrialOutcome.PROMOTE]
        stayed = outcomes[worse, TrialOutcome.REFUSE] + outcomes[worse, TrialOutcome.OPEN]
        share = went / max(1, went + stayed)
        print(f"| {'worse' if worse else 'better'} | {went + stayed} | {went} ({share:.1%}) | {stayed} |")
    if waited:
        print(f"\nA better one is promoted after {_quartiles(waited)} camera-days", end=", ")
        print(f"which {CAMERAS} cameras see in {np.median(waited) / CAMERAS:.0f} days.")
    if rolled_back:
        print(
            "Where the world changes (recall falls by 0.3, twice the false reports), it is rolled back after",
            end=" ",
        )
        print(f"{_quartiles(rolled_back)} camera-days, {np.median(rolled_back) / CAMERAS:.1f} days;", end=" ")
        print(f"{missed} were not.")


def _quartiles(values: list[int]) -> str:
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return f"{middle:.0f} (quartiles {low:.0f} to {high:.0f})"


def students(sites: int, weeks: int) -> None:
    """Measure students, and print what they spare."""
    print(
        f"\n## Decisions distilled ({sites} simulated sites of 4 cameras, {weeks} weeks to learn, then 4 more)\n"
    )
    heads = ("may lose", "certified", "calls a camera-day before", "after", "true events lost", "sites above")
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for limit in (0.02, 0.05, 0.1):
        before, after, lost, certified = [], [], [], 0
        for number in range(sites):
            examples = simulated_candidates(HELD_OUT + number, 7 * weeks + 28)
            border = examples[0].candidate.start // DAY * DAY + 7 * weeks * DAY
            past = [one for one in examples if one.candidate.start < border]
            future = [one for one in examples if one.candidate.start >= border]
            try:
                student = teach("intrusion", past, ["simulated"], limit=limit, alpha=0.05, now=0.0)
            except RefusedError:
                continue
            certified += 1
            sent = np.array([student.probability(one.candidate) >= student.threshold for one in future])
            true = np.array([one.true for one in future])
            camera_days = 4 * 28
            before.append(len(future) / camera_days)
            after.append(sent.sum() / camera_days)
            lost.append(1 - sent[true].mean())
        if certified:
            above = sum(share > limit for share in lost)
            numbers = (
                f"{np.mean(before):.1f} | {np.mean(after):.1f} | {np.mean(lost):.1%} | {above} of {certified}"
            )
            print(f"| {limit:.0%} | {certified} of {sites} | {numbers} |")
        else:
            print(f"| {limit:.0%} | 0 of {sites} | | | | |")


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench learn", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--longest", type=int, default=365, help="camera-days of a trial")
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--drifting", type=int, default=1000, help="sites for the test of drift")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    parts = options.parts or PARTS
    begun = time.monotonic()
    if "promotion" in parts:
        promotion(options.models, options.longest)
    if "students" in parts:
        students(options.sites, options.weeks)
    if "drift" in parts:
        drift(options.drifting)
    print(f"\n{time.monotonic() - begun:.0f} s")
    return 0
