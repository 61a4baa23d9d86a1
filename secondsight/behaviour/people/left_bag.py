"""Left bag: a bag stands still and nobody who may be its owner is near.

After the definition of PETS 2006 (abandoned luggage: its owner went farther away than a distance for longer than a
time), with everybody nearby as a possible owner, since a detector does not know who put it down. A person's own
height in the picture is the yardstick, so that no calibration is needed.

Detectors know few kinds of bags, and see fewer. So a thing without a class counts too, see `remains`.
"""

from dataclasses import dataclass, field
from itertools import compress
from typing import ClassVar, Literal

import numpy as np

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import (
    ENDED,
    HOLDS,
    SELDOM,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.remains import Remains
from secondsight.behaviour.state.stationary import RestPosition
from secondsight.config import Name, ObjectRule, Positive, Timespan
from secondsight.records import Box, Candidate, Observation


class LeftBagRule(ObjectRule):
    """A bag stands still and nobody is near it.

    Attributes:
        owners: class names of possible owners.
        duration: minimum seconds that it stands alone.
        distance: people nearer than this may be its owner; in heights of the person's box.
        tolerance: maximum shift of a bag at rest, in lengths of its box's longer side.
        unclassified: whether things count that the detector has no class for: what stays in the picture where one of
            the owners was.
    """

    judges_pixels: ClassVar[bool] = True

    behaviour: Literal["left_bag"]
    classes: tuple[str, ...] = ("backpack", "handbag", "suitcase")
    zone: Name
    owners: tuple[str, ...] = ("person",)
    duration: Timespan = 8.0
    distance: Positive = 0.6
    tolerance: Positive = 0.5
    unclassified: bool = True

    @property
    def lookback(self) -> float:
        """Until the bag is put down, if its owner goes soon."""
        return self.duration + GOES

    def make(self, scene: Scene) -> Behaviour:
        return LeftBag(self, scene)


INERTIA = 2
GOES = 10.0
"""Seconds from putting a bag down to leaving it that clips show."""
PASSING = 5.0
"""Seconds for which a person may be near a bag that was alone without being its owner: passing by takes less."""
HIDDEN = 10.0
"""Seconds for which passers-by may hide a bag, which then comes back under another number: bags do not walk."""


@dataclass(slots=True)
class Bag:
    """One bag: place of rest and since when it has been there, and since when a person has been near it; None while
    nobody is.
    """

    anchor: RestPosition = field(default_factory=RestPosition)
    put_down: float = 0.0
    attended: float | None = float("-inf")

    def rest(self, time: float, box: tuple[float, ...], aspect: float, tolerance: float) -> int:
        """Answer for a look, as to whether it is at rest."""
        answer = self.anchor.look(box, aspect, tolerance)
        if self.anchor.looks == 1:
            self.put_down = time
        return answer

    def alone(self, time: float, near: bool) -> int:
        """Answer for a look, as to whether it is alone."""
        if not near:
            self.attended = None
            return HOLDS
        if self.attended is None:
            self.attended = time
        return UNCERTAIN if time - self.attended < PASSING else ENDED


class LeftBag:
    """Reports every bag in the zone that stood alone for `duration`, from when it was put down, and again when it is
    moved or a person comes.
    """

    def __init__(self, rule: LeftBagRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._owners = ObjectRule(classes=rule.owners, min_score=rule.min_score)
        # What a look is unsure of rests all the same.
        self._unsure = ObjectRule(classes=rule.classes, min_score=0.0)
        self._bags = ObjectMonitor(
            *(rule, scene, self._judge, Bag),
            inertia=INERTIA,
            dwell=rule.duration,
            every=SELDOM,
            patient=True,
            hidden=HIDDEN,
            began=lambda bag: bag.put_down,
        )
        self._remains = (
            Remains(rule, self._owners, scene, rule.zone, rule.duration, rule.distance)
            if rule.unclassified
            else None
        )

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        reports = self._bags.update(observation)
        if self._remains is None:
            return reports
        seen = self._scene.views.view(observation, self._rule, observation.time)
        known = [Box(*corners) for corners in compress(seen.corners, seen.counts)]
        return reports + self._remains.update(observation, known)

    def close(self, time: float) -> list[Candidate]:
        return self._bags.close(time) + (self._remains.close(time) if self._remains else [])

    def _judge(self, look: LookContext[Bag]) -> TrackAnswers:
        answers = np.full(len(look.memories), UNCERTAIN, dtype=np.int8)
        rows = np.flatnonzero(look.shown(self._unsure).counts).tolist()
        if not rows:
            return answers
        inside = look.seen.counts & look.seen.inside(self._scene.polygon)
        near = _near(look, rows, self._owners, self._rule.distance)
        for row, close in zip(rows, near.tolist(), strict=True):
            bag, box = look.memories[row], look.seen.corners[row]
            rest = bag.rest(look.time, box, look.aspect, self._rule.tolerance)
            if not inside[row]:
                continue
            answer = min(rest, bag.alone(look.time, close))
            told = answer == HOLDS and self._remains is not None and self._remains.reported(Box(*box))
            answers[row] = UNCERTAIN if told else answer
        return answers


def _near(
    look: LookContext[Bag], rows: list[int], owners: ObjectRule, distance: float
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a person is near each of n rows: feet within `distance` own heights of it, bool (n,)."""
    people = look.shown(owners)
    feet, boxes = people.feet[people.counts], people.boxes[people.counts]
    across, along = (look.seen.feet[rows][:, None] - feet).transpose(2, 0, 1)
    reach = distance * (boxes[:, 3] - boxes[:, 1])
    close: np.ndarray[tuple[int], np.dtype[np.bool_]] = (np.hypot(across * look.aspect, along) <= reach).any(
        1
    )
    return close
