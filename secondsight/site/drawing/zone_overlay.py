"""Draws what a site file says of a camera over one of its pictures, so that it can be checked by eye: zones,
lines with their direction, masks, and the calibrated ground as a grid of metres.
"""

from collections.abc import Collection
from io import BytesIO
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour import Ground, make_ground
from secondsight.config import CameraSettings

Image: TypeAlias = NDArray[np.uint8]
Colour = tuple[int, int, int]
"""Blue, green, red."""

QUIET, ALARM = (247, 171, 77), (82, 82, 250)
_MASK, _GRID, _POINT, _INK = (90, 90, 90), (120, 220, 120), (0, 220, 255), (255, 255, 255)
_COARSE = 12.0
"""Beyond this multiple of the metres per pixel at the picture's lower edge no grid is drawn."""
_MOST_LINES = 24


def paint_places(image: Image, camera: CameraSettings, alarmed: Collection[str | None] = ()) -> Image:
    """The outlines of a camera's zones and lines; `image`, uint8 BGR (h, w, 3), is changed.

    Args:
        alarmed: names of those that are drawn in red.
    """
    import supervision as sv

    size = (image.shape[1], image.shape[0])
    quiet, alarm = (sv.Color(*colour[::-1]) for colour in (QUIET, ALARM))
    for name, zone in camera.zones.items():
        polygon = (np.array(zone.coordinates) * size).astype(int)
        image = sv.draw_polygon(image, polygon, alarm if name in alarmed else quiet, 2)
    for name, line in camera.lines.items():
        start, end = (np.array(line.coordinates) * size).astype(int).tolist()
        image = sv.draw_line(image, sv.Point(*start), sv.Point(*end), alarm if name in alarmed else quiet, 2)
    return image


def draw_plan(image: Image, camera: CameraSettings) -> Image:
    """A picture with all that is configured for its camera, with names; a copy of `image`, uint8 BGR (h, w, 3)."""
    pen = _Pen(image.copy())
    for number, mask in enumerate(camera.masks, 1):
        pen.fill(mask, _MASK, 0.55)
        pen.label(f"mask {number}", *_middle(mask))
    for zone in camera.zones.values():
        pen.fill(zone.coordinates, QUIET, 0.18)
    if camera.ground.calibrated:
        _grid(pen, make_ground(camera.ground))
        for point in camera.ground.points:
            pen.dot(*point.picture)
            pen.label(
                f"{point.metres[0]:g}, {point.metres[1]:g} m", point.picture[0], point.picture[1] + 0.035
            )
    pen.image = paint_places(pen.image, camera)
    for name, zone in camera.zones.items():
        pen.label(name, *_middle(zone.coordinates))
    for name, line in camera.lines.items():
        (ax, ay), (bx, by) = line.coordinates
        pen.arrow((ax, ay), (bx, by))
        pen.label(name, (ax + bx) / 2, (ay + by) / 2)
    return pen.image


def png_bytes(image: Image) -> bytes:
    """A PNG file of a picture, uint8 BGR (h, w, 3)."""
    from PIL import Image as Pillow

    buffer = BytesIO()
    Pillow.fromarray(np.ascontiguousarray(image[..., ::-1])).save(buffer, "PNG")
    return buffer.getvalue()


def _middle(polygon: Collection[tuple[float, float]]) -> tuple[float, float]:
    x, y = np.mean(list(polygon), axis=0).tolist()
    return x, y


def _grid(pen: "_Pen", ground: Ground) -> None:
    """Lines of full metres along both axes of the ground, as far as a pixel is not too many of them."""
    low, high = _extent(ground)
    steps = (one for power in range(-1, 5) for one in (10.0**power, 2 * 10.0**power, 5 * 10.0**power))
    step = next(step for step in steps if max(high - low) / step <= _MOST_LINES)
    first, last = np.floor(low / step) * step, np.ceil(high / step) * step
    for axis in (0, 1):
        along = np.linspace(first[1 - axis], last[1 - axis], 200)
        for value in np.arange(first[axis], last[axis] + step / 2, step):
            points = np.empty((len(along), 2))
            points[:, axis], points[:, 1 - axis] = value, along
            pen.curve(ground.picture(points))
    pen.label(f"grid of {step:g} m", 0.5, 0.03)


def _extent(ground: Ground) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and largest coordinates of the ground that is seen well."""
    x, y = np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 51))
    here = np.column_stack((x.ravel(), y.ravel()))
    coarse = ground.distance(here, here - (0.0, 0.004))
    well = coarse <= _COARSE * np.nanmin(coarse)  # a comparison with NaN, above the horizon, is false
    there = ground.points(here[well])
    return there.min(axis=0), there.max(axis=0)


class _Pen:
    """Draws in relative coordinates onto one picture."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self._size = np.array((image.shape[1], image.shape[0]))
        self._scale = max(0.4, min(1.2, image.shape[0] / 900))

    def fill(self, polygon: Collection[tuple[float, float]], colour: Colour, share: float) -> None:
        """Let a colour cover a polygon, 0 not at all .. 1 altogether."""
        import cv2

        over = self.image.copy()
        cv2.fillPoly(over, [np.rint(np.array(list(polygon)) * self._size).astype(np.int32)], colour)
        cv2.addWeighted(over, share, self.image, 1 - share, 0, dst=self.image)

    def curve(self, points: NDArray[np.float64]) -> None:
        """The parts of a curve (n, 2) that lie about the picture."""
        import cv2

        near = np.all((points > -0.5) & (points < 1.5), axis=1)
        pixels = np.rint(np.where(near[:, None], points, 0.0) * self._size).astype(int).tolist()
        for i in range(len(pixels) - 1):
            if near[i] and near[i + 1]:
                cv2.line(self.image, pixels[i], pixels[i + 1], _GRID, 1, cv2.LINE_AA)

    def arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From one point to another, with `left` and `right` of a person who looks along it."""
        import cv2

        a, b = np.array(start) * self._size, np.array(end) * self._size
        cv2.arrowedLine(self.image, _pixel(a), _pixel(b), QUIET, 2, cv2.LINE_AA, tipLength=0.06)
        across = (
            np.array((b[1] - a[1], a[0] - b[0])) / max(float(np.hypot(*(b - a))), 1e-6) * 26 * self._scale
        )
        spot = a + 0.8 * (b - a)
        self.label("left", *((spot + across) / self._size))
        self.label("right", *((spot - across) / self._size))

    def dot(self, x: float, y: float) -> None:
        """A small ring."""
        import cv2

        cv2.circle(self.image, _pixel(np.array((x, y)) * self._size), 5, _POINT, 2, cv2.LINE_AA)

    def label(self, text: str, x: float, y: float) -> None:
        """Words around a point, moved into the picture where they would leave it."""
        import cv2

        font, thickness = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(1.4 * self._scale))
        (width, height), _ = cv2.getTextSize(text, font, 0.6 * self._scale, thickness)
        left, low = np.array((x, y)) * self._size + (-width / 2, height / 2)
        left = min(max(left, 3), max(self._size[0] - width - 3, 3))
        low = min(max(low, height + 3), self._size[1] - 5)
        x, y = int(left), int(low)
        cv2.rectangle(self.image, (x - 2, y - height - 3), (x + width + 2, y + 4), (40, 40, 40), -1)
        cv2.putText(self.image, text, (x, y), font, 0.6 * self._scale, _INK, thickness, cv2.LINE_AA)


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    x, y = np.rint(point).astype(int).tolist()
    return x, y
