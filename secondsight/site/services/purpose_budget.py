"""What those pay from who ask the brain beside the reviews: the site's budget, and one of each purpose's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from secondsight.cascade import BudgetGate, Ledger
from secondsight.clock import Clock
from secondsight.config import BudgetLimits, BudgetSettings, SiteConfig
from secondsight.records import Call, Purpose
from secondsight.store import CallTotals, Store


class BrainAccount(NamedTuple):
    """Budget and ledger that all users of a site's brain share."""

    budget: BudgetGate
    ledger: Ledger

    @classmethod
    def of(cls, config: SiteConfig, store: Store, clock: Clock) -> "BrainAccount":
        """That of a site which does not run in this process. Raises StoreError."""
        limits = {name: camera.budget for name, camera in config.cameras.items()}
        budget = BudgetGate(config.budget, limits, clock, zone=config.site.timezone, ledger=store.ledger)
        return cls(budget, Ledger(store.ledger, budget, config.brain.cost))


@dataclass(frozen=True, slots=True)
class PurposeBudget:
    """What one purpose pays from.

    Attributes:
        gates: all of which must allow a call: the site's, and the purpose's own.
        book: takes every call.
        flush: writes the ledger.
    """

    gates: tuple[BudgetGate, ...]
    book: Callable[[Call], None]
    flush: Callable[[], None]

    @classmethod
    def of(
        cls,
        account: BrainAccount,
        limits: BudgetLimits,
        purpose: Purpose,
        config: SiteConfig,
        store: Store,
        clock: Clock,
    ) -> "PurposeBudget":
        """It begins with what the ledger says was spent under this purpose. Raises StoreError."""
        settings = BudgetSettings.model_validate(limits.model_dump())
        costs = _PurposeCosts(store, purpose)
        own = BudgetGate(settings, {}, clock, zone=config.site.timezone, ledger=costs)

        def book(call: Call) -> None:
            account.ledger.book(call)
            own.spend(call)

        return cls((account.budget, own), book, account.ledger.flush)


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
