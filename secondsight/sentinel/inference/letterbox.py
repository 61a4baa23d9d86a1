"""How a frame lies in a model's input, and how boxes get back out of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE = 2.0
"""Model pixels from the edge of a window within which a box is taken to go on beyond it."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a frame lies in a model's picture: scaled to `inner`, its top-left corner at `left`, `top` of the
    canvas.

    ```
    +--------------------+  canvas: the model's (width, height)
    |      padding       |
    |(left,top)----------|
    |  frame -> inner    |
    |--------------------|
    |      padding       |
    +--------------------+
    ```

    The canvas may also be smaller than the scaled frame and show a part of it: `left` and `top` are then
    negative or the frame goes on beyond the canvas.

    Attributes:
        frame: (width, height) in pixels of the frame.
        canvas: (width, height) in pixels of the model.
        inner: (width, height) in pixels of the model, of the scaled frame.
        left: distance of the frame from the canvas's left edge, pixels of the model.
        top: distance of the frame from the canvas's upper edge, pixels of the model.

    Examples:
        A Full HD frame in a square picture, as YOLOX prepares it:

        >>> import numpy as np
        >>> from secondsight.sentinel import Letterbox
        >>> letterbox = Letterbox(frame=(1920, 1080), canvas=(416, 416), inner=(416, 234), left=0, top=0)
        >>> boxes = np.array([[104.0, 58.5, 208.0, 117.0]], dtype=np.float32)  # pixels of the model
        >>> letterbox.unmap(boxes)  # pixels of the frame
        array([[480., 270., 960., 540.]], dtype=float32)
    """

    frame: tuple[int, int]
    canvas: tuple[int, int]
    inner: tuple[int, int]
    left: int
    top: int

    def place(self, picture: NDArray[np.uint8], pad: int) -> NDArray[np.uint8]:
        """Pad a picture of size `inner`, uint8 (h, w, 3), to the canvas. Copies only if there is padding.

        Returns:
            uint8 (1, canvas height, canvas width, 3).
        """
        if self.inner == self.canvas and not (self.left or self.top):
            return picture[np.newaxis]
        width, height = self.canvas
        left, top = max(self.left, 0), max(self.top, 0)
        # A part may show nothing but padding.
        right = max(left, min(self.left + self.inner[0], width))
        bottom = max(top, min(self.top + self.inner[1], height))
        canvas = np.empty((1, height, width, 3), np.uint8)
        canvas[0, :top] = pad
        canvas[0, bottom:] = pad
        canvas[0, top:bottom, :left] = pad
        canvas[0, top:bottom, right:] = pad
        canvas[0, top:bottom, left:right] = picture[
            top - self.top : bottom - self.top, left - self.left : right - self.left
        ]
        return canvas

    def part(self, left: int, top: int, size: tuple[int, int]) -> Letterbox:
        """The window of `size` (width, height) whose corner lies at `left`, `top` of this canvas."""
        return replace(self, canvas=size, left=self.left - left, top=self.top - top)

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the frame per pixel of the model, across and down."""
        return self.frame[0] / self.inner[0], self.frame[1] / self.inner[1]

    @property
    def shown(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what the canvas shows, in pixels of the frame."""
        across, down = self.scale
        return (
            max(-self.left, 0) * across,
            max(-self.top, 0) * down,
            min(self.canvas[0] - self.left, self.inner[0]) * across,
            min(self.canvas[1] - self.top, self.inner[1]) * down,
        )

    @property
    def partial(self) -> bool:
        """Whether the frame goes on beyond the canvas."""
        across, down = self.left + self.inner[0], self.top + self.inner[1]
        return self.left < 0 or self.top < 0 or across > self.canvas[0] or down > self.canvas[1]

    def touched(self, xyxy: NDArray[Any]) -> NDArray[np.bool_]:
        """Which boxes in frame pixels, (n, 4), lie at least partly in what the canvas shows."""
        x1, y1, x2, y2 = self.shown
        inside: NDArray[np.bool_] = (
            (xyxy[:, 0] < x2) & (xyxy[:, 1] < y2) & (xyxy[:, 2] > x1) & (xyxy[:, 3] > y1)
        )
        return inside

    def cut(self, xyxy: NDArray[Any]) -> NDArray[np.bool_]:
        """Which boxes in frame pixels, (n, 4), reach an edge of the canvas beyond which the frame goes on."""
        shown, edge = np.array(self.shown), EDGE * np.array(self.scale)
        low = (xyxy[:, :2] < shown[:2] + edge) & (shown[:2] > 0)
        high = (xyxy[:, 2:] > shown[2:] - edge) & (shown[2:] < np.array(self.frame) - 1e-6)
        return np.asarray((low | high).any(axis=1))

    def unmap(self, xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes in model pixels, (n, 4), as boxes in frame pixels, clipped to the frame."""
        if not len(xyxy):
            return xyxy
        scale_x, scale_y = self.scale
        offset = np.array((self.left, self.top, self.left, self.top), np.float32)
        scale = np.array((scale_x, scale_y, scale_x, scale_y), np.float32)
        limit = np.array((*self.frame, *self.frame), np.float32)
        boxes: NDArray[np.float32] = (xyxy - offset) * scale
        np.maximum(boxes, 0, out=boxes)
        np.minimum(boxes, limit, out=boxes)
        return boxes

    def unmap_points(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points (..., 3) of x and y in model pixels and a score, as float32 in frame pixels. Not clipped."""
        offset = np.array((self.left, self.top, 0), np.float32)
        result: NDArray[np.float32] = (points - offset) * np.array((*self.scale, 1), np.float32)
        return result


def fit(
    frame: tuple[int, int], canvas: tuple[int, int], how: Literal["top-left", "centre", "stretch"]
) -> Letterbox:
    """The letterbox of a frame (width, height) in a canvas (width, height).

    Rounding follows each layout's origin, so that boxes agree with it to the pixel: `top-left` is YOLOX's
    `yolox/data/data_augment.py:preproc` (truncates), `centre` is YOLOv5/8's `letterbox` (rounds; an odd pixel
    of padding goes right and below).
    """
    if how == "stretch":
        return Letterbox(frame, canvas, canvas, 0, 0)
    ratio = min(canvas[0] / frame[0], canvas[1] / frame[1])
    if how == "top-left":
        # The millionth keeps 432 * (416 / 768) from becoming 233.
        inner = (max(1, int(frame[0] * ratio + 1e-6)), max(1, int(frame[1] * ratio + 1e-6)))
        return Letterbox(frame, canvas, inner, 0, 0)
    inner = (max(1, round(frame[0] * ratio)), max(1, round(frame[1] * ratio)))
    return Letterbox(frame, canvas, inner, (canvas[0] - inner[0]) // 2, (canvas[1] - inner[1]) // 2)


def trimmed(canvas: tuple[int, int], frames: Iterable[tuple[int, int]], stride: int = 32) -> tuple[int, int]:
    """The smallest canvas, in steps of `stride`, that shows each frame as large as `canvas` does.

    What falls away is padding. A 16:9 frame leaves 44% of a square canvas unused.
    """
    # Unrounded: a canvas short of a fraction of a pixel would shrink the frame by a whole one.
    ratios = [(frame, min(canvas[0] / frame[0], canvas[1] / frame[1])) for frame in frames]
    width = max((frame[0] * ratio for frame, ratio in ratios), default=canvas[0])
    height = max((frame[1] * ratio for frame, ratio in ratios), default=canvas[1])
    across, down = (math.ceil(side / stride - 1e-6) * stride for side in (width, height))
    return min(canvas[0], across), min(canvas[1], down)
