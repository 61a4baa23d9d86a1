"""How scenes are built: boxes, poles and marks along the axes, mirrored as a whole or not, so that one plan gives two
different-looking places.
"""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from secondsight.ground_truth import Geometry
from secondsight.sim.rendering.render import Backdrop
from secondsight.sim.scenes.scene import Block, Point, Spot
from secondsight.sim.shapes.shapes import Capsule, Colour, GroundPatch, ObjectShape, Shape, Vector, box

YELLOW: Colour = (40.0, 200.0, 235.0)
WHITE: Colour = (225.0, 225.0, 222.0)
DARK: Colour = (48.0, 46.0, 45.0)
STEEL: Colour = (150.0, 145.0, 140.0)
RED: Colour = (50.0, 50.0, 190.0)
GREEN: Colour = (70.0, 140.0, 50.0)
BLUE: Colour = (165.0, 95.0, 40.0)
ORANGE: Colour = (30.0, 115.0, 230.0)


@dataclass(slots=True)
class Kit:
    """Collects what stands in a scene.

    Attributes:
        flip: whether left and right are exchanged.
    """

    flip: bool
    bodies: list[ObjectShape] = field(default_factory=list)
    occluders: list[ObjectShape] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def at(self, x: float, y: float) -> Point:
        return (-x if self.flip else x), y

    def heading(self, degrees: float) -> float:
        return -degrees if self.flip else degrees

    def spot(self, at: Point, towards: Point, zone: str | None = None, lanes: tuple[int, ...] = ()) -> Spot:
        return Spot(self.at(*at), self.at(*towards), zone, lanes)

    def area(self, *corners: Sequence[float]) -> tuple[Vector, ...]:
        """A polygon; corners (x, y) lie on the ground."""
        return tuple((*self.at(c[0], c[1]), c[2] if len(c) > 2 else 0.0) for c in corners)

    def box(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        z: tuple[float, float],
        colour: Colour,
        top: Colour | None = None,
        *,
        hides: bool = False,
        heading: float = 0.0,
    ) -> None:
        """An upright box between coordinates, turned by `heading` about its middle; with `hides` it may stand before
        people.
        """
        middle = self.at((x[0] + x[1]) / 2, (y[0] + y[1]) / 2)
        size = (y[1] - y[0], x[1] - x[0], z[1] - z[0])
        solid = box((*middle, z[0]), size, self.heading(heading), colour, top)
        self._add((solid,), middle, hides)
        if hides:
            low, high = solid.vertices.min(0).tolist(), solid.vertices.max(0).tolist()
            self.blocks.append(Block(tuple(low), tuple(high)))

    def pole(
        self,
        x: float,
        y: float,
        z: tuple[float, float],
        radius: float,
        colour: Colour,
        *,
        hides: bool = False,
    ) -> None:
        place = self.at(x, y)
        self._add((Capsule((*place, z[0]), (*place, z[1]), radius, radius, colour),), place, hides)

    def rail(self, one: Vector, other: Vector, radius: float, colour: Colour, *, hides: bool = False) -> None:
        """A thin bar from point to point."""
        a, b = (*self.at(*one[:2]), one[2]), (*self.at(*other[:2]), other[2])
        self._add((Capsule(a, b, radius, radius, colour),), ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), hides)

    def mark(self, corners: Sequence[Point], colour: Colour, opacity: float = 1.0) -> None:
        """A flat polygon on the ground."""
        flat = np.array([(*self.at(*corner), 0.0) for corner in corners], dtype=np.float32)
        middle = flat.mean(0).tolist()
        self.bodies.append(ObjectShape(0, (GroundPatch(flat, colour, opacity),), (middle[0], middle[1], 0.0)))

    def strip(
        self, x: tuple[float, float], y: tuple[float, float], colour: Colour, opacity: float = 1.0
    ) -> None:
        """A flat rectangle on the ground."""
        self.mark([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])], colour, opacity)

    def arrow(self, x: float, y: float, length: float, colour: Colour, heading: float = 0.0) -> None:
        """An arrow on the ground that points to `heading`, degrees clockwise from +y."""
        turn = math.radians(heading)
        outlines = (
            [(-0.12, -0.5), (0.12, -0.5), (0.12, 0.1), (-0.12, 0.1)],
            [(-0.35, 0.1), (0.35, 0.1), (0.0, 0.5)],
        )
        for corners in outlines:
            self.mark(
                [
                    (
                        x + length * (u * math.cos(turn) + v * math.sin(turn)),
                        y + length * (v * math.cos(turn) - u * math.sin(turn)),
                    )
                    for u, v in corners
                ],
                colour,
                0.85,
            )

    def backdrop(self, ground: Colour, sky: Colour) -> Backdrop:
        return Backdrop(ground, sky, tuple(self.bodies), tuple(self.occluders))

    def geometry(self, position: Vector, pan: float, tilt: float, focal: float, k1: float) -> Geometry:
        return Geometry(
            position=(round(self.at(*position[:2])[0], 3), round(position[1], 3), round(position[2], 3)),
            pan=round(self.heading(pan), 2),
            tilt=round(tilt, 2),
            focal=round(focal, 3),
            distortion=round(k1, 4),
        )

    def _add(self, shapes: tuple[Shape, ...], place: Point, hides: bool) -> None:
        (self.occluders if hides else self.bodies).append(ObjectShape(0, shapes, (*place, 0.0)))


def grid(x: tuple[float, float], y: tuple[float, float], step: float = 1.0) -> Iterable[Point]:
    """Points of a rectangle, about `step` metres apart."""
    across, along = (max(1, round((high - low) / step)) for low, high in (x, y))
    for i in range(across + 1):
        for j in range(along + 1):
            yield x[0] + (x[1] - x[0]) * i / across, y[0] + (y[1] - y[0]) * j / along


def aimed(height: float, far: float) -> float:
    """Tilt in degrees of a camera that looks at the ground this number of metres away."""
    return math.degrees(math.atan2(height, far))


def shade(rng: random.Random, colour: Colour, spread: float = 0.12) -> Colour:
    """About the same colour, lighter or darker."""
    factor = rng.uniform(1 - spread, 1 + spread)
    blue, green, red = (min(255.0, part * factor) for part in colour)
    return blue, green, red
