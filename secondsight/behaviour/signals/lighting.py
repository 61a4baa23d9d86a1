"""How the light of one picture differs from that of the usual one.

Auto exposure and white balance multiply what a camera sees: each channel has a gain of its own, which is the same all
over the picture. Its robust estimate is the median of the ratios of pixels, which things do not move while they cover
less than half of the picture.
"""

import numpy as np
from numpy.typing import NDArray

DARK, FULL = 16, 250
"""Grey levels below which a ratio is mostly noise, and above which a pixel may be saturated."""
FEW = 32
"""With fewer pixels between them nothing is said about a channel."""


def gains(usual: NDArray[np.int32], now: NDArray[np.int32]) -> NDArray[np.float32]:
    """The factor of each channel by which a picture is brighter than the usual one.

    Args:
        usual, now: the same pixels of both, int32 (channels, n).

    Returns:
        float32 (channels,); 1 where it cannot be told.
    """
    found = np.ones(len(usual), np.float32)
    for channel, (old, new) in enumerate(zip(usual, now, strict=True)):
        told = (old >= DARK) & (old <= FULL) & (new <= FULL)
        if np.count_nonzero(told) >= FEW:
            found[channel] = np.median(new[told] / old[told])
    return found
