"""Keeps failures of one rule's code, which may be a plug-in, from the camera and from its other rules."""

import logging
from dataclasses import replace

from secondsight.behaviour import Behaviour, CountingBehaviour
from secondsight.log import fields, redact
from secondsight.records import Candidate, Counter, Observation

_log = logging.getLogger(__name__)

MAX_FAILURES = 3
"""Failures in a row after which a rule is switched off: one odd look must not cost a rule, and a broken rule must
not fill the log."""


class BehaviourGuard:
    """Wraps a behaviour so that it cannot fail: an error is logged once and counted. After several in a row the rule
    is off until the next epoch, and the candidates that it has reported end.

    Attributes:
        failures: looks at which it failed.
        trouble: why it is off; None while it is on.
    """

    def __init__(self, behaviour: Behaviour, camera: str) -> None:
        self._behaviour, self._camera = behaviour, camera
        self.rule = behaviour.rule
        self.failures = 0
        self.trouble: str | None = None
        self._failed_in_a_row = 0
        self._open: dict[str, Candidate] = {}
        self._seen = 0.0

    def update(self, observation: Observation) -> list[Candidate]:
        """As `Behaviour.update`. Anything but candidates of this rule counts as a failure."""
        if self.trouble is not None:
            return []
        try:
            reports = self._checked(self._behaviour.update(observation))
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
            return self._checked(self._behaviour.close(time))
        except Exception as error:
            self._failed(error)
            return self._end()

    def counts(self, *, over: bool = False) -> list[Counter]:
        """As `CountingBehaviour.counts`; empty for a rule that does not count, or is off."""
        if self.trouble is not None or not isinstance(self._behaviour, CountingBehaviour):
            return []
        try:
            return [count for count in self._behaviour.counts(over=over) if count.camera == self._camera]
        except Exception as error:
            self._failed(error)
            return []

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
