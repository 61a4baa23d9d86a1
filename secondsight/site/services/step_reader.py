"""Reads published steps in their order, and remembers in the store how far it has come."""

import time
from collections.abc import Collection, Iterator
from functools import partial

from secondsight.records import Event, Step, StepKind
from secondsight.site.services.store_calls import StoreCalls
from secondsight.store import Store

READER = "site"
"""The name under which the store keeps how far this site's program has read."""
_AT_ONCE = 200
_NOTE_EVERY = 0.2
"""Seconds between two notes of how far it has come while more steps wait: each is a write."""


class StepReader:
    """Gives each step once; those of the last moment before the program died come again.

    Args:
        ask: calls the store without ever waiting long for it.
        kinds: of the steps that are wanted.

    Attributes:
        position: of the last step read; None until the store has said where to begin.
    """

    def __init__(self, store: Store, ask: StoreCalls, kinds: Collection[StepKind]) -> None:
        self._store, self._ask, self._kinds = store, ask, kinds
        self.position: int | None = None
        self._noted = time.monotonic()

    def read(self) -> Iterator[tuple[Step, Event]]:
        """The steps that have been published meanwhile, with their events as they are now."""
        if self.position is None:
            self.position = self._ask(partial(self._store.steps.cursor, READER))
        while self.position is not None:
            found = self._ask(partial(self._after, self.position))
            if not found:
                return
            for step, event in found:
                if step.kind in self._kinds:
                    yield step, event
                self.position = step.position
                if step is found[-1][0] or time.monotonic() - self._noted > _NOTE_EVERY:
                    self._note()

    def _note(self) -> None:
        """Store how far it has come; should that not be possible now, the next note does."""
        self._noted = time.monotonic()
        self._ask(partial(self._store.steps.move_cursor, READER, self.position or 0))

    def _after(self, position: int) -> list[tuple[Step, Event]]:
        steps = self._store.steps.after(position, _AT_ONCE)
        events = self._store.events.of(list(dict.fromkeys(step.event for step in steps)))
        return [(step, events[step.event]) for step in steps]
