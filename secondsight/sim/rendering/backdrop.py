"""What stands still, painted once: ground, sky, buildings, marks, and which pixels a standing thing can hide.

Painting it takes about as long as thirty frames, so it is done once per camera and light, with a depth buffer and
texture that the moving bodies do without.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from secondsight.sim.rendering.outlines import cut_one, gather, hull, shadows
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.raster import FINE, Polygons, bounds, fill, fill_any, fixed, offset
from secondsight.sim.shapes.shading import Light, vignette
from secondsight.sim.shapes.shapes import Capsule, Colour, GroundPatch, ObjectShape, Solid

Array = NDArray[np.float64]
Float = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_GRAINS = ((0.05, 0.035), (0.3, 0.03), (2.0, 0.04), (11.0, 0.035))
"""Texture: size of a grain in metres and how much it changes the brightness."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What stands still in a scene.

    Attributes:
        ground, sky: their colours.
        bodies: static things that never stand before an actor, marks on the ground among them.
        occluders: static things that may hide actors (pillars, shelves, barriers); solids and capsules.
    """

    ground: Colour
    sky: Colour
    bodies: tuple[ObjectShape, ...] = ()
    occluders: tuple[ObjectShape, ...] = ()


@dataclass(frozen=True, slots=True)
class Occluder:
    """One occluding solid or limb.

    Attributes:
        left, top: fine pixel of the mask's corner.
        mask: uint8 (rows, columns), 255 where it covers the picture, at FINE times its size.
        planes: float64 (n, 4). A person on the outer side of one of these, n . p + d > 0, is not hidden: the
            camera is on that side too, and the whole solid is on the other.
    """

    left: int
    top: int
    mask: Bytes
    planes: Array

    def hides(self, point: Array) -> bool:
        """Whether it may stand between the camera and a point (3,)."""
        return not bool((self.planes[:, :3] @ point + self.planes[:, 3] > 0).any())


@dataclass(frozen=True, slots=True)
class Backplate:
    """The painted backdrop.

    Attributes:
        image: uint8 (FINE * height, FINE * width, 3), BGR.
        depth: float32 (height, width), metres along the optical axis; inf for the sky.
        floor: uint8 (height, width), 255 where shadows can fall: what looks up.
        screens: the occluders' parts.
    """

    image: Bytes
    depth: Float
    floor: Bytes
    screens: tuple[Occluder, ...]


@dataclass(frozen=True, slots=True)
class _Face:
    """A flat polygon (k, 3) in metres with its unit normal; what stands for a limb is rounded across `side` (2, 3).

    Attributes:
        side: a point of the limb's axis, and the direction across it, of length 1 / radius.
    """

    corners: Array
    normal: Array
    colour: Colour
    side: Array | None = None


class Painter:
    """Paints one backdrop; all arrays are at FINE times the picture's size.

    Args:
        seed: of the texture.
    """

    def __init__(self, camera: Camera, light: Light, seed: int) -> None:
        self._camera, self._light = camera, light
        rows, columns = camera.height * FINE, camera.width * FINE
        u, v = ((np.arange(count) + 0.5) / FINE for count in (columns, rows))
        self._pixels = np.stack(np.meshgrid(u, v), -1)
        self._rays: Float = camera.rays(self._pixels).astype(np.float32)
        self._noise = _noise(seed)
        self._image = np.zeros((rows, columns, 3), dtype=np.float32)
        self._depth = np.full((rows, columns), np.inf, dtype=np.float32)
        self._floor = np.zeros((rows, columns), dtype=np.uint8)

    def paint(self, backdrop: Backdrop) -> Backplate:
        """Ground and sky, then solids by depth, then marks, then the shadows of all that."""
        self._paint_sky(backdrop.sky)
        self._paint_ground(backdrop.ground)
        static = (*backdrop.bodies, *backdrop.occluders)
        for body in static:
            for shape in body.shapes:
                for face in _visible(self._camera, shape):
                    self._paint_face(face)
        for body in static:
            for shape in body.shapes:
                if isinstance(shape, GroundPatch):
                    self._paint_patch(shape)
        self._paint_shadows(static)
        self._image *= vignette(self._camera, self._pixels)[..., None].astype(np.float32)
        small = (self._camera.width, self._camera.height)
        screens = [
            screen for body in backdrop.occluders for shape in body.shapes for screen in self._screen(shape)
        ]
        return Backplate(
            np.rint(self._image).clip(0, 255).astype(np.uint8),
            self._depth[FINE // 2 :: FINE, FINE // 2 :: FINE].copy(),
            np.asarray(cv2.resize(self._floor, small, interpolation=cv2.INTER_AREA), dtype=np.uint8),
            tuple(screens),
        )

    def _paint_sky(self, sky: Colour) -> None:
        rise = self._rays[..., 2] / np.hypot(self._rays[..., 0], self._rays[..., 1]).clip(1e-6)
        lit = np.array(sky) * self._light.colour
        haze = lit + (np.full(3, lit.mean() + 25) - lit) * 0.6
        low = np.exp(-6 * np.maximum(rise, 0))[..., None]
        self._image[:] = (lit * (1 - low) + haze * low).clip(0, 255)

    def _paint_ground(self, ground: Colour) -> None:
        falls = self._rays[..., 2] < -1e-5
        self._depth[falls] = -self._camera.origin[2] / self._rays[..., 2][falls]
        self._floor[falls] = 255
        up = np.array([0.0, 0.0, 1.0])
        lit = self._light.shade(np.array(ground), self._light.on(up))
        depth = self._depth[falls]
        grain = self._grain(self._points(self._rays[falls], depth), up, depth)
        far = (1 - np.exp(-depth / 500))[:, None]
        self._image[falls] = (lit * grain[:, None]) * (1 - far) + self._image[falls] * far

    def _points(self, rays: Float, depth: Float) -> Float:
        return np.asarray(self._camera.origin.astype(np.float32) + rays * depth[:, None], dtype=np.float32)

    def _grain(self, points: Float, normal: Array, depth: Float) -> Float:
        """Brightness (n,) of a rough surface; grains smaller than a pixel fade away."""
        steep = abs(normal[2]) < 0.7
        x, y, z = points.T
        plane: Float = np.stack([x + y, z] if steep else [x, y])
        brightness = np.ones(len(points), dtype=np.float32)
        rise = np.maximum(self._camera.origin[2], 1.0) if not steep else depth
        footprint = depth * np.maximum(depth / rise, 1.0) / self._camera.focal
        for size, strength in _GRAINS:
            seen = footprint < 8 * size
            if not seen.any():
                continue
            fade = strength * np.minimum(1, size / footprint[seen])
            brightness[seen] += _sampled(self._noise, plane[:, seen] / np.float32(size)) * fade
        return brightness

    def _paint_face(self, face: _Face) -> None:
        area = self._area(face.corners)
        if area is None:
            return
        part, inside = area
        depth = self._plane_depth(part, face)
        inside = inside & (depth < self._depth[part]) & (depth > 0)
        if not inside.any():
            return
        self._depth[part][inside] = depth[inside]
        self._floor[part][inside] = 255 if face.normal[2] > 0.9 else 0
        points = self._points(self._rays[part][inside], depth[inside])
        brightness = self._light.on(_normals(face, points)) * self._grain(points, face.normal, depth[inside])
        if abs(face.normal[2]) < 0.5:
            # Corners near the ground get less of the sky.
            brightness = brightness * (1 - 0.22 * np.exp(-np.maximum(points[:, 2], 0) / 0.6))
        self._image[part][inside] = self._light.shade(np.array(face.colour)[None], brightness)

    def _plane_depth(self, part: tuple[slice, slice], face: _Face) -> Float:
        height = float((face.corners[0] - self._camera.origin) @ face.normal)
        slope = self._rays[part] @ face.normal.astype(np.float32)
        return np.asarray(height / np.where(np.abs(slope) < 1e-9, 1e-9, slope), dtype=np.float32)

    def _paint_patch(self, patch: GroundPatch) -> None:
        area = self._area(patch.outline.astype(np.float64))
        if area is None:
            return
        part, inside = area
        up = np.array([0.0, 0.0, 1.0])
        depth = self._plane_depth(part, _Face(patch.outline.astype(np.float64), up, patch.colour))
        # Marks lie in the surface they are painted on: 2 % nearer is still the same surface.
        inside = inside & (depth < self._depth[part] * 1.02) & (depth > 0)
        if not inside.any():
            return
        points = self._points(self._rays[part][inside], depth[inside])
        brightness = self._light.on(up) * self._grain(points, up, depth[inside])
        lit = self._light.shade(np.array(patch.colour)[None], brightness)
        self._image[part][inside] += ((lit - self._image[part][inside]) * patch.opacity).astype(np.float32)

    def _paint_shadows(self, static: Sequence[ObjectShape]) -> None:
        rows, columns = self._depth.shape
        mask = np.zeros((self._camera.height, self._camera.width), dtype=np.uint8)
        for polygon in shadows(self._camera, self._light, gather(static)).polygons:
            fill(mask, polygon, 255)
        height = self._camera.origin[2] + self._rays[..., 2] * np.where(np.isinf(self._depth), 0, self._depth)
        soft = cv2.resize(cv2.GaussianBlur(mask, (0, 0), 0.8), (columns, rows)).astype(np.float32) / 255
        soft *= (self._floor > 0) & (np.abs(height) < 0.05)
        self._image *= (1 - (1 - self._light.shadow) * soft)[..., None]

    def _area(self, corners: Array) -> tuple[tuple[slice, slice], NDArray[np.bool_]] | None:
        """The part of the canvas that a flat polygon (k, 3) reaches, and which of its pixels it covers."""
        polygon = outline(self._camera, corners)
        if polygon is None:
            return None
        rows, columns = self._depth.shape
        left, top, right, bottom = np.clip(bounds(polygon), 0, (columns, rows, columns, rows)).tolist()
        if right <= left or bottom <= top:
            return None
        mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
        fill_any(mask, polygon + offset(-left, -top), 255)
        return (slice(top, bottom), slice(left, right)), mask > 0

    def _screen(self, shape: object) -> Iterator[Occluder]:
        mask = np.zeros(self._depth.shape, dtype=np.uint8)
        faces = list(_visible(self._camera, shape))
        for face in faces:
            area = self._area(face.corners)
            if area is not None:
                mask[area[0]][area[1]] = 255
        left, top, columns, rows = cv2.boundingRect(mask)
        if columns and rows:
            planes = np.array([[*face.normal, -(face.normal @ face.corners[0])] for face in faces])
            if isinstance(shape, Capsule):
                planes = _upright(self._camera, shape)
            yield Occluder(left, top, mask[top : top + rows, left : left + columns].copy(), planes)


def _noise(seed: int) -> Float:
    """A tile of smooth noise, float32 (256, 256), mean 0, deviation 1, that repeats without a seam."""
    raw = np.random.default_rng(seed).standard_normal((256, 256)).astype(np.float32)
    wrapped = cv2.GaussianBlur(np.pad(raw, 8, mode="wrap"), (0, 0), 0.8)[8:-8, 8:-8]
    return np.asarray((wrapped - wrapped.mean()) / wrapped.std(), dtype=np.float32)


def _sampled(tile: Float, place: Float) -> Float:
    """Values (n,) of an endlessly repeated tile at columns and rows (2, n), interpolated."""
    count = place.shape[1]
    # OpenCV maps no rows longer than 32767.
    wide = np.zeros((2, -(-count // 1024) * 1024), dtype=np.float32)
    # It wraps by itself, but counts in 16 bits: begin near 0.
    wide[:, :count] = place - np.floor(place[:, :1] / tile.shape[0]) * tile.shape[0]
    x, y = wide.reshape(2, -1, 1024)
    value = cv2.remap(tile, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(value.reshape(-1)[:count], dtype=np.float32)


def _normals(face: _Face, points: Float) -> Array:
    """Unit normals at points (n, 3) of a face: (3,) if it is flat, else (n, 3)."""
    if face.side is None:
        return face.normal
    middle, across = face.side
    off = np.clip((points - middle) @ across, -0.97, 0.97)[:, None]
    return np.asarray(np.sqrt(1 - off * off) * face.normal + off * (across / np.linalg.norm(across)))


def _visible(camera: Camera, shape: object) -> Iterator[_Face]:
    """The faces that one sees of a static shape; a limb is the strip through its axis that faces the lens."""
    if isinstance(shape, Solid):
        vertices = shape.vertices.astype(np.float64)
        for face, colour in zip(shape.faces, shape.colours, strict=True):
            corners = vertices[list(face)]
            normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
            normal /= max(float(np.linalg.norm(normal)), 1e-12)
            if (camera.origin - corners[0]) @ normal > 0:
                yield _Face(corners, normal, colour)
    elif isinstance(shape, Capsule):
        yield _strip(camera, shape)


def _strip(camera: Camera, limb: Capsule) -> _Face:
    a, b = np.array(limb.a, dtype=np.float64), np.array(limb.b, dtype=np.float64)
    lens = camera.origin - (a + b) / 2
    lens /= np.linalg.norm(lens)
    length = float(np.linalg.norm(b - a))
    axis = (b - a) / length if length > 1e-6 else np.zeros(3)
    normal = lens - axis * (lens @ axis)
    if np.linalg.norm(normal) < 0.2 or length <= 1e-6:
        normal = lens
    normal /= np.linalg.norm(normal)
    side = np.cross(normal, [0.0, 0.0, 1.0] if abs(normal[2]) < 0.9 else [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    plane = np.stack([side, np.cross(normal, side)])
    flat = hull((plane @ a)[None], np.array([limb.radius_a]), (plane @ b)[None], np.array([limb.radius_b]))[0]
    middle = (a + b) / 2
    across = np.cross(axis, normal) if length > 1e-6 else side
    across /= max(float(np.linalg.norm(across)), 1e-9) * max(limb.radius_a, limb.radius_b)
    return _Face(flat @ plane + normal * (normal @ middle), normal, limb.colour, np.stack([middle, across]))


def _upright(camera: Camera, limb: Capsule) -> Array:
    """The upright plane (1, 4) along a limb, or across the line of sight to a pole: it divides before from behind."""
    a, b = np.array(limb.a, dtype=np.float64), np.array(limb.b, dtype=np.float64)
    middle = (a + b) / 2
    normal = (camera.origin - middle) * (1, 1, 0)
    along = (b - a) * (1, 1, 0)
    length = float(np.linalg.norm(along))
    if length > 0.1:
        crosswise = normal - along * (normal @ along) / length**2
        normal = crosswise if np.linalg.norm(crosswise) > 1e-6 else normal
    normal = normal / max(float(np.linalg.norm(normal)), 1e-9)
    return np.array([[*normal, -(normal @ middle)]])


def outline(camera: Camera, corners: Array) -> Polygons | None:
    """A flat polygon (k, 3) for `raster.fill_any`, with extra points on long edges, which a real lens bends.

    None if it is behind the lens.
    """
    following = np.roll(corners, -1, axis=0)
    counts = np.ones(len(corners), dtype=int)
    if camera.geometry.distortion:
        counts = np.clip(np.ceil(np.linalg.norm(following - corners, axis=1) / 0.5), 1, 64).astype(int)
    dense = np.concatenate(
        [
            start + (end - start) * (np.arange(count) / count)[:, None]
            for start, end, count in zip(corners, following, counts, strict=True)
        ]
    )
    seen = cut_one(camera.view(dense))
    return fixed(camera.pixels(seen)) if len(seen) >= 3 else None
