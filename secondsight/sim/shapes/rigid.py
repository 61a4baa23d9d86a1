"""Rigid bodies: built once round their own origin, then put where they are needed.

Own frame: x forward, y to the left, z up, origin on the ground below the middle.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np

from secondsight.sim.shapes.shapes import Capsule, Colour, Puff, Shape, Solid, Vector, box

GLASS: Colour = (70.0, 58.0, 48.0)
RUBBER: Colour = (32.0, 32.0, 32.0)
METAL: Colour = (120.0, 120.0, 118.0)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a rigid body stands and where it points, degrees clockwise from +y."""

    place: Vector
    heading: float


def placed(shapes: Sequence[Shape], spot: Placement) -> list[Shape]:
    """The same solids, capsules and puffs in the world."""
    angle = radians(spot.heading)
    fx, fy = sin(angle), cos(angle)
    x, y, z = spot.place
    turn = np.array(((fx, fy, 0.0), (-fy, fx, 0.0), (0.0, 0.0, 1.0)), dtype=np.float32)
    shift = np.array(spot.place, dtype=np.float32)

    def point(p: Vector) -> Vector:
        return x + p[0] * fx - p[1] * fy, y + p[0] * fy + p[1] * fx, z + p[2]

    moved: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, Solid):
            moved.append(Solid(shape.vertices @ turn + shift, shape.faces, shape.colours))
        elif isinstance(shape, Capsule):
            moved.append(replace(shape, a=point(shape.a), b=point(shape.b)))
        elif isinstance(shape, Puff):
            moved.append(replace(shape, centre=point(shape.centre)))
        else:
            moved.append(replace(shape, outline=shape.outline @ turn + shift))
    return moved


def block(centre: Vector, size: Vector, colour: Colour, top: Colour | None = None) -> Solid:
    """A box in the own frame: `centre` of the bottom face, length, width, height."""
    return box(centre, size, 90.0, colour, top)


def frustum(
    centre: Vector,
    bottom: tuple[float, float],
    top: tuple[float, float, float],
    height: float,
    sides: Colour,
    roof: Colour,
) -> Solid:
    """A box that narrows upward, such as a car's cabin.

    Args:
        bottom: length and width.
        top: length, width and how far it is shifted forward.
    """
    x, y, z = centre
    vertices = [
        (x + shift + length / 2 * a, y + width / 2 * b, level)
        for length, width, shift, level in ((*bottom, 0.0, z), (*top, z + height))
        for a, b in ((-1, 1), (-1, -1), (1, -1), (1, 1))
    ]
    faces = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))
    return Solid(np.array(vertices, dtype=np.float32), faces, (roof, roof, sides, sides, sides, sides))


def disc(
    centre: Vector,
    radius: float,
    width: float,
    colour: Colour = RUBBER,
    hub: Colour = METAL,
    corners: int = 10,
) -> Solid:
    """A wheel that stands upright and rolls along x; its sides show the hub as a lighter disc colour."""
    x, y, z = centre
    angles = [2 * np.pi * i / corners for i in range(corners)]
    rim = [(x + radius * cos(a), z + radius * sin(a)) for a in angles]
    vertices = [(px, y + side * width / 2, pz) for side in (-1, 1) for px, pz in rim]
    near, far = tuple(range(corners)), tuple(range(2 * corners - 1, corners - 1, -1))
    tread = tuple((i, i + corners, (i + 1) % corners + corners, (i + 1) % corners) for i in range(corners))
    side = tuple((2 * c + h) / 3 for c, h in zip(colour, hub, strict=True))
    sides = (side[0], side[1], side[2])
    return Solid(
        np.array(vertices, dtype=np.float32), (near, far, *tread), (sides, sides, *([colour] * corners))
    )
