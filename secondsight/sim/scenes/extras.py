"""What a scene needs for events that it does not show by itself: gates, barriers, further zones, lines and places.

They are put in only where such events are asked for, so that the usual scenes, and all that is measured on them, stay
as they are.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from secondsight.sim.scenes.kit import DARK, STEEL, YELLOW, Kit, grid
from secondsight.sim.scenes.scene import Place, in_sight
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shapes import Vector

RAIL = 2.9
"""Where the platform's railing is, metres; the exit lies beyond it."""
GATE = 11.0
"""How far along the exit its gate is."""
_WALL = 6.2


def furnish(scene: Place, kinds: Collection[str]) -> Place:
    """The scene with what these kinds of events need besides."""
    if scene.pack == "metro":
        return _metro(scene, kinds)
    if scene.pack == "industrial":
        return _industrial(scene, kinds)
    return _retail(scene) if scene.pack == "retail" else _motorway(scene)


def _metro(scene: Place, kinds: Collection[str]) -> Place:
    kit = Kit(scene.zones["exit"][0][0] < 0)
    camera = scene.camera()
    lines = dict(scene.lines)
    spots = dict(scene.spots)
    if "climbing" in kinds:
        bench = [spot.at[1] for spot in scene.spots["bench"]]
        along = [y for y in (8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0) if all(abs(y - b) > 2.0 for b in bench)]
        rail = [kit.spot((RAIL - 0.75, y), (RAIL + 0.75, y), "platform") for y in along]
        spots["rail"] = in_sight(camera, scene.blocks, rail, pixels=36) or tuple(rail[:1])
        lines["barrier"] = _seen(camera, (*kit.at(RAIL, 5.5), 0.0), (*kit.at(RAIL, 26.0), 0.0))
    if "tailgating" not in kinds:
        return replace(scene, lines=lines, spots=spots)
    for x in np.linspace(RAIL + 0.15, _WALL - 0.15, 4):
        kit.box((x - 0.07, x + 0.07), (GATE - 0.5, GATE + 0.5), (0, 0.95), STEEL, DARK)
    for number in range(6):
        x = RAIL + 0.2 + 0.52 * number
        kit.strip((x, x + 0.3), (GATE - 0.06, GATE + 0.06), YELLOW)
    lines["gate"] = _seen(camera, (*kit.at(RAIL + 0.1, GATE), 0.0), (*kit.at(_WALL, GATE), 0.0))
    middle = (RAIL + _WALL) / 2
    spots["gate"] = tuple(kit.spot((x, GATE), (x, GATE + 20), "exit") for x in (middle - 0.5, middle + 0.5))
    backdrop = replace(scene.backdrop, bodies=(*scene.backdrop.bodies, *kit.bodies))
    # Anyone else who went through the gate would be one more who follows or is followed.
    ways = tuple(way for way in scene.ways if abs(way.points[0][0]) < RAIL)
    return replace(scene, lines=lines, spots=spots, ways=ways, backdrop=backdrop)


def _industrial(scene: Place, kinds: Collection[str]) -> Place:
    kit = Kit(scene.zones["restricted"][0][0] < 0)
    camera = scene.camera()
    zones, spots = dict(scene.zones), dict(scene.spots)
    truck = next((one for one in scene.parked if one.kind == "truck"), None)
    if truck is not None:
        y = truck.at[1]
        zones["machines"] = kit.area((-8.5, y - 4.5), (-4.1, y - 4.5), (-4.1, y + 4.5), (-8.5, y + 4.5))
    x0, y0 = 4.9, 8.0
    # Before the excavator, which would hide the person who works behind it.
    closed = [
        kit.spot(p, (x0 - 1.5, p[1]), "restricted") for p in grid((x0 + 0.9, x0 + 1.5), (y0 + 1.0, y0 + 2.4))
    ]
    spots["closed"] = in_sight(camera, scene.blocks, closed, pixels=30) or tuple(closed[:1])
    road = [kit.spot(p, (p[0], p[1] + 10), "yard", (0, 1)) for p in grid((-1.5, 1.5), (9, 15), 1.0)]
    spots["road"] = in_sight(camera, scene.blocks, road)
    return replace(scene, zones=zones, spots=spots)


def _retail(scene: Place) -> Place:
    kit, camera = Kit(scene.zones["valuables"][0][0] < 0), scene.camera()
    queue = kit.area((-2.0, 5.3), (2.9, 5.3), (2.9, 9.2), (-2.0, 9.2))
    ends = [kit.spot((2.2, y), (3.0, y), "queue") for y in (6.2, 7.0, 7.8)]
    till = in_sight(camera, scene.blocks, ends, pixels=50) or tuple(ends[-1:])
    aisle = _seen(camera, (*kit.at(-3.2, 9.0), 0.0), (*kit.at(2.9, 9.0), 0.0))
    return replace(
        scene,
        zones={**scene.zones, "queue": queue},
        lines={**scene.lines, "aisle": aisle},
        spots={**scene.spots, "till": till},
    )


def _motorway(scene: Place) -> Place:
    kit, camera = Kit(scene.zones["bank"][0][0] < 0), scene.camera()
    zones = {
        "away": kit.area((0.75, 8), (8.2, 8), (8.2, 62), (0.75, 62)),
        "towards": kit.area((-8.2, 8), (-0.75, 8), (-0.75, 62), (-8.2, 62)),
    }
    near, far = [(*kit.at(4.4, y), 0.0) for y in (4.0, 62.0)]
    back, front = [(*kit.at(-4.4, y), 0.0) for y in (62.0, 4.0)]
    lines = {"away": _seen(camera, near, far), "towards": _seen(camera, back, front)}
    walkable = tuple(spot for spot in scene.spots["lane"] if spot.at[1] <= 33)
    return replace(
        scene,
        zones={**scene.zones, **zones},
        lines={**scene.lines, **lines},
        spots={**scene.spots, "walkable": walkable},
    )


def _seen(camera: Camera, one: Vector, other: Vector) -> tuple[Vector, Vector]:
    """The part of a line on the ground that the camera sees."""
    points = np.linspace(one, other, 200)
    flat = camera.relative(points)
    seen = np.flatnonzero(((flat > 0.005) & (flat < 0.995)).all(axis=1))
    if len(seen) < 2:
        return one, other
    first, last = points[seen[0]].tolist(), points[seen[-1]].tolist()
    return (first[0], first[1], first[2]), (last[0], last[1], last[2])
