"""The brain of one site and everything between it and the queue of cases: built here, started, asked and stopped.

`Site` hands over candidates and hears that cases are settled; what the second look needs besides is nobody else's
business.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from secondsight.brain import QuestionSheet, make_brain, question_sheet
from secondsight.cascade import (
    BrainWorkers,
    BudgetGate,
    CameraFilters,
    CostEstimates,
    LearnedState,
    Ledger,
    RecentVerdicts,
    Requests,
    ReviewServices,
    decide,
)
from secondsight.clock import Clock
from secondsight.config import MergeSettings, SiteConfig
from secondsight.records import (
    Candidate,
    Case,
    CaseState,
    KeyFrame,
    Outline,
    PolicyDecision,
    ReviewRequest,
    Verification,
)
from secondsight.site.services.egress_setup import make_border
from secondsight.store import Screening, Store

_RECENT = 7 * 86400.0
"""Seconds of the ledger from which the price of a review is estimated at the start."""


def merging(config: SiteConfig) -> MergeSettings:
    """Which cases share a review: of other kinds only where the guard asks no opposite, for it would ask the leader's
    alone.
    """
    merge = config.budget.merge
    guarded = any(one.backend != "clip" and one.guard.opposite != "never" for one in config.brain.asked)
    return merge.model_copy(update={"kinds": False}) if guarded else merge


@dataclass(frozen=True, slots=True)
class PolicyInputs:
    """What a decision about a candidate depends on beside its policy.

    Attributes:
        brain: whether there is one.
        prices: of a review of each kind that the site's rules report, relative to others.
    """

    brain: bool
    prices: Mapping[str, float]


class ReviewService:
    """What a site knows of its brain.

    Args:
        environ: where API keys are looked up; the process's environment if None.
        on_settled: called after any case has been settled, from any thread.

    Raises:
        ConfigError, ModelError: the brain cannot be had, or a camera's pictures may not go to it.
        StoreError: the ledger cannot be read.
    """

    def __init__(
        self,
        config: SiteConfig,
        store: Store,
        data: Path,
        clock: Clock,
        environ: Mapping[str, str] | None,
        on_settled: Callable[[], None],
    ) -> None:
        self._config, self._store, self._clock, self._on_settled = config, store, clock, on_settled
        filters = CameraFilters(store.learned, config.filters, data)
        self._experience = LearnedState(store.learned, config.calibration, filters)
        self._means = self._make_means(data)
        self._brain = make_brain(config.brain, clock, environ, self._means.ledger.book)
        self._border = make_border(config, self._brain)
        self._workers: BrainWorkers | None = None

    def _make_means(self, data: Path) -> ReviewServices:
        config, store = self._config, self._store
        budgets = {name: camera.budget for name, camera in config.cameras.items()}
        purse = BudgetGate(config.budget, budgets, self._clock, zone=config.site.timezone, ledger=store)
        prices = CostEstimates()
        prices.seed(store.costs(("kind",), since=self._clock.now() - _RECENT))
        return ReviewServices(
            requests=Requests(data, self._describe, self._sheet_of, self._outline_of, self._leave),
            purse=purse,
            ledger=Ledger(store, purse, config.brain.cost),
            prices=prices,
            recent=RecentVerdicts(config.budget.reuse, data),
            merge=merging(config),
            experience=self._experience,
        )

    def start(self) -> None:
        """Begin to take cases, if there is a brain."""
        if self._brain is None:
            return
        self._workers = BrainWorkers(
            self._store,
            self._brain,
            self._config.brain,
            self._clock,
            self._means,
            on_settled=self._on_settled,
        )
        self._workers.start()

    def stop(self) -> None:
        """Take no more cases; those without a verdict wait for the next run."""
        if self._workers is not None:
            self._workers.stop()
        self._border.close()

    @property
    def trouble(self) -> str | None:
        """What currently keeps the brain from working, or from being asked, if anything."""
        if self._workers is None:
            return None
        return self._workers.away or "; ".join(self._workers.refused) or None

    def decide(self, candidate: Candidate) -> PolicyDecision:
        """What to do with a candidate: drop it, accept it, or ask the brain."""
        policy, price = self._config.rules[candidate.rule].policy, self._means.prices.relative(candidate.kind)
        return decide(candidate, policy, brain=self._brain is not None, now=self._clock.now(), price=price)

    def outlook(self) -> PolicyInputs:
        """What `decide` goes by at this moment, for those who decide elsewhere."""
        prices = self._means.prices
        kinds = {rule.kind or rule.behaviour for rule in self._config.rules.values()}
        return PolicyInputs(self._brain is not None, {kind: prices.relative(kind) for kind in kinds})

    def screen(
        self, candidate: Candidate, decision: PolicyDecision, key_frames: Sequence[KeyFrame]
    ) -> Screening | None:
        """What the camera's filters say of a case with its key frames. Raises StoreError."""
        return self._experience.screen(candidate, decision, key_frames)

    def ready(self) -> None:
        """A case has its clip. Returns at once."""
        if self._workers is not None:
            self._workers.wake()

    def settle_unreviewable(self) -> None:
        """Without a brain, cases of an earlier run that had one wait for nobody: settle those that have their clip,
        and those past their deadline. Their policies' `on_brain_failure` decides whether people are told.

        Raises:
            StoreError: the store cannot answer now.
        """
        if self._brain is not None:
            return
        waiting = self._store.cases(CaseState.QUEUED)
        for case in waiting:
            self._store.settle_case(case.id, Verification.UNVERIFIED, None, "no brain configured any more")
        if self._store.expire_due() or waiting:
            self._on_settled()

    def _leave(self, request: ReviewRequest, case: Case) -> ReviewRequest:
        return self._border.leave(request, case)

    def _describe(self, camera: str) -> str:
        return self._config.cameras[camera].description if camera in self._config.cameras else ""

    def _outline_of(self, case: Case) -> Outline:
        camera, name = self._config.cameras.get(case.candidate.camera), case.candidate.zone
        if camera is None or name is None:
            return ()
        place = camera.zones.get(name) or camera.lines.get(name)
        return place.coordinates if place is not None else ()

    def _sheet_of(self, case: Case) -> QuestionSheet:
        rule = self._config.rules.get(case.candidate.rule)
        return question_sheet(
            case.candidate.kind, self._config.site.language, rule.question if rule else None
        )
