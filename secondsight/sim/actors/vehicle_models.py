"""What each kind of vehicle looks like: a few solids in its own frame (see `rigid`)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import cos, sin, tau

from secondsight.sim.body.poses import Pose, paired
from secondsight.sim.shapes.rigid import GLASS, METAL, RUBBER, block, disc, frustum
from secondsight.sim.shapes.shapes import Capsule, Colour, Shape, Vector

LAMP: Colour = (200.0, 235.0, 250.0)
TAIL: Colour = (40.0, 40.0, 190.0)


@dataclass(frozen=True, slots=True)
class Saddle:
    """How a rider sits, relative to the middle of the vehicle, and whether the feet go round."""

    pose: Pose
    pedals: bool = False


@dataclass(frozen=True, slots=True)
class Make:
    """One kind of vehicle.

    Attributes:
        label: class in the labels. `word`: in captions.
        build: shapes from the paint's colour.
        length: metres, over which it turns into a bend.
        lamps: places of the headlights.
    """

    label: str
    word: str
    build: Callable[[Colour], list[Shape]]
    length: float
    lamps: tuple[Vector, ...] = ()
    saddle: Saddle | None = None


def _wheels(xs: tuple[float, ...], y: float, radius: float, width: float) -> list[Shape]:
    return [disc((x, side * y, radius), radius, width) for x in xs for side in (-1, 1)]


def _lights(front: float, back: float, y: float, z: float, size: float) -> list[Shape]:
    lamps: list[Shape] = []
    for side in (-1, 1):
        lamps.append(block((front, side * y, z), (0.06, size, size * 0.55), LAMP))
        lamps.append(block((back, side * y, z), (0.06, size, size * 0.55), TAIL))
    return lamps


def _car(paint: Colour) -> list[Shape]:
    return [
        *_wheels((-1.3, 1.35), 0.76, 0.32, 0.2),
        frustum((0.0, 0.0, 0.22), (4.3, 1.74), (4.15, 1.66, 0.0), 0.62, paint, paint),
        frustum((-0.25, 0.0, 0.84), (2.7, 1.6), (1.6, 1.25, -0.1), 0.58, GLASS, paint),
        *_lights(2.12, -2.12, 0.62, 0.56, 0.34),
    ]


def _van(paint: Colour) -> list[Shape]:
    return [
        *_wheels((-1.55, 1.65), 0.85, 0.36, 0.22),
        block((-0.6, 0.0, 0.35), (4.1, 1.95, 1.95), paint),
        frustum((2.0, 0.0, 0.35), (1.3, 1.9), (1.1, 1.85, -0.1), 0.75, paint, paint),
        frustum((1.85, 0.0, 1.1), (1.1, 1.85), (0.5, 1.6, -0.3), 0.8, GLASS, paint),
        *_lights(2.64, -2.64, 0.72, 0.62, 0.3),
    ]


def _truck(paint: Colour) -> list[Shape]:
    return [
        *_wheels((-3.2, -2.1, 2.9), 1.05, 0.5, 0.32),
        block((-1.1, 0.0, 0.6), (6.0, 1.1, 0.35), (60.0, 60.0, 60.0)),
        block((-1.1, 0.0, 0.95), (6.0, 2.45, 2.5), (215.0, 215.0, 212.0)),
        block((3.0, 0.0, 0.55), (2.1, 2.3, 1.0), paint),
        frustum((3.05, 0.0, 1.55), (1.9, 2.3), (1.6, 2.15, -0.12), 1.05, GLASS, paint),
        *_lights(4.04, -4.1, 0.85, 0.75, 0.36),
    ]


def _bus(paint: Colour) -> list[Shape]:
    return [
        *_wheels((-3.6, 3.6), 1.08, 0.5, 0.32),
        block((0.0, 0.0, 0.35), (11.0, 2.5, 1.05), paint),
        block((0.0, 0.0, 1.4), (10.9, 2.46, 1.0), GLASS),
        block((0.0, 0.0, 2.4), (11.0, 2.5, 0.6), paint),
        *_lights(5.48, -5.48, 0.95, 0.75, 0.36),
    ]


def _tube(a: Vector, b: Vector, radius: float, colour: Colour) -> Capsule:
    return Capsule(a, b, radius, radius, colour)


def _hoop(x: float, radius: float) -> list[Shape]:
    """A thin wheel that one can see through."""
    rim = [(x + radius * cos(a), 0.0, radius * (1 + sin(a)) + 0.02) for a in (tau * i / 9 for i in range(10))]
    return [_tube(one, other, 0.022, RUBBER) for one, other in pairwise(rim)]


def _bicycle(paint: Colour) -> list[Shape]:
    return [
        *_hoop(-0.52, 0.32),
        *_hoop(0.52, 0.32),
        _tube((-0.52, 0.0, 0.34), (-0.1, 0.0, 0.3), 0.025, paint),
        _tube((-0.1, 0.0, 0.3), (0.38, 0.0, 0.78), 0.03, paint),
        _tube((-0.1, 0.0, 0.3), (-0.24, 0.0, 0.82), 0.028, paint),
        _tube((0.52, 0.0, 0.34), (0.36, 0.0, 0.95), 0.025, paint),
        _tube((0.34, -0.26, 0.98), (0.34, 0.26, 0.98), 0.025, RUBBER),
        _tube((-0.36, 0.0, 0.86), (-0.16, 0.0, 0.87), 0.05, RUBBER),
    ]


def _motorcycle(paint: Colour) -> list[Shape]:
    return [
        disc((-0.7, 0.0, 0.32), 0.32, 0.16),
        disc((0.72, 0.0, 0.32), 0.32, 0.13),
        block((-0.05, 0.0, 0.3), (0.6, 0.3, 0.34), METAL),
        _tube((0.12, 0.0, 0.78), (0.38, 0.0, 0.8), 0.16, paint),
        _tube((-0.75, 0.0, 0.74), (-0.1, 0.0, 0.7), 0.1, RUBBER),
        _tube((0.72, 0.0, 0.32), (0.46, 0.0, 0.95), 0.04, METAL),
        _tube((0.42, -0.34, 1.0), (0.42, 0.34, 1.0), 0.03, RUBBER),
        block((0.6, 0.0, 0.78), (0.1, 0.2, 0.18), LAMP),
    ]


def _scooter(paint: Colour) -> list[Shape]:
    return [
        disc((-0.58, 0.0, 0.22), 0.22, 0.12),
        disc((0.6, 0.0, 0.22), 0.22, 0.1),
        block((0.02, 0.0, 0.22), (0.75, 0.3, 0.12), paint),
        block((-0.48, 0.0, 0.3), (0.66, 0.34, 0.42), paint),
        frustum((0.42, 0.0, 0.25), (0.16, 0.44), (0.1, 0.34, -0.08), 0.72, paint, paint),
        _tube((-0.65, 0.0, 0.76), (-0.2, 0.0, 0.76), 0.07, RUBBER),
        _tube((0.34, -0.3, 1.02), (0.34, 0.3, 1.02), 0.03, RUBBER),
        block((-0.78, 0.0, 0.82), (0.46, 0.46, 0.46), (40.0, 190.0, 235.0)),
    ]


def _forklift(paint: Colour) -> list[Shape]:
    dark: Colour = (45.0, 45.0, 45.0)
    return [
        *_wheels((-0.75, 0.75), 0.5, 0.28, 0.22),
        block((-0.35, 0.0, 0.25), (1.7, 1.1, 0.75), paint),
        block((-0.95, 0.0, 1.0), (0.5, 1.1, 0.25), dark),
        *(_tube((x, y, 1.0), (x, y, 2.1), 0.04, dark) for x in (-0.75, 0.45) for y in (-0.48, 0.48)),
        block((-0.15, 0.0, 2.1), (1.4, 1.1, 0.08), dark),
        *(_tube((0.9, y, 0.2), (0.9, y, 2.5), 0.06, dark) for y in (-0.32, 0.32)),
        *(block((1.5, y, 0.14), (1.1, 0.14, 0.06), METAL) for y in (-0.3, 0.3)),
    ]


def _excavator(paint: Colour) -> list[Shape]:
    return [
        *(block((0.0, y, 0.0), (3.4, 0.55, 0.75), RUBBER) for y in (-1.0, 1.0)),
        block((-0.4, 0.0, 0.85), (2.9, 2.3, 0.95), paint),
        frustum((0.4, 0.6, 1.8), (1.3, 1.0), (1.1, 0.9, 0.0), 1.1, GLASS, paint),
        _tube((0.9, -0.3, 1.6), (2.9, -0.3, 3.6), 0.24, paint),
        _tube((2.9, -0.3, 3.6), (4.5, -0.3, 1.9), 0.18, paint),
        frustum((4.4, -0.3, 0.9), (0.6, 0.9), (0.9, 0.9, 0.0), 0.9, METAL, METAL),
    ]


_CYCLING = paired(
    Pose(
        bend=34, nod=-24, l_arm=66, l_out=10, l_elbow=12, l_fold=8, l_thigh=50, l_knee=60, l_open=4, lift=0.10
    )
)
_RIDING = paired(
    Pose(
        bend=24,
        nod=-16,
        l_arm=56,
        l_out=18,
        l_elbow=24,
        l_fold=10,
        l_thigh=66,
        l_knee=92,
        l_open=16,
        lift=0.16,
    )
)
_PERCHED = paired(
    Pose(
        bend=6, nod=-4, l_arm=40, l_out=12, l_elbow=40, l_fold=8, l_thigh=78, l_knee=70, l_open=10, lift=0.18
    )
)
MAKES: dict[str, Make] = {
    "car": Make("car", "car", _car, 4.2, ((2.2, -0.62, 0.65), (2.2, 0.62, 0.65))),
    "van": Make("truck", "van", _van, 5.2, ((2.7, -0.72, 0.7), (2.7, 0.72, 0.7))),
    "truck": Make("truck", "truck", _truck, 8.2, ((4.1, -0.85, 0.85), (4.1, 0.85, 0.85))),
    "bus": Make("truck", "bus", _bus, 11.0, ((5.5, -0.95, 0.85), (5.5, 0.95, 0.85))),
    "bicycle": Make("bicycle", "bicycle", _bicycle, 1.7, (), Saddle(_CYCLING, pedals=True)),
    "motorcycle": Make("motorcycle", "motorcycle", _motorcycle, 2.0, ((0.7, 0.0, 0.85),), Saddle(_RIDING)),
    "scooter": Make("scooter", "delivery scooter", _scooter, 1.8, ((0.5, 0.0, 0.8),), Saddle(_PERCHED)),
    "forklift": Make("machine", "forklift", _forklift, 2.4),
    "excavator": Make("machine", "excavator", _excavator, 4.0),
}
"""By kind."""
