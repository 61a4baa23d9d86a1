"""Crowd: many people have come together in a zone and stay there.

The count comes from the detector's boxes, as in the detection-based methods that Sindagi and Patel review ("A
survey of recent advances in CNN-based single image crowd counting and density estimation", Pattern
Recognition Letters 107, 2018): right for tens of people, too low where many hide each other. Who only passes
by does not gather, so people who move do not count. Of 42 crowds in the simulated city the detector's count alone
missed five; three of them stood one behind the other, and two followed another crowd within six seconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.views import TrackView, track_numbers
from secondsight.behaviour.spatial.perspective import Plane
from secondsight.behaviour.state.speed import SpeedEstimator
from secondsight.behaviour.state.track_state import TrackState, TrackStates
from secondsight.behaviour.state.zone_state import ZoneMonitor, together
from secondsight.config import Name, ObjectRule, Positive, Timespan, Whole
from secondsight.records import Candidate, Observation, share_within


class CrowdRule(ObjectRule):
    """Many people stay in a zone.

    Attributes:
        people: minimum number of people.
        density: minimum number of people per square metre of the zone as well; without it the number alone decides.
        area: area of the zone in square metres; measured if absent.
        passing: people faster than this, in metres per second, only pass by and do not count.
        duration: minimum seconds that they stay.
    """

    behaviour: Literal["crowd"]
    zone: Name
    people: Annotated[Whole, Field(ge=2)] = 5
    density: Positive | None = None
    area: Positive | None = None
    passing: Positive = 0.7
    duration: Timespan = 4.0

    def make(self, scene: Scene) -> Behaviour:
        return Crowd(self, scene)


INERTIA = 3
FALTERING = 0.8
"""Share of the people who must be counted for a crowd to last: detectors miss now this one, now that one."""
LINGER = 2.0
"""Seconds for which a person unseen is still there."""
HIDDEN = 10.0
"""Seconds for which a person is still there who was lost while staying, as long as a person is before the place: in a
crowd people hide each other."""
COVERED = 0.5
"""Share of the box in which a person was last seen that one other box must cover to hide that person."""


@dataclass(slots=True)
class Member:
    """One person: pace, and when it was last seen staying in the zone."""

    pace: SpeedEstimator = field(default_factory=SpeedEstimator)
    stayed: float = float("-inf")


class Crowd:
    """Reports one candidate while at least `people` stay in the zone, and again when they have parted."""

    def __init__(self, rule: CrowdRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._states: TrackStates[Member] = TrackStates(
            Member,
            patience=max(scene.patience, LINGER),
            longer=lambda one: HIDDEN if one.stayed > float("-inf") else 0.0,
        )
        self._monitor = ZoneMonitor(scene, inertia=INERTIA, duration=rule.duration, cooldown=rule.cooldown)
        self._founders: list[TrackState[Member]] = []
        self._now = float("-inf")
        self._epoch = 0

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        self._now = time = max(self._now, observation.time)
        self._epoch = observation.epoch
        if observation.held:
            for entry in self._states.hold(track_numbers(observation), time):
                if entry.state.stayed > float("-inf"):
                    entry.state.stayed = time
            self._monitor.holds_still(time)
        else:
            self._look(observation)
        return self._monitor.due(self._now, self._epoch)

    def close(self, time: float) -> list[Candidate]:
        self._states.clear()
        self._monitor.end()
        return self._monitor.due(self._now, self._epoch)

    def _look(self, observation: Observation) -> None:
        seen = self._scene.views.view(observation, self._rule, self._now)
        plane = self._scene.plane(observation)
        changes = self._states.look(seen, self._now)
        inside = (seen.counts & seen.inside(self._scene.polygon)).tolist()
        for entry, (x, y), mine in zip(changes.present, seen.feet.tolist(), inside, strict=True):
            one = entry.state
            one.pace.step(self._now, *plane.metres(x, y))
            if not mine:
                one.stayed = float("-inf")
            elif one.pace.known and one.pace.speed <= self._rule.passing:
                one.stayed = self._now
        there = [entry for entry in changes.present if self._now - entry.state.stayed <= LINGER]
        there += [entry for entry in changes.missing if self._still_there(entry, seen)]
        if self._monitor.open and self._parted(there):
            self._monitor.end()
            return
        least = self._rule.people * (FALTERING if self._monitor.begun else 1.0)
        enough, density = len(there) >= least, 0.0
        if enough:
            density = len(there) / (self._rule.area or area(self._scene.polygon, plane))
        if enough and density >= (self._rule.density or 0.0):
            if not self._monitor.open:
                self._founders = there
            rows = [row for row, within in enumerate(inside) if within]
            self._monitor.holds(
                together(seen, rows, self._now),
                {"people": len(there), "density": density},
                numbers=[entry.numbers[-1] for entry in there],
            )
        else:
            self._monitor.fails()

    def _parted(self, there: Sequence[TrackState[Member]]) -> bool:
        """Whether fewer than half a crowd are left of those at the trigger: who else stands there is another one."""
        return 2 * sum(entry in there for entry in self._founders) < self._rule.people

    def _still_there(self, entry: TrackState[Member], seen: TrackView) -> bool:
        """Whether a person unseen stays: lost a moment ago, or behind a person since."""
        lost, stayed = entry.seen, entry.state.stayed
        if self._now - stayed <= LINGER:
            return True
        if lost - stayed > LINGER or self._now - lost > HIDDEN:
            return False
        return any(share_within(entry.box, box) >= COVERED and box[3] > entry.box[3] for box in seen.corners)


def area(polygon: NDArray[np.float64], plane: Plane) -> float:
    """Square metres of the ground within a relative polygon (m, 2), by the shoelace formula; at least 1, and infinite
    where the polygon reaches above the horizon.
    """
    x, y = np.array([plane.metres(float(x), float(y)) for x, y in polygon]).T
    size = float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)
    return max(size, 1.0) if math.isfinite(size) else math.inf
