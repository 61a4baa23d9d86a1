"""Hues of pixels: what helmets and vests are told by where no model looks at them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Hue = tuple[float, float, float]
"""Degrees from, to, where `from` may be the larger one, around red; and the least saturation, 0..1 (HSV)."""


def vivid_shares(
    bgr: NDArray[np.uint8],
    hues: Iterable[Hue],
    *,
    brightness: float,
    white: tuple[float, float] | None = None,
) -> NDArray[np.float64]:
    """Share 0..1 of the pixels of each picture (n, h, w, 3) that have one of the hues: float64 (n,).

    Args:
        brightness: least, of the strongest channel.
        white: largest saturation and least brightness of pixels that count as white; None if white does not count.
    """
    blue, green, red = (bgr[..., channel].astype(np.float32) for channel in range(3))
    top, low = np.maximum(np.maximum(blue, green), red), np.minimum(np.minimum(blue, green), red)
    spread = np.maximum(top - low, 1.0)
    strength = (top - low) / np.maximum(top, 1.0)
    hue = np.where(
        top == red,
        60 * (green - blue) / spread % 360,
        np.where(top == green, 60 * (blue - red) / spread + 120, 60 * (red - green) / spread + 240),
    )
    bright = top >= brightness
    found = np.zeros(hue.shape, dtype=bool)
    if white is not None:
        found |= (strength <= white[0]) & (top >= white[1])
    for first, last, saturation in hues:
        within = (hue >= first) & (hue < last) if first < last else (hue >= first) | (hue < last)
        found |= bright & within & (strength >= saturation)
    shares: NDArray[np.float64] = found.mean(axis=(1, 2))
    return shares


def named(hues: Mapping[str, Sequence[Hue]], colours: Iterable[str]) -> list[Hue]:
    """The hues of those colours that have any."""
    return [hue for colour in colours for hue in hues.get(colour, ())]
