"""Conditions of the camera itself: motion blur, shaking, a dirty lens, and an encoder that has too few bits.

Each takes the picture (uint8 BGR), the view and a strength above 0, up to 1, and returns a new picture.
"""

import math
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from secondsight.sim.conditions.textures import (
    FrameContext,
    Image,
    Plane,
    clouds,
    curve,
    cut,
    flakes,
    inverse,
    level,
    mix,
    scale,
    soft,
)

_Pixel = TypeVar("_Pixel", np.uint8, np.uint16)

_REACH = 9
"""Pixels by which a picture 640 wide shakes at most, at strength 1."""


def shake_shift(t: float, width: int, rng: np.random.Generator, strength: float) -> tuple[int, int]:
    """By how many pixels the picture is moved right and down: wind on a pole, with a gust now and then."""
    reach = _REACH * strength * width / 640
    gust = 0.35 + 0.65 * max(0.0, math.sin(t * rng.uniform(0.5, 0.9) + rng.uniform(0, 6))) ** 2
    waves = rng.uniform(4, 17, (2, 3)) * t + rng.uniform(0, 6, (2, 3))
    dx, dy = (np.sin(waves) @ np.array([0.5, 0.3, 0.2]) * reach * gust).tolist()
    return round(dx), round(0.7 * dy)


def shake(picture: Image, view: FrameContext, strength: float) -> Image:
    """The picture moved by `shake_shift`; its edge is stretched over what comes in."""
    by = shake_shift(view.t, view.width, view.still("shake"), strength)
    return move(picture, by, cv2.BORDER_REPLICATE)


def move(plane: NDArray[_Pixel], by: tuple[int, int], border: int = cv2.BORDER_CONSTANT) -> NDArray[_Pixel]:
    """A picture of any kind moved by whole pixels; what comes in is 0, or as OpenCV's `border` says."""
    dx, dy = by
    height, width = plane.shape[:2]
    padded = cv2.copyMakeBorder(plane, max(dy, 0), max(-dy, 0), max(dx, 0), max(-dx, 0), border)
    top, left = max(-dy, 0), max(-dx, 0)
    return np.ascontiguousarray(padded[top : top + height, left : left + width], plane.dtype)


def motion_blur(picture: Image, view: FrameContext, strength: float) -> Image:
    """A long exposure: everything smears along a direction that wanders, by up to 14 pixels in 640."""
    rng = view.still("blur")
    angle = rng.uniform(0, math.pi) + 0.6 * math.sin(view.t * rng.uniform(0.3, 1.2))
    length = 14 * strength * view.width / 640 * (0.7 + 0.3 * math.sin(view.t * rng.uniform(2, 5)))
    for part in (4 / 7, 2 / 7, 1 / 7):  # three averages with a moved copy make a line of eight steps
        by = round(length * part * math.cos(angle)), round(length * part * math.sin(angle))
        moved = move(picture, by, cv2.BORDER_REPLICATE)
        picture = np.asarray(cv2.addWeighted(picture, 0.5, moved, 0.5, 0), np.uint8)
    return picture


def dirty_lens(picture: Image, view: FrameContext, strength: float) -> Image:
    """Smears that blur and fog, dust that darkens, and drops that turn the picture upside down."""
    s = strength
    height, width = view.height, view.width
    rng = view.still("dirt")
    a, b, c, d = rng.integers(0, 1 << 20, 4)
    film = level(cut(clouds(height, width, 4), a, b), 1.6, 176 * s - 304, 110 + 130 * s)
    picture = mix(picture, level(soft(picture, 4, 9, 9), 0.8, 34), film)
    dust = cv2.blur(cut(flakes(height, width, 60, 3.6), c, d), (15, 15))
    picture = scale(picture, inverse(level(np.asarray(dust, np.uint8), 1.1 * s)))
    upside_down = np.asarray(cv2.flip(soft(picture, 3, 3, 3), 0), np.uint8)
    return mix(picture, curve(upside_down, 0.9, (1.1, 1.1, 1.1)), _drops(view, rng, round(4 + 18 * s)))


def _drops(view: FrameContext, rng: np.random.Generator, count: int) -> Plane:
    """Where drops sit on the lens, and how little shows through them."""
    drops = np.zeros((view.height, view.width), np.uint8)
    for x, y, size in rng.random((count, 3)):
        radius = int((0.006 + 0.022 * size**2) * view.width)
        centre, axes = (int(x * view.width), int(y * view.height)), (radius, round(radius * 1.15))
        cv2.ellipse(drops, centre, axes, 0, 0, 360, 120 + int(90 * size), -1, cv2.LINE_AA)
    return np.asarray(cv2.blur(drops, (7, 7)), np.uint8)


def low_bitrate(picture: Image, view: FrameContext, strength: float) -> Image:
    """Coarse blocks, as a starved encoder leaves them; the key frames, every 2 s, are worst."""
    s = strength
    share = 1 - 0.5 * s
    key = max(0.0, 1 - view.t % 2.0)
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    quality = max(3, round(34 - 25 * s - 5 * key * s))
    _, coded = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, quality))
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(cv2.resize(decoded, (view.width, view.height)), np.uint8)
