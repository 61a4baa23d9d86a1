"""Intrusion: a person is in a zone."""

from typing import ClassVar, Literal

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import ObjectMonitor, nothing, present_in
from secondsight.config import Inertia, Name, ObjectRule


class IntrusionRule(ObjectRule):
    """A person is in a zone.

    Attributes:
        zone: name of the zone; the reserved name `frame` means the whole picture.
        inertia: looks in a row that must agree before presence begins, and before it ends (against jitter).
    """

    only_positions: ClassVar[bool] = True

    behaviour: Literal["intrusion"]
    zone: Name
    inertia: Inertia = 3

    def make(self, scene: Scene) -> Behaviour:
        return intrusion(self, scene)


def intrusion(rule: IntrusionRule, scene: Scene) -> ObjectMonitor[None]:
    """Reports every object as soon as its presence in the zone is confirmed, and again when it is over."""
    judge = present_in(scene.polygon)
    return ObjectMonitor(rule, scene, judge, nothing, inertia=rule.inertia, dwell=0.0)
