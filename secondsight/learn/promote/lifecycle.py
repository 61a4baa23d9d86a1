"""Moves bundles along: gate, shadow, trial, promotion, watch, rollback. One call does what can be done now.

May be killed anywhere: each step begins with what the index says, and ends with one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from secondsight.certify import PairedDay, PromotionLimits
from secondsight.clock import Clock, iso
from secondsight.config import SiteConfig
from secondsight.errors import ModelError, RefusedError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.datasets.build import Dataset, DatasetItem, read_dataset
from secondsight.learn.pictures import detect, frame_of
from secondsight.learn.promote.bundles import opened, predecessor, production, promote, rollback
from secondsight.learn.promote.gate import GateResult, run_gate
from secondsight.learn.promote.shadow import ShadowDays, compare_new, shadow_days
from secondsight.learn.promote.trial import TrialOutcome, refuted, run_trial
from secondsight.learn.values import Bundle, BundleState, HistoryEntry, LabelledBox
from secondsight.sentinel import Detector


@dataclass(frozen=True, slots=True)
class LoopStep:
    """What was done.

    Attributes:
        bundle: of which.
        text: one sentence for people.
        waiting: samples that a person must label before it goes on.
    """

    bundle: str
    text: str
    waiting: tuple[str, ...] = ()


def advance(catalogue: LearnCatalogue, config: SiteConfig, clock: Clock) -> list[LoopStep]:
    """Do what can be done: watch what was promoted, go on with the trial, gate the next candidate.

    Raises:
        ModelError: production's own model cannot be opened.
        StoreError: the index cannot be used.
    """
    loop = _Loop(catalogue, config, clock)
    steps = loop.watch()
    if catalogue.in_state(BundleState.SHADOW) is None:
        steps += loop.gate()
    return [*steps, *loop.trial()]


class _Loop:
    def __init__(self, catalogue: LearnCatalogue, config: SiteConfig, clock: Clock) -> None:
        self._catalogue, self._config, self._clock = catalogue, config, clock
        self._limits = PromotionLimits(margin=config.learn.margin, alpha=config.learn.alpha)

    def watch(self) -> list[LoopStep]:
        """Compare what is in production with what was before, for a while; roll back if it is worse."""
        current, before = self._production(), predecessor(self._catalogue)
        if before is None:
            return []
        since = max(
            entry.time for entry in self._catalogue.history(current.name) if entry.action == "promoted"
        )
        if self._clock.now() - since > self._config.learn.watch:
            return []
        seen = self._shadow(before, current, since)
        days = [day for _, day in seen.days]
        report = refuted(days, self._kinds(days), self._limits) if days else None
        if report is None:
            text = f"{current.name} is watched beside {before.name}: {len(days)} camera-days"
            return [LoopStep(current.name, text, seen.waiting)]
        back = rollback(self._catalogue, self._clock, reason=report.reason, by="loop")
        return [LoopStep(current.name, f"rolled back to {back.name}: {report.reason}")]

    def gate(self) -> list[LoopStep]:
        """Judge candidates on the reference set, oldest first, until one passes."""
        steps: list[LoopStep] = []
        for candidate in self._catalogue.bundles():
            if candidate.state is not BundleState.CANDIDATE:
                continue
            try:
                result = self.gate_result(candidate)
            except ModelError as error:
                result = GateResult((), (str(error),))
            except RefusedError as error:
                return [*steps, LoopStep(candidate.name, f"waits: {error}")]
            if not result.decided:
                return [*steps, LoopStep(candidate.name, f"waits: {result.reasons[0]}")]
            state = BundleState.SHADOW if result.passed else BundleState.REFUSED
            reason = "; ".join(result.reasons) or "passed the gate on the reference set"
            evidence = {f"lost {row.label} {row.part}": row.lost for row in result.rows} | result.recalls
            action = "shadow" if result.passed else "refused"
            self._change(candidate, state, action, reason, evidence)
            steps.append(LoopStep(candidate.name, f"{action}: {reason}"))
            if result.passed:
                break
        return steps

    def gate_result(self, candidate: Bundle) -> GateResult:
        """What the newest reference set says of a candidate. Raises ModelError, RefusedError."""
        dataset, current, data = read_dataset(self._catalogue), self._production(), self._catalogue.data
        with opened(current, data, self._config) as old, opened(candidate, data, self._config) as new:
            return run_gate(
                dataset,
                _seeing(dataset, old, current.threshold),
                _seeing(dataset, new, candidate.threshold),
                margin=self._config.learn.margin,
                least=self._config.learn.min_reference,
            )

    def trial(self) -> list[LoopStep]:
        """Go on with the candidate in the shadow; promote or refuse it when the test has decided."""
        candidate = self._catalogue.in_state(BundleState.SHADOW)
        if candidate is None:
            return []
        if candidate.created > self._clock.now():
            made = iso(candidate.created)
            text = f"in the shadow: made at {made}, which is ahead of the clock; set the clock right"
            return [LoopStep(candidate.name, text)]
        seen = self._shadow(self._production(), candidate, candidate.created)
        days = [day for _, day in seen.days]
        kinds = self._kinds(days)
        if not kinds:
            return [LoopStep(candidate.name, "in the shadow: no camera-day counts yet", seen.waiting)]
        report = run_trial(days, kinds, self._limits)
        if report.outcome is TrialOutcome.PROMOTE:
            reason = report.reason
            promote(
                self._catalogue,
                candidate.name,
                self._clock,
                reason=reason,
                by="loop",
                evidence=report.evidence,
            )
            return [LoopStep(candidate.name, f"promoted: {reason}")]
        if report.outcome is TrialOutcome.REFUSE:
            self._change(candidate, BundleState.REFUSED, "refused", report.reason, report.evidence)
            return [LoopStep(candidate.name, f"refused: {report.reason}")]
        return [LoopStep(candidate.name, f"in the shadow: {report.reason}", seen.waiting)]

    def _shadow(self, one: Bundle, other: Bundle, since: float) -> ShadowDays:
        """What two bundles saw since then, the first as production."""
        data = self._catalogue.data
        with opened(one, data, self._config) as first, opened(other, data, self._config) as second:
            thresholds = (one.threshold, other.threshold)
            compare_new(self._catalogue, (one.name, other.name), (first, second), thresholds, since)
        samples = {sample.id: sample for sample in self._catalogue.samples()}
        today = f"{datetime.fromtimestamp(self._clock.now(), UTC):%Y-%m-%d}"
        comparisons = [
            found
            for found in self._catalogue.comparisons(one.name, other.name)
            if samples[found.sample].time >= since
        ]
        return shadow_days(comparisons, samples, self._catalogue.labels(), today=today)

    def _kinds(self, days: Sequence[PairedDay]) -> tuple[str, ...]:
        """The classes that must not get worse: those that rules wait for, or else all that the days show."""
        named = {label for rule in self._config.rules.values() for label in rule.labels}
        return tuple(
            sorted(named or {label for day in days for label, found in day.found.items() if found.true})
        )

    def _production(self) -> Bundle:
        return production(self._catalogue, self._config, self._clock)

    def _change(
        self, bundle: Bundle, state: BundleState, action: str, reason: str, evidence: dict[str, float]
    ) -> None:
        entry = HistoryEntry(self._clock.now(), bundle.name, action, reason, evidence)
        self._catalogue.change_bundles({bundle.name: state}, entry)


def compare_bundles(
    catalogue: LearnCatalogue, config: SiteConfig, names: tuple[str, str], least: int = 1
) -> GateResult:
    """Two bundles on the newest reference set, the first as production.

    Raises:
        ModelError: one cannot be opened.
        RefusedError: there is no dataset, or no such bundle.
    """
    one, other = (catalogue.bundle(name) for name in names)
    dataset = read_dataset(catalogue)
    with opened(one, catalogue.data, config) as old, opened(other, catalogue.data, config) as new:
        return run_gate(
            dataset,
            _seeing(dataset, old, one.threshold),
            _seeing(dataset, new, other.threshold),
            margin=config.learn.margin,
            least=least,
        )


def _seeing(
    dataset: Dataset, detector: Detector, threshold: float
) -> Callable[[DatasetItem], list[LabelledBox]]:
    return lambda item: detect(detector, frame_of((dataset.folder / item.picture).read_bytes()), threshold)
