"""A short scripted scene for demonstrations: one of everything that a metro camera is asked about, while seeing
gets harder.
"""

import random

from secondsight.errors import ConfigError
from secondsight.ground_truth import Condition
from secondsight.sim.events import PLOTS, Happening, Stage
from secondsight.sim.events.background_life import background
from secondsight.sim.scenes import Place
from secondsight.sim.world import World, assemble, make_scene

SECONDS = 90.0
_SCRIPT = (
    ("tying_shoe", 8.0),
    ("loitering", 14.0),
    ("sitting_down", 27.0),
    ("fall", 44.0),
    ("wrong_way", 68.0),
)
"""Kinds, and the seconds at which they begin."""
_CONDITIONS = (Condition("dirty_lens", 0.6, 38.0, 64.0), Condition("night", 0.7, 62.0, SECONDS))
_TRIES = 50


def demo_world(seed: int = 0) -> World:
    """Ninety seconds of a platform: a fall, two that tie a shoe and sit down, a loiterer and a wrong-way walker,
    first in the clear, then in the rain, then at night.
    """
    for attempt in range(_TRIES):
        scene = make_scene("metro", seed, attempt)
        rng = random.Random(f"demo {seed} {attempt}")
        happened = _play(scene, rng)
        if happened is None:
            continue
        number = 1 + max(actor.number for one in happened for actor in one.actors)
        others = background(scene, rng, SECONDS, happened, number, crowd=0.6)
        return assemble("platform", scene, happened, others, _CONDITIONS, SECONDS, seed)
    raise ConfigError(
        f"no platform of seed {seed} has room for the demonstration; try another seed", key="seed"
    )


def _play(scene: Place, rng: random.Random) -> list[Happening] | None:
    """The script at free places; None if the scene lacks one."""
    plots = {plot.kind: plot for plot in PLOTS["metro"]}
    happened: list[Happening] = []
    number = 1
    for kind, time in _SCRIPT:
        plot = plots[kind]
        near = sorted(scene.spots[plot.spots], key=lambda spot: abs(spot.at[1] - 9.0))[:8]
        taken = {one.spot for one in happened}
        free = [spot for spot in near if spot not in taken]
        if not free:
            return None
        happened.append(plot.build(Stage(scene, rng, rng.choice(free), time, number, SECONDS)))
        number = 1 + max(actor.number for actor in happened[-1].actors)
    return happened
