"""Loitering: somebody stays in a zone.

Time runs also while nothing moves and the model rests: standing still is the essence of loitering.
"""

from secondsight.behaviour.presence import Watch, nothing, present_in
from secondsight.behaviour.scene import Scene
from secondsight.config import LoiteringRule


def loitering(rule: LoiteringRule, scene: Scene) -> Watch[None]:
    """Reports every object whose presence in the zone lasted `loitering_time`, and again when it is over."""
    judge = present_in(scene.polygon)
    return Watch(rule, scene, judge, nothing, inertia=rule.inertia, dwell=rule.loitering_time)
