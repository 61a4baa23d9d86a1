"""People to play with."""

import random

import numpy as np
from numpy.typing import NDArray

from secondsight.sim.actors.people import Person
from secondsight.sim.body.clothing import Looks, random_looks
from secondsight.sim.motion.timeline import Move
from secondsight.sim.shapes.shapes import Capsule, ObjectShape, Puff, Solid

STEP = 1 / 30


def somebody(*script: Move, start: float = 0.0, heading: float = 0.0, looks: Looks | None = None) -> Person:
    return Person(1, looks or random_looks(random.Random(4)), script, start, (1.0, 2.0), heading)


def times(person: Person, after: float = 1.0) -> NDArray[np.float64]:
    return np.arange(person.start, person.end + after, STEP)


def track(person: Person, after: float = 1.0) -> NDArray[np.float64]:
    """float64 (n, 19, 3): all joints, thirty times per second."""
    return np.array([person.joints(t) for t in times(person, after)])


def extent(body: ObjectShape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest corner of a body."""
    low, high = [], []
    radii: NDArray[np.float64] | float
    for shape in body.shapes:
        if isinstance(shape, Capsule):
            ends = np.array([shape.a, shape.b])
            radii = np.array([[shape.radius_a], [shape.radius_b]])
        elif isinstance(shape, Solid):
            ends, radii = shape.vertices, 0.0
        elif isinstance(shape, Puff):
            ends, radii = np.array([shape.centre]), shape.radius
        else:
            ends, radii = shape.outline, 0.0
        low.append((ends - radii).min(0))
        high.append((ends + radii).max(0))
    return np.min(low, 0), np.max(high, 0)


def same(one: ObjectShape, other: ObjectShape) -> bool:
    def plain(body: ObjectShape) -> list[object]:
        return [
            (shape.vertices.tobytes(), shape.faces, shape.colours) if isinstance(shape, Solid) else shape
            for shape in body.shapes
        ]

    return plain(one) == plain(other) and one.place == other.place
