"""A budget of one purpose's own, on top of the site's: for reports, for questions."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from secondsight.cascade import BudgetGate
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
