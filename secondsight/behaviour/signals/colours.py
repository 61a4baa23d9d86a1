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
        white: maximum saturation and minimum brightness of pixels that count as white; None if white does not count.
    """
    pixels = np.ascontiguousarray(bgr.reshape(-1, 3).T)
    top, low = np.maximum.reduce(pixels), np.minimum.reduce(pixels)
    strength = (top - low) / np.maximum(top, np.float32(1))
    found = np.zeros(len(top), dtype=bool)
    if white is not None:
        found |= (strength <= white[0]) & (top >= white[1])
    ranges = list(hues)
    least = min((saturation for _, _, saturation in ranges), default=np.inf)
    # Of most pixels the hue does not matter, and it is most of the work.
    vivid = np.flatnonzero((top >= brightness) & (strength >= least))
    hue, strength = _hues(pixels[:, vivid]), strength[vivid]
    for first, last, saturation in ranges:
        within = (hue >= first) & (hue < last) if first < last else (hue >= first) | (hue < last)
        found[vivid[within & (strength >= saturation)]] = True
    shares: NDArray[np.float64] = found.reshape(len(bgr), -1).mean(axis=1)
    return shares


def _hues(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Degrees, of blue, green and red (3, n)."""
    blue, green, red = pixels.astype(np.float32)
    top = np.maximum(np.maximum(blue, green), red)
    spread = np.maximum(top - np.minimum(np.minimum(blue, green), red), np.float32(1))
    reddish, greenish = 60 * (green - blue) / spread % 360, 60 * (blue - red) / spread + 120
    hue: NDArray[np.float32] = np.where(top == green, greenish, 60 * (red - green) / spread + 240)
    return np.where(top == red, reddish, hue)


def named(hues: Mapping[str, Sequence[Hue]], colours: Iterable[str]) -> list[Hue]:
    """The hues of those colours that have any."""
    return [hue for colour in colours for hue in hues.get(colour, ())]
