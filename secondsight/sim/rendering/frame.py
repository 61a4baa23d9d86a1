"""One frame on its way: the canvas, who owns which pixel, and what is left of everybody at the end.

Each body is painted twice: into a mask that reaches beyond the picture, to know how many pixels it would have, and
onto the canvas. Nothing outside the rectangle that it reaches is touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from secondsight.records import Box
from secondsight.sim.rendering.backdrop import Backplate
from secondsight.sim.rendering.outlines import Shadows, Strokes
from secondsight.sim.rendering.soft_particles import Cloud
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.raster import FINE, Polygons, bounds, fill, fill_any, offset
from secondsight.sim.shapes.shapes import ObjectShape

Array = NDArray[np.float64]
Bytes = NDArray[np.uint8]

_DENSE = 0.4
"""Opacity from which smoke counts as seen: its pixels bear its number."""


@dataclass(frozen=True, slots=True)
class VisiblePart:
    """What is seen of one object.

    Attributes:
        box: its visible pixels', relative to the picture.
        visible: share of its own pixels that are seen, 0..1; those outside the picture count as hidden.
        area: number of visible pixels.
    """

    box: Box
    visible: float
    area: int


@dataclass(frozen=True, slots=True)
class LitPatch:
    """A lit patch on the ground, see `raster.fill_any`."""

    polygon: Polygons
    colour: tuple[int, int, int]
    opacity: float


@dataclass(frozen=True, slots=True)
class Parts:
    """What one body is painted from: strokes from `first` to before `last`, marks on the ground, smoke."""

    strokes: Strokes
    first: int
    last: int
    marks: Sequence[LitPatch]
    cloud: Cloud | None

    def reach(self) -> tuple[int, int, int, int] | None:
        """Fine pixels that it reaches: left, top, right, bottom; None if there is nothing to paint."""
        rows = [bounds(mark.polygon) for mark in self.marks]
        rows.extend(self.strokes.bounds[self.first : self.last])
        if self.cloud is not None:
            rows.append(np.array(self.cloud.bounds) * FINE)
        if not rows:
            return None
        table = np.array(rows)
        left, top = table[:, :2].min(0).tolist()
        right, bottom = table[:, 2:].max(0).tolist()
        return left, top, right, bottom


@dataclass(frozen=True, slots=True)
class _Trace:
    """Where one body was painted: how many pixels it has, hidden ones too, and the picture's part that it reached."""

    own: int
    rows: slice
    columns: slice


class Canvas:
    """The canvas of one frame.

    Attributes:
        canvas: uint8 (FINE * height, FINE * width, 3), BGR.
        ids: uint16 (height, width).
        depth: float32 (height, width).
    """

    def __init__(self, camera: Camera, stage: Backplate) -> None:
        self._width, self._height = camera.width, camera.height
        self._stage = stage
        self.canvas = stage.image.copy()
        self.ids: NDArray[np.uint16] = np.zeros((camera.height, camera.width), dtype=np.uint16)
        self.depth = stage.depth.copy()
        self._traces: dict[int, list[_Trace]] = {}

    def darken(self, shadows: Shadows, factor: float) -> None:
        """Cast shadows: the floor under them gets darker, each pixel once."""
        if not shadows.polygons or factor >= 1:
            return
        shade = np.zeros((self._height, self._width), dtype=np.uint8)
        for polygon in shadows.polygons:
            fill(shade, polygon, round(255 * (1 - factor)))
        cv2.bitwise_and(cv2.blur(shade, (3, 3)), self._stage.floor, shade)
        cv2.bitwise_not(shade, shade)
        reached = np.clip(shadows.bounds + np.array([-1, -1, 1, 1]), 0, (self._width, self._height) * 2)
        for body in range(shadows.bodies.max() + 1):
            own = reached[shadows.bodies == body]
            if len(own):
                (left, top), (right, bottom) = own[:, :2].min(0).tolist(), own[:, 2:].max(0).tolist()
                if right > left and bottom > top:
                    self._dim(shade, left, top, right, bottom)

    def _dim(self, shade: Bytes, left: int, top: int, right: int, bottom: int) -> None:
        """Multiply a part of the canvas by `shade` / 255, and leave 255 there so that it happens once."""
        part = shade[top:bottom, left:right]
        fine = self.canvas[top * FINE : bottom * FINE, left * FINE : right * FINE]
        factor = cv2.cvtColor(cv2.resize(part, fine.shape[1::-1]), cv2.COLOR_GRAY2BGR)
        fine[:] = cv2.multiply(fine, factor, scale=1 / 255)
        part[:] = 255

    def add(self, body: ObjectShape, parts: Parts, depth: float) -> None:
        """Paint a body over what is there.

        Args:
            depth: of its place, metres along the optical axis.
        """
        reach = parts.reach()
        if reach is None:
            return
        margin_x, margin_y = (FINE * side // 2 for side in (self._width, self._height))
        rows, columns = self.canvas.shape[:2]
        left, top = (
            max(-m, side // FINE * FINE) for m, side in zip((margin_x, margin_y), reach[:2], strict=True)
        )
        right, bottom = (
            min(full + m, -(-side // FINE) * FINE)
            for full, m, side in zip((columns, rows), (margin_x, margin_y), reach[2:], strict=True)
        )
        if right <= left or bottom <= top:
            return
        mask = self._silhouette(parts, left, top, right, bottom)
        own = cv2.countNonZero(mask)
        inner = (max(left, 0), max(top, 0), min(right, columns), min(bottom, rows))
        if inner[2] <= inner[0] or inner[3] <= inner[1]:
            return
        hidden = self._hidden(body, inner)
        part = self.canvas[inner[1] : inner[3], inner[0] : inner[2]]
        before = part.copy() if hidden is not None else None
        self._paint(parts)
        area = (slice(inner[1] // FINE, inner[3] // FINE), slice(inner[0] // FINE, inner[2] // FINE))
        seen = mask[
            area[0].start - top // FINE : area[0].stop - top // FINE,
            area[1].start - left // FINE : area[1].stop - left // FINE,
        ]
        if hidden is not None and before is not None:
            cv2.copyTo(before, hidden, part)
            seen = seen & ~_halved(hidden)
        covered = seen > 0
        self.ids[area][covered] = body.number
        self.depth[area][covered] = depth
        if body.number and own:
            self._traces.setdefault(body.number, []).append(_Trace(own, *area))

    def _silhouette(self, parts: Parts, left: int, top: int, right: int, bottom: int) -> Bytes:
        """uint8, 255 where the body is, of a rectangle in fine pixels, at the picture's own size."""
        mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
        local = offset(-left, -top)
        for mark in parts.marks:
            fill_any(mask, mark.polygon + local, 255)
        shown = parts.strokes
        for number in range(parts.first, parts.last):
            if shown.whole[number]:
                fill(mask, shown.polygons[number] + local, 255)
        small = _halved(mask)
        if parts.cloud is not None:
            cloud, cell = parts.cloud, parts.cloud.cell
            dense = (
                np.where(cloud.opacity > _DENSE, np.uint8(255), np.uint8(0)).repeat(cell, 0).repeat(cell, 1)
            )
            _overlay(small, dense, cloud.left - left // FINE, cloud.top - top // FINE)
        return small

    def _hidden(self, body: ObjectShape, inner: tuple[int, int, int, int]) -> Bytes | None:
        """uint8, 255 where standing things hide the body, of a rectangle in fine pixels; None if nothing does."""
        left, top, right, bottom = inner
        place = np.array(body.place, dtype=np.float64)
        hidden: Bytes | None = None
        for screen in self._stage.screens:
            rows, columns = screen.mask.shape
            apart = screen.left >= right or screen.top >= bottom
            if apart or screen.left + columns <= left or screen.top + rows <= top or not screen.hides(place):
                continue
            if hidden is None:
                hidden = np.zeros((bottom - top, right - left), dtype=np.uint8)
            _overlay(hidden, screen.mask, screen.left - left, screen.top - top)
        return hidden

    def _paint(self, parts: Parts) -> None:
        for mark in parts.marks:
            self._paint_mark(mark)
        shown = parts.strokes
        for number in range(parts.first, parts.last):
            fill(self.canvas, shown.polygons[number], shown.colours[number])
        if parts.cloud is not None:
            self._paint_cloud(parts.cloud)

    def _paint_mark(self, mark: LitPatch) -> None:
        left, top, right, bottom = self._inside(bounds(mark.polygon).tolist())
        if right > left and bottom > top:
            part = self.canvas[top:bottom, left:right]
            full = part.copy()
            fill_any(full, mark.polygon + offset(-left, -top), mark.colour)
            part[:] = cv2.addWeighted(full, mark.opacity, part, 1 - mark.opacity, 0)

    def _paint_cloud(self, cloud: Cloud) -> None:
        left, top, right, bottom = self._inside([side * FINE for side in cloud.bounds])
        if right <= left or bottom <= top:
            return
        # The cells that the picture needs, and two more, so that the rim is interpolated as the middle is.
        cell = cloud.cell * FINE
        x, y = cloud.left * FINE, cloud.top * FINE
        place = np.array(
            [[cell, 0, x - left + (cell - 1) / 2], [0, cell, y - top + (cell - 1) / 2]], dtype=np.float64
        )
        size = (right - left, bottom - top)
        opacity = cv2.warpAffine(cloud.opacity, place, size)
        colour = cv2.warpAffine(cloud.colour, place, size, borderMode=cv2.BORDER_REPLICATE)
        part = self.canvas[top:bottom, left:right]
        part[:] = cv2.blendLinear(colour, part, opacity, 1 - opacity)

    def _inside(self, reach: Sequence[int]) -> tuple[int, int, int, int]:
        rows, columns = self.canvas.shape[:2]
        return max(reach[0], 0), max(reach[1], 0), min(reach[2], columns), min(reach[3], rows)

    def finish(self) -> Bytes:
        """uint8 (height, width, 3), BGR."""
        return np.asarray(
            cv2.resize(self.canvas, (self._width, self._height), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )

    def objects(self) -> Mapping[int, VisiblePart]:
        """What is left of every numbered body that was painted, if anything."""
        found = {}
        for number, traces in self._traces.items():
            rows = slice(min(t.rows.start for t in traces), max(t.rows.stop for t in traces))
            columns = slice(min(t.columns.start for t in traces), max(t.columns.stop for t in traces))
            mine = (self.ids[rows, columns] == number).view(np.uint8)
            area = cv2.countNonZero(mine)
            if area:
                x, y, width, height = cv2.boundingRect(mine)
                left, top = x + columns.start, y + rows.start
                box = Box(
                    left / self._width,
                    top / self._height,
                    (left + width) / self._width,
                    (top + height) / self._height,
                )
                found[number] = VisiblePart(box, min(1.0, area / sum(trace.own for trace in traces)), area)
        return found


def _halved(mask: Bytes) -> Bytes:
    """A fine mask at the picture's own size: 255 where at least half of the fine pixels are."""
    rows, columns = mask.shape
    small = cv2.resize(mask, (columns // FINE, rows // FINE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.threshold(small, 127, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)


def _overlay(mask: Bytes, other: Bytes, left: int, top: int) -> None:
    """Add `other`, whose corner lies at (left, top) of `mask`, as far as it reaches."""
    rows, columns = mask.shape
    high, wide = other.shape
    part = mask[max(top, 0) : top + high, max(left, 0) : left + wide]
    part |= other[max(-top, 0) : rows - top, max(-left, 0) : columns - left]
