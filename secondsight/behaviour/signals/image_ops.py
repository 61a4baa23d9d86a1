"""The few picture operations that behaviours need, typed, with OpenCV loaded at the first use."""

from functools import cache
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]
Planes: TypeAlias = tuple[Bytes, Bytes, Bytes]
"""Blue, green and red, each (h, w): compared and learnt in a third of the time that OpenCV takes interleaved."""
Number = TypeVar("Number", np.uint8, np.float32)
Where: TypeAlias = tuple[slice, slice]
"""Rows and columns."""


def apart(one: Bytes, other: Bytes) -> Bytes:
    """Absolute difference."""
    import cv2

    return np.asarray(cv2.absdiff(one, other), dtype=np.uint8)


def planes(bgr: Bytes) -> Planes:
    """The channels of a picture (h, w, 3)."""
    import cv2

    shape = bgr.shape[:2]
    found = np.empty(shape, np.uint8), np.empty(shape, np.uint8), np.empty(shape, np.uint8)
    # What OpenCV makes room for itself here is copied once more: five times as long.
    cv2.split(bgr, found)
    return found


def part(whole: Planes, where: Where) -> Planes:
    """Some rows and columns: views."""
    blue, green, red = whole
    return blue[where], green[where], red[where]


def furthest(one: Planes, other: Planes) -> Bytes:
    """The largest difference of any channel, (h, w)."""
    blue, green, red = (apart(a, b) for a, b in zip(one, other, strict=True))
    return _largest(blue, green, red)


def strongest(bgr: Bytes) -> Bytes:
    """The largest channel of each pixel, (h, w, 3) -> (h, w)."""
    return _largest(*planes(bgr))


def _largest(blue: Bytes, green: Bytes, red: Bytes) -> Bytes:
    import cv2

    return np.asarray(cv2.max(cv2.max(blue, green), red), dtype=np.uint8)


def either(masks: list[Mask]) -> Mask:
    """Where any of at least one mask (h, w) is set; a new one."""
    import cv2

    found = masks[0].view(np.uint8).copy()
    for mask in masks[1:]:
        cv2.bitwise_or(found, mask.view(np.uint8), dst=found)
    return found.view(np.bool_)


def shift(numbers: Bytes, by: int, where: Mask) -> None:
    """Add a whole number, which may be below 0, where a mask says: in place, no further than 0 and 255."""
    import cv2

    steps = where.view(np.uint8) * np.uint8(min(abs(by), 255))
    (cv2.add if by > 0 else cv2.subtract)(numbers, steps, dst=numbers)


def warm(picture: Planes, above: int) -> Mask:
    """Where red >= green >= blue, and red is `above` > 0 above blue; (h, w)."""
    import cv2

    blues, greens, reds = picture
    found = (reds >= greens) & (greens >= blues) & (cv2.subtract(reds, blues) >= above)
    return np.asarray(found, dtype=bool)


def relit(picture: Planes, gains: NDArray[np.float32]) -> Planes:
    """Each channel times its gain."""
    import cv2

    blue, green, red = (
        np.asarray(cv2.convertScaleAbs(plane, alpha=float(gain)), dtype=np.uint8)
        for plane, gain in zip(picture, gains, strict=True)
    )
    return blue, green, red


def brighter(picture: Planes, usual: Planes, by: int) -> Mask:
    """Where red or green is `by` > 0 above that of another picture; (h, w)."""
    import cv2

    more = cv2.max(cv2.subtract(picture[1], usual[1]), cv2.subtract(picture[2], usual[2]))
    return np.asarray(more >= by, dtype=bool)


def spread(picture: Planes) -> Bytes:
    """The largest minus the smallest channel of each pixel, 0 for grey; (h, w)."""
    import cv2

    blue, green, red = picture
    return np.asarray(_largest(*picture) - cv2.min(cv2.min(blue, green), red), dtype=np.uint8)


def grey(picture: Planes) -> Bytes:
    """Brightness, (h, w)."""
    import cv2

    return np.asarray(cv2.cvtColor(cv2.merge(picture), cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def shrunk(picture: NDArray[Number], shape: tuple[int, int]) -> NDArray[Number]:
    """Means of blocks, bytes rounded: (h, w) to (rows, columns) by which h and w can be divided."""
    import cv2

    return np.asarray(cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_AREA), dtype=picture.dtype)


def smoothed(picture: Bytes) -> Bytes:
    """Blurred by a pixel."""
    import cv2

    return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), dtype=np.uint8)


def rounded(picture: NDArray[np.float32]) -> Bytes:
    """As bytes."""
    import cv2

    return np.asarray(cv2.convertScaleAbs(picture), dtype=np.uint8)


def mixed(one: Bytes, share: float, other: Bytes, other_share: float, more: float) -> Bytes:
    """Sum of two pictures, each times its share, and of a number; between 0 and 255."""
    import cv2

    return np.asarray(cv2.addWeighted(one, share, other, other_share, more), dtype=np.uint8)


def scaled(picture: NDArray[np.float32], by: float, more: float) -> Bytes:
    """A picture times a number, and another number added: as bytes, between 0 and 255."""
    import cv2

    return np.asarray(cv2.addWeighted(picture, by, picture, 0.0, more, dtype=cv2.CV_8U), dtype=np.uint8)


def blend(mean: NDArray[np.float32], picture: Bytes, weight: float, where: Mask) -> None:
    """Move a running mean, (h, w) or (h, w, 3), by `weight` towards a picture, in place, where a mask (h, w) says."""
    import cv2

    cv2.accumulateWeighted(picture, mean, weight, where.view(np.uint8))


def paste(picture: Bytes, onto: Bytes, where: Mask) -> None:
    """Copy the pixels (h, w, 3) that a mask (h, w) says."""
    import cv2

    cv2.copyTo(picture, where.view(np.uint8), onto)


def slope(picture: Bytes, where: Mask) -> NDArray[np.float32]:
    """Grey levels per pixel along the steepest way, at the n pixels of a mask: float32 (n,)."""
    import cv2

    across, down = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(across[where], down[where]) / 8, dtype=np.float32)


def halved(picture: Bytes) -> Bytes:
    """Means of 2 x 2 pixels; an odd row or column at the end is left out."""
    rows, columns = (size // 2 for size in picture.shape)
    return shrunk(picture[: 2 * rows, : 2 * columns], (rows, columns))


def steepness(picture: Bytes) -> NDArray[np.float32]:
    """How steep every pixel is, blurred by a pixel so that edges need not match to the pixel, (h, w)."""
    import cv2

    soft = cv2.GaussianBlur(picture, (5, 5), 0)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.GaussianBlur(cv2.magnitude(across, down), (5, 5), 0), dtype=np.float32)


def relief(picture: Bytes) -> Bytes:
    """The largest minus the smallest of the 3 x 3 pixels around each."""
    import cv2

    return np.asarray(
        cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), dtype=np.uint8
    )


@cache
def window(shape: tuple[int, int]) -> NDArray[np.float32]:
    """A Hann window (h, w): the edges of a picture do not match when it moves."""
    import cv2

    return np.asarray(cv2.createHanningWindow(shape[::-1], cv2.CV_32F), dtype=np.float32)


def rim(mask: Mask) -> Mask:
    """The pixels on either side of a mask's border."""
    import cv2

    edge = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.asarray(edge, dtype=np.uint8).view(np.bool_)


def opened(mask: Mask) -> Mask:
    """Without what is less than two pixels wide."""
    import cv2

    square = np.ones((2, 2), np.uint8)
    # By itself OpenCV puts what is left one pixel further right and down: a square of two has no middle.
    eroded = cv2.erode(mask.view(np.uint8), square, anchor=(1, 1), borderValue=0)
    return np.asarray(cv2.dilate(eroded, square, anchor=(0, 0))).view(bool)


def extent(mask: Mask, margin: int) -> Where | None:
    """Rows and columns within which a mask is set, and `margin` more on every side; None for an empty one."""
    import cv2

    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return None
    return (
        slice(max(top - margin, 0), top + height + margin),
        slice(max(left - margin, 0), left + width + margin),
    )


def components(mask: Mask, close: int) -> tuple[NDArray[np.uint16], list[list[int]]]:
    """Connected regions, gaps of fewer than `close` pixels bridged.

    Returns:
        Number of the region at each pixel, 0 outside; for each number left, top, width, height, area in pixels (of 0
        it is what lies around them).
    """
    import cv2

    whole = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((close, close), np.uint8))
    # A third of the time of OpenCV's usual algorithm where there are many regions.
    _, labels, table, _ = cv2.connectedComponentsWithStatsWithAlgorithm(whole, 8, cv2.CV_16U, cv2.CCL_GRANA)
    return np.asarray(labels, dtype=np.uint16), table.tolist()


def median(values: Bytes) -> float:
    """The median: a third of the time of NumPy's for a thousand bytes."""
    low, high = (values.size - 1) // 2, values.size // 2
    ranked = np.partition(values, (low, high), axis=None)
    return (float(ranked[low]) + float(ranked[high])) / 2


def sums(mask: Mask) -> NDArray[np.int32]:
    """How many pixels of a mask (h, w) are set above and left of each corner: int32 (h + 1, w + 1)."""
    import cv2

    return np.asarray(cv2.integral(mask.view(np.uint8)), dtype=np.int32)


def filled(corners: NDArray[np.int32], shape: tuple[int, int]) -> Mask:
    """The pixels within a polygon (m, 2) of pixel corners, bool (h, w)."""
    import cv2

    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [corners], 1)
    return mask.view(np.bool_)


def median_of_seen(looks: Bytes, hidden: Mask) -> NDArray[np.float32]:
    """The median of each pixel over the looks in which it was seen, at least one; 6 times as fast as NumPy's.

    Args:
        looks: (n, h, w); they are changed.
        hidden: (n, h, w), where a look shows something else.
    """
    looks[hidden] = 255  # after all that was seen, or equal to it
    count = len(looks)
    # Odd-even transposition sort (Knuth, The Art of Computer Programming 3, 5.3.4): whole looks are compared at once.
    for turn in range(count):
        for one in range(turn % 2, count - 1, 2):
            less = np.minimum(looks[one], looks[one + 1])
            np.maximum(looks[one], looks[one + 1], out=looks[one + 1])
            looks[one] = less
    seen = count - hidden.sum(axis=0)
    low, high = (np.take_along_axis(looks, place[None], 0)[0] for place in ((seen - 1) // 2, seen // 2))
    middle: NDArray[np.float32] = (low.astype(np.float32) + high) / 2
    return middle
