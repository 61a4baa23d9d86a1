"""Ground calibration: what a site tells about the ground that a camera sees, in one of three ways, so that speeds and
distances have units.

Everything that could make a calibration useless is found here, while the site file is read: a homography of points on
one line, or people who all stand at one distance, would give metres that mean nothing.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from secondsight.config.types import Point, Real, Section, parse_points

_THIN = 1e-3
"""Least height of a triangle, as a share of its longest side, for its corners not to lie on one line."""
_LEAST_SPREAD = 0.02
"""Least distance in the picture, in heights of it, of the feet of two people who tell anything of the horizon."""


def _place(value: Any) -> Point:
    try:
        (point,) = parse_points([value])
    except ValueError as error:
        raise ValueError(f"not a point of the picture: {str(error).removeprefix('point 1 ')}") from None
    return point


def _box(value: Any) -> tuple[float, float, float, float]:
    corners = parse_points(value if isinstance(value, str) else _pairs(value))
    if len(corners) != 2 or corners[0][0] >= corners[1][0] or corners[0][1] >= corners[1][1]:
        raise ValueError("a box is [left, top, right, bottom], as shares of the picture")
    return (*corners[0], *corners[1])


def _pairs(value: Any) -> list[Any]:
    numbers = list(value) if isinstance(value, Sequence) else []
    return [numbers[i : i + 2] for i in range(0, len(numbers), 2)]


class GroundPoint(Section):
    """One point of the ground.

    Attributes:
        picture: where it is seen, relative.
        metres: where it is, in any frame of your own: a corner of the hall, along and across.
    """

    picture: Annotated[Point, BeforeValidator(_place)]
    metres: tuple[Real, Real]


class GroundHeight(Section):
    """Something upright of known height that stands on the ground.

    Attributes:
        box: what is seen of it, relative: left, top, right, bottom.
        metres: its height.
    """

    box: Annotated[tuple[float, float, float, float], BeforeValidator(_box)]
    metres: Annotated[Real, Field(gt=0, le=100)]


class GroundSettings(Section):
    """The ground of one camera: by points, by heights, or by how the camera hangs; by none of them, it is unknown.

    Attributes:
        points: four or more points of the ground, no three of four on one line; spread over what is watched.
        heights: two or more upright things of known height at different distances, such as people; needs `fov`.
        camera_height: of the lens above the ground, metres; with `tilt` and `fov`.
        tilt: degrees by which the camera looks down.
        fov: angle of view from the left to the right edge of the picture, degrees.
        aspect: the picture's width over its height.
    """

    points: Annotated[tuple[GroundPoint, ...], Field(max_length=16)] = ()
    heights: Annotated[tuple[GroundHeight, ...], Field(max_length=100)] = ()
    camera_height: Annotated[Real, Field(gt=0, le=1000)] | None = None
    tilt: Annotated[Real, Field(gt=-45, lt=90)] | None = None
    fov: Annotated[Real, Field(ge=5, le=150)] | None = None
    aspect: Annotated[Real, Field(ge=0.2, le=5)] = 1.7778

    @model_validator(mode="after")
    def _sound(self) -> Self:
        hangs = self.camera_height is not None or self.tilt is not None
        if not (self.points or self.heights or hangs):
            return self
        if bool(self.points) + bool(self.heights) + hangs != 1:
            raise ValueError("the ground needs either `points`, or `heights`, or `camera_height` with `tilt`")
        if self.points:
            _check_points(self.points)
        elif self.fov is None:
            raise ValueError(
                "`fov` is missing: the angle of view across the picture; the camera's data sheet has it"
            )
        elif hangs and (self.camera_height is None or self.tilt is None):
            raise ValueError("`camera_height` and `tilt` belong together")
        elif self.heights:
            self.hanging()
        return self

    @property
    def calibrated(self) -> bool:
        """Whether anything is known."""
        return bool(self.points or self.heights or self.camera_height is not None)

    def hanging(self) -> tuple[float, float]:
        """How the camera hangs: metres above the ground, degrees of tilt. Only where it is calibrated, not by points.

        Raises:
            ValueError: the heights fit no camera.
        """
        if self.camera_height is not None and self.tilt is not None:
            return self.camera_height, self.tilt
        feet = sorted(one.box[3] for one in self.heights)
        if not feet or feet[-1] - feet[0] < _LEAST_SPREAD:
            raise ValueError("`heights` needs two or more that stand at different distances from the camera")
        focal = self.aspect / 2 / math.tan(math.radians(self.fov or 60) / 2)
        rays = [
            (math.atan((b[1] - 0.5) / focal), math.atan((b[3] - 0.5) / focal), m) for b, m in self._boxes()
        ]
        return _hanging(rays)

    def _boxes(self) -> list[tuple[tuple[float, float, float, float], float]]:
        return [(one.box, one.metres) for one in self.heights]


def _hanging(rays: list[tuple[float, float, float]]) -> tuple[float, float]:
    """The camera's height and tilt in degrees that fit upright things best.

    Where the feet of something are seen at an angle f below the optical axis, its head at h, and the camera looks
    down by t, its height is H (1 - tan(h + t) / tan(f + t)) under a camera at height H. For each t, H follows by
    least squares; t is searched, first coarsely.

    Args:
        rays: (h, f, height): radians below the optical axis, metres.
    """

    def fit(tilt: float) -> tuple[float, float]:
        """Squared error in metres, and the camera's height."""
        parts = [(1 - math.tan(head + tilt) / math.tan(foot + tilt), tall) for head, foot, tall in rays]
        height = sum(part * tall for part, tall in parts) / sum(part * part for part, _ in parts)
        return sum((height * part - tall) ** 2 for part, tall in parts), height

    low = max(math.radians(0.5) - min(foot for _, foot, _ in rays), math.radians(-45))
    high = min(math.radians(89.5) - max(foot for _, foot, _ in rays), math.radians(89))
    if low >= high:
        raise ValueError("`heights` fits no camera; are feet and heads of the boxes right?")
    step = (high - low) / 400
    best = min((low + step * i for i in range(401)), key=lambda tilt: fit(tilt)[0])
    while step > 1e-7:
        best = min((best - step, best, best + step), key=lambda tilt: fit(min(max(tilt, low), high))[0])
        best, step = min(max(best, low), high), step / 1.6
    error, height = fit(best)
    tall = sum(metres for *_, metres in rays) / len(rays)
    if not 0.1 < height < 1000 or math.sqrt(error / len(rays)) > 0.3 * tall:
        raise ValueError("`heights` fits no camera; are the boxes and their metres right?")
    return height, math.degrees(best)


def _check_points(points: Sequence[GroundPoint]) -> None:
    """Whether they make a homography, and one that has them all in front of the camera. Raises ValueError."""
    if len(points) < 4:
        raise ValueError(f"`points` needs at least 4 points, got {len(points)}")
    triples = list(combinations(range(len(points)), 3))
    seen = {three: _turn([points[i].picture for i in three]) for three in triples}
    real = {three: _turn([points[i].metres for i in three]) for three in triples}
    sound = {three for three in triples if seen[three] and real[three]}
    if not any(sound.issuperset(combinations(four, 3)) for four in combinations(range(len(points)), 4)):
        raise ValueError(
            "`points` needs four points of which no three lie on one line, in the picture and on the ground"
        )
    if len({seen[three] * real[three] for three in sound}) > 1:
        raise ValueError(
            "`points` cannot be: seen from anywhere, they are in another order; are two mixed up?"
        )


def _turn(corners: Sequence[Point]) -> int:
    """Whether three points turn left (-1) or right (1); 0 if they lie on one line."""
    (ax, ay), (bx, by), (cx, cy) = corners
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    longest = max(math.dist(a, b) for a, b in combinations(corners, 2))
    if abs(area) <= _THIN * longest * longest:
        return 0
    return 1 if area > 0 else -1
