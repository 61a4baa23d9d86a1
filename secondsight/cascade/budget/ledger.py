"""Records every call of the brain: at once in memory and against the budget, in the store before a case is settled.

A brain reports to `book`, which only appends. `flush` writes what has gathered; the workers call it before they
settle a case and every second: the calls of a settled verdict are always in the ledger. `kill -9` loses the calls of
reviews that are not settled yet, at most those of a second.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from secondsight.cascade.budget.budget import BudgetGate
from secondsight.records import MOST_TOKENS, Call


class CallStore(Protocol):
    """What the ledger needs of the store."""

    def add(self, made: Sequence[Call]) -> None: ...


class Ledger:
    """The calls of one site. Safe in any thread.

    Args:
        price: cost of a number of tokens in and out, for calls whose backend names none.
    """

    def __init__(
        self,
        store: CallStore,
        budget: BudgetGate,
        price: Callable[[int | None, int | None], float | None] | None = None,
    ) -> None:
        self._store, self._budget, self._price = store, budget, price
        self._waiting: deque[Call] = deque()
        self._writing = threading.Lock()

    def book(self, call: Call) -> None:
        """Record one call. Never blocks."""
        call = self._priced(call)
        self._budget.spend(call)
        self._waiting.append(call)

    def flush(self) -> None:
        """Write all calls booked so far to the store. Raises StoreError, and keeps what it could not write."""
        with self._writing:
            batch = [self._waiting[position] for position in range(len(self._waiting))]
            if batch:
                self._store.add(batch)
                for _ in batch:
                    self._waiting.popleft()

    def _priced(self, call: Call) -> Call:
        call = replace(call, tokens_in=_sane(call.tokens_in), tokens_out=_sane(call.tokens_out))
        if call.cost is not None or self._price is None:
            return call
        return replace(call, cost=self._price(call.tokens_in, call.tokens_out))


def _sane(tokens: int | None) -> int | None:
    """A count from a backend; None if no database could hold or add it."""
    return tokens if tokens is not None and 0 <= tokens <= MOST_TOKENS else None
