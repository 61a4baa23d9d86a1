"""Smoke, steam, dust and flames: many soft balls, blended at a coarse size; what is soft needs no sharp pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from secondsight.sim.shapes.camera import NEAR, Camera
from secondsight.sim.shapes.shading import Light
from secondsight.sim.shapes.shapes import Puff

Float = NDArray[np.float32]

_SPRITE = 96
"""Pixels across the picture of one puff that all are scaled from."""

_RELIEF = 0.22
"""How much brighter the top of a puff is than its middle; what glows has none."""

_CELLS = 120
"""A cloud is blended at a size of at most this number of cells along its longer side."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """The puffs of one body blended over each other, in cells of `cell` pixels.

    Attributes:
        left, top: pixel of the first cell's corner.
        opacity: float32 (rows, columns), 0..1.
        colour: uint8 (rows, columns, 3), BGR.
    """

    left: int
    top: int
    cell: int
    opacity: Float
    colour: NDArray[np.uint8]

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """Pixels that it reaches: left, top, right, bottom."""
        rows, columns = self.opacity.shape
        return self.left, self.top, self.left + columns * self.cell, self.top + rows * self.cell


def sprite(seed: int) -> Float:
    """Picture of a puff, float32 (_SPRITE, _SPRITE, 2): opacity, 0 at the rim, and brightness, more at the top."""
    axis = (np.arange(_SPRITE, dtype=np.float32) + 0.5) / _SPRITE * 2 - 1
    radius = np.hypot(axis[:, None], axis[None, :])
    noise = np.random.default_rng(seed).standard_normal((_SPRITE, _SPRITE)).astype(np.float32)
    rough = cv2.GaussianBlur(noise, (0, 0), 2.5) * 2.5 + cv2.GaussianBlur(noise, (0, 0), 6.0) * 6.0
    edge = np.clip(1 - radius * (1 + 0.15 * rough), 0, 1)
    opacity = np.clip(edge * edge * (3 - 2 * edge) * (1.25 + 0.6 * rough), 0, 1) * (radius < 0.98)
    relief = 1 + _RELIEF * (0.6 * rough - axis[:, None])
    return np.stack([opacity, relief], -1).astype(np.float32)


def blend(
    camera: Camera, light: Light, puffs: Sequence[Puff], shape: Float, margin: tuple[int, int]
) -> Cloud | None:
    """Blend puffs from far to near.

    Args:
        shape: picture of one puff, see `sprite`.
        margin: pixels (x, y) beyond the picture's edges that are still looked at.

    Returns:
        None if nothing lies before the lens and within the margin.
    """
    seen = camera.view(np.array([puff.centre for puff in puffs], dtype=np.float64))
    pixels = camera.pixels(seen)
    sizes = np.array([puff.radius for puff in puffs]) * camera.focal / np.maximum(seen[:, 2], NEAR)
    keep = (seen[:, 2] > NEAR) & (sizes > 0.3)
    if not keep.any():
        return None
    bounds = np.array([[-margin[0], -margin[1]], [camera.width + margin[0], camera.height + margin[1]]])
    low = np.maximum(np.floor((pixels - sizes[:, None])[keep].min(0)), bounds[0]).astype(int)
    high = np.minimum(np.ceil((pixels + sizes[:, None])[keep].max(0)), bounds[1]).astype(int)
    if (high <= low).any():
        return None
    cell = max(1, int(np.ceil((high - low).max() / _CELLS)))
    columns, rows = (int(side) for side in -(-(high - low) // cell))
    colour = np.zeros((rows, columns, 3), dtype=np.float32)
    opacity = np.zeros((rows, columns), dtype=np.float32)
    for number in np.argsort(-seen[:, 2], kind="stable"):
        if keep[number]:
            centre, size = (pixels[number] - low) / cell, float(sizes[number]) / cell
            _lay(colour, opacity, puffs[number], _lit(light, puffs[number]), centre, size, shape)
    tint = np.rint(colour / np.maximum(opacity, 1e-4)[..., None]).clip(0, 255).astype(np.uint8)
    return Cloud(int(low[0]), int(low[1]), cell, opacity, tint)


def _lit(light: Light, puff: Puff) -> NDArray[np.float64]:
    """Light goes through a puff, so that no side of it is quite dark."""
    own = np.array(puff.colour, dtype=np.float64)
    lit = light.shade(own, np.array(light.ambient + 0.6 * light.sun_strength))
    return lit + (own - lit) * puff.glow


def _lay(
    colour: Float,
    opacity: Float,
    puff: Puff,
    lit: NDArray[np.float64],
    centre: NDArray[np.float64],
    size: float,
    shape: Float,
) -> None:
    """Blend one puff over what is there; centre and size (its radius) in cells."""
    rows, columns = opacity.shape
    left, top = (max(0, int(np.floor(middle - size))) for middle in centre)
    right, bottom = (
        min(side, int(np.ceil(middle + size)) + 1)
        for side, middle in zip((columns, rows), centre, strict=True)
    )
    if right <= left or bottom <= top:
        return
    scale = 2 * size / _SPRITE
    place = np.array(
        [
            [scale, 0, centre[0] - size - left - 0.5 + scale / 2],
            [0, scale, centre[1] - size - top - 0.5 + scale / 2],
        ]
    )
    # Where the sprite is made smaller than it is, an area has to be averaged, or small puffs would flicker.
    small = shape
    while scale < 0.5 and small.shape[0] > 12:
        small = np.asarray(cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
        scale *= 2
        place[0, 0] = place[1, 1] = scale
        place[0, 2], place[1, 2] = (
            middle - size - corner - 0.5 + scale / 2
            for middle, corner in zip(centre, (left, top), strict=True)
        )
    warped = cv2.warpAffine(small, place, (right - left, bottom - top))
    cover = warped[..., 0] * np.float32(puff.opacity)
    relief = warped[..., 1] + (1 - warped[..., 1]) * np.float32(puff.glow)
    part = (slice(top, bottom), slice(left, right))
    opacity[part] += cover * (1 - opacity[part])
    colour[part] *= (1 - cover)[..., None]
    colour[part] += (cover * relief)[..., None] * lit.astype(np.float32)
