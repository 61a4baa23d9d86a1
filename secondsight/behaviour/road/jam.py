"""Jam: many vehicles in a zone, and most of them slow.

Congested traffic is both dense and slow (Treiber and Kesting, "Traffic Flow Dynamics", 2013, chapter 4). One vehicle
that has stopped is a breakdown, many that move are heavy traffic. So both the number of slow vehicles and their share
of all vehicles must be large, for longer than a short halt; and half of them must have been seen to come: cars that
have stood since they were first seen may be parked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.views import track_numbers
from secondsight.behaviour.state.object_state import SELDOM
from secondsight.behaviour.state.speed import LONG, SpeedEstimator
from secondsight.behaviour.state.track_state import TrackStates
from secondsight.behaviour.state.zone_state import ZoneMonitor, together
from secondsight.config import Fraction, Name, ObjectRule, Positive, Timespan, Whole
from secondsight.records import Candidate, Observation


class JamRule(ObjectRule):
    """Many vehicles, and most of them slow.

    Attributes:
        min_vehicles: minimum number of slow vehicles.
        max_area: a larger box is no vehicle: detectors make boxes of whole pictures.
        share: minimum share of the vehicles in the zone that are slow.
        speed: slow is below this, in metres per second.
        duration: minimum seconds that it lasts.
    """

    renamed: ClassVar[Mapping[str, str]] = {"least": "min_vehicles"}

    behaviour: Literal["jam"]
    classes: tuple[str, ...] = ("car", "truck", "bus", "motorcycle")
    zone: Name
    max_area: Annotated[Fraction, Field(gt=0)] = 0.7
    min_vehicles: Annotated[Whole, Field(ge=2)] = 4
    share: Annotated[Fraction, Field(gt=0)] = 0.7
    speed: Positive = 3.0
    duration: Timespan = 10.0

    def make(self, scene: Scene) -> Behaviour:
        return Jam(self, scene)


INERTIA = 3
LINGER = 2.0
"""Seconds for which a vehicle that is not seen still stands: in a jam they hide each other."""


MOVED, COMES = 0.3, 3
"""Sizes of its first box by which a corner must be away from there, and in how many looks, for a vehicle to have
moved."""
CAME = 0.5
"""Minimum share of `min_vehicles` of whom that must have been seen."""


@dataclass(slots=True)
class Driver:
    """One vehicle: its pace, and when it was last seen in the zone, slow and at all; where it was seen first, and
    whether it has moved since.
    """

    pace: SpeedEstimator = field(default_factory=lambda: SpeedEstimator(LONG))
    first: tuple[float, ...] = ()
    away: int = 0

    @property
    def came(self) -> bool:
        """Whether it has been seen to move, in more than a look or two, which may show another one."""
        return self.away >= COMES

    def step(self, box: tuple[float, ...]) -> None:
        """Take a relative box."""
        x1, y1, x2, y2 = self.first = self.first or box
        # Corners, not the middle: what drives towards the camera or away from it grows or shrinks.
        across = max(abs(box[0] - x1), abs(box[2] - x2)) / max(x2 - x1, 1e-6)
        along = max(abs(box[1] - y1), abs(box[3] - y2)) / max(y2 - y1, 1e-6)
        self.away += max(across, along) >= MOVED

    slow: float = float("-inf")
    there: float = float("-inf")


class Jam:
    """Reports one candidate while there is a jam in the zone, and again when it is over."""

    def __init__(self, rule: JamRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._states: TrackStates[Driver] = TrackStates(Driver, patience=max(scene.patience, LINGER))
        self._monitor = ZoneMonitor(scene, inertia=INERTIA, duration=rule.duration, cooldown=rule.cooldown)
        self._now = self._looked = float("-inf")
        self._epoch = 0
        self.rule = scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        self._now, self._epoch = max(self._now, observation.time), observation.epoch
        if observation.held:
            self._hold(observation)
        elif self._now - self._looked >= SELDOM:
            self._looked = self._now
            self._look(observation)
        return self._monitor.due(self._now, self._epoch)

    def close(self, time: float) -> list[Candidate]:
        self._states.clear()
        self._monitor.end()
        return self._monitor.due(self._now, self._epoch)

    def _hold(self, observation: Observation) -> None:
        """Nothing moved: who stood still does. A jam at rest gives the camera's gate little to look at."""
        for entry in self._states.hold(track_numbers(observation), self._now):
            one = entry.state
            if one.slow > float("-inf"):
                one.slow = one.there = self._now
        self._monitor.holds_still(self._now)

    def _look(self, observation: Observation) -> None:
        seen = self._scene.views.view(observation, self._rule, self._now)
        plane = self._scene.plane(observation)
        changes = self._states.look(seen, self._now)
        inside = (seen.counts & seen.inside(self._scene.polygon)).tolist()
        rows_seen = zip(changes.present, seen.corners, seen.feet.tolist(), inside, strict=True)
        for entry, box, (x, y), within in rows_seen:
            one = entry.state
            one.step(box)
            one.pace.step(self._now, *plane.metres(x, y))
            if not within:
                one.slow = one.there = float("-inf")
            elif one.pace.known:
                one.there = self._now
                one.slow = self._now if one.pace.speed <= self._rule.speed else float("-inf")
        known = [one for one in (*changes.present, *changes.missing) if self._now - one.state.there <= LINGER]
        slow = [one for one in known if self._now - one.state.slow <= LINGER]
        rows = [row for row, entry in enumerate(changes.present) if self._now - entry.state.slow <= LINGER]
        share = len(slow) / max(len(known), 1)
        came = sum(one.state.came for one in slow) >= CAME * self._rule.min_vehicles or self._monitor.begun
        if rows and came and len(slow) >= self._rule.min_vehicles and share >= self._rule.share:
            scores = {"vehicles": float(len(slow)), "share": share}
            numbers = [one.numbers[-1] for one in slow]
            self._monitor.holds(together(seen, rows, self._now), scores, numbers=numbers)
        else:
            self._monitor.fails()
