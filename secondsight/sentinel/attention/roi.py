"""Chooses the part of a picture that a look is worth.

Where one person walks through a picture, most of what the model would see is what it saw a fifth of a second ago. A
window of 160x256 around what moves costs YOLOX-Nano 4 ms of a core where the whole picture, 416x256 without its
padding, costs 9.6 and the published square 15.3. The window is cut out of the same scaled picture that a look at
the whole would use, on the same grid of cells, so that objects keep their size and nearly their scores.

What is outside of the window has not moved: its tracks stay where they are (`Tracker.update`). What the gate cannot
know is covered by looks at the whole picture: at the beginning, after a change of light, every few seconds, and
wherever a window cut an object that is not known yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Protocol

import numpy as np

from secondsight.sentinel.inference.letterbox import Letterbox

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from secondsight.records import Box, Frame
    from secondsight.sentinel.attention.gate import GateDecision
    from secondsight.sentinel.tracking.tracker import TrackerView

GRID = 32
"""Model pixels between two positions of a window: the coarsest stride, so that cells see what they would see in
the whole."""
MARGIN = 16
"""Model pixels that are seen around what is wanted."""
WHOLE_EVERY = 2.5
"""Seconds of stream after which the whole picture is looked at again."""
LONG, SHORT = (3 / 8, 5 / 8, 1), (1 / 2, 1)
"""Sides of the windows as shares of the whole picture's: few, since each size is a compiled model of its own."""


class Views(Protocol):
    """The part of `Detector` that is needed here."""

    @property
    def flexible(self) -> bool: ...
    def whole(self, frame: tuple[int, int]) -> Letterbox: ...


COMPILED = 30.0
"""Looks at the whole picture that cost as much as it costs to compile the model for one more size (YOLOX-Nano: 0.24 s
against 11 ms; city-nano: 0.2 s against 5.5 ms)."""


class RoiSelector:
    """Decides for each look of one camera which part of the picture it needs; not thread-safe.

    Args:
        cost: looks at the whole that a size must have been able to save on this camera before it is used: a short
            recording ends before that, and is done sooner without. Counted for each camera by itself, so that a
            recording gives the same looks whatever runs beside it.
    """

    def __init__(self, views: Views, cost: float = 0.0) -> None:
        self._views, self._cost = views, cost
        self._saved: dict[tuple[int, int], float] = {}
        self._whole: Letterbox | None = None
        self._sizes: tuple[tuple[int, int], ...] = ()
        self._looked = -math.inf

    def may_narrow(self, frame: Frame) -> bool:
        """Whether a part of this frame may be enough, if nothing but motion asks for the look."""
        size = (frame.width, frame.height)
        if self._whole is None or self._whole.frame != size:
            self._whole = self._views.whole(size)
            self._sizes = window_sizes(self._whole.canvas) if self._views.flexible else ()
        return bool(self._sizes) and 0 <= frame.time - self._looked < WHOLE_EVERY

    def choose(self, frame: Frame, decision: GateDecision, view: TrackerView | None) -> Letterbox:
        """How to look at a frame that the gate lets through.

        Args:
            view: what the tracker knows; None when there is no tracker yet, or when `may_narrow` was false.
        """
        narrow, whole = self.may_narrow(frame), self._whole
        assert whole is not None
        moved = decision.where if decision.reason == "motion" else None
        if narrow and moved is not None and view is not None and not view.cut:
            sought = view.sought[whole.touched(view.sought)]
            wanted = np.vstack((_pixels(moved, (frame.width, frame.height)), sought))
            part = smallest_window(whole, self._sizes, wanted, view.known)
            if part is not None and self._pays(part.canvas, whole.canvas):
                return part
        self._looked = frame.time
        return whole

    def _pays(self, size: tuple[int, int], whole: tuple[int, int]) -> bool:
        """Whether windows of a size have been worth the model for it by now."""
        saved = self._saved.get(size, 0.0)
        self._saved[size] = saved + 1.0 - math.prod(size) / math.prod(whole)
        return saved >= self._cost


def window_sizes(canvas: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Sizes (width, height) of windows on a canvas, smallest first, the whole of it left out."""
    wide = canvas[0] >= canvas[1]
    shares = product(*((LONG, SHORT) if wide else (SHORT, LONG)))
    sizes = {
        tuple(
            min(side, math.ceil(side * share / GRID) * GRID) for side, share in zip(canvas, pair, strict=True)
        )
        for pair in shares
    }
    return tuple(
        sorted(((w, h) for w, h in sizes if (w, h) != canvas), key=lambda size: (math.prod(size), size))
    )


def smallest_window(
    whole: Letterbox,
    sizes: Sequence[tuple[int, int]],
    wanted: NDArray[np.float32],
    known: NDArray[np.float32],
) -> Letterbox | None:
    """The smallest window that shows all of `wanted`, and of each of `known` either all or nothing.

    Args:
        whole: how the whole picture lies in the model's input.
        sizes: (width, height) of the windows there are, smallest first.
        wanted, known: boxes in pixels of the frame, (n, 4).

    Returns:
        None if only the whole picture does.
    """
    offset, scale = np.tile((whole.left, whole.top), 2), np.tile(whole.scale, 2)
    need, others = wanted / scale + offset, known / scale + offset
    while True:
        x1, y1 = np.maximum(need[:, :2].min(axis=0) - MARGIN, 0).tolist()
        x2, y2 = np.minimum(need[:, 2:].max(axis=0) + MARGIN, whole.canvas).tolist()
        part = None
        for size in sizes:
            left, top = _place(x1, x2, size[0], whole.canvas[0]), _place(y1, y2, size[1], whole.canvas[1])
            if left is not None and top is not None:
                part = whole.part(left, top, size)
                break
        if part is None:
            return None
        met = part.touched(known)
        if not met.any():
            return part
        need, others, known = np.vstack((need, others[met])), others[~met], known[~met]


def _place(low: float, high: float, size: int, limit: int) -> int | None:
    """Where on the grid a window of `size` begins that shows `low` to `high`, as near to its middle as can be."""
    first = math.ceil(max(high - size, 0) / GRID) * GRID
    last = math.floor(min(low, limit - size) / GRID) * GRID
    if first > last:
        return None
    middle = round(((low + high - size) / 2) / GRID) * GRID
    return min(max(middle, first), last)


def _pixels(box: Box, size: tuple[int, int]) -> NDArray[np.float32]:
    """A relative box as (1, 4) in pixels of a frame of `size`."""
    return np.array((box,), np.float32) * np.array((*size, *size), np.float32)
