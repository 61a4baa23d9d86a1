"""Vehicles that follow a route; what stops on it is what motorway rules look for."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import atan2, degrees, hypot, inf, pi, sin
from typing import Literal

from secondsight.sim.actors.vehicle_models import LAMP, MAKES, Saddle
from secondsight.sim.body.clothing import Looks, colour_name
from secondsight.sim.body.poses import INDEX
from secondsight.sim.body.skeleton import dressed, joints
from secondsight.sim.shapes.rigid import Placement, placed
from secondsight.sim.shapes.shapes import Colour, ObjectShape, Puff, Shape, Vector

VehicleKind = Literal[
    "car", "van", "truck", "bus", "bicycle", "motorcycle", "scooter", "forklift", "excavator"
]


@dataclass(frozen=True, slots=True)
class RouteStop:
    """A point of a route.

    Attributes:
        x, y: metres.
        speed: on passing it, metres per second; between two points it changes evenly. 0 stops there.
        wait: seconds that a stop lasts.
    """

    x: float
    y: float
    speed: float
    wait: float = 0.0


class Route:
    """Where something on a polyline is, by time.

    Args:
        ways: at least one; two points in a row cannot both have speed 0, for nothing would ever arrive.
        start: seconds at which the first is left (or its wait begins).

    Raises:
        ValueError: no points, or a stretch that is never passed.
    """

    def __init__(self, ways: Sequence[RouteStop], start: float) -> None:
        if not ways:
            raise ValueError("a route needs at least one point")
        self.ways = tuple(ways)
        self._marks = [0.0]
        self._leave = [start + ways[0].wait]
        self._arrive = [start]
        for one, other in pairwise(ways):
            length = hypot(other.x - one.x, other.y - one.y)
            if one.speed + other.speed <= 0:
                raise ValueError(f"nothing moves from ({one.x}, {one.y}) to ({other.x}, {other.y})")
            self._marks.append(self._marks[-1] + length)
            self._arrive.append(self._leave[-1] + 2 * length / (one.speed + other.speed))
            self._leave.append(self._arrive[-1] + other.wait)
        self.end = self._leave[-1]

    def travelled(self, t: float) -> float:
        """Metres along the route."""
        number = max(bisect_right(self._arrive, t) - 1, 0)
        if t <= self._leave[number] or number + 1 == len(self.ways):
            return self._marks[number]
        since = t - self._leave[number]
        one, other = self.ways[number].speed, self.ways[number + 1].speed
        gain = (other - one) / (self._arrive[number + 1] - self._leave[number])
        return self._marks[number] + one * since + gain * since * since / 2

    def speed(self, t: float) -> float:
        """Metres per second."""
        number = max(bisect_right(self._arrive, t) - 1, 0)
        if t < self._leave[number] or number + 1 == len(self.ways) or t < self._arrive[0]:
            return 0.0
        share = (t - self._leave[number]) / (self._arrive[number + 1] - self._leave[number])
        one, other = self.ways[number].speed, self.ways[number + 1].speed
        return one + (other - one) * share

    def point(self, travelled: float) -> tuple[float, float]:
        """Metres along the route to (x, y); before and after it goes on straight."""
        if len(self.ways) == 1:
            return self.ways[0].x, self.ways[0].y
        number = min(max(bisect_right(self._marks, travelled), 1), len(self.ways) - 1)
        one, other = self.ways[number - 1], self.ways[number]
        share = (travelled - self._marks[number - 1]) / (self._marks[number] - self._marks[number - 1])
        return one.x + (other.x - one.x) * share, one.y + (other.y - one.y) * share


class Vehicle:
    """Something with wheels or tracks on a route.

    Args:
        number: identity, 1..65535.
        heading: degrees clockwise from +y, for a route of one point; else it follows the route.
        rider: who sits on a bicycle, motorcycle or scooter; nobody if None.
        lights: whether its headlights shine.
        until: seconds at which it is gone. If None, it is gone at the end of its route if it is still moving there,
            and stays for ever if its last point is a stop.

    Attributes:
        end: when its route ends.
    """

    def __init__(
        self,
        number: int,
        kind: VehicleKind,
        colour: Colour,
        route: Sequence[RouteStop],
        start: float = 0.0,
        *,
        heading: float = 0.0,
        rider: Looks | None = None,
        lights: bool = False,
        until: float | None = None,
    ) -> None:
        self.number = number
        self._make = MAKES[kind]
        self.kind = kind
        self.label = self._make.label
        self.start = start
        self._route = Route(route, start)
        self.end = self._route.end
        moving = len(route) > 1 and route[-1].speed > 0
        self.until = until if until is not None else self.end if moving else inf
        self._heading = heading
        self._rider = rider
        self._shapes = self._make.build(colour)
        if lights:
            self._shapes += [Puff(place, 0.22, LAMP, 0.85, 1.0) for place in self._make.lamps]
        self.caption = f"{_article(colour_name(colour))} {self._make.word}"
        if rider is not None and self._make.saddle is not None:
            self.caption += f" with {rider.caption()}"

    def present(self, t: float) -> bool:
        return self.start <= t < self.until

    def heading(self, t: float) -> float:
        """Degrees clockwise from +y: along the chord of its own length, so that it turns into a bend."""
        if len(self._route.ways) == 1:
            return self._heading
        middle = self._route.travelled(t)
        back, front = (self._route.point(middle + side * self._make.length / 2) for side in (-1, 1))
        return degrees(atan2(front[0] - back[0], front[1] - back[1]))

    def place(self, t: float) -> Vector:
        return (*self._route.point(self._route.travelled(t)), 0.0)

    def speed(self, t: float) -> float:
        """Metres per second."""
        return self._route.speed(t)

    def body(self, t: float) -> ObjectShape:
        place, heading = self.place(t), self.heading(t)
        shapes = placed(self._shapes, Placement(place, heading))
        if self._rider is not None and self._make.saddle is not None:
            shapes += _seated(self._rider, self._make.saddle, place, heading, self._route.travelled(t))
        return ObjectShape(self.number, shapes, place)

    def attributes(self, t: float) -> Mapping[str, str]:
        """`motion`: moving or stopped."""
        return {"motion": "moving" if self.speed(t) > 0.2 else "stopped"}


def _seated(looks: Looks, saddle: Saddle, place: Vector, heading: float, travelled: float) -> list[Shape]:
    angles = saddle.pose.angles()
    if saddle.pedals:
        angles = angles.copy()
        for side, offset in (("l", 0.0), ("r", pi)):
            push = sin(travelled * 2 * pi / 5.0 + offset)
            angles[INDEX[f"{side}_thigh"]] += 0.42 * push
            angles[INDEX[f"{side}_knee"]] += 0.5 * push
    height = looks.height
    points = joints(angles, height, place, heading)
    return dressed(points, height, replace(looks, helmet_in_hand=False))


def _article(text: str) -> str:
    return f"an {text}" if text[0] in "aeiou" else f"a {text}"
