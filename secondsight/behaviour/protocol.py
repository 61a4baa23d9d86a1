"""What a behaviour is: the seam between rules and the code that judges them."""

from typing import Protocol

from secondsight.records import Candidate, Observation


class Behaviour(Protocol):
    """Turns the observations of one camera and epoch into candidates of one rule.

    A candidate is reported once when it arises (`end` is None) and once more under the same id
    when it is over (`end` set, final scores). Observations come in the order of time; nothing in one makes
    a behaviour raise.
    """

    @property
    def rule(self) -> str:
        """Name of the rule."""
        ...

    def update(self, observation: Observation) -> list[Candidate]:
        """Take the next observation; return what arose or ended with it."""
        ...

    def close(self, time: float) -> list[Candidate]:
        """The epoch is over at `time`: open candidates end where they were last seen. No update follows."""
        ...
