"""The seam between rules and the code that judges them: what a behaviour is, and which a camera needs."""

from typing import Protocol

import numpy as np

from secondsight.behaviour.intrusion import Intrusion
from secondsight.behaviour.line_crossing import LineCrossing
from secondsight.behaviour.loitering import Loitering
from secondsight.behaviour.suspicion import Reporter
from secondsight.config import LineCrossingRule, LoiteringRule, Rule, SiteConfig
from secondsight.records import Candidate, Observation


class Behaviour(Protocol):
    """Turns the observations of one camera and epoch into candidates of one rule.

    A candidate is reported once when the suspicion arises (`end` is None) and once more under the same id
    when it is over (`end` set, final scores). Observations come in the order of time; nothing in one makes
    a behaviour raise.
    """

    def update(self, observation: Observation) -> list[Candidate]:
        """Take the next observation; return what arose or ended with it."""
        ...

    def close(self, time: float) -> list[Candidate]:
        """The epoch is over at `time`: open suspicions end where they were last seen. No update follows."""
        ...


def make_behaviours(camera: str, config: SiteConfig, origin: str) -> list[Behaviour]:
    """One behaviour per rule that watches `camera`, in the site file's order; fresh ones for every epoch.

    Args:
        origin: identity of what is watched, a file's fingerprint or "live" (see `records.candidate_id`).
    """
    return [_make(camera, config, origin, name, rule) for name, rule in config.rules_of(camera).items()]


def _make(camera: str, config: SiteConfig, origin: str, name: str, rule: Rule) -> Behaviour:
    place = rule.line if isinstance(rule, LineCrossingRule) else rule.zone
    reporter = Reporter(camera, origin, name, rule.behaviour, place)
    patience = config.sentinel.lost_track
    settings = config.cameras[camera]
    if isinstance(rule, LineCrossingRule):
        segment = np.array(settings.lines[rule.line].coordinates, dtype=np.float64)
        return LineCrossing(rule, reporter, segment, patience)
    polygon = np.array(settings.polygon_of(rule.zone), dtype=np.float64)
    if isinstance(rule, LoiteringRule):
        return Loitering(rule, reporter, polygon, patience)
    return Intrusion(rule, reporter, polygon, patience)
