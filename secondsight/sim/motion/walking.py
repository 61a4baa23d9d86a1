"""Moves on two feet, and what all moves need to know about places and directions.

Positions are ground points (x, y) in metres, headings degrees clockwise from +y, times seconds.
"""

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin
from typing import Literal

from secondsight.sim.body.gait import RUNNING, Gait, gait, natural_stride, stepping
from secondsight.sim.body.poses import OVERLAYS, Angles
from secondsight.sim.motion.timeline import Clip, Phase, Posture, State, arc_to
from secondsight.sim.shapes.shapes import Vector

Point = tuple[float, float]
Manner = Literal["", "phone", "push"]
"""What the arms do while walking: swing, hold a phone to the ear, push a cart."""
_TURN_RATE = 220.0
"""Degrees per second of a person who turns on the spot."""
_SHARP = 100.0
"""Degrees of a turn that people make before they walk on, not while."""


def heading_to(place: Vector, towards: Point) -> float:
    """Degrees clockwise from +y."""
    return degrees(atan2(towards[0] - place[0], towards[1] - place[1]))


def facing(state: State, towards: Point | None) -> float | None:
    """The heading to `towards`; None where there is none to turn to."""
    if towards is None or hypot(towards[0] - state.place[0], towards[1] - state.place[1]) < 1e-6:
        return None
    return heading_to(state.place, towards)


def ahead(state: State, metres: float) -> Vector:
    """The point so far in front."""
    angle = radians(state.heading)
    x, y, z = state.place
    return x + sin(angle) * metres, y + cos(angle) * metres, z


@dataclass(frozen=True, slots=True)
class _Steps:
    """Clip: the gait cycle, from `start` of it on, `rate` cycles per second."""

    walk: Gait
    start: float
    rate: float
    manner: Manner

    def __call__(self, seconds: float) -> Angles:
        angles = stepping(self.walk, (self.start + seconds * self.rate) % 1.0)
        overlay = OVERLAYS.get(self.manner)
        return overlay(angles, 1.0) if overlay else angles


@dataclass(frozen=True, slots=True)
class Walk:
    """Go in a straight line to `to`.

    Attributes:
        speed: metres per second; from 2.2 on it is a run.
        manner: what the arms do meanwhile.
        level: height of the floor at the end, metres; None for the same floor.
    """

    to: Point
    speed: float = 1.3
    manner: Manner = ""
    level: float | None = None

    def play(self, state: State) -> tuple[Phase, ...]:
        x, y, z = state.place
        far = hypot(self.to[0] - x, self.to[1] - y)
        if far < 1e-6:
            return ()
        heading = heading_to(state.place, self.to)
        arc = abs(arc_to(state.heading, heading))
        before = Turn(heading).play(state) if arc > _SHARP else ()
        # Over less than a step nobody gets up to speed.
        speed = min(self.speed, far / 0.45)
        seconds = far / speed
        steps = max(1, round(2 * far / natural_stride(speed, state.height)))
        walk = gait(speed, 2 * far / steps, state.height)
        start = walk.stance / 2 if state.step is None or before else state.step
        posture: Posture = "running" if speed >= RUNNING else "walking"
        action = {"phone": "phoning", "push": "pushing"}.get(self.manner, posture)
        phase = Phase(
            seconds,
            _Steps(walk, start, steps / 2 / seconds, self.manner),
            posture,
            action,
            blend=0.4,
            to=(self.to[0], self.to[1], z if self.level is None else self.level),
            facing=heading,
            turning=0.0 if before else min(arc / _TURN_RATE + 1e-3, seconds),
            step=(start + steps / 2) % 1.0,
        )
        return (*before, phase)


@dataclass(frozen=True, slots=True)
class Run:
    """Run in a straight line to `to`; `speed` in metres per second."""

    to: Point
    speed: float = 3.4

    def play(self, state: State) -> tuple[Phase, ...]:
        return Walk(self.to, max(self.speed, RUNNING)).play(state)


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn on the spot, treading, to `heading`."""

    heading: float

    def play(self, state: State) -> tuple[Phase, ...]:
        arc = abs(arc_to(state.heading, self.heading))
        if arc < 1e-6:
            return ()
        seconds = max(arc / _TURN_RATE, 0.1)
        tread = gait(0.5, 0.06, state.height)
        clip = _Steps(tread, tread.stance / 2, 1.5, "")
        return (
            Phase(
                seconds, clip, "standing", "turning", min(0.2, seconds), facing=self.heading, turning=seconds
            ),
        )


def stay(
    state: State, seconds: float, clip: Clip, action: str, towards: Point | None = None
) -> tuple[Phase, ...]:
    """Upright on the spot, after turning to `towards`."""
    heading = facing(state, towards)
    before = Turn(heading).play(state) if heading is not None else ()
    return (*before, Phase(seconds, clip, "standing", action))
