"""The reviews of one site: its brain and all between it and the queue of cases, built, started and stopped here.

`Site` hands over candidates and is notified when cases are settled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from secondsight.brain import make_reviewer
from secondsight.bus import bus_of
from secondsight.cascade import (
    BrainWorkers,
    BudgetGate,
    CameraFilters,
    CostEstimates,
    LearnedState,
    Ledger,
    RecentVerdicts,
    RequestBuilder,
    ReviewContexts,
    ReviewServices,
    decide,
)
from secondsight.clock import Clock
from secondsight.config import BudgetLimits, ClipBrainSettings, MergeSettings, SiteConfig
from secondsight.learn import Students
from secondsight.records import (
    Candidate,
    CaseState,
    KeyFrame,
    PolicyDecision,
    Verification,
)
from secondsight.site.services.egress_setup import check_egress, make_egress_gate
from secondsight.store import Screening, Store

_RECENT = 7 * 86400.0
"""Seconds of the ledger from which the price of a review is estimated at the start."""


def merging(config: SiteConfig) -> MergeSettings:
    """Which cases share a review: of other kinds only where the guard asks no opposite, for it would ask the leader's
    alone.
    """
    merge = config.budget.merge
    guarded = any(
        not isinstance(one, ClipBrainSettings) and one.guard.opposite != "never" for one in config.brain.asked
    )
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
    """Decides what to do with candidates and has the brain review cases.

    Args:
        environ: where API keys are looked up; the process's environment if None.
        on_settled: called after any case has been settled, from any thread.

    Attributes:
        budget, ledger: that all users of the brain share.

    Raises:
        ConfigError, ModelError: the brain cannot be made, or a camera's pictures may not go to it.
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
        self._rules = dict(config.rules)
        self._opened_for = config
        filters = CameraFilters(store.filters, config.filters, data)
        self._learned = LearnedState(store.calibrations, config.calibration, filters)
        self.budget = BudgetGate(
            config.budget, _limits(config), clock, zone=config.site.timezone, ledger=store.ledger
        )
        self.ledger = Ledger(store.ledger, self.budget, config.brain.cost)
        self._estimates = CostEstimates()
        self._estimates.seed(store.ledger.costs(("kind",), since=clock.now() - _RECENT))
        self._brain = make_reviewer(config.brain, clock, environ, self.ledger.book, bus_of(config))
        self._egress = make_egress_gate(config, self._brain)
        self._services = ReviewServices(
            contexts=ReviewContexts(config),
            requests=RequestBuilder(data, self._egress),
            budget=self.budget,
            ledger=self.ledger,
            estimates=self._estimates,
            recent=RecentVerdicts(config.budget.reuse, data),
            merge=merging(config),
            learned=self._learned,
        )
        self._students = Students(data, config.learn.students, config.learn.audit, clock)
        self._workers: BrainWorkers | None = None

    def take(self, config: SiteConfig) -> None:
        """Go over to other cameras and rules.

        Raises:
            ConfigError: a camera's pictures may not go to the brain; nothing has changed.
        """
        check_egress(config, self._brain, self._opened_for)
        self._config = config
        # Those that are gone stay known: a last candidate of theirs may be under way.
        self._rules |= config.rules
        self._services.contexts.take(config)
        self._services.budget.limit_cameras(_limits(config))

    def start(self) -> None:
        """Begin to take cases, if there is a brain."""
        if self._brain is None:
            return
        self._workers = BrainWorkers(
            self._store.cases,
            self._brain,
            self._config.brain,
            self._clock,
            self._services,
            on_settled=self._on_settled,
        )
        self._workers.start()

    def ask_to_stop(self) -> None:
        """Take no more cases; returns at once."""
        if self._workers is not None:
            self._workers.stop_soon()

    def stop(self) -> None:
        """Take no more cases; those without a verdict wait for the next run."""
        if self._workers is not None:
            self._workers.stop()
        self._egress.close()

    @property
    def trouble(self) -> str | None:
        """What currently keeps the brain from working, or from being asked, if anything."""
        if self._workers is None:
            return None
        return self._workers.away or "; ".join(self._workers.refused) or None

    def decide(self, candidate: Candidate) -> PolicyDecision:
        """What to do with a candidate: drop it, accept it, or ask the brain."""
        rule, price = self._rules[candidate.rule], self._estimates.relative(candidate.kind)
        brain, now = self._brain is not None, self._clock.now()
        return decide(
            candidate,
            rule.policy,
            brain=brain,
            now=now,
            price=price,
            weight=rule.weight,
            students=self._students,
        )

    def outlook(self) -> PolicyInputs:
        """What `decide` goes by at this moment, for those who decide elsewhere."""
        kinds = {rule.kind or rule.behaviour for rule in self._config.rules.values()}
        return PolicyInputs(self._brain is not None, {kind: self._estimates.relative(kind) for kind in kinds})

    def screen(
        self, candidate: Candidate, decision: PolicyDecision, key_frames: Sequence[KeyFrame]
    ) -> Screening | None:
        """What the camera's filters say of a case with its key frames. Raises StoreError."""
        return self._learned.screen(candidate, decision, key_frames)

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
        waiting = self._store.cases.find(CaseState.QUEUED)
        for case in waiting:
            self._store.cases.settle(case.id, Verification.UNVERIFIED, None, "no brain configured any more")
        if self._store.cases.expire_due() or waiting:
            self._on_settled()


def _limits(config: SiteConfig) -> dict[str, BudgetLimits]:
    """The budgets of cameras."""
    return {name: camera.budget for name, camera in config.cameras.items()}
