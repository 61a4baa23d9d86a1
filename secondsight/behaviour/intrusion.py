"""Intrusion: somebody is in a zone."""

from secondsight.behaviour.geometry import Points
from secondsight.behaviour.presence import ZoneWatch
from secondsight.behaviour.suspicion import Reporter
from secondsight.config import IntrusionRule
from secondsight.records import Candidate, Observation


class Intrusion:
    """Reports every object as soon as its presence in the zone is confirmed, and again when it is over.

    Args:
        polygon: the zone, float64 (m, 2), relative.
        patience: seconds for which a vanished track may come back and continue its visit.
    """

    def __init__(self, rule: IntrusionRule, reporter: Reporter, polygon: Points, patience: float) -> None:
        self._watch = ZoneWatch(rule, reporter, polygon, dwell=0.0, patience=patience)

    def update(self, observation: Observation) -> list[Candidate]:
        return self._watch.update(observation)

    def close(self, time: float) -> list[Candidate]:
        return self._watch.close()

    @property
    def tracked(self) -> int:
        """Objects remembered at the moment."""
        return self._watch.tracked
