"""Takes down every call of the brain: at once in memory and from the purse, in the store before it is relied on.

`book` is what a brain reports to; it only appends. `flush` writes what has gathered, and the workers call it before
they settle a case and every second: the calls of a settled verdict are always in the ledger. `kill -9` loses the
calls of reviews that are not settled yet, at most those of a second.
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

    def add_calls(self, made: Sequence[Call]) -> None: ...


class Ledger:
    """The calls of one site. Safe in any thread.

    Args:
        price: cost of so many tokens in and out, for calls whose backend names none.
    """

    def __init__(
        self,
        store: CallStore,
        purse: BudgetGate,
        price: Callable[[int | None, int | None], float | None] | None = None,
    ) -> None:
        self._store, self._purse, self._price = store, purse, price
        self._waiting: deque[Call] = deque()
        self._writing = threading.Lock()

    def book(self, call: Call) -> None:
        """Take down one call. Never blocks."""
        call = self._priced(call)
        self._purse.spend(call)
        self._waiting.append(call)

    def flush(self) -> None:
        """Make everything booked so far durable. Raises StoreError, and keeps what it could not write."""
        with self._writing:
            batch = [self._waiting[position] for position in range(len(self._waiting))]
            if batch:
                self._store.add_calls(batch)
                for _ in batch:
                    self._waiting.popleft()

    def _priced(self, call: Call) -> Call:
        call = replace(call, tokens_in=_sane(call.tokens_in), tokens_out=_sane(call.tokens_out))
        if call.cost is not None or self._price is None:
            return call
        return replace(call, cost=self._price(call.tokens_in, call.tokens_out))


def _sane(tokens: int | None) -> int | None:
    """A count that a backend may have made up, unknown where no database could hold or add it."""
    return tokens if tokens is not None and 0 <= tokens <= MOST_TOKENS else None
