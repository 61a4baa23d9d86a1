"""Loitering: a person stays in a zone.

Time runs also while nothing moves and the model rests: standing still is the essence of loitering.
"""

from typing import ClassVar, Literal

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import ObjectMonitor, nothing, present_in
from secondsight.config import Inertia, Name, ObjectRule, Timespan
from secondsight.records import Severity


class LoiteringRule(ObjectRule):
    """A person stays in a zone for at least `loitering_time`; `zone` and `inertia` as for intrusion.

    Attributes:
        loitering_time: how long a stay counts as loitering.
    """

    only_positions: ClassVar[bool] = True

    behaviour: Literal["loitering"]
    severity: Severity = Severity.LOW
    zone: Name
    inertia: Inertia = 3
    loitering_time: Timespan = 60.0

    def make(self, scene: Scene) -> Behaviour:
        return loitering(self, scene)


HIDDEN = 8.0
"""Seconds for which a person who is found again at the same place under another number has stayed there: detectors
lose people who stand still before something of their colours."""


def loitering(rule: LoiteringRule, scene: Scene) -> ObjectMonitor[None]:
    """Reports every object whose presence in the zone lasted `loitering_time`, and again when it is over."""
    judge = present_in(scene.polygon)
    return ObjectMonitor(
        rule, scene, judge, nothing, inertia=rule.inertia, dwell=rule.loitering_time, hidden=HIDDEN
    )
