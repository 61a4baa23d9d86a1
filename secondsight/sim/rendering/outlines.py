"""From solids in metres to flat polygons in pixels, for all bodies of a frame at once.

Drawing is cheap and counting in Python is slow: with one numpy call per step for the whole frame instead of one per
limb, ten people cost about as much as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.sim.shapes.camera import NEAR, Camera
from secondsight.sim.shapes.raster import Polygons, bounds, fixed
from secondsight.sim.shapes.shading import Light, vignette
from secondsight.sim.shapes.shapes import Capsule, ObjectShape, Solid

Array = NDArray[np.float64]
Numbers = NDArray[np.intp]

_ARC = 7
"""Corners of each of the two arcs of a limb's outline."""

_TONES = ((-0.9, 1.0, 0.0), (0.0, 0.72, 0.26), (0.75, 0.36, 0.56))
"""A limb is painted three times: angle of the surface from the viewer towards the light (radians), then width and
sideways shift of the band in that tone, in radii."""

_HAIRLINE = 1.2
"""Pixels of radius below which a limb has one tone only."""


@dataclass(frozen=True, slots=True)
class Strokes:
    """Convex polygons of one frame in the order in which they are to be painted within each body.

    Attributes:
        polygons: for `raster.fill`.
        bounds: int32 (n, 4), fine pixels that each reaches.
        colours: BGR 0..255, lit.
        whole: whether the polygon belongs to the silhouette; the other ones lie within it.
        starts: where each body's polygons begin, one more than there are bodies.
    """

    polygons: Sequence[Polygons]
    bounds: NDArray[np.int32]
    colours: Sequence[tuple[int, int, int]]
    whole: Sequence[bool]
    starts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Faces:
    """Flat faces of many solids, all padded to the same number of corners by repeating the last one.

    Attributes:
        corners: float64 (n, k, 3), metres.
        colours: float64 (n, 3).
        normals: float64 (n, 3), outwards.
        bodies: intp (n,), position of the body that each belongs to.
        solids: intp (n,), number of the solid that each belongs to, from 0 without gaps; those of a body in one run.
        middles: float64 (n, 3), middle of that solid.
    """

    corners: Array
    colours: Array
    normals: Array
    bodies: Numbers
    solids: Numbers
    middles: Array

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "Faces":
        return Faces(
            self.corners[chosen],
            self.colours[chosen],
            self.normals[chosen],
            self.bodies[chosen],
            self.solids[chosen],
            self.middles[chosen],
        )


@dataclass(frozen=True, slots=True)
class Limbs:
    """Many capsules: ends float64 (n, 3) in metres, radii (n,), colours (n, 3), positions of their bodies (n,)."""

    a: Array
    b: Array
    radius_a: Array
    radius_b: Array
    colours: Array
    bodies: Numbers


@dataclass(frozen=True, slots=True)
class Silhouettes:
    """All solid parts of some bodies, and the points (n, 3) where these stand."""

    limbs: Limbs
    faces: Faces
    places: Array


def gather(bodies: Sequence[ObjectShape]) -> Silhouettes:
    """All capsules and all faces of solids; other shapes are not solid."""
    limbs, limb_bodies = [], []
    solids, solid_bodies = [], []
    for position, body in enumerate(bodies):
        for shape in body.shapes:
            if isinstance(shape, Capsule):
                limbs.append((*shape.a, *shape.b, shape.radius_a, shape.radius_b, *shape.colour))
                limb_bodies.append(position)
            elif isinstance(shape, Solid):
                solids.append(shape)
                solid_bodies.append(position)
    table = np.array(limbs, dtype=np.float64).reshape(-1, 11)
    return Silhouettes(
        Limbs(
            table[:, 0:3],
            table[:, 3:6],
            table[:, 6],
            table[:, 7],
            table[:, 8:11],
            np.array(limb_bodies, dtype=np.intp),
        ),
        _faces(solids, solid_bodies),
        np.array([body.place for body in bodies], dtype=np.float64).reshape(-1, 3),
    )


def _faces(solids: Sequence[Solid], bodies: Sequence[int]) -> Faces:
    if not solids:
        none = np.zeros((0, 3))
        nobody = np.zeros(0, dtype=np.intp)
        return Faces(np.zeros((0, 3, 3)), none, none, nobody, nobody, none)
    corners = max(len(face) for solid in solids for face in solid.faces)
    index, offset = [], 0
    for solid in solids:
        for face in solid.faces:
            padded = [corner + offset for corner in face]
            index.append(padded + padded[-1:] * (corners - len(padded)))
        offset += len(solid.vertices)
    counts = [len(solid.faces) for solid in solids]
    points = np.concatenate([solid.vertices for solid in solids]).astype(np.float64)[np.array(index)]
    first = points[:, 0]
    normals = np.cross(points[:, 1] - first, points[:, 2] - first)
    return Faces(
        points,
        np.array([colour for solid in solids for colour in solid.colours], dtype=np.float64),
        normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12),
        np.repeat(np.array(bodies, dtype=np.intp), counts),
        np.repeat(np.arange(len(solids)), counts),
        np.repeat(np.array([solid.vertices.mean(0) for solid in solids], dtype=np.float64), counts, axis=0),
    )


def strokes(camera: Camera, light: Light, scene: Silhouettes) -> Strokes:
    """What the solid parts of bodies look like; within each body the far parts come first."""
    drawn = [_limb_strokes(camera, light, scene.limbs), _face_strokes(camera, light, scene.faces)]
    flat = [fixed(part.polygons) for part in drawn]
    polygons = [polygon for part in flat for polygon in part]
    owners, depths, tones = (
        np.concatenate([getattr(part, name) for part in drawn]) for name in ("bodies", "depths", "tones")
    )
    middles = np.concatenate([part.polygons.mean(1) for part in drawn])
    colours = np.concatenate([part.colours for part in drawn]) * vignette(camera, middles)[:, None]
    order = np.lexsort((tones, -depths, owners))
    return Strokes(
        [polygons[place] for place in order],
        np.concatenate([bounds(part) for part in flat])[order],
        [(blue, green, red) for blue, green, red in np.rint(colours[order]).astype(int).tolist()],
        (tones[order] == 0).tolist(),
        np.searchsorted(owners[order], np.arange(len(scene.places) + 1)).tolist(),
    )


@dataclass(frozen=True, slots=True)
class _Unsorted:
    """Polygons (n, k, 2), colours (n, 3), and per polygon body, depth of the part it belongs to, tone."""

    polygons: Array
    colours: Array
    bodies: Numbers
    depths: Array
    tones: Numbers


def _limb_strokes(camera: Camera, light: Light, limbs: Limbs) -> _Unsorted:
    a, b = camera.view(limbs.a), camera.view(limbs.b)
    keep = np.maximum(a[:, 2], b[:, 2]) > NEAR
    a, b, radius_a, radius_b = a[keep], b[keep], limbs.radius_a[keep], limbs.radius_b[keep]
    a, b = _before_lens(a, b), _before_lens(b, a)
    middle = (a + b) / 2
    towards, sideways = _facing(camera, light, a, b, middle)
    pixel_a, pixel_b = camera.pixels(a), camera.pixels(b)
    size_a, size_b = radius_a * camera.focal / a[:, 2], radius_b * camera.focal / b[:, 2]
    along = pixel_b - pixel_a
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    polygons, colours, tones, chosen = [], [], [], []
    for tone, (angle, width, shift) in enumerate(_TONES):
        show = np.maximum(size_a, size_b) > _HAIRLINE * tone
        normals = np.cos(angle) * towards + np.sin(angle) * sideways
        # Inner bands reach nearly as far as the limb, or joints would look like rings.
        push = along * (0.85 * (1 - width))
        side = sideways[:, :2] * shift
        polygons.append(
            hull(
                (pixel_a + (side - push) * size_a[:, None])[show],
                (size_a * width)[show],
                (pixel_b + (side + push) * size_b[:, None])[show],
                (size_b * width)[show],
            )
        )
        brightness = light.on(normals @ camera.axes)
        colours.append(light.shade(limbs.colours[keep], brightness)[show])
        chosen.append(np.flatnonzero(show))
        tones.append(np.full(len(chosen[-1]), tone, dtype=np.intp))
    part = np.concatenate(chosen)
    return _Unsorted(
        np.concatenate(polygons),
        np.concatenate(colours),
        limbs.bodies[keep][part],
        middle[part, 2],
        np.concatenate(tones),
    )


def _before_lens(end: Array, other: Array) -> Array:
    """`end`, or where the line to `other` comes out in front of the camera."""
    behind = end[:, 2] < NEAR
    share = np.where(behind, (NEAR - end[:, 2]) / np.where(behind, other[:, 2] - end[:, 2], 1.0), 0.0)
    return end + (other - end) * share[:, None]


def _facing(camera: Camera, light: Light, a: Array, b: Array, middle: Array) -> tuple[Array, Array]:
    """Unit normals of limbs, in the camera's frame: of the side that faces the lens and of the lit edge."""
    axis = b - a
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    axis = axis / np.maximum(length, 1e-9)
    lens = -middle / np.linalg.norm(middle, axis=1, keepdims=True)
    across = lens - axis * (lens * axis).sum(1, keepdims=True)
    # Of a ball, and of a limb that points at the lens, one sees a disc.
    disc = (length < 1e-6) | ((across * across).sum(1, keepdims=True) < 0.04)
    towards = _unit(np.where(disc, lens, across))
    sun = camera.axes @ light.direction
    beside = _unit(sun - towards * (towards @ sun)[:, None])
    edge = np.cross(axis, towards)
    edge = edge * np.where(edge @ sun < 0, -1.0, 1.0)[:, None]
    return towards, np.where(disc, beside, edge)


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def _positive(products: Array) -> NDArray[np.bool_]:
    return np.asarray(products.sum(1) > 0, dtype=np.bool_)


def _face_strokes(camera: Camera, light: Light, faces: Faces) -> _Unsorted:
    first = faces.corners[:, 0]
    shown = faces[_positive((camera.origin - first) * faces.normals)]
    seen = camera.view(shown.corners)
    keep = _positive(np.maximum(seen[..., 2] - NEAR, 0.0))
    seen, shown = cut_near(seen[keep]), shown[keep]
    count = len(seen)
    return _Unsorted(
        camera.pixels(seen),
        light.shade(shown.colours, light.on(shown.normals)),
        shown.bodies,
        camera.view(shown.middles)[:, 2],
        np.zeros(count, dtype=np.intp),
    )


def hull(a: Array, radius_a: Array, b: Array, radius_b: Array) -> Array:
    """Convex outlines (n, 2 * _ARC, 2) of pairs of circles with centres (n, 2) and radii (n,)."""
    delta = b - a
    distance = np.maximum(np.hypot(delta[:, 0], delta[:, 1]), 1e-9)
    heading = np.arctan2(delta[:, 1], delta[:, 0])[:, None]
    spread = np.arccos(np.clip((radius_a - radius_b) / distance, -1.0, 1.0))[:, None]
    steps = np.linspace(0.0, 1.0, _ARC)
    far = heading + spread + (2 * np.pi - 2 * spread) * steps
    near = heading - spread + 2 * spread * steps
    round_a = a[:, None] + radius_a[:, None, None] * np.stack([np.cos(far), np.sin(far)], -1)
    round_b = b[:, None] + radius_b[:, None, None] * np.stack([np.cos(near), np.sin(near)], -1)
    return np.concatenate([round_a, round_b], 1)


def cut_near(polygons: Array) -> Array:
    """Convex polygons (n, k, 3) in the camera's frame, cut off at the lens: (n, m, 3), the last corner repeated.

    Each has a corner in front of the lens. Returned as they are (n, k, 3) if none reaches behind it; else m is k + 1,
    or more where corners that lie in the lens's plane but for rounding make an outline cross it more than twice.
    """
    behind = polygons[..., 2] < NEAR
    crossing = np.flatnonzero(behind.any(1))
    if not crossing.size:
        return polygons
    cuts = [cut_one(polygons[number]) for number in crossing]
    more = max(1, max(map(len, cuts)) - polygons.shape[1])
    padded = np.concatenate([polygons, np.repeat(polygons[:, -1:], more, axis=1)], 1)
    for number, cut in zip(crossing, cuts, strict=True):
        padded[number, : len(cut)] = cut
        padded[number, len(cut) :] = cut[-1]
    return padded


def cut_one(polygon: Array) -> Array:
    """The part in front of the lens of one polygon (k, 3) in the camera's frame (Sutherland and Hodgman, 1974)."""
    kept: list[Array] = []
    for corner, following in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if corner[2] >= NEAR:
            kept.append(corner)
        if (corner[2] >= NEAR) != (following[2] >= NEAR):
            kept.append(corner + (following - corner) * ((NEAR - corner[2]) / (following[2] - corner[2])))
    return np.array(kept).reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class Shadows:
    """Convex polygons on the ground for `raster.fill` at the picture's own size, and the body of each."""

    polygons: Sequence[Polygons]
    bounds: NDArray[np.int32]
    bodies: Numbers


def shadows(camera: Camera, light: Light, scene: Silhouettes) -> Shadows:
    """Shadows that the solid parts of bodies cast on the level ground at the height of each body's place."""
    sun = light.direction
    if sun[2] <= 0 or light.sun_strength <= 0:
        return Shadows([], np.zeros((0, 4), dtype=np.int32), np.zeros(0, dtype=np.intp))
    # A sun on the horizon would cast shadows without end.
    sun = _unit(np.array([[sun[0], sun[1], max(sun[2], 0.2)]]))[0]
    right = _unit(np.cross(sun, [[1.0, 0.0, 0.0]] if abs(sun[0]) < 0.9 else [[0.0, 1.0, 0.0]]))[0]
    plane = np.stack([right, np.cross(sun, right)])
    limbs, faces = scene.limbs, scene.faces
    outline = hull(limbs.a @ plane.T, limbs.radius_a, limbs.b @ plane.T, limbs.radius_b)
    lit = faces[_positive(faces.normals * sun)]
    groups, owners = [], []
    for points, owner in ((outline @ plane, limbs.bodies), (lit.corners, lit.bodies)):
        drop = (points[..., 2] - scene.places[owner, 2:]) / sun[2]
        seen = camera.view(points - drop[..., None] * sun)
        keep = (seen[..., 2] > NEAR).any(1)
        groups.append(fixed(camera.pixels(cut_near(seen[keep])), scale=1))
        owners.append(owner[keep])
    return Shadows(
        [polygon for group in groups for polygon in group],
        np.concatenate([bounds(group) for group in groups]),
        np.concatenate(owners),
    )
