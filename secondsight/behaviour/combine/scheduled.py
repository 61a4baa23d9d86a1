"""A rule with hours: outside of them it sees nothing, remembers nothing and costs next to nothing."""

from collections.abc import Callable

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.state.minute_counts import CountingBehaviour
from secondsight.config import Schedule
from secondsight.records import Candidate, Counter, Observation


class Scheduled:
    """A behaviour that is made anew whenever its hours begin, and closed when they end.

    Args:
        name: of the rule.
        timezone: whose wall clock counts, by its name.
    """

    def __init__(self, name: str, schedule: Schedule, timezone: str, make: Callable[[], Behaviour]) -> None:
        self._name, self._schedule, self._timezone, self._make = name, schedule, timezone, make
        self._behaviour: Behaviour | None = None
        self._now = float("-inf")
        self._counts: list[Counter] = []

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._name

    @property
    def on(self) -> bool:
        """Whether it watched the last observation."""
        return self._behaviour is not None

    def update(self, observation: Observation) -> list[Candidate]:
        """Pass an observation on, if it comes within the hours; with the first one after them all is closed."""
        time = max(self._now, observation.time)
        if not self._schedule.holds(time, self._timezone):
            return self.close(self._now)
        self._now = time
        if self._behaviour is None:
            self._behaviour = self._make()
        return self._behaviour.update(observation)

    def close(self, time: float) -> list[Candidate]:
        """End what is open."""
        behaviour, self._behaviour = self._behaviour, None
        if behaviour is None:
            return []
        reports = behaviour.close(time)
        self._counts += _counts(behaviour, over=True)
        return reports

    def counts(self, *, over: bool = False) -> list[Counter]:
        """As `CountingBehaviour.counts`, of the hours that are over too."""
        before, self._counts = self._counts, []
        return before if self._behaviour is None else before + _counts(self._behaviour, over=over)


def _counts(behaviour: Behaviour, over: bool) -> list[Counter]:
    return behaviour.counts(over=over) if isinstance(behaviour, CountingBehaviour) else []
