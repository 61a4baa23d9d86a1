"""Loitering: somebody stays in a zone."""

from secondsight.behaviour.geometry import Points
from secondsight.behaviour.presence import ZoneWatch
from secondsight.behaviour.suspicion import Reporter
from secondsight.config import LoiteringRule
from secondsight.records import Candidate, Observation


class Loitering:
    """Reports every object whose presence in the zone lasted `loitering_time`, and again when it is over.

    Time runs also while nothing moves and the model rests: standing still is the essence of loitering.

    Args:
        polygon: the zone, float64 (m, 2), relative.
        patience: seconds for which a vanished track may come back and continue its visit.
    """

    def __init__(self, rule: LoiteringRule, reporter: Reporter, polygon: Points, patience: float) -> None:
        self._watch = ZoneWatch(rule, reporter, polygon, dwell=rule.loitering_time, patience=patience)

    def update(self, observation: Observation) -> list[Candidate]:
        return self._watch.update(observation)

    def close(self, time: float) -> list[Candidate]:
        return self._watch.close()

    @property
    def tracked(self) -> int:
        """Objects remembered at the moment."""
        return self._watch.tracked
