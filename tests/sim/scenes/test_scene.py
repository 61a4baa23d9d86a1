"""Places: what is in sight, and what outlines look like in the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.ground_truth import Geometry
from secondsight.sim.scenes.scene import HEIGHT, WIDTH, Block, Spot, in_sight, inside, outline
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.world import PACKS, make_scene

CAMERA = Camera(Geometry((0.0, 0.0, 5.0), 0.0, 20.0, 0.8, -0.05), WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("other", "hidden"),
    [
        ((0.0, 10.0, 0.5), True),
        ((0.0, 4.0, 0.5), False),
        ((3.0, 10.0, 0.5), False),
        ((0.0, 10.0, 8.0), False),
    ],
)
def test_a_block_hides_what_is_behind_it(other: tuple[float, float, float], hidden: bool) -> None:
    block = Block((-0.5, 5.0, 0.0), (0.5, 6.0, 3.0))
    assert block.between((0.0, 0.0, 2.0), other) == hidden


def test_spots_that_are_too_far_out_of_the_picture_or_hidden_are_left_out() -> None:
    spots = [
        Spot((x, y), (0.0, 0.0))
        for x, y in ((0.0, 10.0), (0.0, 200.0), (40.0, 10.0), (0.0, 1.0), (2.0, 10.0))
    ]
    wall = Block((1.0, 8.0, 0.0), (3.0, 8.5, 3.0))
    assert in_sight(CAMERA, [wall], spots) == (spots[0],)


@given(st.lists(st.tuples(st.floats(-30, 30), st.floats(-10, 60)), min_size=3, max_size=3))
def test_an_outline_is_empty_or_a_polygon_of_the_picture(corners: list[tuple[float, float]]) -> None:
    seen = outline(CAMERA, [(*corner, 0.0) for corner in corners])
    assert not seen or len(seen) >= 3
    assert all(0 <= part <= 1 for point in seen for part in point)


def test_an_outline_within_the_picture_keeps_its_corners() -> None:
    corners = [(-2.0, 8.0, 0.0), (2.0, 8.0, 0.0), (2.0, 14.0, 0.0), (-2.0, 14.0, 0.0)]
    seen = outline(CAMERA, corners)
    flat = CAMERA.relative(np.array(corners))
    assert len(seen) == 4
    for point in flat.tolist():
        assert min(abs(point[0] - x) + abs(point[1] - y) for x, y in seen) < 1e-3


def test_an_outline_behind_the_camera_is_empty() -> None:
    assert outline(CAMERA, [(-2.0, -8.0, 0.0), (2.0, -8.0, 0.0), (0.0, -14.0, 0.0)]) == ()


def test_inside() -> None:
    square = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]
    assert inside((1.0, 1.0, 0.0), square)
    assert not inside((3.0, 1.0), square)


@pytest.mark.parametrize("pack", PACKS)
def test_every_place_of_many_scenes_can_be_used(pack: str) -> None:
    sides = set()
    for seed in range(40):
        scene = make_scene(pack, seed, seed % 4)
        low, high = (6.0, 12.0) if pack == "motorway" else (3.0, 8.0)
        assert low <= scene.geometry.position[2] <= high
        assert all(scene.spots.values()), (seed, [name for name, spots in scene.spots.items() if not spots])
        sides.add(scene.doors[0][0] > 0)
        camera = scene.camera()
        for door in scene.doors:
            x, y, depth = camera.project(np.array([(*door, 1.0)]))[0]
            hidden = depth <= 0 or not (0 < x < WIDTH and 0 < y < HEIGHT) or depth > 10
            assert hidden, (seed, door)
    assert sides == {True, False}
