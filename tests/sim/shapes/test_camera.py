"""Metres to pixels and back, against numbers worked by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from secondsight.ground_truth import Geometry
from secondsight.sim.shapes.camera import Camera
from tests.table import table


def camera(
    position: tuple[float, float, float] = (0, 0, 5),
    pan: float = 0,
    tilt: float = 0,
    focal: float = 1,
    distortion: float = 0,
) -> Camera:
    return Camera(Geometry(position, pan, tilt, focal, distortion), 640, 360)


ROOT = np.sqrt(2)


@table(
    ("view", "point", "expected"),
    [
        pytest.param({}, (0, 10, 5), (320, 180, 10), id="the optical axis meets the middle"),
        pytest.param({}, (1, 10, 5), (384, 180, 10), id="1 m right at 10 m is 64 px of 640"),
        pytest.param({}, (0, 10, 4), (320, 244, 10), id="lower is further down"),
        pytest.param({"focal": 0.5}, (1, 10, 5), (352, 180, 10), id="half the focal length, half the size"),
        pytest.param({"pan": 90}, (10, 0, 5), (320, 180, 10), id="pan turns clockwise, to +x"),
        pytest.param({"pan": 90}, (10, -1, 5), (384, 180, 10), id="then right is -y"),
        pytest.param({"tilt": 90}, (0, 0, 0), (320, 180, 5), id="straight down"),
        pytest.param({"tilt": 90}, (0, 1, 0), (320, 52, 5), id="straight down, +y is up"),
        pytest.param(
            {"tilt": 45}, (0, 5, 0), (320, 180, 5 * ROOT), id="45 degrees down meets the ground at 5 m"
        ),
        pytest.param({"position": (2, 3, 5)}, (3, 13, 5), (384, 180, 10), id="the camera's own place"),
        pytest.param({"distortion": -0.1}, (5, 10, 5), (632, 180, 10), id="0.5 (1 - 0.1 0.25) of 640"),
        pytest.param({"distortion": 0.1}, (0, 10, 6), (320, 115.936, 10), id="0.1 (1 + 0.1 0.01), upwards"),
    ],
)
def test_points_appear_where_they_should(
    view: dict[str, Any], point: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    seen = camera(**view).project(np.array([point], dtype=np.float32))
    assert seen.dtype == np.float32
    assert seen[0] == pytest.approx(expected, abs=1e-3)


def test_what_is_behind_has_no_positive_depth() -> None:
    seen = camera().project(np.array([(0, -10, 5), (3, 0, 5)]))
    assert seen[0, 2] == -10
    assert seen[1, 2] == 0
    assert np.isfinite(seen).all()


def test_relative_coordinates_reach_beyond_the_picture() -> None:
    seen = camera().relative(np.array([(0, 10, 5), (-5, 10, 5), (10, 10, 5)]))
    assert seen.tolist() == [[0.5, 0.5], [0.0, 0.5], [1.5, 0.5]]


def test_scale_falls_with_depth() -> None:
    assert camera(focal=0.8).scale(10) == pytest.approx(51.2)


@given(
    x=st.floats(-20, 20),
    y=st.floats(1, 60),
    height=st.floats(1, 15),
    pan=st.floats(-180, 180),
    tilt=st.floats(0, 80),
    focal=st.floats(0.4, 2),
    distortion=st.floats(-0.3, 0.3),
)
@example(x=0.0, y=1.0, height=1.0, pan=0.0, tilt=0.0, focal=1.0, distortion=-5e-324)
def test_ground_undoes_project(
    x: float, y: float, height: float, pan: float, tilt: float, focal: float, distortion: float
) -> None:
    lens = camera((1, -2, height), pan, tilt, focal, distortion)
    u, v, depth = (float(value) for value in lens.project(np.array([(x, y, 0)]))[0])
    assume(depth > 0.5 and -640 < u < 1280 and -360 < v < 720)
    ray = lens.rays(np.array([[u, v]]))[0]
    assume(ray[2] < -0.02)
    # Float32 pixels leave about 1e-4 px; far and flat views stretch it.
    stretch = height / ray[2] ** 2 / lens.focal
    assert lens.ground(u, v) == pytest.approx((x, y), abs=1e-4 + 0.01 * stretch)


@pytest.mark.parametrize("v", [0, 179, 180])
def test_no_ground_above_the_horizon(v: float) -> None:
    with pytest.raises(ValueError, match="above the horizon"):
        camera().ground(320, v)


@pytest.mark.parametrize("distortion", [-0.4, 0.4])
def test_a_bent_lens_never_folds_the_world_over(distortion: float) -> None:
    across = np.linspace(-60, 60, 241)
    seen = camera(distortion=distortion).project(np.column_stack([across, np.full(241, 10), np.full(241, 5)]))
    assert (np.diff(seen[:, 0]) > 0).all()


def test_rays_undo_pixels_also_far_outside_the_picture() -> None:
    lens = camera(tilt=20, distortion=-0.3)
    points = np.array([(x, 10.0, z) for x in (-40, -12, 0, 3, 25) for z in (-20, 0, 8)])
    view = lens.view(points)
    found = lens.origin + lens.rays(lens.pixels(view)) * view[:, 2:]
    assert found == pytest.approx(points, abs=1e-6)
