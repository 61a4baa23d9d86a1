"""Moves between two people: the same closeness, but blows are fast and an embrace is still."""

import random
from dataclasses import dataclass, replace
from math import hypot

from secondsight.sim.body import poses as p
from secondsight.sim.body.poses import Angles
from secondsight.sim.motion.timeline import Loop, Phase, State
from secondsight.sim.motion.walking import Point, Walk, stay


def _closing(state: State, other: Point, gap: float) -> tuple[Phase, ...]:
    """Step towards the middle between here and `other`, up to half of `gap` metres from it."""
    x, y, _ = state.place
    far = hypot(other[0] - x, other[1] - y)
    step = (far - gap) / 2
    if far < 1e-6 or abs(step) < 0.05:
        return ()
    share = step / far
    target = (x + (other[0] - x) * share, y + (other[1] - y) * share)
    if step < 0:
        return ()
    return Walk(target, 1.4).play(state)


@dataclass(frozen=True, slots=True)
class Fight:
    """Punch, shove and reel for `seconds` against a person whose place is `towards`.

    Both step up to each other first. Different seeds give different orders of blows.
    """

    seconds: float
    towards: Point
    seed: int = 0

    def play(self, state: State) -> tuple[Phase, ...]:
        rng = random.Random(self.seed)
        blows: list[Angles] = []
        for _ in range(8):
            blows += [p.GUARD.angles(), rng.choice(p.BLOWS).angles()]
        loop = Loop(0.2, tuple(blows))
        closing = _closing(state, self.towards, 0.75)
        facing = stay(state, self.seconds, loop, "fighting", self.towards)
        return (*closing, facing[-1]) if closing else facing


@dataclass(frozen=True, slots=True)
class Push:
    """Shove a person or something at `towards` once or, with more `seconds`, again and again."""

    towards: Point
    seconds: float = 1.0

    def play(self, state: State) -> tuple[Phase, ...]:
        loop = Loop(0.25, (p.GUARD.angles(), p.SHOVING.angles(), p.SHOVING.angles(), p.GUARD.angles()))
        return stay(state, self.seconds, loop, "pushing", self.towards)


@dataclass(frozen=True, slots=True)
class Hug:
    """Step up to a person whose place is `towards` and hold each other for `seconds`."""

    seconds: float
    towards: Point

    def play(self, state: State) -> tuple[Phase, ...]:
        closing = _closing(state, self.towards, 0.3)
        hold = Loop(1.6, (p.HUGGING.angles(), replace(p.HUGGING, lean=2, bend=9).angles()))
        facing = stay(state, self.seconds, hold, "hugging", self.towards)
        held = replace(facing[-1], blend=0.6)
        return (*closing, held) if closing else (*facing[:-1], held)
