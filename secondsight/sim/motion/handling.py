"""Moves that take, hold and leave things; a `Thing` with the number follows the hand."""

from dataclasses import dataclass

from secondsight.sim.body import poses as p
from secondsight.sim.motion.timeline import Grasp, Held, Hold, Keys, Phase, State
from secondsight.sim.motion.walking import Point, Turn, facing

GRIP = 0.1
"""Metres from a product's bottom to where the hand holds it."""


@dataclass(frozen=True, slots=True)
class Carry:
    """Have a thing in the hands from here on, without picking it up."""

    thing: int
    kind: Held = "suitcase"

    def play(self, state: State) -> tuple[Phase, ...]:
        hold = Hold(state.angles)
        return (Phase(1e-3, hold, state.posture, "standing", 0.0, grasp=Grasp(0.0, self.thing, self.kind)),)


@dataclass(frozen=True, slots=True)
class PickUp:
    """Bend down and take a thing from the ground in front."""

    thing: int
    kind: Held = "suitcase"

    def play(self, state: State) -> tuple[Phase, ...]:
        return _stoop(state, Grasp(0.75, self.thing, self.kind), "picking_up", self.kind)


@dataclass(frozen=True, slots=True)
class PutDown:
    """Bend down and put what is held on the ground in front."""

    def play(self, state: State) -> tuple[Phase, ...]:
        return _stoop(state, Grasp(0.75), "putting_down", "suitcase")


def _stoop(state: State, grasp: Grasp, action: str, kind: Held) -> tuple[Phase, ...]:
    low = (p.STOOPING if kind == "suitcase" else p.BENDING).angles()
    return (
        Phase(0.85, Keys((0.0, 0.7), (state.angles, low)), "bending", action, 0.2, grasp=grasp),
        Phase(0.7, Hold(p.STANDING.angles()), "standing", action, 0.65),
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """Reach out to something at `towards`, `height` metres above the ground, and keep the hand there."""

    seconds: float
    towards: Point | None = None
    height: float = 1.4

    def play(self, state: State) -> tuple[Phase, ...]:
        return _reaching(state, self.towards, self.height, self.seconds, "reaching", None)


@dataclass(frozen=True, slots=True)
class Take:
    """Take a thing from a shelf at `towards`, `height` metres above the ground."""

    thing: int
    towards: Point | None = None
    height: float = 1.4
    kind: Held = "product"

    def play(self, state: State) -> tuple[Phase, ...]:
        grasp = Grasp(0.8, self.thing, self.kind)
        return _reaching(state, self.towards, self.height + GRIP, 0.4, "taking", grasp)


@dataclass(frozen=True, slots=True)
class PutBack:
    """Put what is held on a shelf at `towards`, `height` metres above the ground."""

    towards: Point
    height: float = 1.4

    def play(self, state: State) -> tuple[Phase, ...]:
        grasp = Grasp(0.9, rest=(*self.towards, self.height))
        return _reaching(state, self.towards, self.height + GRIP, 0.4, "putting_back", grasp)


def _reaching(
    state: State, towards: Point | None, height: float, seconds: float, action: str, grasp: Grasp | None
) -> tuple[Phase, ...]:
    pose = p.reaching((height - state.place[2]) / state.height).angles()
    times = (0.0, 0.6, 0.6 + seconds, 1.2 + seconds)
    heading = facing(state, towards)
    before = Turn(heading).play(state) if heading is not None else ()
    begin = p.STANDING.angles() if before else state.angles
    clip = Keys(times, (begin, pose, pose, p.STANDING.angles()))
    return (*before, Phase(times[-1], clip, "standing", action, 0.2, grasp=grasp))
