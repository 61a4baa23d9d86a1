"""From metres to pixels and back: the one place that knows how a camera of the city sees.

A pinhole with one radial coefficient (Brown, "Close-range camera calibration", 1971). A barrel (k1 < 0) would fold
far points back into the picture beyond r^2 = 1 / (3 |k1|), so from there on the magnification stays as it is.
"""

import math

import numpy as np
from numpy.typing import NDArray

from secondsight.ground_truth import Geometry

Array = NDArray[np.float64]
Pixels = NDArray[np.float32]

NEAR = 0.1
"""Metres; what is nearer to the lens is not drawn."""

_NEWTON_STEPS = 24


class Camera:
    """A camera over the ground.

    Pixel coordinates are continuous: x from 0 at the left edge to `width` at the right one, y downwards.

    Args:
        geometry: where it stands, where it looks, its lens.
        width, height: of the picture, pixels.

    Attributes:
        focal: focal length in pixels.
        origin: float64 (3,), the lens, metres.
        axes: float64 (3, 3), rows right, down and forward as unit vectors of the world.
    """

    def __init__(self, geometry: Geometry, width: int, height: int) -> None:
        self.geometry, self.width, self.height = geometry, width, height
        self.focal = geometry.focal * width
        pan, tilt = math.radians(geometry.pan), math.radians(geometry.tilt)
        forward = np.array(
            [math.sin(pan) * math.cos(tilt), math.cos(pan) * math.cos(tilt), -math.sin(tilt)],
            dtype=np.float64,
        )
        right = np.array([math.cos(pan), -math.sin(pan), 0.0])
        self.origin: Array = np.array(geometry.position, dtype=np.float64)
        self.axes: Array = np.stack([right, np.cross(forward, right), forward])
        self._centre = np.array([width / 2, height / 2])
        bend = geometry.distortion
        self._fold = 1 / (3 * -bend) if bend < 0 else math.inf

    def project(self, points: NDArray[np.floating]) -> Pixels:
        """Where points of the world appear.

        Args:
            points: (n, 3), metres.

        Returns:
            float32 (n, 3): pixel x, pixel y, depth along the optical axis in metres. x and y mean nothing where
            the depth is not positive.
        """
        seen = self.view(points)
        return np.column_stack([self.pixels(seen), seen[:, 2]]).astype(np.float32)

    def relative(self, points: NDArray[np.floating]) -> Pixels:
        """Like `project`, but float32 (n, 2) in 0..1 of width and height; beyond for what is outside the picture."""
        return (self.pixels(self.view(points)) / (self.width, self.height)).astype(np.float32)

    def scale(self, depth: float) -> float:
        """Pixels per metre at a depth along the optical axis, metres, before distortion."""
        return self.focal / depth

    def ground(self, u: float, v: float) -> tuple[float, float]:
        """The point (x, y) of the ground, metres, that appears at a pixel; the inverse of `project` for z = 0.

        Raises:
            ValueError: the pixel shows no ground: it lies at or above the horizon.
        """
        ray = self.rays(np.array([[u, v]]))[0]
        if ray[2] >= 0:
            raise ValueError(f"no ground is seen at pixel ({u:g}, {v:g}): it is above the horizon")
        x, y, _ = self.origin - ray * (self.origin[2] / ray[2])
        return float(x), float(y)

    def view(self, points: NDArray[np.floating]) -> Array:
        """World points (..., 3) in the camera's own frame (..., 3): metres right, down and along the optical axis."""
        return np.asarray((points - self.origin) @ self.axes.T)

    def pixels(self, seen: Array) -> Array:
        """Pixel coordinates (..., 2) of points (..., 3) in the camera's frame, see `view`."""
        flat = seen[..., :2] / np.maximum(seen[..., 2:], 1e-6)
        if self.geometry.distortion:
            square = np.minimum((flat * flat).sum(-1, keepdims=True), self._fold)
            flat = flat * (1 + self.geometry.distortion * square)
        return np.asarray(flat * self.focal + self._centre)

    def rays(self, pixels: NDArray[np.floating]) -> Array:
        """Directions in the world (..., 3) in which pixels (..., 2) look, of length 1 along the optical axis."""
        flat = (pixels - self._centre) / self.focal
        if self.geometry.distortion:
            flat = flat * self._straightening(np.sqrt((flat * flat).sum(-1, keepdims=True)))
        return np.asarray(flat @ self.axes[:2] + self.axes[2])

    def _straightening(self, bent: Array) -> Array:
        """Factor that undoes the distortion at distorted radii: Newton on r + k1 r^3 = bent, monotone from `bent`."""
        bend = self.geometry.distortion
        edge = math.sqrt(self._fold) * 2 / 3  # r + k1 r^3 where it is largest, at r^2 = 1 / (3 |k1|)
        inside = np.minimum(bent, edge * (1 - 1e-9))
        radius = inside.copy()
        for _ in range(_NEWTON_STEPS):
            square = bend * radius * radius
            step = (radius * (1 + square) - inside) / (1 + 3 * square)
            radius -= step
            if np.abs(step).max() < 1e-9:
                break
        factor = radius / np.maximum(inside, 1e-12)
        return np.where(bent < 1e-12, 1.0, np.where(bent >= edge, 1.5, factor))
