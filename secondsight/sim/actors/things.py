"""Things that lie about or are carried: bags, boxes, goods, and what falls on a road."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import cos, inf, radians, sin
from typing import Literal

from secondsight.sim.actors.people import Person
from secondsight.sim.body.clothing import colour_name
from secondsight.sim.body.poses import smooth
from secondsight.sim.body.skeleton import Joint
from secondsight.sim.motion.handling import GRIP
from secondsight.sim.motion.timeline import Grip
from secondsight.sim.shapes.rigid import RUBBER, Placement, block, frustum, placed
from secondsight.sim.shapes.shapes import Capsule, Colour, ObjectShape, Shape, Vector

ThingKind = Literal["suitcase", "backpack", "box", "product", "tyre", "plank", "cardboard", "cone"]
_LABELS = {
    "backpack": "suitcase", "tyre": "debris", "plank": "debris", "cardboard": "debris", "cone": "debris",
}  # fmt: skip
_HANDING = 0.3
"""Seconds in which a thing goes over between its resting place and the hand."""


class Thing:
    """Something that stays where it is put.

    Args:
        number: identity, 1..65535; `PickUp`, `Take` and `Carry` refer to it.
        at: its resting place at first, metres; where it is carried from the start, it does not matter.
        heading: degrees clockwise from +y.
        carriers: people whose scripts may hold it.
        start, until: when it is there, seconds; it also comes and goes with the person who brings or takes it.
    """

    def __init__(
        self,
        number: int,
        kind: ThingKind,
        colour: Colour,
        at: Vector = (0.0, 0.0, 0.0),
        *,
        heading: float = 0.0,
        carriers: Sequence[Person] = (),
        start: float = 0.0,
        until: float | None = None,
    ) -> None:
        self.number = number
        self.kind = kind
        self.label = _LABELS.get(kind, kind)
        name = colour_name(colour)
        self.caption = f"{'an' if name[0] in 'aeiou' else 'a'} {name} {kind}"
        self.start, self.until = start, inf if until is None else until
        self._shapes = _build(kind, colour)
        self._holds = sorted(
            ((person, grip) for person in carriers for grip in person.grips if grip.thing == number),
            key=lambda hold: hold[1].start,
        )
        if self._holds and self._holds[0][1].start <= self._holds[0][0].start:
            self.start = max(start, self._holds[0][0].start)
        if self._holds and self._holds[-1][1].end == inf:
            self.until = min(self.until, self._holds[-1][0].until)
        self._rests = [Placement(at, heading)]
        for person, grip in self._holds:
            self._rests.append(_left(person, grip) if grip.end < inf else self._rests[-1])

    def present(self, t: float) -> bool:
        return self.start <= t < self.until

    def spot(self, t: float) -> Placement:
        """Where it is and where it points."""
        number = self._hold(t)
        if number < 0:
            return self._rests[0]
        person, grip = self._holds[number]
        if t < grip.end:
            share = 1.0 if grip.start <= person.start else smooth((t - grip.start) / _HANDING)
            return _towards(self._rests[number], _held(person, grip, t), share)
        share = smooth((t - grip.end) / _HANDING)
        return _towards(_held(person, grip, grip.end), self._rests[number + 1], share)

    def owner(self, t: float) -> int | None:
        """Number of the person who holds it."""
        number = self._hold(t)
        held = number >= 0 and t < self._holds[number][1].end
        return self._holds[number][0].number if held else None

    def place(self, t: float) -> Vector:
        x, y, _ = self.spot(t).place
        return x, y, 0.0

    def body(self, t: float) -> ObjectShape:
        spot = self.spot(t)
        return ObjectShape(self.number, placed(self._shapes, spot), (spot.place[0], spot.place[1], 0.0))

    def attributes(self, t: float) -> Mapping[str, str]:
        """`held`: yes or no."""
        return {"held": "no" if self.owner(t) is None else "yes"}

    def _hold(self, t: float) -> int:
        """Index of the last hold that has begun, -1 before the first."""
        return sum(grip.start <= t for _, grip in self._holds) - 1


def _held(person: Person, grip: Grip, t: float) -> Placement:
    points = person.joints(t)
    heading = person.heading(t)
    forward = sin(radians(heading)), cos(radians(heading))
    right, left = points[Joint.R_HAND].tolist(), points[Joint.L_HAND].tolist()
    if grip.kind == "suitcase":
        return Placement((right[0], right[1], max(right[2] - 0.57, 0.0)), heading)
    if grip.kind == "box":
        x, y, z = ((a + b) / 2 for a, b in zip(right, left, strict=True))
        return Placement((x + 0.08 * forward[0], y + 0.08 * forward[1], z - 0.1), heading)
    if grip.kind == "backpack":
        x, y, z = points[Joint.NECK].tolist()
        return Placement((x - 0.19 * forward[0], y - 0.19 * forward[1], z - 0.44), heading)
    return Placement((right[0] + 0.03 * forward[0], right[1] + 0.03 * forward[1], right[2] - GRIP), heading)


def _left(person: Person, grip: Grip) -> Placement:
    held = _held(person, grip, grip.end)
    return Placement(grip.rest or (held.place[0], held.place[1], person.place(grip.end)[2]), held.heading)


def _towards(one: Placement, other: Placement, share: float) -> Placement:
    if share >= 1.0:
        return other
    x, y, z = (a + (b - a) * share for a, b in zip(one.place, other.place, strict=True))
    arc = (other.heading - one.heading + 180.0) % 360.0 - 180.0
    return Placement((x, y, z), one.heading + arc * share)


def _build(kind: ThingKind, colour: Colour) -> list[Shape]:
    match kind:
        case "suitcase":
            return [
                block((0.0, 0.0, 0.03), (0.42, 0.24, 0.5), colour),
                Capsule((-0.09, 0.0, 0.56), (0.09, 0.0, 0.56), 0.018, 0.018, RUBBER),
            ]
        case "backpack":
            return [
                frustum((0.0, 0.0, 0.0), (0.22, 0.32), (0.14, 0.26, 0.03), 0.46, colour, colour),
                block((-0.12, 0.0, 0.05), (0.06, 0.24, 0.2), colour),
            ]
        case "box":
            tape = (120.0, 170.0, 200.0)
            return [block((0.0, 0.0, 0.0), (0.36, 0.42, 0.3), colour, tape)]
        case "product":
            return [block((0.0, 0.0, 0.0), (0.12, 0.16, 0.24), colour)]
        case "tyre":
            return [Capsule((x, y, 0.11), (u, v, 0.11), 0.11, 0.11, RUBBER) for x, y, u, v in _ring(0.28)]
        case "plank":
            return [block((0.0, 0.0, 0.0), (2.4, 0.22, 0.06), colour)]
        case "cardboard":
            return [
                frustum((0.0, 0.0, 0.0), (0.7, 0.6), (0.62, 0.5, 0.06), 0.32, colour, colour),
                block((0.5, 0.1, 0.0), (0.4, 0.5, 0.02), colour),
            ]
        case "cone":
            white = (230.0, 230.0, 230.0)
            return [
                block((0.0, 0.0, 0.0), (0.4, 0.4, 0.05), colour),
                Capsule((0.0, 0.0, 0.15), (0.0, 0.0, 0.7), 0.14, 0.04, colour),
                Capsule((0.0, 0.0, 0.36), (0.0, 0.0, 0.44), 0.105, 0.09, white),
            ]


def _ring(radius: float, count: int = 6) -> list[tuple[float, float, float, float]]:
    step = 360.0 / count
    points = [(radius * cos(radians(i * step)), radius * sin(radians(i * step))) for i in range(count + 1)]
    return [(*one, *other) for one, other in pairwise(points)]
