"""The seam between rules and the code that judges them: what a behaviour is, and which a camera needs."""

from collections.abc import Callable
from typing import Any

from secondsight.behaviour.climbing import Climbing
from secondsight.behaviour.counting import counting
from secondsight.behaviour.crowd import Crowd
from secondsight.behaviour.debris import debris
from secondsight.behaviour.fall import fall
from secondsight.behaviour.fight import Fights
from secondsight.behaviour.fire import fire
from secondsight.behaviour.forbidden_operation import forbidden_operation
from secondsight.behaviour.intrusion import intrusion
from secondsight.behaviour.jam import Jam
from secondsight.behaviour.landslide import landslide
from secondsight.behaviour.left_bag import left_bag
from secondsight.behaviour.line_crossing import LineCrossing
from secondsight.behaviour.loitering import loitering
from secondsight.behaviour.lone_worker import lone_worker
from secondsight.behaviour.low_visibility import LowVisibility
from secondsight.behaviour.man_down import man_down
from secondsight.behaviour.no_helmet import no_helmet
from secondsight.behaviour.no_vest import no_vest
from secondsight.behaviour.pedestrian import pedestrian
from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.put_back import PutBack
from secondsight.behaviour.queue import Queue
from secondsight.behaviour.removed_object import RemovedObject
from secondsight.behaviour.running import running
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.smoke import smoke
from secondsight.behaviour.stillness import stillness
from secondsight.behaviour.stopped import stopped
from secondsight.behaviour.tailgating import Tailgating
from secondsight.behaviour.take import take
from secondsight.behaviour.vehicle_near_person import vehicle_near_person
from secondsight.behaviour.workshop import Workshop
from secondsight.behaviour.wrong_way import wrong_way
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
    "put_back": PutBack,
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
    workshop = Workshop(camera, config, origin, _MAKERS)
    return [workshop.make(name) for name, rule in config.rules_of(camera).items() if rule.report]
