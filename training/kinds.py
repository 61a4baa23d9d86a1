"""Which kinds of events a scene of the simulated city shows, for trainings that are to see all of them."""

import random

from secondsight.sim.events import MORE, PLOTS

FURTHER = 0.6
"""Share of scenes with a few kinds out of all, not those that a pack shows by itself."""


def some_kinds(pack: str, rng: random.Random) -> tuple[str, ...]:
    """Up to three kinds of events out of all that a pack knows, or none: then it shows what it does by itself."""
    if rng.random() > FURTHER:
        return ()
    known = [plot.kind for plot in (*PLOTS[pack], *MORE.get(pack, ())) if plot.resembles is None]
    return tuple(rng.sample(known, min(3, len(known))))
