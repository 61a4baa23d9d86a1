"""Candidates that are made up, and what the product's workers review them with."""

from pathlib import Path

from secondsight.cascade import (
    BudgetGate,
    CostEstimates,
    EgressGate,
    Ledger,
    RecentVerdicts,
    RequestBuilder,
    ReviewContexts,
    ReviewServices,
)
from secondsight.clock import Clock
from secondsight.config import BudgetLimits, BudgetSettings, MergeSettings, ReuseSettings, SiteConfig
from secondsight.records import Candidate, TrackId
from secondsight.store import Store


def review_services(store: Store, clock: Clock, config: SiteConfig, data: Path) -> ReviewServices:
    """What workers need beside a store and a brain. Each case gets a review of its own: to share them would be too
    good to be true.

    Args:
        data: folder of the pictures.
    """
    budget = BudgetSettings(merge=MergeSettings(window=0.0), reuse=ReuseSettings(within=0.0))
    gate = BudgetGate(budget, dict.fromkeys(config.cameras, BudgetLimits()), clock)
    return ReviewServices(
        contexts=ReviewContexts(config),
        requests=RequestBuilder(data, EgressGate(remote=False)),
        budget=gate,
        ledger=Ledger(store.ledger, gate),
        estimates=CostEstimates(),
        recent=RecentVerdicts(budget.reuse, data),
        merge=budget.merge,
    )


def suspected(
    id: str,
    camera: str,
    number: int,
    now: float,
    *,
    rule: str = "presence",
    kind: str = "intrusion",
    score: float = 0.7,
) -> Candidate:
    """A candidate about one track, of this moment."""
    return Candidate(
        id=id,
        camera=camera,
        epoch=0,
        rule=rule,
        kind=kind,
        start=now,
        triggered=now,
        peak=now,
        score=score,
        tracks=(TrackId(camera, 0, number),),
    )
