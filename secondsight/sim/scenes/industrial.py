"""A construction yard: a marked area where hard hats are worn, a closed one around an excavator, parked machines."""

import random

from secondsight.sim.rendering.render import Light
from secondsight.sim.scenes.kit import BLUE, DARK, ORANGE, STEEL, WHITE, YELLOW, Kit, aimed, grid, shade
from secondsight.sim.scenes.scene import HEIGHT, WIDTH, Parked, Place, Way, in_sight
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shapes import Colour

_BACK = 31.0
"""Metres to the building."""
_CLOSED = (4.9, 9.6, 8.0, 16.0)
"""The closed area: x from, to, y from, to."""
_SOILS: tuple[Colour, ...] = ((118.0, 140.0, 156.0), (128.0, 132.0, 136.0), (105.0, 128.0, 146.0))
_STEELS: tuple[Colour, ...] = (
    (150.0, 95.0, 45.0),
    (60.0, 70.0, 160.0),
    (70.0, 120.0, 60.0),
    (50.0, 120.0, 200.0),
)


def industrial(rng: random.Random) -> Place:
    """One camera of a yard."""
    kit = Kit(rng.random() < 0.5)
    height = rng.uniform(4.0, 7.5)
    geometry = kit.geometry(
        (rng.uniform(-1.2, 1.2), rng.uniform(-4.0, -2.5), height),
        rng.uniform(-3, 4),
        aimed(height, rng.uniform(14, 18)),
        rng.uniform(0.68, 0.82),
        rng.uniform(-0.1, 0.0),
    )
    _building(kit, rng)
    _containers(kit, rng)
    _closed_area(kit)
    _hardhat_area(kit)
    truck = rng.uniform(12.0, 14.5)
    camera = Camera(geometry, WIDTH, HEIGHT)
    floor = [kit.spot(p, kit.at(0, 40), "hardhat") for p in grid((-3.2, 3.0), (6, 17), 0.9)]
    x0, x1, y0, y1 = _CLOSED
    closed = [
        kit.spot(p, (x0 - 1.5, p[1]), "restricted") for p in grid((x0 + 0.7, x0 + 1.6), (y0 + 1, y1 - 3.5))
    ]
    along = [
        kit.spot((x0 - 0.25, y0 + begin), (x0 - 0.25, y1 + 1), "restricted")
        for begin in (-1.5, 0.0, 1.5, 3.0)
    ]
    under = [kit.spot((-5.05, truck + shift), (-7.0, truck + shift), "yard") for shift in (-2.5, 0.0, 2.5)]
    azimuth = rng.uniform(-0.9, 0.9)
    return Place(
        pack="industrial",
        geometry=geometry,
        backdrop=kit.backdrop(shade(rng, rng.choice(_SOILS)), (225.0, 205.0, 185.0)),
        light=Light((azimuth, rng.uniform(-0.8, 0.3), 1.1), rng.uniform(0.25, 0.55), rng.uniform(0.5, 0.62)),
        zones={
            "hardhat": kit.area((-4.0, 4.0), (4.0, 4.0), (4.0, 20), (-4.0, 20)),
            "restricted": kit.area((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
            "yard": kit.area((-6.2, 4.0), (4.0, 4.0), (4.0, 22), (-6.2, 22)),
        },
        lines={},
        spots={
            "hardhat": in_sight(camera, kit.blocks, floor),
            "restricted": in_sight(camera, kit.blocks, closed, pixels=36),
            "border": in_sight(camera, kit.blocks, along, pixels=36),
            "machine": in_sight(camera, kit.blocks, under, pixels=30),
        },
        ways=(
            Way((kit.at(1.8, -6), kit.at(1.2, _BACK + 1)), 2.4, 2.2, who="worker"),
            Way((kit.at(-0.6, _BACK + 1), kit.at(-2.0, -6)), 2.4, 2.2, who="worker"),
            Way((kit.at(-8.2, 26), kit.at(-30, 26)), 0.6, 0.6),
            Way((kit.at(-40, 25.5), kit.at(45, 25.5)), 0.4, 1.0, 5.0, who="traffic", lane=0),
            Way((kit.at(45, 27.2), kit.at(-40, 27.2)), 0.3, 3.0, 4.5, who="rider", lane=1),
        ),
        doors=(kit.at(-2.6, -6), kit.at(2.4, -6), kit.at(0.5, _BACK + 1)),
        blocks=tuple(kit.blocks),
        caption="a construction yard",
        parked=(
            Parked("excavator", YELLOW, kit.at(7.9, 13.4), kit.heading(rng.uniform(10, 120))),
            Parked(
                "truck",
                shade(rng, rng.choice(_STEELS)),
                kit.at(-7.0, truck),
                kit.heading(rng.choice((0, 180))),
            ),
            Parked("forklift", ORANGE, kit.at(rng.uniform(5.5, 8), 20.5), kit.heading(rng.uniform(0, 360))),
        ),
    )


def _building(kit: Kit, rng: random.Random) -> None:
    """A shell with window holes, a door in the middle and scaffolding before it."""
    concrete = shade(rng, (165.0, 168.0, 170.0))
    for span in ((-16.0, -0.8), (1.8, 14.0)):
        kit.box(span, (_BACK, _BACK + 0.4), (0, 8.0), concrete, hides=True)
    kit.box((-0.8, 1.8), (_BACK, _BACK + 0.4), (2.6, 8.0), concrete, hides=True)
    for x in range(-14, 13, 3):
        for z in (1.2, 4.4):
            if not -2 < x < 2.5:
                kit.box((x, x + 1.5), (_BACK - 0.04, _BACK), (z, z + 1.7), DARK)
    for x in range(-15, 14, 3):
        kit.pole(x, _BACK - 1.2, (0, 7.2), 0.05, STEEL)
    for z in (2.8, 5.4):
        kit.box((-15.0, 13.0), (_BACK - 1.4, _BACK - 0.3), (z, z + 0.08), (90.0, 130.0, 160.0))
        kit.rail((-15, _BACK - 1.4, z + 1), (13, _BACK - 1.4, z + 1), 0.04, ORANGE)
    for x in range(-30, -9, 2):
        kit.box((x, x + 1.96), (28.0, 28.1), (0, 1.9), (150.0, 160.0, 150.0))


def _containers(kit: Kit, rng: random.Random) -> None:
    for level in range(rng.randint(1, 2)):
        kit.box((11.0, 13.5), (12, 18.2), (2.6 * level, 2.6 * level + 2.55), shade(rng, rng.choice(_STEELS)))
    kit.box((10.6, 13.2), (18.4, 23.9), (0, 2.6), shade(rng, rng.choice(_STEELS)))
    kit.box((-11.5, -9.0), (18, 24), (0, 2.6), shade(rng, rng.choice(_STEELS)))
    for _ in range(rng.randint(2, 4)):
        x, y = rng.uniform(-11.5, -9.5), rng.uniform(7, 16)
        kit.box((x, x + 1.2), (y, y + 1.2), (0, rng.uniform(0.5, 1.3)), shade(rng, (80.0, 125.0, 165.0), 0.2))


def _closed_area(kit: Kit) -> None:
    """Barred with red and white boards on two sides, hatched in yellow and black along its border."""
    x0, x1, y0, y1 = _CLOSED
    for half in range(int(y0 * 2), int(y1 * 2)):
        kit.strip((x0, x0 + 0.3), (half / 2, half / 2 + 0.5), YELLOW if half % 2 else DARK)
    for half in range(int(x0 * 2), int(x1 * 2)):
        for y in (y0, y1 - 0.3):
            kit.strip((half / 2, half / 2 + 0.5), (y, y + 0.3), YELLOW if half % 2 else DARK)
    for step in range(int((x1 - x0 - 0.8) / 0.5)):
        x = x0 + 0.8 + step / 2
        kit.box(
            (x, x + 0.5),
            (y0 + 0.05, y0 + 0.12),
            (0.65, 0.95),
            WHITE if step % 2 else (45.0, 45.0, 195.0),
            hides=True,
        )
    for x in (x0 + 0.8, (x0 + x1) / 2, x1 - 0.2):
        kit.pole(x, y0 + 0.1, (0, 0.95), 0.05, STEEL, hides=True)


def _hardhat_area(kit: Kit) -> None:
    """A blue line around it, and blue signs with a white hat."""
    for x in (-4.06, 3.94):
        kit.strip((x, x + 0.12), (2, 20), BLUE, 0.8)
    kit.strip((-4, 4), (19.94, 20.06), BLUE, 0.8)
    for y in (7.0, 14.0, 20.0):
        kit.pole(-4.3, y, (0, 2.2), 0.04, STEEL)
        kit.box((-4.6, -4.0), (y - 0.03, y + 0.03), (1.5, 2.1), BLUE)
        kit.box((-4.45, -4.15), (y - 0.05, y - 0.03), (1.7, 1.95), WHITE)
