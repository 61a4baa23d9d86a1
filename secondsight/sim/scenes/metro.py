"""A metro platform: tracks and a marked edge on one side, pillars and a bench, a railed one-way exit on the other."""

import random

from secondsight.sim.rendering.render import Light
from secondsight.sim.scenes.kit import BLUE, DARK, GREEN, STEEL, WHITE, YELLOW, Kit, aimed, grid, shade
from secondsight.sim.scenes.scene import HEIGHT, WIDTH, Place, Spot, Way, in_sight
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shapes import Colour

_END = 34.0
"""Metres to the far wall."""
_EDGE, _RAIL, _WALL = -4.0, 2.9, 6.2
"""Metres: where the platform ends, where the exit's railing is, where the wall is."""
_TILES: tuple[Colour, ...] = (
    (168.0, 172.0, 174.0),
    (150.0, 150.0, 148.0),
    (140.0, 152.0, 160.0),
    (176.0, 168.0, 158.0),
)
_WALLS: tuple[Colour, ...] = (
    (186.0, 190.0, 188.0),
    (150.0, 170.0, 178.0),
    (178.0, 160.0, 140.0),
    (160.0, 178.0, 160.0),
)


def metro(rng: random.Random) -> Place:
    """One camera of a station."""
    kit = Kit(rng.random() < 0.5)
    height = rng.uniform(3.2, 6.8)
    geometry = kit.geometry(
        (rng.uniform(-1.2, 1.6), rng.uniform(-4.0, -2.0), height),
        rng.uniform(-5, 7),
        aimed(height, rng.uniform(13, 17)),
        rng.uniform(0.74, 0.95),
        rng.uniform(-0.1, 0.0),
    )
    wall = shade(rng, rng.choice(_WALLS))
    _tracks(kit, rng, wall)
    _platform(kit, rng, wall)
    bench = _bench(kit, rng)
    exit_sign = rng.uniform(3.0, 3.6)
    kit.box((_RAIL + 0.4, _WALL - 0.4), (_END - 0.1, _END), (exit_sign, exit_sign + 0.6), GREEN)

    camera = Camera(geometry, WIDTH, HEIGHT)
    floor = [kit.spot(p, kit.at(0, 40), "platform") for p in grid((-0.9, 1.0), (5, 17), 0.9)]
    edge = [kit.spot(p, (p[0] - 5, p[1]), "edge") for p in grid((-3.3, -2.9), (6, 16), 1.0)]
    middle = (_RAIL + _WALL) / 2
    exits = [kit.spot((x, _END + 1), (x, -4.0), "exit") for x in (middle - 0.7, middle, middle + 0.7)]
    return Place(
        pack="metro",
        geometry=geometry,
        backdrop=kit.backdrop(shade(rng, rng.choice(_TILES)), (70.0, 68.0, 66.0)),
        light=Light((0.25, -0.2, 1.0), rng.uniform(0.2, 0.35), rng.uniform(0.68, 0.8)),
        zones={
            "platform": kit.area((-2.7, 3.5), (_RAIL - 0.1, 3.5), (_RAIL - 0.1, 24), (-2.7, 24)),
            "edge": kit.area((_EDGE, 3.5), (-2.7, 3.5), (-2.7, 24), (_EDGE, 24)),
            "exit": kit.area((_RAIL + 0.1, 3.5), (_WALL, 3.5), (_WALL, 24), (_RAIL + 0.1, 24)),
        },
        lines={"exit_flow": (kit.area((middle, 7))[0], kit.area((middle, 17))[0])},
        spots={
            "floor": in_sight(camera, kit.blocks, floor),
            "edge": tuple(spot for spot in edge if len(in_sight(camera, kit.blocks, _walked(spot))) == 3),
            "exit": tuple(exits),
            "bench": in_sight(camera, kit.blocks, bench, pixels=36),
        },
        ways=(
            Way((kit.at(1.2, -6), kit.at(0.9, _END + 1)), 1.8, 3.0),
            Way((kit.at(-0.5, _END + 1), kit.at(-0.8, -6)), 1.6, 3.0),
            Way((kit.at(middle, -6), kit.at(middle, _END + 1)), 1.8, 5.0, 1.4),
        ),
        doors=(kit.at(-1.5, -6), kit.at(1.5, -6), kit.at(0.4, _END + 1)),
        blocks=tuple(kit.blocks),
        caption="a metro platform",
    )


def _walked(spot: Spot) -> list[Spot]:
    """The stretch of the edge that a person takes who begins at a spot: 1.6 m onwards."""
    x, y = spot.at
    return [Spot((x, y + step), spot.towards) for step in (0.0, 0.8, 1.6)]


def _tracks(kit: Kit, rng: random.Random, wall: Colour) -> None:
    kit.strip((-10.0, _EDGE - 0.05), (-8, _END), DARK)
    for x in (-7.6, -6.1):
        kit.strip((x - 0.05, x + 0.05), (-8, _END), STEEL)
    for y in range(-6, int(_END), 2):
        kit.strip((-8.2, -5.5), (y, y + 0.3), (70.0, 68.0, 66.0))
    kit.box((-10.4, -10.0), (-8, _END), (0, 4.6), wall)
    for y in range(2, int(_END), 7):
        kit.box(
            (-10.0, -9.95), (y, y + 3.4), (1.2, 3.2), shade(rng, rng.choice((BLUE, GREEN, YELLOW, WHITE)))
        )
    kit.strip((_EDGE - 0.05, _EDGE + 0.2), (-8, _END), WHITE)
    kit.strip((-2.8, -2.55), (-8, _END), YELLOW)
    if rng.random() < 0.45:
        _train(kit, rng)


def _train(kit: Kit, rng: random.Random) -> None:
    begin = rng.uniform(2, 16)
    side = rng.choice(((200.0, 200.0, 205.0), (150.0, 120.0, 60.0), (60.0, 70.0, 170.0)))
    kit.box((-7.4, -4.25), (begin, _END - 0.5), (0.2, 3.3), side, (150.0, 150.0, 150.0))
    y = begin + 1.0
    while y + 2.2 < _END - 0.5:
        kit.box((-4.25, -4.22), (y, y + 1.6), (1.5, 2.5), (90.0, 70.0, 50.0))
        kit.box((-4.25, -4.21), (y + 2.0, y + 3.2), (0.3, 2.6), shade(rng, YELLOW))
        y += 4.2


def _platform(kit: Kit, rng: random.Random, wall: Colour) -> None:
    kit.box((_WALL, _WALL + 0.4), (-8, _END), (0, 4.6), wall)
    for along in range(3, int(_END), 6):
        kit.box(
            (_WALL - 0.05, _WALL),
            (along, along + 2.6),
            (1.1, 2.7),
            shade(rng, rng.choice((BLUE, WHITE, YELLOW))),
        )
    for x in ((-10.4, -1.3), (1.3, _RAIL + 0.3), (_WALL - 0.3, _WALL + 0.4)):
        kit.box(x, (_END, _END + 0.4), (0, 4.6), wall, hides=True)
    kit.box((-10.4, _WALL + 0.4), (_END, _END + 0.4), (2.6, 4.6), wall, hides=True)
    kit.strip((_RAIL + 0.1, _WALL), (-8, _END), (150.0, 176.0, 150.0), 0.35)
    for along in range(5, int(_END), 5):
        kit.arrow((_RAIL + _WALL) / 2, along, 1.8, WHITE)
    begin = rng.uniform(5, 6.5)
    kit.rail((_RAIL, begin, 1.0), (_RAIL, _END - 6, 1.0), 0.04, STEEL, hides=True)
    for post in range(int((_END - 5.5 - begin) / 2) + 1):
        kit.pole(_RAIL, begin + 2 * post, (0, 1.0), 0.04, STEEL, hides=True)
    column = shade(rng, (175.0, 180.0, 182.0))
    for number in range(3):
        y = 9.5 + 7.5 * number + rng.uniform(-0.5, 0.5)
        kit.box((-2.4, -1.95), (y, y + 0.45), (0, 4.6), column, hides=True)


def _bench(kit: Kit, rng: random.Random) -> list[Spot]:
    """A bench along the railing; spots before it from which a person who sits down sits on it."""
    along = rng.uniform(7.5, 12.0)
    kit.box((2.15, 2.65), (along, along + 2.2), (0.36, 0.45), shade(rng, (60.0, 100.0, 150.0)))
    for y in (along + 0.1, along + 2.0):
        kit.box((2.2, 2.6), (y, y + 0.1), (0, 0.36), DARK)
    return [kit.spot((2.0, along + share), (-5, along + share), "platform") for share in (0.5, 1.1, 1.7)]
