"""Daylight of the city: one sun and a sky, enough to tell the lit side of a thing from the other."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shapes import Colour, Vector

Array = NDArray[np.float64]

_VIGNETTE = 0.16
"""How much darker the picture's corners are."""

_FROM_BELOW = 0.7
"""What a face that looks down gets of the sky's light: what the ground sends back."""


@dataclass(frozen=True, slots=True)
class Light:
    """What lights a scene.

    Attributes:
        sun: direction to the sun, of any length; from below the horizon it casts no shadows.
        sun_strength: of direct light, 0..1; 0 is an overcast sky.
        ambient: of the light from everywhere, 0..1.
        colour: factor per channel, BGR.
    """

    sun: Vector
    sun_strength: float
    ambient: float
    colour: Colour = (1.0, 1.0, 1.0)

    @property
    def direction(self) -> Array:
        """The sun's direction as a float64 unit vector (3,)."""
        return np.array(self.sun, dtype=np.float64) / math.sqrt(sum(part * part for part in self.sun))

    def on(self, normals: Array) -> Array:
        """Brightness (...) of surfaces with unit normals (..., 3): Lambert's law, more sky from above than below."""
        sky = self.ambient * (_FROM_BELOW + (1 - _FROM_BELOW) * (0.5 + 0.5 * normals[..., 2]))
        return np.asarray(sky + self.sun_strength * np.maximum(normals @ self.direction, 0.0))

    def shade(self, colours: Array, brightness: Array) -> Array:
        """Colours (..., 3) at a brightness (...), 0..255."""
        return np.asarray(np.clip(colours * brightness[..., None] * np.array(self.colour), 0.0, 255.0))

    @property
    def shadow(self) -> float:
        """Factor of the ground's brightness where the sun does not reach it."""
        up = np.array([0.0, 0.0, 1.0])
        if self.direction[2] <= 0:
            return 1.0
        lit = float(self.on(up))
        return self.ambient / lit if lit > 0 else 1.0


def vignette(camera: Camera, pixels: Array) -> Array:
    """Brightness (...) that a simple lens leaves at pixels (..., 2): 1 in the middle, less in the corners."""
    off = pixels / (camera.width / 2, camera.height / 2) - 1
    return np.asarray(1 - _VIGNETTE * np.minimum((off * off).sum(-1) / 2, 1.5) ** 1.5)
