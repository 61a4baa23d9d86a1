"""Conditions of the light: night, infra-red, backlight, sudden change, headlights and reflections.

Each takes the picture (uint8 BGR), the view and a strength above 0, up to 1, and returns a new picture.
"""

import math

import cv2
import numpy as np

from secondsight.sim.conditions.textures import (
    FrameContext,
    Image,
    Plane,
    add,
    clouds,
    coloured,
    curve,
    cut,
    cut_any,
    flare,
    grain,
    grey,
    inverse,
    level,
    pools,
    scale,
    soft,
)

_SUN = (235.0, 248.0, 255.0)


def night(picture: Image, view: FrameContext, strength: float) -> Image:
    """Little light, and what there is comes from a few warm lamps; between them colours fade and turn cold."""
    s = strength
    dim = 1 - 0.7 * s
    picture = curve(grey(picture, 0.45 * s), 1 + 0.35 * s, (dim * (1 + 0.1 * s), dim, dim * (1 - 0.12 * s)))
    rng = view.still("lamps")
    count = int(rng.integers(2, 5))
    spots = np.stack(
        [
            (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count,
            rng.uniform(0.35, 0.8, count),
            rng.uniform(0.12, 0.25, count),
            rng.uniform(0.1, 0.2, count),
            rng.uniform(0.4, 0.75, count),
        ],
        axis=1,
    )
    lamps = coloured(pools(view, spots, 0.38), (255 * (1 - 0.38 * s), 255 * (1 - 0.16 * s), 255.0))
    return scale(picture, lamps, 1 + 2.1 * min(s, 0.667))


def night_noise(picture: Image, view: FrameContext, strength: float) -> Image:
    """The sensor's gain is up: its noise shows."""
    return _noise(picture, view, 0.06 + 0.28 * strength)


def infrared(picture: Image, view: FrameContext, strength: float) -> Image:
    """Lit by the lamp beside the lens alone: what is near is bright, the distance black, the corners dim."""
    s = strength
    depth = np.minimum(view.depth, 1e3)
    falloff = np.clip(270 * np.exp(depth * np.float32(-1 / (30 - 18 * s))) + 12, 0, 255).astype(np.uint8)
    cone = pools(view, np.array([[0.5, 0.5, 0.75 - 0.2 * s, 0.85 - 0.25 * s, 0.95]]), 0.05)
    return scale(scale(grey(picture), falloff, 1.25), cone, 1.2)


def infrared_sensor(picture: Image, view: FrameContext, strength: float) -> Image:
    """No colour, bright parts bloom, and there is noise."""
    plain = grey(picture)
    bloom = soft(curve(plain, 4, (0.7, 0.7, 0.7)), 4, 7, 7)
    return grey(_noise(add(plain, bloom), view, 0.1 + 0.3 * strength))


def _noise(picture: Image, view: FrameContext, amount: float) -> Image:
    """Sensor noise of sigma 32 * `amount` grey levels."""
    fresh = cut_any(grain(view.height, view.width), view.moving("noise"))
    return np.asarray(cv2.addWeighted(picture, 1, fresh, amount, -128 * amount), np.uint8)


def backlight(picture: Image, view: FrameContext, strength: float) -> Image:
    """A strong light behind the scene: exposure follows it, people turn into silhouettes, and it spills over."""
    s = strength
    x, y = view.still("backlight").uniform((0.2, 0.02), (0.8, 0.18))
    own_shadow = (view.ids > 0) * np.uint8(185 * s)
    picture = scale(curve(picture, 1 + 0.5 * s, (1 - 0.55 * s,) * 3), inverse(own_shadow))
    source = [
        [x, y, 0.08 + 0.1 * s, 0.1 + 0.14 * s, 0.6],
        [x, y, 0.26, 0.34, 0.4],
        [x, y, 0.7, 0.7, 0.25],
    ]
    return add(picture, coloured(level(pools(view, np.array(source)), s), _SUN))


def light_change(picture: Image, view: FrameContext, strength: float) -> Image:
    """Lights go off or on at one moment of each 20 s, off first, and the exposure takes a second or two to follow."""
    s, period = strength, 20.0
    turn = int(view.t // period)
    moment = _switched(view, turn) * period
    if view.t < moment:
        turn -= 1
        moment = _switched(view, turn) * period
    settling = math.exp(-(view.t - moment) / 1.2) if turn >= 0 else 0.0
    if turn % 2 == 0:
        gain = 1 - s * (0.45 + 0.4 * settling)
        return curve(picture, 1.0, (gain, gain, gain * (1 - 0.1 * s)))
    return level(picture, 1 + 1.6 * s * settling, 25 * s * settling)


def _switched(view: FrameContext, turn: int) -> float:
    """When the lights are switched in the turn of this number, in turns."""
    return turn + float(view.still(f"switch {turn}").uniform(0.2, 0.8))


def headlights(picture: Image, view: FrameContext, strength: float) -> Image:
    """Cars come towards the camera: pairs of glaring lamps, light on the ground, and an exposure that gives way."""
    s = strength
    rng = view.still("headlights")
    light, glare = np.zeros((view.height, view.width), np.uint8), 0.0
    for _ in range(2):
        period, phase = rng.uniform(7, 13), rng.random()
        start, end = rng.uniform(0.35, 0.65), rng.uniform(0.05, 0.95)
        near = 1 / (1 + 9 * (1 - (view.t / period + phase) % 1.0))
        glare = max(glare, near)
        x, y = start + (end - start) * near, 0.36 + 0.5 * near
        for lamp in (x - 0.11 * near, x + 0.11 * near):
            _shine(light, lamp, y, near, s)
    dimmed = curve(picture, 1.0, (1 - 0.35 * s * glare,) * 3)
    return add(dimmed, coloured(level(light, 1.0, 30 * s * glare), _SUN))


def _shine(light: Plane, x: float, y: float, near: float, s: float) -> None:
    """One lamp: its glare, what it casts on the ground before it, a streak across the lens, and a ghost."""
    size = (0.12 + 0.75 * near) * (0.4 + 0.6 * s)
    _add_flare(light, x, y, size, size, 0.55 + 0.45 * s)
    _add_flare(light, x, y + 0.16 * near + 0.03, 0.5 * size, 1.1 * size, 0.35 * s)
    _add_flare(light, x, y, 2.4 * size, 0.12 * size, 0.5 * s)
    _add_flare(light, 1 - x, 1 - y, 0.25 * size, 0.25 * size, 0.12 * s)


def _add_flare(light: Plane, x: float, y: float, across: float, down: float, brightness: float) -> None:
    """Add a flare of a size relative to the picture's width, centred at a relative point."""
    height, width = light.shape
    size = max(3, int(across * width)), max(3, int(down * width))
    left, top = int(x * width) - size[0] // 2, int(y * height) - size[1] // 2
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + size[0], width), min(top + size[1], height)
    if x0 >= x1 or y0 >= y1:
        return
    sprite = cv2.resize(flare(), size, interpolation=cv2.INTER_LINEAR)
    part = light[y0:y1, x0:x1]
    part[:] = cv2.addWeighted(part, 1, sprite[y0 - top : y1 - top, x0 - left : x1 - left], brightness, 0)


def reflections(picture: Image, view: FrameContext, strength: float) -> Image:
    """Seen through glass: the room behind the camera lies over the picture, and windows shine on the floor."""
    s = strength
    height, width = view.height, view.width
    patches = clouds(height, width, 3)
    x, y = view.still("ghost").integers(0, 1 << 20, 2)
    share = level(cut(patches, x + 6 * view.t, y), 0.75 * s, -52 * s)
    ghost = np.asarray(cv2.flip(soft(picture, 3, 3, 3), 1), np.uint8)
    picture = add(picture, scale(ghost, share, 0.8))
    panes = np.zeros((height, width), np.uint8)
    for left, top, size, beat in view.still("panes").random((5, 4)):
        light = 0.75 + 0.25 * math.sin(view.t * (0.5 + 2 * beat) + 7 * left)
        across, down = (0.02 + 0.05 * size) * width, (0.1 + 0.2 * size) * height
        corner = (left * width, (0.5 + 0.4 * top) * height)
        corners = np.array([(0, 0), (across, -across / 4), (across + down / 5, down), (down / 5, down)])
        outline = np.add(corners, corner).astype(np.int32)
        cv2.fillConvexPoly(panes, outline, int(200 * s * light), cv2.LINE_AA)
    shine = cv2.multiply(cv2.blur(panes, (15, 25)), cut(patches, y, x), scale=1 / 255)
    return add(picture, coloured(np.asarray(shine, np.uint8), (255.0, 247.0, 235.0)))
