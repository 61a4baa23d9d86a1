"""The calibrated ground of one camera: from the picture to metres and back, so that speeds and distances have units.

All three ways to calibrate end in one homography between the picture and the ground plane: from pairs of points by
the normalised direct linear transform (Hartley and Zisserman, "Multiple View Geometry", 2nd edition, algorithm 4.2,
least squares for more than four), or from how a pinhole hangs (the same book, section 8.1.1). The lens is taken for
straight.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.spatial.geometry import Points
from secondsight.config import GroundSettings

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground plane of one camera, as a homography (Hartley and Zisserman, "Multiple View Geometry", 2nd
    edition, section 2.3).

    Picture points are shares of the width and height, origin top left. Ground points are metres;
    `make_ground` says where their origin is.

    Attributes:
        matrix: float64 (3, 3), from picture points (x, y, 1) to metres, homogeneous; the third coordinate is
            above 0 below the horizon.

    Examples:
        >>> import numpy as np
        >>> from secondsight.behaviour import make_ground
        >>> from secondsight.config import GroundSettings
        >>> ground = make_ground(GroundSettings(camera_height=6.0, tilt=30.0, fov=60.0))
        >>> before, after = np.array([[0.5, 0.6]]), np.array([[0.5, 0.5]])
        >>> ground.distance(before, after).round(2)  # metres
        array([1.4])
        >>> ground.speed(before, after, seconds=2.0).round(2)  # metres per second
        array([0.7])
    """

    matrix: Matrix

    def metres(self, x: float, y: float) -> tuple[float, float]:
        """Find the ground point that a picture point shows.

        Args:
            x: share of the picture's width, 0..1.
            y: share of the picture's height, 0..1, downwards.

        Returns:
            x and y in metres; NaN on and above the horizon.
        """
        (a, b, c), (d, e, f), (g, h, i) = self.matrix.tolist()
        below = g * x + h * y + i
        if below <= 0:
            return math.nan, math.nan
        return (a * x + b * y + c) / below, (d * x + e * y + f) / below

    def points(self, picture: Points) -> Points:
        """As `metres`, for many points at once.

        Args:
            picture: relative points, float64 (n, 2).

        Returns:
            Metres, float64 (n, 2).
        """
        return _apply(self.matrix, picture)

    def picture(self, metres: Points) -> Points:
        """Find where ground points are seen.

        Args:
            metres: ground points, float64 (n, 2).

        Returns:
            Relative picture points, float64 (n, 2); NaN behind the camera.
        """
        return _apply(np.linalg.inv(self.matrix).astype(np.float64), metres)

    def distance(self, one: Points, other: Points) -> NDArray[np.float64]:
        """Measure along the ground between what two picture points show.

        Args:
            one: relative picture points, float64 (n, 2).
            other: relative picture points, float64 (n, 2).

        Returns:
            Metres, float64 (n,).
        """
        apart = self.points(one) - self.points(other)
        return np.asarray(np.hypot(apart[:, 0], apart[:, 1]))

    def speed(self, before: Points, after: Points, seconds: float) -> NDArray[np.float64]:
        """Measure the speed of what went from one picture point to another.

        Args:
            before: relative picture points, float64 (n, 2).
            after: relative picture points, float64 (n, 2).
            seconds: time between both, > 0.

        Returns:
            Metres per second, float64 (n,).
        """
        return self.distance(before, after) / seconds


def make_ground(settings: GroundSettings) -> Ground:
    """Calibrate the ground of a camera from its settings.

    Args:
        settings: calibrated ones: points, heights, or how the camera hangs.

    Returns:
        The ground. With `points`, the origin is that of the stated metres. Otherwise it is the point below
        the camera: x to the right, y away from it.

    Examples:
        >>> from secondsight.behaviour import make_ground
        >>> from secondsight.config import GroundSettings
        >>> ground = make_ground(GroundSettings(camera_height=6.0, tilt=30.0, fov=60.0))
        >>> x, y = ground.metres(0.5, 0.5)  # the middle of the picture
        >>> round(x, 2), round(y, 2)  # 6 m / tan(30 degrees) away from the camera
        (0.0, 10.39)
    """
    if settings.points:
        picture = np.array([point.picture for point in settings.points], dtype=np.float64)
        metres = np.array([point.metres for point in settings.points], dtype=np.float64)
        return Ground(homography(picture, metres))
    height, tilt = settings.hanging()
    return Ground(pinhole(height, tilt, settings.fov or 60.0, settings.aspect))


def homography(source: Points, target: Points) -> Matrix:
    """The matrix (3, 3) that leads from points (n, 2) to others (n, 2), n >= 4, with the least algebraic error.

    Its sign is such that the third coordinate of the source points is above 0.
    """
    one, other = _normaliser(source), _normaliser(target)
    a, b = _apply(one, source), _apply(other, target)
    rows = []
    for (x, y), (u, v) in zip(a.tolist(), b.tolist(), strict=True):
        rows.append([-x, -y, -1, 0, 0, 0, u * x, u * y, u])
        rows.append([0, 0, 0, -x, -y, -1, v * x, v * y, v])
    solution = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
    matrix = np.linalg.inv(other) @ solution @ one
    depth = matrix[2] @ np.append(source.mean(axis=0), 1.0)
    return np.asarray(matrix / (np.linalg.norm(matrix) * np.sign(depth)))


def pinhole(height: float, tilt: float, fov: float, aspect: float) -> Matrix:
    """The matrix of a camera `height` metres above the ground that looks down by `tilt` degrees, without roll.

    Metres to the right of the picture's middle, and away from the point below the camera.

    Args:
        fov: degrees from the left to the right edge of the picture.
        aspect: the picture's width over its height.
    """
    focal = 0.5 / math.tan(math.radians(fov) / 2)  # in picture widths
    sine, cosine = math.sin(math.radians(tilt)), math.cos(math.radians(tilt))
    # A pixel's ray, in widths: (right, down, forward); turned by the tilt, it meets the ground below the lens.
    ray = np.array([[1.0, 0.0, -0.5], [0.0, 1 / aspect, -0.5 / aspect], [0.0, 0.0, focal]])
    turned = np.array([[1.0, 0.0, 0.0], [0.0, -sine, cosine], [0.0, cosine, sine]]) @ ray
    return np.asarray(np.diag([height, height, 1.0]) @ turned)


def _normaliser(points: Points) -> Matrix:
    """Moves points so that their mean is 0 and their mean distance from it the square root of 2: (3, 3)."""
    centre = points.mean(axis=0)
    scale = math.sqrt(2) / max(float(np.hypot(*(points - centre).T).mean()), 1e-12)
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1.0]])


def _apply(matrix: Matrix, points: Points) -> Points:
    """Points (n, 2) through a homography; NaN where the third coordinate is not above 0."""
    mapped = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    depth = np.where(mapped[:, 2] > 0, mapped[:, 2], np.nan)
    return np.asarray(mapped[:, :2] / depth[:, None])
