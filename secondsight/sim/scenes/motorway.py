"""A motorway from a mast or a bridge: two carriageways, a hard shoulder, and a bank that may slide."""

import random
from collections.abc import Iterator

import numpy as np

from secondsight.sim.rendering.render import Light
from secondsight.sim.scenes.kit import DARK, GREEN, STEEL, WHITE, Kit, aimed, shade
from secondsight.sim.scenes.scene import Place, Spot, Way
from secondsight.sim.shapes.shapes import Colour, ObjectShape, Solid

LANES = (-6.2, -2.6, 2.6, 6.2)
"""Middle of each lane, metres; the first two come towards the camera, the others go away."""
SHOULDER = 9.3
_FOOT, _TOP, _RISE = 12.0, 18.5, 4.6
"""The bank: where it begins, where it ends, how high it is."""
NEAR, FAR = -25.0, 105.0
"""Where vehicles come from and go to, along the road."""
_ROADS: tuple[Colour, ...] = ((104.0, 102.0, 100.0), (118.0, 118.0, 116.0), (92.0, 94.0, 98.0))
_FIELDS: tuple[Colour, ...] = ((62.0, 128.0, 98.0), (70.0, 118.0, 112.0), (60.0, 108.0, 82.0))


def motorway(rng: random.Random) -> Place:
    """One camera of a motorway."""
    kit = Kit(rng.random() < 0.5)
    height = rng.uniform(6.5, 11.5)
    geometry = kit.geometry(
        (rng.uniform(0.0, 7.0), rng.uniform(-14.0, -10.0), height),
        rng.uniform(-3, 5),
        aimed(height, rng.uniform(36, 46)),
        rng.uniform(0.95, 1.3),
        rng.uniform(-0.08, 0.0),
    )
    field = shade(rng, rng.choice(_FIELDS))
    _road(kit, shade(rng, rng.choice(_ROADS)))
    _bank(kit, shade(rng, rng.choice(_FIELDS)))
    _beyond(kit, rng)
    azimuth = rng.uniform(-0.9, 0.9)
    speeds = [rng.uniform(17, 24) for _ in LANES]
    return Place(
        pack="motorway",
        geometry=geometry,
        backdrop=kit.backdrop(field, (232.0, 212.0, 190.0)),
        light=Light((azimuth, rng.uniform(-0.7, 0.2), 1.2), rng.uniform(0.3, 0.55), rng.uniform(0.5, 0.6)),
        zones={
            "road": kit.area((-8.2, 8), (8.2, 8), (8.2, 62), (-8.2, 62)),
            "shoulder": kit.area((8.2, 8), (11.2, 8), (11.2, 62), (8.2, 62)),
            "bank": kit.area((10.6, 8), (10.6, 60), (_TOP, 60, _RISE), (_TOP, 8, _RISE)),
        },
        lines={},
        spots=_spots(kit),
        ways=tuple(
            Way((kit.at(x, begin), kit.at(x, end)), 0.5, rng.uniform(5, 11), speed, "traffic", lane)
            for lane, (x, speed) in enumerate(zip(LANES, speeds, strict=True))
            for begin, end in [(FAR, NEAR) if x < 0 else (NEAR, FAR)]
        ),
        doors=(kit.at(SHOULDER, NEAR), kit.at(SHOULDER, FAR)),
        blocks=tuple(kit.blocks),
        caption="a motorway",
    )


def _spots(kit: Kit) -> dict[str, tuple[Spot, ...]]:
    def places(x: float, ahead: float, zone: str, lanes: tuple[int, ...], span: range) -> Iterator[Spot]:
        for y in span:
            yield kit.spot((x, y), (x, y + ahead), zone, lanes)

    return {
        "shoulder": tuple(places(SHOULDER, 50, "shoulder", (4,), range(20, 46, 3))),
        "lane": tuple(
            spot
            for lane, x in enumerate(LANES)
            for spot in places(x, 50 if x > 0 else -50, "road", (lane,), range(18, 42, 3))
        ),
        "oncoming": tuple(
            spot for lane in (0, 1) for spot in places(LANES[lane], -50, "road", (lane,), range(22, 44, 4))
        ),
        "carriageway": (
            *places((LANES[2] + LANES[3]) / 2, 50, "road", (2, 3), range(32, 52, 4)),
            *places((LANES[0] + LANES[1]) / 2, -50, "road", (0, 1), range(20, 34, 4)),
        ),
        "verge": tuple(places(11.3, 50, "shoulder", (), range(20, 44, 3))),
        "bank": tuple(kit.spot((_FOOT, y), (0.0, y), "bank", (4,)) for y in range(22, 46, 3)),
    }


def _road(kit: Kit, asphalt: Colour) -> None:
    kit.strip((-8.4, 11.2), (-30, 160), asphalt)
    for x in (-8.1, -0.75, 0.75, 8.1):
        kit.strip((x - 0.09, x + 0.09), (-30, 160), WHITE, 0.9)
    for x in (-4.4, 4.4):
        for y in range(-12, 120, 12):
            kit.strip((x - 0.08, x + 0.08), (y, y + 4.5), WHITE, 0.9)
    for x in (0.0, -9.0, 11.5):
        kit.box((x - 0.12, x + 0.12), (-30, 130), (0.45, 0.75), STEEL)
        for y in range(-10, 90, 4):
            kit.pole(x, y, (0, 0.6), 0.06, STEEL)
    for y in range(10, 100, 25):
        kit.box((11.9, 12.0), (y, y + 0.12), (0, 1.0), WHITE)
        kit.box((-9.5, -9.4), (y, y + 0.12), (0, 1.0), WHITE)


def _bank(kit: Kit, grass: Colour) -> None:
    """A long wedge beside the shoulder."""
    begin, end = -10.0, 95.0
    corners = [
        (x, y, z)
        for y in (begin, end)
        for x, z in ((_FOOT, 0.0), (_TOP, _RISE), (_TOP + 14, _RISE), (_TOP + 14, 0.0))
    ]
    vertices = np.array([(*kit.at(x, y), z) for x, y, z in corners], dtype=np.float32)
    faces: tuple[tuple[int, ...], ...] = ((0, 4, 5, 1), (1, 5, 6, 2), (0, 1, 2, 3), (4, 7, 6, 5))
    if not kit.flip:
        faces = tuple(face[::-1] for face in faces)
    blue, green, red = (part * 0.92 for part in grass)
    top: Colour = (blue, green, red)
    kit.bodies.append(
        ObjectShape(0, (Solid(vertices, faces, (grass, top, grass, grass)),), (*kit.at(_TOP, 40), 0.0))
    )


def _beyond(kit: Kit, rng: random.Random) -> None:
    """A bridge across the road in the distance, trees, perhaps a gantry with signs."""
    concrete = shade(rng, (172.0, 176.0, 178.0))
    kit.box((-40, 40), (FAR - 9, FAR + 2), (5.2, 7.0), concrete)
    for x in (-11.0, 0.0, 12.5):
        kit.box((x - 0.4, x + 0.4), (FAR - 6, FAR - 4), (0, 5.2), concrete)
    for x, y in [(rng.uniform(-40, -14), rng.uniform(15, 95)) for _ in range(16)]:
        tall = rng.uniform(3, 7)
        kit.pole(x, y, (0, tall * 0.5), 0.15, (50.0, 70.0, 95.0))
        kit.pole(x, y, (tall * 0.5, tall), tall * 0.24, shade(rng, (50.0, 100.0, 60.0), 0.25))
    kit.box((-60, 60), (150, 152), (0, rng.uniform(4, 9)), shade(rng, (120.0, 130.0, 105.0)))
    if rng.random() < 0.5:
        y = rng.uniform(62, 75)
        for x in (-9.8, 12.0):
            kit.pole(x, y, (0, 6.4), 0.2, STEEL)
        kit.rail((-9.8, y, 6.3), (12.0, y, 6.3), 0.18, STEEL)
        kit.box((2.5, 7.0), (y - 0.1, y), (5.3, 7.2), rng.choice(((140.0, 90.0, 30.0), GREEN)))
        kit.box((-6.0, -2.5), (y - 0.1, y), (5.3, 7.2), DARK)
