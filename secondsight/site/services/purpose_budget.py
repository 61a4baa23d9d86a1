"""Budgets of those who ask the brain beside the reviews: the site's, and one of each purpose's own on top of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from secondsight.cascade import BudgetGate, Ledger
from secondsight.clock import Clock
from secondsight.config import BudgetLimits, BudgetSettings, SiteConfig
from secondsight.records import Purpose
from secondsight.store import CallTotals, Store


def purpose_budget(
    config: SiteConfig, limits: BudgetLimits, purpose: Purpose, store: Store, clock: Clock
) -> BudgetGate:
    """The budget; it begins with what the ledger says was spent under this purpose. Raises StoreError."""
    settings = BudgetSettings.model_validate(limits.model_dump())
    return BudgetGate(settings, {}, clock, zone=config.site.timezone, ledger=_PurposeCosts(store, purpose))


def ledger_of(config: SiteConfig, store: Store, clock: Clock) -> tuple[BudgetGate, Ledger]:
    """Budget and ledger of a site that does not run in this process. Raises StoreError."""
    limits = {name: camera.budget for name, camera in config.cameras.items()}
    budget = BudgetGate(config.budget, limits, clock, zone=config.site.timezone, ledger=store.ledger)
    return budget, Ledger(store.ledger, budget, config.brain.cost)


class _PurposeCosts:
    """What one purpose alone has cost, as a budget reads the ledger."""

    def __init__(self, store: Store, purpose: Purpose) -> None:
        self._costs: Callable[..., list[CallTotals]] = store.ledger.costs
        self._purpose = purpose.value

    def costs(
        self, by: Sequence[str] = (), *, since: float | None = None, until: float | None = None
    ) -> list[CallTotals]:
        found = self._costs(("purpose", *by), since=since, until=until)
        return [replace(one, key=one.key[1:]) for one in found if one.key[0] == self._purpose]
