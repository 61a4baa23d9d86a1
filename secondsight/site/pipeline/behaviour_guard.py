"""Keeps failures of one rule's code, which may be a plug-in, from the camera and from its other rules."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from secondsight.behaviour import Behaviour, CountingBehaviour, DisabledBehaviour
from secondsight.log import fields, redact
from secondsight.records import Candidate, Counter, Observation
from secondsight.site.pipeline.foreign_code import ForeignCode, NeverReturned

T = TypeVar("T")
_log = logging.getLogger(__name__)

MAX_FAILURES = 3
"""Failures in a row after which a rule is switched off: one odd look must not cost a rule, and a broken rule must
not fill the log."""


class BehaviourGuard:
    """Wraps a behaviour so that it cannot fail: an error is logged once and counted. After several in a row the rule
    is off until the next epoch, and the candidates that it has reported end.

    Args:
        foreign: runs the behaviour's code, if it is that of another package.

    Attributes:
        failures: looks at which it failed.
        trouble: why it is off; None while it is on.
    """

    def __init__(self, behaviour: Behaviour, camera: str, foreign: ForeignCode | None = None) -> None:
        self._behaviour, self._camera, self._foreign = behaviour, camera, foreign
        self.rule = behaviour.rule
        self.failures = 0
        self.trouble = behaviour.trouble if isinstance(behaviour, DisabledBehaviour) else None
        self._failed_in_a_row = 0
        self._open: dict[str, Candidate] = {}
        self._seen = 0.0

    def update(self, observation: Observation) -> list[Candidate]:
        """As `Behaviour.update`. Anything but candidates of this rule counts as a failure."""
        if self.trouble is not None:
            return []
        try:
            reports = self._checked(self._run(lambda: self._behaviour.update(observation)))
        except Exception as error:
            self._failed(error)
            return self._end() if self.trouble is not None else []
        self._failed_in_a_row, self._seen = 0, observation.time
        return reports

    def close(self, time: float) -> list[Candidate]:
        """As `Behaviour.close`."""
        if self.trouble is not None:
            return self._end()  # candidates that are still open if counting failed last
        try:
            return self._checked(self._run(lambda: self._behaviour.close(time)))
        except Exception as error:
            self._failed(error)
            return self._end()

    def counts(self, *, over: bool = False) -> list[Counter]:
        """As `CountingBehaviour.counts`; empty for a rule that does not count, or is off."""
        behaviour = self._behaviour
        if self.trouble is not None or not isinstance(behaviour, CountingBehaviour):
            return []
        try:
            counts = self._run(lambda: behaviour.counts(over=over))
            return [count for count in counts if count.camera == self._camera]
        except Exception as error:
            self._failed(error)
            return []

    def _run(self, function: Callable[[], T]) -> T:
        return function() if self._foreign is None else self._foreign.call(self.rule, function)

    def _checked(self, reports: list[Candidate]) -> list[Candidate]:
        for report in reports:
            if not isinstance(report, Candidate):
                raise TypeError(f"update and close return candidates, not {type(report).__name__}")
            if (report.rule, report.camera) != (self.rule, self._camera):
                raise ValueError("a candidate names another rule or camera; make it with the scene's writer")
        for report in reports:
            if report.end is None:
                self._open[report.id] = report
            else:
                self._open.pop(report.id, None)
        return reports

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        self._failed_in_a_row += 1
        if isinstance(error, NeverReturned):
            self.trouble = str(error)
            return
        about = fields(camera=self._camera, rule=self.rule, failures=self.failures)
        if self.failures == 1:
            _log.error("a rule's behaviour failed", extra=about, exc_info=error)
        if self._failed_in_a_row >= MAX_FAILURES:
            reason = redact(f"{type(error).__name__}: {error}".split("\n")[0])
            times = f"{self._failed_in_a_row} times in a row"
            self.trouble = f"rule {self.rule} is off: its behaviour failed {times} ({reason})"
            _log.error(self.trouble, extra=about)

    def _end(self) -> list[Candidate]:
        """End the open candidates at the last observation."""
        ended = [replace(one, end=max(one.triggered, self._seen)) for one in self._open.values()]
        self._open.clear()
        return ended
