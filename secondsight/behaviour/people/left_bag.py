"""Left bag: a bag stands still and nobody who may be its owner is near.

After the definition of PETS 2006 (abandoned luggage: its owner went farther away than a distance for longer than a
time), with everybody nearby as a possible owner, since a detector does not know who put it down. A person's own
height in the picture is the yardstick, so that no calibration is needed.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import (
    ENDED,
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.stationary import RestPosition
from secondsight.config import Name, ObjectRule, Positive, Timespan


class LeftBagRule(ObjectRule):
    """A bag stands still and nobody is near it.

    Attributes:
        owners: class names of possible owners.
        duration: minimum seconds that it stands alone.
        distance: people nearer than this may be its owner; in heights of the person's box.
        tolerance: maximum shift of a bag at rest, in lengths of its box's longer side.
    """

    behaviour: Literal["left_bag"]
    classes: tuple[str, ...] = ("backpack", "handbag", "suitcase")
    zone: Name
    owners: tuple[str, ...] = ("person",)
    duration: Timespan = 8.0
    distance: Positive = 0.6
    tolerance: Positive = 0.5

    def make(self, scene: Scene) -> Behaviour:
        return left_bag(self, scene)


INERTIA = 2
PASSING = 5.0
"""Seconds for which a person may be near a bag that was alone without being its owner: passing by takes less."""
HIDDEN = 10.0
"""Seconds for which passers-by may hide a bag, which then comes back under another number: bags do not walk."""


@dataclass(slots=True)
class Bag:
    """One bag: place of rest, and since when a person has been near it; None while nobody is."""

    anchor: RestPosition = field(default_factory=RestPosition)
    attended: float | None = float("-inf")

    def alone(self, time: float, near: bool) -> int:
        """Answer for a look, before asking whether the bag rests."""
        if not near:
            self.attended = None
            return HOLDS
        if self.attended is None:
            self.attended = time
        return UNCERTAIN if time - self.attended < PASSING else ENDED


def left_bag(rule: LeftBagRule, scene: Scene) -> ObjectMonitor[Bag]:
    """Reports every bag in the zone that stood alone for `duration`, and again when it is moved or a person comes."""
    owners = ObjectRule(classes=rule.owners, min_score=rule.min_score)

    def judge(look: LookContext[Bag]) -> TrackAnswers:
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        near = _near(look, owners, rule.distance)
        aspect, answers = look.aspect, []
        rows = zip(look.memories, look.seen.corners, inside, near.tolist(), strict=True)
        for bag, box, within, close in rows:
            rest, alone = bag.anchor.look(box, aspect, rule.tolerance), bag.alone(look.time, close)
            answers.append(min(rest, alone) if within else UNCERTAIN)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(
        rule, scene, judge, Bag, inertia=INERTIA, dwell=rule.duration, patient=True, hidden=HIDDEN
    )


def _near(
    look: LookContext[Bag], owners: ObjectRule, distance: float
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a person is near each row: feet within `distance` own heights of it, bool (n,)."""
    people = look.shown(owners)
    scale = np.array((look.aspect, 1.0))
    feet, heights = people.feet[people.counts] * scale, np.diff(people.boxes[people.counts][:, 1::2])[:, 0]
    apart = np.hypot(*((look.seen.feet * scale)[:, None] - feet).transpose(2, 0, 1))
    close: np.ndarray[tuple[int], np.dtype[np.bool_]] = (apart <= distance * heights).any(axis=1)
    return close
