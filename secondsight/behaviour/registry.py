"""The seam between rules and the code that judges them: what a behaviour is, and which a camera needs."""

from collections.abc import Callable
from typing import Any

from secondsight.behaviour.builder import BehaviourBuilder
from secondsight.behaviour.people.climbing import Climbing
from secondsight.behaviour.people.fall import fall
from secondsight.behaviour.people.fight import Fights
from secondsight.behaviour.people.left_bag import left_bag
from secondsight.behaviour.people.man_down import man_down
from secondsight.behaviour.people.removed_object import RemovedObject
from secondsight.behaviour.people.running import running
from secondsight.behaviour.people.stillness import stillness
from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.retail.put_back import ReachOutcomes
from secondsight.behaviour.retail.take import take
from secondsight.behaviour.road.debris import debris
from secondsight.behaviour.road.fire import fire
from secondsight.behaviour.road.jam import Jam
from secondsight.behaviour.road.landslide import landslide
from secondsight.behaviour.road.low_visibility import LowVisibility
from secondsight.behaviour.road.pedestrian import pedestrian
from secondsight.behaviour.road.smoke import smoke
from secondsight.behaviour.road.stopped import stopped
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.work.forbidden_operation import forbidden_operation
from secondsight.behaviour.work.lone_worker import lone_worker
from secondsight.behaviour.work.no_helmet import no_helmet
from secondsight.behaviour.work.no_vest import no_vest
from secondsight.behaviour.work.vehicle_near_person import vehicle_near_person
from secondsight.behaviour.zones.counting import counting
from secondsight.behaviour.zones.crowd import Crowd
from secondsight.behaviour.zones.intrusion import intrusion
from secondsight.behaviour.zones.line_crossing import LineCrossing
from secondsight.behaviour.zones.loitering import loitering
from secondsight.behaviour.zones.queue import Queue
from secondsight.behaviour.zones.tailgating import Tailgating
from secondsight.behaviour.zones.wrong_way import wrong_way
from secondsight.config import SiteConfig

_MAKERS: dict[str, Callable[[Any, Scene], Behaviour]] = {
    "intrusion": intrusion,
    "loitering": loitering,
    "line_crossing": LineCrossing,
    "fall": fall,
    "wrong_way": wrong_way,
    "fight": Fights,
    "stillness": stillness,
    "left_bag": left_bag,
    "no_helmet": no_helmet,
    "take": take,
    "stopped": stopped,
    "smoke": smoke,
    "fire": fire,
    "debris": debris,
    "landslide": landslide,
    "vehicle_near_person": vehicle_near_person,
    "tailgating": Tailgating,
    "running": running,
    "removed_object": RemovedObject,
    "no_vest": no_vest,
    "man_down": man_down,
    "lone_worker": lone_worker,
    "forbidden_operation": forbidden_operation,
    "crowd": Crowd,
    "climbing": Climbing,
    "counting": counting,
    "queue": Queue,
    "put_back": ReachOutcomes,
    "jam": Jam,
    "pedestrian": pedestrian,
    "low_visibility": LowVisibility,
}
"""What judges the rules of each behaviour."""


def make_behaviours(camera: str, config: SiteConfig, origin: str) -> list[Behaviour]:
    """One behaviour per rule that watches `camera` and makes events, in the site file's order; fresh ones for every
    epoch.

    Args:
        origin: identity of what is watched, a file's fingerprint or "live" (see `records.candidate_id`).
    """
    workshop = BehaviourBuilder(camera, config, origin, _MAKERS)
    return [workshop.make(name) for name, rule in config.rules_of(camera).items() if rule.report]
