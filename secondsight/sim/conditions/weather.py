"""Conditions of the air: fog, rain and snow. What hides with distance goes by the picture's depth.

Each takes the picture (uint8 BGR), the view and a strength above 0, up to 1, and returns a new picture.
"""

import math

import cv2
import numpy as np

from secondsight.sim.conditions.textures import (
    Colour,
    FrameContext,
    Image,
    Plane,
    add,
    clouds,
    curve,
    cut,
    cut_any,
    flakes,
    grey,
    inverse,
    level,
    mix,
    soft,
    streaks,
    tint,
)


def fog(picture: Image, view: FrameContext, strength: float) -> Image:
    """Fog in drifting banks. One sees about 150 m at strength 0.3, 43 m at 0.7 and 25 m at 1 (3 / extinction)."""
    beta = 0.12 * strength**1.5
    banks = cut(clouds(view.height, view.width, 2), *_place(view, "fog", 7.0))
    thickness = (banks * np.float32(0.8 / 255) + np.float32(0.6)) * np.float32(-beta)
    hidden = (255 - 255 * np.exp(view.depth * thickness)).astype(np.uint8)
    return tint(grey(picture, 0.3 * strength), _air(view), hidden)


def rain(picture: Image, view: FrameContext, strength: float) -> Image:
    """Darker, wet ground that mirrors what stands on it, splashes, a veil, and streaks in two distances."""
    s = strength
    height, width = view.height, view.width
    ground = view.ground()
    low = 1 - 0.22 * s
    picture = curve(grey(picture, 0.35 * s), 1.0, (low * 1.03, low, low * 0.97))
    puddles = cut(clouds(height, width, 5), *_place(view, "puddles"))
    wet = _within(level(puddles, 3.0, 360 * s - 600, 60 + 110 * s), ground)
    mirror = np.roll(soft(curve(picture, 0.9, (1.08, 1.04, 1.0)), 4, 3, 17), height // 14, axis=0)
    picture = tint(mix(picture, mirror, wet), _air(view), inverse(view.veil(0.022 * s)))
    rng = view.moving("rain")
    slant = int(view.still("wind").integers(-3, 4))
    light = s * (0.35 + 0.3 * (1 - view.dark))
    far = cut_any(streaks(height, width, 1400, 12, slant), rng)
    near = cut_any(streaks(height, width, 220, 42, slant), rng)
    splash = _within(cut_any(flakes(height, width, 500, 1.2), rng), ground)
    falling = cv2.addWeighted(far, 0.55 * light, near, light, 0)
    return add(picture, np.asarray(cv2.addWeighted(falling, 1, splash, 0.45 * light, 0), np.uint8))


def snow(picture: Image, view: FrameContext, strength: float) -> Image:
    """A white ground, a veil, and flakes in three distances that float down."""
    s = strength
    height, width = view.height, view.width
    bright = 235 * (1 - 0.7 * view.dark)
    cover = cut(clouds(height, width, 6), *_place(view, "cover"))
    lying = _within(level(cover, 0.5 + 0.3 * s, 190 * s - 110, 225), view.ground())
    picture = tint(grey(picture, 0.3 * s), (bright, 0.98 * bright, 0.96 * bright), lying)
    picture = tint(picture, _air(view), inverse(view.veil(0.03 * s)))
    wind = float(view.still("wind").uniform(-40, 40))
    gain = 1.1 * (1 - 0.55 * view.dark)
    for layer, (count, radius, speed) in enumerate(((1500, 1.0, 60.0), (400, 1.9, 130.0), (60, 3.6, 260.0))):
        sway = 10 * math.sin(view.t * (1.1 + 0.4 * layer) + layer)
        dots = cut(flakes(height, width, count, radius), -wind * view.t - sway, -speed * view.t + 97 * layer)
        picture = add(picture, level(dots, gain, -170 * (1 - s) * gain))
    return picture


def _within(plane: Plane, mask: Plane) -> Plane:
    return np.asarray(cv2.bitwise_and(plane, mask), np.uint8)


def _air(view: FrameContext) -> Colour:
    """Colour of the air itself, lit by what light there is."""
    light = 1 - 0.72 * view.dark
    return 208 * light, 204 * light, 200 * light


def _place(view: FrameContext, purpose: str, speed: float = 0.0) -> tuple[float, float]:
    """Where to cut a texture, in pixels; it drifts sideways at `speed` pixels per second."""
    x, y = view.still(purpose).integers(0, 1 << 20, 2)
    return float(x) + speed * view.t, float(y)
