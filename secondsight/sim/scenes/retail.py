"""A shop: a long wall of goods on one side, the counter with the valuables and the cash desk on the other."""

import random

from secondsight.sim.rendering.render import Light
from secondsight.sim.scenes.kit import (
    BLUE,
    DARK,
    GREEN,
    ORANGE,
    RED,
    STEEL,
    WHITE,
    YELLOW,
    Kit,
    aimed,
    grid,
    shade,
)
from secondsight.sim.scenes.scene import HEIGHT, WIDTH, Place, Way, in_sight
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shapes import Colour

SHELF = -3.4
"""Where the front of the wall of goods is, metres."""
COUNTER = 3.0
_BACK = 17.0
_FLOORS: tuple[Colour, ...] = (
    (196.0, 200.0, 202.0),
    (160.0, 185.0, 205.0),
    (178.0, 178.0, 172.0),
    (140.0, 165.0, 185.0),
)
_GOODS: tuple[Colour, ...] = (
    RED,
    BLUE,
    GREEN,
    YELLOW,
    ORANGE,
    WHITE,
    (120.0, 60.0, 130.0),
    (190.0, 160.0, 60.0),
)


def retail(rng: random.Random) -> Place:
    """One camera of a shop."""
    kit = Kit(rng.random() < 0.5)
    height = rng.uniform(3.0, 4.4)
    geometry = kit.geometry(
        (rng.uniform(-0.4, 1.6), rng.uniform(-3.2, -1.8), height),
        rng.uniform(-9, 1),
        aimed(height, rng.uniform(8.5, 11)),
        rng.uniform(0.66, 0.82),
        rng.uniform(-0.12, 0.0),
    )
    wall = shade(rng, (205.0, 215.0, 218.0))
    _shelf(kit, rng, (SHELF - 0.6, SHELF), (2.0, 14.0), 2.1)
    _counter(kit, rng)
    _room(kit, rng, wall)
    camera = Camera(geometry, WIDTH, HEIGHT)
    front = [kit.spot((SHELF + 0.5, p[1]), (SHELF, p[1]), "shelf") for p in grid((0, 0), (3.5, 12), 0.7)]
    desk = [kit.spot((COUNTER - 0.9, 5.6), (COUNTER - 0.9, 0.0), "valuables")]
    before = [
        kit.spot((COUNTER - 0.8, p[1]), (COUNTER, p[1]), "valuables") for p in grid((0, 0), (6.5, 10.5), 0.8)
    ]
    return Place(
        pack="retail",
        geometry=geometry,
        backdrop=kit.backdrop(shade(rng, rng.choice(_FLOORS)), (210.0, 214.0, 214.0)),
        light=Light((0.3, -0.4, 1.2), rng.uniform(0.2, 0.35), rng.uniform(0.65, 0.78)),
        zones={
            "shelf": kit.area((SHELF, 2.0, 0.5), (SHELF, 14.0, 0.5), (SHELF, 14.0, 2.1), (SHELF, 2.0, 2.1)),
            "valuables": kit.area((0.9, 4.0), (COUNTER, 4.0), (COUNTER, 12.5), (0.9, 12.5)),
        },
        lines={},
        spots={
            "shelf": in_sight(camera, kit.blocks, front, pixels=60),
            "desk": in_sight(camera, kit.blocks, desk, pixels=60),
            "valuables": in_sight(camera, kit.blocks, before, pixels=60),
        },
        ways=(
            Way((kit.at(-1.0, -5), kit.at(-0.8, _BACK + 1)), 1.4, 2.4, 1.0),
            Way((kit.at(0.1, _BACK + 1), kit.at(0.2, -5)), 0.9, 2.4, 1.0),
        ),
        doors=(kit.at(-1.2, -5), kit.at(0.4, -5), kit.at(-0.5, _BACK + 1)),
        blocks=tuple(kit.blocks),
        caption="a shop",
    )


def _shelf(kit: Kit, rng: random.Random, x: tuple[float, float], y: tuple[float, float], top: float) -> None:
    """Boards with goods in coloured blocks, open to the middle of the shop; a back wall behind them."""
    back = x[0] if x[0] < 0 else x[1]
    kit.box((back - 0.04, back + 0.04), y, (0, top), shade(rng, (150.0, 155.0, 160.0)))
    z = 0.1
    while z < top - 0.3:
        kit.box(x, y, (z, z + 0.04), STEEL)
        along = y[0] + 0.05
        while along < y[1] - 0.5:
            colour, tall = shade(rng, rng.choice(_GOODS), 0.25), rng.uniform(0.2, 0.36)
            for _ in range(rng.randint(2, 5)):
                if along > y[1] - 0.25:
                    break
                kit.box(
                    (x[0] + 0.05, x[1] - 0.06),
                    (along, along + 0.2),
                    (z + 0.04, z + 0.04 + tall),
                    shade(rng, colour, 0.06),
                )
                along += 0.23
            along += rng.uniform(0.0, 0.2)
        z += 0.48
    for along in range(int(y[0]), int(y[1]) + 1, 3):
        kit.box(x, (along - 0.03, along + 0.03), (0, top), STEEL)


def _counter(kit: Kit, rng: random.Random) -> None:
    """The cash desk near the camera, then glass cabinets, then shelves behind them."""
    wood = shade(rng, (85.0, 125.0, 165.0))
    kit.box((COUNTER, COUNTER + 0.9), (3.6, 6.2), (0, 0.95), wood, (60.0, 60.0, 60.0))
    kit.box((COUNTER + 0.2, COUNTER + 0.6), (4.6, 5.0), (0.95, 1.3), DARK)
    kit.box((COUNTER, COUNTER + 0.7), (6.4, 12.4), (0, 0.5), wood)
    kit.box((COUNTER, COUNTER + 0.7), (6.4, 12.4), (0.5, 1.1), (215.0, 205.0, 180.0), (225.0, 220.0, 200.0))
    for number in range(14):
        y = 6.6 + 0.41 * number
        kit.box(
            (COUNTER - 0.02, COUNTER),
            (y, y + 0.22),
            (0.62, 0.62 + rng.uniform(0.12, 0.3)),
            shade(rng, rng.choice(_GOODS)),
        )
    _shelf(kit, rng, (5.0, 5.5), (3.0, 14.0), 2.1)


def _room(kit: Kit, rng: random.Random, wall: Colour) -> None:
    for tile in range(-5, int(_BACK)):
        if tile < 6:
            kit.strip((tile - 0.015, tile + 0.015), (-6, _BACK), (120.0, 120.0, 120.0), 0.35)
        kit.strip((-5, 6), (tile - 0.015, tile + 0.015), (120.0, 120.0, 120.0), 0.35)
    kit.box((SHELF - 0.9, SHELF - 0.7), (-6, _BACK), (0, 3.4), wall)
    kit.box((5.6, 5.8), (-6, _BACK), (0, 3.4), wall)
    for x in ((SHELF - 0.9, -1.6), (1.0, 5.8)):
        kit.box(x, (_BACK, _BACK + 0.3), (0, 3.4), wall, hides=True)
    kit.box((-1.6, 1.0), (_BACK, _BACK + 0.3), (2.3, 3.4), wall, hides=True)
    kit.box((1.6, 4.8), (_BACK - 0.05, _BACK), (1.0, 2.6), shade(rng, rng.choice(_GOODS)))
    kit.box((-3.2, -2.0), (_BACK - 0.05, _BACK), (1.2, 2.4), shade(rng, rng.choice(_GOODS)))
    if rng.random() < 0.6:
        y = rng.uniform(14.2, 14.8)
        kit.box((-3.2, -2.2), (y, y + 1.0), (0, 0.9), shade(rng, rng.choice(_GOODS)), hides=True)
