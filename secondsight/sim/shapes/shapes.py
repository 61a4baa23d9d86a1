"""What the city is made of: a few lit solids in metres, between the actors that pose them and the renderer that
draws them.

World: x right, y away from the camera's foot, z up, metres; the ground is z = 0. Colours are BGR, 0..255, as in full
daylight without shading.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]
Colour = tuple[float, float, float]
Points3 = NDArray[np.float32]
"""float32 (n, 3), metres."""


@dataclass(frozen=True, slots=True)
class Capsule:
    """A tapered limb between two balls; `a` equal to `b` makes a ball."""

    a: Vector
    b: Vector
    radius_a: float
    radius_b: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Solid:
    """A convex body such as a box or a prism: each face a flat polygon, wound counter-clockwise seen from outside.

    Attributes:
        vertices: float32 (n, 3), metres.
        faces: indices of vertices, one tuple per face.
        colours: one per face.
    """

    vertices: Points3
    faces: tuple[tuple[int, ...], ...]
    colours: tuple[Colour, ...]


@dataclass(frozen=True, slots=True)
class GroundPatch:
    """A flat polygon on the ground: a puddle, a shadow, a new piece of asphalt. Casts no shadow.

    Attributes:
        outline: float32 (n, 3), metres.
        opacity: 0..1.
    """

    outline: Points3
    colour: Colour
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Puff:
    """A soft translucent ball: one of many that make smoke, steam, dust or flames.

    Attributes:
        glow: 0 lit by the scene, 1 shines by itself, night or day.
    """

    centre: Vector
    radius: float
    colour: Colour
    opacity: float
    glow: float = 0.0


Shape = Capsule | Solid | GroundPatch | Puff


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """Everything of one object at one moment.

    Attributes:
        number: identity of the object, 1..65535; 0 is what is not labelled.
        shapes: its parts.
        place: point on the ground by which bodies are sorted from far to near.
    """

    number: int
    shapes: Sequence[Shape]
    place: Vector


def box(centre: Vector, size: Vector, heading: float, colour: Colour, top: Colour | None = None) -> Solid:
    """An upright box.

    Args:
        centre: of its bottom face.
        size: length (along `heading`), width, height.
        heading: degrees clockwise from +y.
        top: colour of the upper face, if it differs.
    """
    length, width, height = size
    angle = np.deg2rad(heading)
    along = np.array([np.sin(angle), np.cos(angle)]) * (length / 2)
    across = np.array([np.cos(angle), -np.sin(angle)]) * (width / 2)
    corners = [-along - across, -along + across, along + across, along - across]
    flat = np.array(corners) + np.array(centre[:2])
    low, high = centre[2], centre[2] + height
    vertices = np.array([(x, y, z) for z in (low, high) for x, y in flat], dtype=np.float32)
    faces = ((3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))
    return Solid(vertices, faces, (colour, top or colour, colour, colour, colour, colour))
