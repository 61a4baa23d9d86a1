"""Intrusion: somebody is in a zone."""

from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import ObjectMonitor, nothing, present_in
from secondsight.config import IntrusionRule


def intrusion(rule: IntrusionRule, scene: Scene) -> ObjectMonitor[None]:
    """Reports every object as soon as its presence in the zone is confirmed, and again when it is over."""
    judge = present_in(scene.polygon)
    return ObjectMonitor(rule, scene, judge, nothing, inertia=rule.inertia, dwell=0.0)
