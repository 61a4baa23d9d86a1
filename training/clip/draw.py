"""Draws samples of many scenes of the simulated city, all packs and all conditions, into files of one scene each."""

import random
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from secondsight.sim.conditions.conditions import CONDITIONS
from secondsight.sim.world import PACKS, make_world
from training.clip.samples import draw, save
from training.kinds import some_kinds

SECONDS, DENSITY = 60.0, 8.0
"""Length of a scene, and events and look-alikes in a minute of it: as many as it holds without crowding. What stays
for long, such as a queue in a shop, has no room in it beside another: there longer scenes are needed."""
CLEAR = 0.35
"""Share of scenes without any condition."""


def draw_all(
    folder: Path,
    seeds: range,
    packs: Sequence[str] = PACKS,
    *,
    further: bool = False,
    seconds: float = SECONDS,
    density: float = DENSITY,
) -> None:
    """One scene per seed and pack. A file that is there already is kept.

    Args:
        further: show kinds of events too that a pack does not show by itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for seed, pack in product(seeds, packs):
        path = folder / f"{pack}-{seed:07d}.npz"
        if path.exists():
            continue
        rng = random.Random(f"{pack} {seed} samples")
        hard, kinds = weather(rng), some_kinds(pack, rng) if further else ()
        world = make_world(pack, seed, 0, seconds, conditions=hard, density=density, kinds=kinds)
        samples = list(draw(world, rng))
        if samples:
            save(samples, path)
            print(f"{path.name}: {len(samples)} samples", flush=True)


def weather(rng: random.Random) -> tuple[str, ...]:
    """None, one or two conditions with their strengths, such as `rain:0.4`."""
    if rng.random() < CLEAR:
        return ()
    names = rng.sample(CONDITIONS, rng.choice((1, 1, 2)))
    return tuple(f"{name}:{rng.uniform(0.2, 0.9):.2f}" for name in names)
