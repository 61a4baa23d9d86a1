"""Whether a picture shows anything that could be judged: dark, empty and blurred ones are told before they are sent.

A language model asked about a black picture still answers. The three measures are plain statistics of the luma, taken
of the whole picture and of the suspect with what is around it; a picture fails only where no eye could tell either.
What they refuse and what they let through is measured by `python -m bench guard`: docs/results.md.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from secondsight.jpeg import jpeg_size, open_jpeg
from secondsight.records import Box, ReviewFrame

DARK = 16.0
"""Grey level, of 255, below which 95 % of the pixels lie: black of video in studio range (ITU-R BT.601)."""
EMPTY = 8.0
"""Grey levels between the 5th and 95th percentile; less is noise on one colour. Fog at full strength leaves 22."""
SOFT, SOFT_SHARE = 6.0, 0.03
"""Variance of the Laplacian, in grey levels squared, and as a share of the luma's variance; blurred is below both.

The measure is that of Pech-Pacheco et al. 2000, Diatom autofocusing in brightfield microscopy. Its level depends on
the camera, so both limits are far off what is seen: whole pictures in focus have 40 or more, those in fog down to 2
but a share of 0.04, and those blurred with a deviation of 1 % of their width at most 6 and 0.03.
"""
WHOLE, CLOSE = 320, 160
"""Pixels of the longer side at which a picture and a suspect are measured, so that resolution does not count."""
MARGIN = 0.5
"""Of the suspect's longer side, added on each side of its box."""
_LEAST = 8


class Measures(NamedTuple):
    """Statistics of a luma picture, in grey levels: 95th percentile, spread, variance of the Laplacian, variance."""

    bright: float
    spread: float
    detail: float
    variance: float

    @property
    def fault(self) -> str:
        """`dark`, `empty`, `blurred`, or nothing."""
        if self.bright < DARK:
            return "dark"
        if self.spread < EMPTY:
            return "empty"
        if self.detail < SOFT and self.detail < SOFT_SHARE * self.variance:
            return "blurred"
        return ""


def measure(grey: NDArray[np.uint8]) -> Measures:
    """Measures of a picture, uint8 (height, width), at least 3 pixels either way."""
    # Sorting the pixels, as np.percentile does, takes longer than all the rest.
    darker = np.bincount(grey.ravel(), minlength=256).cumsum()
    low, high = np.searchsorted(darker, (0.05 * grey.size, 0.95 * grey.size))
    luma = grey.astype(np.float32)
    inner = luma[1:-1, 1:-1]
    laplacian = 4 * inner - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:]
    return Measures(float(high), float(high - low), float(laplacian.var()), float(luma.var()))


def fault_of(frame: ReviewFrame) -> str:
    """What makes a picture unfit, of the whole or of its suspect: `dark`, `empty`, `blurred`; nothing if it is fit.

    Raises:
        ValueError: the bytes are no picture that can be read.
    """
    size = jpeg_size(frame.jpeg)
    need = WHOLE / max(size)
    if frame.box is not None:
        left, top, right, bottom = _around(size, frame.box)
        need = max(need, CLOSE / max(right - left, bottom - top, 1))
    # No more pixels than are measured: most of the time goes into decoding.
    picture = open_jpeg(frame.jpeg, "L", (math.ceil(size[0] * need), math.ceil(size[1] * need)))
    whole = measure(_scaled(picture, WHOLE)).fault
    if frame.box is None or whole not in ("", "empty"):
        return whole
    close = measure(_scaled(picture.crop(_around(picture.size, frame.box)), CLOSE)).fault
    # A small suspect before a bare wall, or on snow, leaves nearly the whole picture in one colour.
    return close and (whole or f"{close} where the suspect is")


def _around(size: tuple[int, int], box: Box) -> tuple[int, int, int, int]:
    """The suspect with its margin, in pixels of a picture of this size: left, top, right, bottom."""
    width, height = size
    left, right = box.x1 * width, box.x2 * width
    top, bottom = box.y1 * height, box.y2 * height
    margin = max(MARGIN * max(right - left, bottom - top), _LEAST)
    return (
        max(0, round(left - margin)),
        max(0, round(top - margin)),
        min(width, round(right + margin)),
        min(height, round(bottom + margin)),
    )


def _scaled(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    width, height = picture.size
    factor = min(side / max(width, height), 1.0)
    size = max(_LEAST, round(width * factor)), max(_LEAST, round(height * factor))
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.BOX)
    return np.asarray(picture)
