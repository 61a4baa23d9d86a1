"""The seam between rules and the code that judges them: what a behaviour is, and which a camera needs."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from secondsight.behaviour.background import Background
from secondsight.behaviour.debris import debris
from secondsight.behaviour.fall import fall
from secondsight.behaviour.fight import fight
from secondsight.behaviour.fire import fire
from secondsight.behaviour.intrusion import intrusion
from secondsight.behaviour.landslide import landslide
from secondsight.behaviour.left_bag import left_bag
from secondsight.behaviour.line_crossing import LineCrossing
from secondsight.behaviour.loitering import loitering
from secondsight.behaviour.no_helmet import no_helmet
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.smoke import smoke
from secondsight.behaviour.stillness import stillness
from secondsight.behaviour.stopped import stopped
from secondsight.behaviour.suspicion import Reporter
from secondsight.behaviour.take import take
from secondsight.behaviour.wrong_way import wrong_way
from secondsight.config import SiteConfig
from secondsight.config.rules import FRAME, Rule
from secondsight.records import Candidate, Observation


class Behaviour(Protocol):
    """Turns the observations of one camera and epoch into candidates of one rule.

    A candidate is reported once when the suspicion arises (`end` is None) and once more under the same id
    when it is over (`end` set, final scores). Observations come in the order of time; nothing in one makes
    a behaviour raise.
    """

    @property
    def rule(self) -> str:
        """Name of the rule."""
        ...

    def update(self, observation: Observation) -> list[Candidate]:
        """Take the next observation; return what arose or ended with it."""
        ...

    def close(self, time: float) -> list[Candidate]:
        """The epoch is over at `time`: open suspicions end where they were last seen. No update follows."""
        ...


_MAKERS: dict[str, Callable[[Any, Scene], Behaviour]] = {
    "intrusion": intrusion,
    "loitering": loitering,
    "line_crossing": LineCrossing,
    "fall": fall,
    "wrong_way": wrong_way,
    "fight": fight,
    "stillness": stillness,
    "left_bag": left_bag,
    "no_helmet": no_helmet,
    "take": take,
    "stopped": stopped,
    "smoke": smoke,
    "fire": fire,
    "debris": debris,
    "landslide": landslide,
}
"""What judges the rules of each behaviour."""


def make_behaviours(camera: str, config: SiteConfig, origin: str) -> list[Behaviour]:
    """One behaviour per rule that watches `camera`, in the site file's order; fresh ones for every epoch.

    Args:
        origin: identity of what is watched, a file's fingerprint or "live" (see `records.candidate_id`).
    """
    background = Background()
    return [
        _MAKERS[rule.behaviour](rule, _scene(camera, config, origin, name, rule, background))
        for name, rule in config.rules_of(camera).items()
    ]


def _scene(
    camera: str, config: SiteConfig, origin: str, name: str, rule: Rule, background: Background
) -> Scene:
    settings, places = config.cameras[camera], rule.places
    zone, line = places.get("zone"), places.get("line")
    segment = None if line is None else np.array(settings.lines[line].coordinates, dtype=np.float64)
    return Scene(
        reporter=Reporter(camera, origin, name, rule.kind or rule.behaviour, zone or line),
        polygon=np.array(settings.polygon_of(zone or FRAME), dtype=np.float64),
        segment=segment,
        background=background,
        patience=config.sentinel.lost_track,
    )
