"""A script as phases with known times and places, so that any moment can be drawn without those before it."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import pi
from typing import Literal, Protocol

from secondsight.sim.body.poses import INDEX, STANDING, Angles, mix, smooth
from secondsight.sim.shapes.shapes import Vector

Posture = Literal[
    "standing", "walking", "running", "sitting", "crouching", "bending", "lying", "falling", "climbing"
]
Held = Literal["suitcase", "backpack", "box", "product"]
Clip = Callable[[float], Angles]
"""Seconds since a phase began to the posture; pure."""
_QUICKEST = 6.0
"""Radians per second at which a joint goes over from one phase's posture to the next's, at most."""
UPRIGHT: tuple[Posture, ...] = ("standing", "walking", "running", "climbing")


@dataclass(frozen=True, slots=True)
class Grasp:
    """A change of what the hands hold.

    Attributes:
        thing: number of the `Thing` that is taken; None lets go of what is held.
        after: seconds since the phase began.
        rest: where the thing is left, metres; None for the ground below the hand.
    """

    after: float
    thing: int | None = None
    kind: Held = "suitcase"
    rest: Vector | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """What a move asks for: one clip of postures on the way from where the person is to `to`.

    Attributes:
        blend: seconds in which the posture before goes over into the clip; half of it is still that posture by name.
            It takes longer where limbs would have to whirl; 0 is a clip that begins in the posture before.
        facing: heading reached after `turning` seconds, degrees.
        step: phase of the gait cycle at the end, if it ends in mid-stride.
    """

    seconds: float
    clip: Clip
    posture: Posture
    action: str
    blend: float = 0.3
    to: Vector | None = None
    facing: float | None = None
    turning: float = 0.0
    grasp: Grasp | None = None
    step: float | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Where a script has come to."""

    time: float
    place: Vector
    heading: float
    height: float
    angles: Angles
    posture: Posture = "standing"
    step: float | None = None


class Move(Protocol):
    """One line of a script."""

    def play(self, state: State) -> tuple[Phase, ...]:
        """The phases that lead on from `state`."""
        ...


@dataclass(frozen=True, slots=True)
class Grip:
    """A thing in a person's hands from `start` to `end`; `fade` is when the arms begin to let go."""

    thing: int
    kind: Held
    start: float
    fade: float
    end: float
    rest: Vector | None


@dataclass(frozen=True, slots=True)
class _Span:
    """A phase at its time and place."""

    phase: Phase
    start: State

    def place(self, t: float) -> Vector:
        one, other = self.start.place, self.phase.to
        if other is None:
            return one
        share = min(max((t - self.start.time) / self.phase.seconds, 0.0), 1.0)
        return (
            one[0] + (other[0] - one[0]) * share,
            one[1] + (other[1] - one[1]) * share,
            one[2] + (other[2] - one[2]) * share,
        )

    def heading(self, t: float) -> float:
        if self.phase.facing is None:
            return self.start.heading
        arc = arc_to(self.start.heading, self.phase.facing)
        share = (t - self.start.time) / self.phase.turning if self.phase.turning else 1.0
        return self.start.heading + arc * smooth(share)

    def angles(self, t: float) -> Angles:
        since = max(t - self.start.time, 0.0)
        angles = self.phase.clip(since)
        if since < self.phase.blend:
            return mix(self.start.angles, angles, smooth(since / self.phase.blend))
        return angles

    def posture(self, t: float) -> Posture:
        late = t - self.start.time >= self.phase.blend / 2
        return self.phase.posture if late else self.start.posture


class Timeline:
    """All phases of a script, compiled once.

    Args:
        script: moves, one after the other. A person who sits, crouches or lies gets up before the next upright move.
        start: seconds at which the first begins.
        rise: the move that gets up.

    Attributes:
        end: when the last move ends; its posture is held from then on.
        grips: what is held, when.
    """

    def __init__(
        self, script: Sequence[Move], start: float, place: Vector, heading: float, height: float, rise: Move
    ) -> None:
        state = State(start, place, heading, height, STANDING.angles())
        spans: list[_Span] = []
        for move in script:
            phases = move.play(state)
            if phases and state.posture not in UPRIGHT and phases[0].posture in UPRIGHT and move != rise:
                state = _extend(spans, state, rise.play(state))
                phases = move.play(state)
            state = _extend(spans, state, phases)
        self.end = state.time
        self.grips = _grips(spans)
        still = state.posture if state.posture not in UPRIGHT else "standing"
        last = STANDING.angles() if still == "standing" else state.angles
        _extend(spans, state, (Phase(1.0, Hold(last), still, still),))
        self._spans = spans
        self._starts = [span.start.time for span in spans]

    def _at(self, t: float) -> _Span:
        return self._spans[max(bisect_right(self._starts, t) - 1, 0)]

    def place(self, t: float) -> Vector:
        return self._at(t).place(t)

    def heading(self, t: float) -> float:
        return self._at(t).heading(t)

    def angles(self, t: float) -> Angles:
        return self._at(t).angles(t)

    def posture(self, t: float) -> Posture:
        return self._at(t).posture(t)

    def action(self, t: float) -> str:
        return self._at(t).phase.action


def _extend(spans: list[_Span], state: State, phases: Sequence[Phase]) -> State:
    for phase in phases:
        far = float(abs(phase.clip(0.0) - state.angles).max())
        blend = max(phase.blend, far / _QUICKEST) if phase.blend else 0.0
        span = _Span(replace(phase, blend=blend), state)
        spans.append(span)
        end = state.time + phase.seconds
        state = replace(
            state,
            time=end,
            place=span.place(end),
            heading=span.heading(end),
            angles=span.angles(end),
            posture=span.posture(end),
            step=phase.step,
        )
    return state


def _grips(spans: Sequence[_Span]) -> tuple[Grip, ...]:
    grips: list[Grip] = []
    for span in spans:
        grasp, begin = span.phase.grasp, span.start.time
        if grasp is None:
            continue
        at = begin + grasp.after
        if grips and grips[-1].end == float("inf"):
            grips[-1] = replace(grips[-1], fade=begin, end=at, rest=grasp.rest)
        if grasp.thing is not None:
            grips.append(Grip(grasp.thing, grasp.kind, at, float("inf"), float("inf"), None))
    return tuple(grips)


def arc_to(heading: float, target: float) -> float:
    """The shorter way to turn from one heading to another, degrees, clockwise positive."""
    return (target - heading + 180.0) % 360.0 - 180.0


@dataclass(frozen=True, slots=True)
class Hold:
    """A clip that stays in one posture."""

    angles: Angles

    def __call__(self, seconds: float) -> Angles:
        return self.angles


@dataclass(frozen=True, slots=True)
class Keys:
    """A clip through key postures, once.

    Attributes:
        times: seconds of the keys, rising from 0.
        power: 0 slows down at each key; above, the whole runs as (time / last) ** power, as a fall does.
    """

    times: tuple[float, ...]
    angles: tuple[Angles, ...]
    power: float = 0.0

    def __call__(self, seconds: float) -> Angles:
        last = self.times[-1]
        seconds = min(max(seconds, 0.0), last)
        if self.power:
            seconds = last * (seconds / last) ** self.power
        after = min(bisect_right(self.times, seconds), len(self.times) - 1)
        begin, end = self.times[after - 1], self.times[after]
        share = (seconds - begin) / (end - begin)
        return mix(self.angles[after - 1], self.angles[after], share if self.power else smooth(share))


@dataclass(frozen=True, slots=True)
class Loop:
    """A clip that goes round key postures, `beat` seconds from one to the next."""

    beat: float
    angles: tuple[Angles, ...]

    def __call__(self, seconds: float) -> Angles:
        beats = seconds / self.beat
        number = int(beats)
        count = len(self.angles)
        return mix(self.angles[number % count], self.angles[(number + 1) % count], smooth(beats - number))


def leaning(angles: Angles) -> float:
    """How far the body leans forward, degrees; lying on the back is below -60, on the face above 60."""
    return float(angles[INDEX["pitch"]]) * 180.0 / pi
