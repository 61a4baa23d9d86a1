"""The lines of a person's script. Each is a frozen value that says what is done, for how long and towards what.

Positions are ground points (x, y) in metres, headings degrees clockwise from +y, times seconds.
"""

from dataclasses import dataclass, replace
from typing import Literal

from secondsight.sim.body import poses as p
from secondsight.sim.body.poses import Angles, Pose, mirrored
from secondsight.sim.motion.handling import Carry, PickUp, PutBack, PutDown, Reach, Take
from secondsight.sim.motion.timeline import Clip, Hold, Keys, Loop, Phase, Posture, State, leaning
from secondsight.sim.motion.together import Fight, Hug, Push
from secondsight.sim.motion.walking import Manner, Point, Run, Turn, Walk, ahead, heading_to, stay

__all__ = [
    "Bend", "Carry", "Climb", "Crouch", "Fall", "Fight", "GetUp", "HandAtHead", "Hug", "LieDown",
    "Manner", "PhoneAtEar", "PickUp", "Point", "Push", "PutBack", "PutDown", "Reach", "Run", "Sit",
    "SmokeCigarette", "Stand", "Stumble", "Take", "TieShoe", "Turn", "Walk",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stand:
    """Stand and look about, after turning to `towards` if it is given."""

    seconds: float
    towards: Point | None = None

    def play(self, state: State) -> tuple[Phase, ...]:
        idle = Loop(1.9, (p.STANDING.angles(), p.SHIFTED.angles(), p.STANDING.angles(), p.LOOKING.angles()))
        return stay(state, self.seconds, idle, "standing", self.towards)


@dataclass(frozen=True, slots=True)
class PhoneAtEar:
    """Stand with a phone at the ear."""

    seconds: float
    towards: Point | None = None

    def play(self, state: State) -> tuple[Phase, ...]:
        loop = Loop(2.3, (p.PHONING.angles(), replace(p.PHONING, twist=14, nod=14, lean=3).angles()))
        return stay(state, self.seconds, loop, "phoning", self.towards)


@dataclass(frozen=True, slots=True)
class HandAtHead:
    """Stand with a bare hand at the head, as who scratches it, thinks or holds on to a hat."""

    seconds: float
    towards: Point | None = None

    def play(self, state: State) -> tuple[Phase, ...]:
        loop = Loop(1.7, (p.HAND_AT_HEAD.angles(), replace(p.HAND_AT_HEAD, twist=-10, nod=2).angles()))
        return stay(state, self.seconds, loop, "hand_at_head", self.towards)


@dataclass(frozen=True, slots=True)
class SmokeCigarette:
    """Stand and smoke: the hand goes to the mouth and down again."""

    seconds: float
    towards: Point | None = None

    def play(self, state: State) -> tuple[Phase, ...]:
        down, up = p.SMOKING_DOWN.angles(), p.SMOKING_UP.angles()
        return stay(state, self.seconds, Loop(0.9, (down, up, up, down, down)), "smoking", self.towards)


def _settle(pose: Pose, within: float, seconds: float, posture: Posture, action: str) -> Phase:
    return Phase(within + seconds, Hold(pose.angles()), posture, action, blend=within)


@dataclass(frozen=True, slots=True)
class Sit:
    """Sit down, on a bench 0.45 m high behind the person or on the ground, and stay for `seconds`."""

    seconds: float
    on: Literal["bench", "ground"] = "bench"

    def play(self, state: State) -> tuple[Phase, ...]:
        if self.on == "bench":
            return (_settle(p.SITTING, 1.1, self.seconds, "sitting", "sitting"),)
        down = _settle(p.CROUCHING, 0.8, 0.0, "crouching", "sitting_down")
        return down, _settle(p.ON_GROUND, 0.7, self.seconds, "sitting", "sitting")


@dataclass(frozen=True, slots=True)
class Crouch:
    """Squat down and stay for `seconds`."""

    seconds: float

    def play(self, state: State) -> tuple[Phase, ...]:
        return (_settle(p.CROUCHING, 0.8, self.seconds, "crouching", "crouching"),)


@dataclass(frozen=True, slots=True)
class TieShoe:
    """Go down on one knee and tie a shoe for `seconds`; `quick` goes down as fast as a person who falls."""

    seconds: float
    quick: bool = False

    def play(self, state: State) -> tuple[Phase, ...]:
        down = 0.5 if self.quick else 0.9
        pull = replace(p.TYING, l_fold=2, r_fold=2, l_elbow=22, r_elbow=22, nod=20)
        loop = Loop(0.45, (p.TYING.angles(), pull.angles()))
        return (Phase(down + self.seconds, loop, "crouching", "tying_shoe", blend=down),)


@dataclass(frozen=True, slots=True)
class Bend:
    """Bend down from the hips and stay for `seconds`."""

    seconds: float

    def play(self, state: State) -> tuple[Phase, ...]:
        return (_settle(p.BENDING, 0.7, self.seconds, "bending", "bending"),)


@dataclass(frozen=True, slots=True)
class Stumble:
    """Trip, lurch forward and catch oneself."""

    seconds: float = 1.3

    def play(self, state: State) -> tuple[Phase, ...]:
        lurch, catch = p.LURCHING.angles(), p.CATCHING.angles()
        times = (0.0, 0.28 * self.seconds, 0.6 * self.seconds, self.seconds)
        clip = Keys(times, (state.angles, lurch, catch, p.STANDING.angles()))
        return (Phase(self.seconds, clip, "walking", "stumbling", 0.15, to=ahead(state, 0.7)),)


@dataclass(frozen=True, slots=True)
class Fall:
    """Fall and lie for `lie` seconds; `seconds` is the way down.

    Attributes:
        direction: as seen by who falls.
    """

    direction: p.Direction = "forward"
    lie: float = 5.0
    seconds: float = 0.8

    def play(self, state: State) -> tuple[Phase, ...]:
        buckle, half, flat = p.FALLS[self.direction]
        keys = (state.angles, buckle.angles(), half.angles(), flat.angles())
        times = (0.0, 0.3 * self.seconds, 0.65 * self.seconds, self.seconds)
        fall = Phase(self.seconds, Keys(times, keys, power=1.5), "falling", "falling", 0.0)
        return fall, Phase(self.lie, Hold(flat.angles()), "lying", "lying", 0.0)


@dataclass(frozen=True, slots=True)
class LieDown:
    """Lie down on the back with care, as under a machine, and work there for `seconds`."""

    seconds: float
    action: str = "repairing"

    def play(self, state: State) -> tuple[Phase, ...]:
        busy = p.REPAIRING, replace(p.REPAIRING, l_elbow=60, r_elbow=25, r_arm=80)
        loop = Loop(0.8, tuple(pose.angles() for pose in busy))
        return (
            _settle(p.CROUCHING, 0.9, 0.0, "crouching", "lying_down"),
            _settle(p.ON_GROUND, 0.9, 0.0, "sitting", "lying_down"),
            Phase(1.2 + self.seconds, loop, "lying", self.action, blend=1.2),
        )


@dataclass(frozen=True, slots=True)
class GetUp:
    """Stand up from whatever the person is in."""

    def play(self, state: State) -> tuple[Phase, ...]:
        if state.posture not in ("lying", "falling"):
            return (_settle(p.STANDING, 0.9, 0.1, "standing", "getting_up"),)
        on_back = leaning(state.angles) < -60
        via = (p.ON_GROUND, p.CROUCHING) if on_back else (p.ON_ALL_FOURS, p.KNEELING)
        return (
            _settle(via[0], 1.0, 0.0, "sitting" if on_back else "crouching", "getting_up"),
            _settle(via[1], 0.8, 0.0, "crouching", "getting_up"),
            _settle(p.STANDING, 0.8, 0.1, "standing", "getting_up"),
        )


@dataclass(frozen=True, slots=True)
class Climb:
    """Climb over a fence, or up and down an edge, to `to`.

    Attributes:
        height: of what is climbed over, metres above the higher floor.
        level: of the floor beyond, metres; None for the same floor.
    """

    to: Point
    height: float = 1.2
    seconds: float = 3.0
    level: float | None = None

    def play(self, state: State) -> tuple[Phase, ...]:
        x, y, z = state.place
        level = z if self.level is None else self.level
        tall, part = state.height, self.seconds / 4
        top = max(z, level) + self.height
        before, over = (
            (x + (self.to[0] - x) * share, y + (self.to[1] - y) * share, floor)
            for share, floor in ((0.35, z), (0.55, level))
        )
        pull = Loop(0.45, (p.CLIMBING.angles(), mirrored(p.CLIMBING).angles()))
        rest, land = p.STRADDLING.angles(), Keys((0.0, part), (p.STRADDLING.angles(), p.LANDING.angles()))
        half, high = (top - z) * 0.5 / tall, (top - 0.3 - level) / tall
        up = _Raised(pull, 0.0, half, 2 * part)
        across = _Raised(Hold(rest), half + (z - level) / tall, high, part)
        down = _Raised(land, high, 0.0, part)
        return (
            Phase(2 * part, up, "climbing", "climbing", 0.4, before, heading_to(state.place, self.to), 0.4),
            Phase(part, across, "climbing", "climbing", 0.4, over),
            Phase(part, down, "climbing", "climbing", 0.2, (*self.to, level)),
        )


@dataclass(frozen=True, slots=True)
class _Raised:
    """Clip: another one, lifted off the floor by `first` to `last` body heights in the course of `seconds`."""

    clip: Clip
    first: float
    last: float
    seconds: float

    def __call__(self, seconds: float) -> Angles:
        angles = self.clip(seconds).copy()
        angles[p.INDEX["lift"]] += self.first + (self.last - self.first) * min(seconds / self.seconds, 1.0)
        return angles
