"""Lets events happen, and publishes what happens to them, as a site's publisher does."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from secondsight.records import Action, Event, Severity, Step, StepKind, Word
from secondsight.store import AttachClip, CloseCandidate, FeedbackEntry, OpenCandidate, Store
from tests.store.samples import candidate, clip, decision, key_frames

WORDS = {
    StepKind.RAISED: Word.ALERT,
    StepKind.ENDED: Word.UPDATE,
    StepKind.VERIFIED: Word.UPDATE,
    StepKind.ACKNOWLEDGED: Word.UPDATE,
    StepKind.CORRECTED: Word.WITHDRAWAL,
}
"""What people are told of each kind of step, if a test does not say."""


def severity(event: Event) -> Severity:
    """Falls are bad, everything else is half as bad."""
    return Severity.HIGH if event.kind == "fall" else Severity.MEDIUM


def eventually(check: Callable[[], Any], timeout: float = 90.0) -> Any:
    """What `check` returns, once that is true."""
    until = time.monotonic() + timeout
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.02)


class Life:
    """What happens to events; each method publishes the steps it makes.

    Args:
        words: what people are told, by kind of step.
    """

    def __init__(self, store: Store) -> None:
        self.store, self.words = store, dict(WORDS)

    def begin(self, id: str = "c", **changes: Any) -> list[Step]:
        """An event is raised; without a brain."""
        self.store.apply([OpenCandidate(candidate(id, 990.0, **changes), decision(Action.ACCEPT))])
        return self.publish()

    def record(self, id: str = "c") -> list[Step]:
        """Its clip is there, so it is settled."""
        self.store.apply([AttachClip(id, clip(id), key_frames(id))])
        return self.publish()

    def end(self, id: str = "c", **changes: Any) -> list[Step]:
        """It is over."""
        self.store.apply([CloseCandidate(candidate(id, 990.0, end=999.0, **changes))])
        return self.publish()

    def deny(self, id: str = "c", note: str | None = None, by: str = "Ann") -> list[Step]:
        """A person says it was a false alarm."""
        self.store.feedback.add([FeedbackEntry(id, False, by, note)])
        return self.publish()

    def publish(self, **changes: Any) -> list[Step]:
        """Publish what waits."""
        waiting = self.store.steps.unpublished()
        told = [replace(step, word=self.words.get(step.kind, Word.NONE), **changes) for step in waiting]
        return self.store.steps.publish(told)
