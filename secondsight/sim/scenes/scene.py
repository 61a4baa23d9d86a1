"""What a pack's scene offers to those who fill it with life: a camera, what stands there, and named places where
something may happen, all in metres.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from secondsight.ground_truth import Geometry
from secondsight.sim.actors.vehicles import VehicleKind
from secondsight.sim.rendering.render import Backdrop, Light
from secondsight.sim.shapes.camera import NEAR, Camera
from secondsight.sim.shapes.shapes import Colour, Vector

Array = NDArray[np.float64]
Point = tuple[float, float]
"""A point of the ground, metres."""
Relative = tuple[float, float]

WIDTH, HEIGHT = 640, 360
"""Size of every picture of the city, pixels."""


@dataclass(frozen=True, slots=True)
class Block:
    """Room that something opaque takes: an upright box along the axes, metres."""

    low: Vector
    high: Vector

    def between(self, one: Vector, other: Vector) -> bool:
        """Whether it cuts the straight line from `one` to `other` (slab method)."""
        enter, leave = 0.0, 1.0
        for a, b, low, high in zip(one, other, self.low, self.high, strict=True):
            if abs(b - a) < 1e-9:
                if not low < a < high:
                    return False
                continue
            near, far = sorted(((low - a) / (b - a), (high - a) / (b - a)))
            enter, leave = max(enter, near), min(leave, far)
        return enter < leave


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where something may happen.

    Attributes:
        towards: what matters there is in this direction: a shelf, the end of a path, the way the traffic goes.
        zone: name of the zone that it lies in.
        lanes: numbers of the lanes that it takes.
    """

    at: Point
    towards: Point
    zone: str | None = None
    lanes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Parked:
    """A vehicle that always stands there."""

    kind: VehicleKind
    colour: Colour
    at: Point
    heading: float


@dataclass(frozen=True, slots=True)
class Way:
    """A path that ordinary people or vehicles take from end to end, in this direction only.

    Attributes:
        width: how far to the sides they keep, metres in all.
        rate: how many of them per minute, on average.
        speed: metres per second, about.
        who: people, workers with helmets, vehicles, or people on bicycles and delivery scooters.
        lane: number of the lane, of vehicles; nobody overtakes on it.
    """

    points: tuple[Point, ...]
    width: float
    rate: float
    speed: float = 1.3
    who: Literal["person", "worker", "traffic", "rider"] = "person"
    lane: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One camera's place, without anybody in it.

    Attributes:
        zones: polygons, metres; the corners need not lie on the ground.
        lines: from, to.
        spots: places by what may happen there.
        doors: ground points out of sight from which people come and to which they go.
        blocks: room taken by what hides people and stands in their way.
        caption: where this is, in a few words.
    """

    pack: str
    geometry: Geometry
    backdrop: Backdrop
    light: Light
    zones: Mapping[str, tuple[Vector, ...]]
    lines: Mapping[str, tuple[Vector, Vector]]
    spots: Mapping[str, tuple[Spot, ...]]
    ways: tuple[Way, ...]
    doors: tuple[Point, ...]
    blocks: tuple[Block, ...]
    caption: str
    parked: tuple[Parked, ...] = ()

    def camera(self) -> Camera:
        return Camera(self.geometry, WIDTH, HEIGHT)

    def blocked(self, one: Point, other: Point) -> bool:
        """Whether something stands in the straight way from `one` to `other`."""
        return any(block.between((*one, 0.4), (*other, 0.4)) for block in self.blocks)

    def relative_zones(self) -> dict[str, tuple[Relative, ...]]:
        """The zones as the camera sees them, cut off at the picture's edge; one that is out of sight is left out."""
        camera = self.camera()
        seen = {name: outline(camera, corners) for name, corners in self.zones.items()}
        return {name: polygon for name, polygon in seen.items() if len(polygon) >= 3}

    def relative_lines(self) -> dict[str, tuple[Relative, Relative]]:
        """The lines as the camera sees them, with ends outside the picture moved to its edge."""
        camera = self.camera()
        flat = {name: camera.relative(np.array(ends)) for name, ends in self.lines.items()}
        return {name: (_inside(ends[0]), _inside(ends[1])) for name, ends in flat.items()}


def in_sight(
    camera: Camera, blocks: Sequence[Block], spots: Iterable[Spot], *, tall: float = 1.7, pixels: float = 42.0
) -> tuple[Spot, ...]:
    """The spots where a person `tall` metres would be seen whole, at least `pixels` high and behind nothing."""
    return tuple(spot for spot in spots if _in_sight(camera, blocks, spot.at, tall, pixels))


def _in_sight(camera: Camera, blocks: Sequence[Block], at: Point, tall: float, pixels: float) -> bool:
    (x, foot, depth), (_, head, _) = camera.project(np.array([(*at, 0.0), (*at, tall)])).tolist()
    if depth < 1 or foot - head < pixels:
        return False
    if not (0.08 * camera.width < x < 0.92 * camera.width and 0.02 * camera.height < head < foot):
        return False
    if foot > 0.95 * camera.height:
        return False
    lens = camera.geometry.position
    points = [(at[0] + side, at[1], z) for side in (-0.3, 0.0, 0.3) for z in (0.25 * tall, 0.8 * tall)]
    return not any(block.between(lens, point) for block in blocks for point in points)


def inside(point: Sequence[float], polygon: Sequence[Sequence[float]]) -> bool:
    """Whether a ground point lies in a polygon, seen from above (even-odd rule)."""
    x, y = point[0], point[1]
    odd = False
    for i, (x1, y1, *_) in enumerate(polygon):
        x0, y0 = polygon[i - 1][0], polygon[i - 1][1]
        if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
            odd = not odd
    return odd


def outline(camera: Camera, corners: Sequence[Vector]) -> tuple[Relative, ...]:
    """A polygon of the world in relative picture coordinates, cut off at the picture's edge (Sutherland and Hodgman,
    "Reentrant polygon clipping", 1974); four-digit coordinates. Empty if it is out of sight.
    """
    world = np.array(corners, dtype=np.float64)
    share = np.linspace(0, 1, 6, endpoint=False)[:, None]
    fine = np.concatenate([a + (b - a) * share for a, b in zip(world, np.roll(world, -1, 0), strict=True)])
    seen = _cut(camera.view(fine), np.array([0.0, 0.0, 1.0]), 5 * NEAR)
    if not len(seen):
        return ()
    flat = camera.pixels(seen) / (camera.width, camera.height)
    for normal, least in (((1.0, 0.0), 0.0), ((-1.0, 0.0), -1.0), ((0.0, 1.0), 0.0), ((0.0, -1.0), -1.0)):
        flat = _cut(flat, np.array(normal), least)
    points = [_inside(point) for point in flat]
    return _straightened([point for i, point in enumerate(points) if point != points[i - 1]])


def _cut(polygon: Array, normal: Array, least: float) -> Array:
    """The part of a polygon (n, k) where normal . p >= least."""
    kept = []
    over = polygon @ normal - least
    for i, point in enumerate(polygon):
        before, here = over[i - 1], over[i]
        if (before >= 0) != (here >= 0):
            kept.append(polygon[i - 1] + (point - polygon[i - 1]) * (before / (before - here)))
        if here >= 0:
            kept.append(point)
    return np.array(kept).reshape(-1, polygon.shape[1])


def _straightened(points: list[Relative]) -> tuple[Relative, ...]:
    """Without the corners at which a polygon hardly turns."""
    kept = list(points)
    for point in points:
        i = kept.index(point)
        (x0, y0), (x1, y1), (x2, y2) = kept[i - 1], kept[i], kept[(i + 1) % len(kept)]
        twice_area = abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
        if len(kept) > 3 and twice_area < 2e-3 * np.hypot(x2 - x0, y2 - y0):
            del kept[i]
    return tuple(kept) if len(kept) >= 3 else ()


def _inside(point: NDArray[np.floating]) -> Relative:
    x, y = (round(min(max(float(part), 0.0), 1.0), 4) for part in point)
    return x, y
