"""What is painted, who owns which pixel, and how much of whom is left."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondsight.ground_truth import Geometry
from secondsight.sim.rendering.render import Backdrop, Light, RenderedFrame, Renderer
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shapes import Capsule, GroundPatch, ObjectShape, Puff, Solid, box

WIDTH, HEIGHT = 320, 180
EYE = Camera(Geometry((0, 0, 2), 0, 0, 1.0), WIDTH, HEIGHT)
"""Level, at 2 m: 1 m at 10 m is 32 px, the horizon is in the middle."""
NOON = Light((0, 0, 1), 0.5, 0.5)
PLAIN = Backdrop((110, 110, 110), (230, 200, 170))
RED, GREEN = (40.0, 40.0, 220.0), (40.0, 220.0, 40.0)


def renderer(
    backdrop: Backdrop = PLAIN, light: Light = NOON, camera: Camera = EYE, seed: int = 1
) -> Renderer:
    return Renderer(camera, backdrop, light, seed)


@pytest.fixture(scope="module")
def plain() -> Renderer:
    return renderer()


def crate(
    number: int, x: float, y: float, size: tuple[float, float, float] = (1, 1, 1), colour=RED
) -> ObjectShape:
    """A box of length (away), width, height that stands on the ground."""
    return ObjectShape(number, [box((x, y, 0), size, 0, colour)], (x, y, 0))


def standing(*solids: Solid, at: tuple[float, float]) -> Backdrop:
    return Backdrop(PLAIN.ground, PLAIN.sky, occluders=(ObjectShape(0, solids, (*at, 0)),))


def square(x: float, y: float, half: float) -> NDArray[np.float32]:
    return np.array(
        [(x - half, y - half, 0), (x + half, y - half, 0), (x + half, y + half, 0), (x - half, y + half, 0)],
        dtype=np.float32,
    )


def pixel(x: float, y: float, z: float) -> tuple[int, int]:
    """Row and column that show a point."""
    u, v, _ = EYE.project(np.array([(x, y, z)]))[0]
    return int(v), int(u)


def test_a_box_is_seen_where_its_corners_are(plain: Renderer) -> None:
    picture = plain.render([crate(7, 0.5, 10)])
    seen = picture.objects[7]
    # The front face: x 0..1 at 9.5 m, z 0..1.
    expected = (160, 90 + 320 / 9.5, 160 + 320 / 9.5, 90 + 2 * 320 / 9.5)
    assert [c * s for c, s in zip(seen.box, (WIDTH, HEIGHT) * 2, strict=True)] == pytest.approx(
        (expected[0], expected[1] - 2.0, expected[2], expected[3]), abs=2.1
    )
    assert seen.visible == 1.0
    assert seen.area == (picture.ids == 7).sum() > 1000
    assert picture.bgr.shape == (HEIGHT, WIDTH, 3)
    assert picture.bgr.dtype == np.uint8
    assert (picture.ids.dtype, picture.depth.dtype) == (np.dtype(np.uint16), np.dtype(np.float32))


def test_a_ball_is_round_and_as_large_as_its_distance_says(plain: Renderer) -> None:
    ball = Capsule((0, 16, 2), (0, 16, 2), 1, 1, RED)
    seen = plain.render([ObjectShape(1, [ball], (0, 16, 0))]).objects[1]
    assert seen.area == pytest.approx(np.pi * 20**2, rel=0.05)
    assert (seen.box.x2 - seen.box.x1) * WIDTH == pytest.approx(40, abs=1)
    assert (seen.box.y2 - seen.box.y1) * HEIGHT == pytest.approx(40, abs=1)


def test_a_limb_is_a_tapered_strip(plain: Renderer) -> None:
    limb = Capsule((-1, 16, 2), (1, 16, 2), 0.4, 0.2, RED)
    ids = plain.render([ObjectShape(1, [limb], (0, 16, 0))]).ids > 0
    left, right = ids[:, 160 - 20].sum(), ids[:, 160 + 20].sum()
    assert (left, right) == (pytest.approx(16, abs=1.1), pytest.approx(8, abs=1.1))


@pytest.mark.parametrize("turned", [False, True], ids=["far first", "near first"])
def test_parts_of_one_body_hide_each_other_by_distance(plain: Renderer, turned: bool) -> None:
    arm = Capsule((-0.3, 9.6, 1.5), (0.3, 9.6, 1.5), 0.1, 0.1, GREEN)
    back = Capsule((-0.3, 10.4, 1.2), (0.3, 10.4, 1.2), 0.1, 0.1, GREEN)
    parts = [back, Capsule((0, 10, 1), (0, 10, 2), 0.3, 0.3, RED), arm]
    bgr = plain.render([ObjectShape(1, parts[::-1] if turned else parts, (0, 10, 0))]).bgr
    assert [bgr[pixel(0, 10, z)].argmax() for z in (1.52, 1.2)] == [1, 2]


@pytest.mark.parametrize("turned", [False, True], ids=["far first", "near first"])
def test_the_nearer_one_hides_the_farther_one_in_any_order(plain: Renderer, turned: bool) -> None:
    bodies = [crate(1, 0, 12, (1, 2, 2)), crate(2, 0.5, 8, (1, 1, 1), GREEN)]
    picture = plain.render(bodies[::-1] if turned else bodies)
    assert picture.ids[pixel(0.5, 7.5, 0.5)] == 2
    assert picture.bgr[pixel(0.5, 7.5, 0.5)].argmax() == 1
    assert picture.objects[2].visible == 1.0
    alone = plain.render([bodies[0]]).objects[1].area
    assert picture.objects[1].visible == pytest.approx(picture.objects[1].area / alone, abs=0.02)
    assert picture.objects[1].visible < 0.9


def test_half_behind_a_pillar_is_half_visible() -> None:
    painter = renderer(standing(box((2, 5, 0), (0.1, 4, 5), 0, RED), at=(2, 5)))
    behind = painter.render([crate(1, 0, 10, (0.1, 2, 1))])
    assert behind.objects[1].visible == pytest.approx(0.5, abs=0.03)
    assert behind.objects[1].box.x2 == pytest.approx(0.5, abs=0.01)
    assert behind.ids[pixel(0.5, 9.9, 0.5)] == 0
    before = painter.render([crate(1, 0, 4, (0.1, 2, 2))])
    assert before.objects[1].area == pytest.approx(160 * 90, rel=0.03)


def test_a_pole_hides_what_is_behind_it() -> None:
    pole = ObjectShape(0, [Capsule((0, 8, 0), (0, 8, 4), 0.3, 0.3, RED)], (0, 8, 0))
    painter = renderer(Backdrop(PLAIN.ground, PLAIN.sky, occluders=(pole,)))
    assert painter.render([crate(1, 0, 10, (0.2, 2, 1))]).objects[1].visible == pytest.approx(0.63, abs=0.05)
    assert painter.render([crate(1, 0, 7.4, (0.2, 2, 1))]).objects[1].visible == 1.0


@pytest.mark.parametrize(
    ("x", "y", "visible"),
    [
        pytest.param(3.0, 12, 0.0, id="right of it and nearer than its middle, yet behind it"),
        pytest.param(0.0, 22, 1.0, id="left of it and farther than its middle, yet before it"),
    ],
)
def test_a_long_shelf_hides_by_side_not_by_distance(x: float, y: float, visible: float) -> None:
    painter = renderer(standing(box((1.5, 16, 0), (24, 0.2, 3), 0, RED), at=(1.5, 16)))
    objects = painter.render([crate(1, x, y, (0.5, 0.5, 1.7))]).objects
    assert (objects[1].visible if objects else 0.0) == visible


def test_a_man_beside_the_tail_of_a_lorry_stands_before_it(plain: Renderer) -> None:
    lorry = crate(1, 2.2, 12, (10, 2, 3))
    man = ObjectShape(2, [Capsule((0.9, 15, 0.2), (0.9, 15, 1.6), 0.2, 0.2, GREEN)], (0.9, 15, 0))
    other = ObjectShape(3, [Capsule((0.9, 19, 0.2), (0.9, 19, 1.6), 0.2, 0.2, GREEN)], (0.9, 19, 0))
    objects = plain.render([man, lorry, other]).objects
    assert objects[2].visible == 1.0
    assert objects[3].visible < 1.0


def test_a_part_outside_the_picture_counts_as_hidden(plain: Renderer) -> None:
    # The picture's left edge at 10 m is x = -5.
    seen = plain.render([crate(1, -5, 10, (0.02, 2, 1))]).objects[1]
    assert seen.visible == pytest.approx(0.5, abs=0.03)
    assert seen.box.x1 == 0.0


def test_nobody_hides_but_has_no_label(plain: Renderer) -> None:
    picture = plain.render([crate(0, 0.5, 8, (0.1, 1, 3)), crate(1, 0, 12, (0.1, 2, 1))])
    assert list(picture.objects) == [1]
    assert picture.objects[1].visible < 0.8
    assert picture.depth[pixel(0.5, 8, 1)] == pytest.approx(8)


def test_bodies_with_one_number_are_one_object(plain: Renderer) -> None:
    parts = [crate(5, -1, 10), crate(5, 1, 10)]
    together, one = plain.render(parts).objects[5], plain.render(parts[:1]).objects[5]
    assert together.area == pytest.approx(2 * one.area, rel=0.05)
    assert together.visible == 1.0
    assert together.box.x1 == one.box.x1
    assert together.box.x2 == pytest.approx(1 - one.box.x1, abs=0.01)


@pytest.mark.parametrize(("sun_x", "side"), [(-1, 1), (1, -1)])
def test_shadows_fall_away_from_the_sun(sun_x: float, side: int) -> None:
    painter = renderer(light=Light((sun_x, 0, 1), 0.6, 0.4))
    empty, picture = painter.render([]), painter.render([crate(1, 0, 10)])
    darker = (picture.bgr.sum(2) < empty.bgr.sum(2) * 0.8) & (picture.ids == 0)
    rows, columns = np.nonzero(darker)
    assert len(rows) > 100
    assert ((columns - 160) * side > 10).all()
    # One metre high under 45 degrees: the shadow ends 1 m beyond the box.
    assert np.abs(columns - 160).max() == pytest.approx(1.5 * 320 / 9.5, abs=3)
    assert rows.min() > HEIGHT / 2


def test_no_shadow_without_sun_and_none_on_walls() -> None:
    dull = renderer(light=Light((1, 0, 1), 0.0, 0.9))
    empty, picture = dull.render([]), dull.render([crate(1, 0, 10)])
    around = picture.ids == 0
    around[:, 100:220] &= False
    assert (empty.bgr[around] == picture.bgr[around]).all()
    wall = ObjectShape(0, [box((2.5, 10, 0), (6, 1, 4), 0, (200, 200, 200))], (2.5, 10, 0))
    walled = renderer(Backdrop(PLAIN.ground, PLAIN.sky, (wall,)), Light((-1, 0, 0.3), 0.6, 0.4))
    empty, picture = walled.render([]), walled.render([crate(1, 0, 10)])
    assert (picture.bgr[pixel(2.0, 10, 1.0)] == empty.bgr[pixel(2.0, 10, 1.0)]).all()
    assert picture.bgr[pixel(1.5, 9.8, 0)].sum() < empty.bgr[pixel(1.5, 9.8, 0)].sum() * 0.8


def test_the_lit_side_is_brighter() -> None:
    painter = renderer(light=Light((-1, -0.2, 0.2), 0.7, 0.3))
    turned = ObjectShape(1, [box((0, 8, 0), (2, 2, 2), 45, (200, 200, 200))], (0, 8, 0))
    limb = ObjectShape(2, [Capsule((-3, 8, 0.5), (-3, 8, 2), 0.4, 0.4, (200, 200, 200))], (-3, 8, 0))
    bgr = painter.render([turned, limb]).bgr
    left, right = (bgr[pixel(x, 7.3, 1)].mean() for x in (-0.6, 0.6))
    assert left > right * 1.5
    left, right = (bgr[pixel(-3 + x, 8, 1.2)].mean() for x in (-0.3, 0.3))
    assert left > right * 1.3


def test_coloured_light_colours_everything() -> None:
    warm = renderer(light=Light((0, 0, 1), 0.5, 0.5, (0.5, 1.0, 1.0)))
    picture, white = warm.render([crate(1, 0, 10, colour=(200, 200, 200))]), renderer().render([])
    for place in (pixel(0, 9.5, 0.5), pixel(3, 10, 0)):
        blue, green, _ = picture.bgr[place].astype(float)
        assert blue == pytest.approx(green / 2, abs=3)
    blue, green, _ = white.bgr[pixel(3, 10, 0)].astype(float)
    assert blue == pytest.approx(green, abs=2)


@pytest.mark.parametrize("opacity", [0.3, 1.0])
def test_a_mark_lies_on_the_ground_under_everybody(plain: Renderer, opacity: float) -> None:
    mark = ObjectShape(3, [GroundPatch(square(0, 9, 1.5), (250, 0, 0), opacity)], (0, 8, 0))
    empty, picture = plain.render([]), plain.render([crate(1, 0, 9.5, (0.2, 1, 1)), mark])
    assert picture.ids[pixel(1.0, 8, 0)] == 3
    assert picture.ids[pixel(0, 9.4, 0.2)] == 1
    assert picture.objects[1].visible == 1.0
    bare, blue = empty.bgr[pixel(1, 8, 0)].astype(float), picture.bgr[pixel(1, 8, 0)].astype(float)
    lit = np.array([250, 0, 0])
    assert blue == pytest.approx(bare + (lit - bare) * opacity, abs=8)


def test_marks_of_the_backdrop_are_painted_and_hidden_by_what_stands_there() -> None:
    body = ObjectShape(
        0, [GroundPatch(square(0, 10, 3), (250, 0, 0)), box((0, 9, 0), (1, 1, 1), 0, RED)], (0, 9, 0)
    )
    picture = renderer(Backdrop(PLAIN.ground, PLAIN.sky, (body,))).render([])
    assert picture.bgr[pixel(2, 10, 0)].argmax() == 0
    assert picture.bgr[pixel(0, 8.5, 0.5)].argmax() == 2
    assert picture.bgr[pixel(4, 10, 0)].std() < 5


def cloud(number: int, opacity: float, glow: float = 0.0, count: int = 12) -> ObjectShape:
    puffs = [Puff((0.1 * (i % 3), 10, 1 + 0.2 * i), 0.9, (60, 150, 250), opacity, glow) for i in range(count)]
    return ObjectShape(number, puffs, (0, 10, 0))


def test_dense_smoke_is_seen_and_hides_and_thin_smoke_is_not(plain: Renderer) -> None:
    wall = crate(1, 0, 14, (0.1, 6, 3), (200, 0, 0))
    dense, thin = plain.render([wall, cloud(2, 0.6)]), plain.render([wall, cloud(2, 0.02)])
    assert dense.objects[2].area > 1500
    assert dense.objects[1].visible < thin.objects[1].visible == 1.0
    assert 2 not in thin.objects
    centre = pixel(0.1, 10, 2)
    clear = plain.render([wall]).bgr[centre].astype(float)
    assert dense.bgr[centre].argmax() == 2
    assert 0 < np.abs(thin.bgr[centre].astype(float) - clear).max() < 40
    # The rim is soft: no neighbour differs by much.
    row = plain.render([cloud(2, 0.6)]).bgr[centre[0]].astype(float)
    assert np.abs(np.diff(row[100:220], axis=0)).max() < 40


def test_flames_shine_at_night_and_smoke_does_not() -> None:
    night = renderer(light=Light((0, 0, 1), 0.0, 0.1))
    centre = pixel(0.1, 10, 2)
    flames, smoke = night.render([cloud(1, 0.6, 1.0)]).bgr[centre], night.render([cloud(1, 0.6)]).bgr[centre]
    assert flames[2] > 200
    assert smoke[2] < 60


def test_a_pillar_hides_smoke_too() -> None:
    painter = renderer(standing(box((2, 5, 0), (0.1, 4, 5), 0, RED), at=(2, 5)))
    picture = painter.render([cloud(1, 0.6)])
    assert picture.objects[1].visible == pytest.approx(0.45, abs=0.1)
    assert (picture.bgr[:, 180:220] == painter.render([]).bgr[:, 180:220]).all()


def test_depth_of_ground_sky_walls_and_bodies() -> None:
    wall = ObjectShape(0, [box((-4, 10, 0), (10, 1, 4), 0, RED)], (-4, 10, 0))
    picture = renderer(Backdrop(PLAIN.ground, PLAIN.sky, (wall,))).render([crate(1, 0, 10)])
    assert picture.depth[0, 160] == np.inf
    row, column = pixel(3, 8, 0)
    assert picture.depth[row, column] == pytest.approx(2 * 320 / (row + 0.5 - 90), rel=0.02)
    row, column = pixel(-3.5, 9, 1.5)
    assert picture.depth[row, column] == pytest.approx(9, rel=0.03)
    assert picture.depth[pixel(0, 9.5, 0.5)] == pytest.approx(10)


def test_the_backdrop_is_sorted_by_depth_whatever_the_order() -> None:
    near = ObjectShape(0, [box((0, 8, 0), (1, 1, 1), 0, RED)], (0, 8, 0))
    far = ObjectShape(0, [box((0, 14, 0), (1, 4, 3), 0, GREEN)], (0, 14, 0))
    pictures = [
        renderer(Backdrop((90, 90, 90), (200, 200, 200), order)).render([])
        for order in ((near, far), (far, near))
    ]
    assert (pictures[0].bgr == pictures[1].bgr).all()
    assert pictures[0].bgr[pixel(0, 7.5, 0.5)].argmax() == 2
    assert pictures[0].bgr[pixel(1.5, 13.5, 2)].argmax() == 1


def test_a_straight_kerb_bends_with_the_lens() -> None:
    kerb = ObjectShape(
        0, [GroundPatch(np.array([(-9, 9, 0), (9, 9, 0), (9, 9.6, 0), (-9, 9.6, 0)]), (250, 0, 0))], (0, 9, 0)
    )
    lens = Camera(Geometry((0, 0, 4), 0, 10, 0.7, -0.15), WIDTH, HEIGHT)
    picture = renderer(Backdrop(PLAIN.ground, PLAIN.sky, (kerb,)), camera=lens).render([])
    blue = picture.bgr[..., 0] > picture.bgr[..., 2].astype(int) + 60
    for x in (-6.0, 0.0, 6.0):
        u, v, _ = lens.project(np.array([(x, 9.3, 0)]))[0]
        assert blue[int(v), int(u)]
    middle, side = (np.nonzero(blue[:, column])[0].mean() for column in (160, 20))
    assert middle > side + 2


def test_the_same_seed_gives_the_same_bytes_whatever_came_before() -> None:
    bodies = [
        crate(1, 0, 10),
        cloud(2, 0.6),
        ObjectShape(3, [GroundPatch(square(2, 7, 1), RED, 0.5)], (2, 7, 0)),
    ]
    first, second = renderer(seed=3), renderer(seed=3)
    second.render([crate(9, 1, 6, (2, 2, 2))])
    one, other = first.render(bodies), second.render(bodies)
    for name in ("bgr", "ids", "depth"):
        assert (getattr(one, name) == getattr(other, name)).all()
    assert one.objects == other.objects
    assert (one.bgr != renderer(seed=4).render(bodies).bgr).any()


def test_a_picture_is_the_callers_own(plain: Renderer) -> None:
    before = plain.render([]).bgr.copy()
    picture = plain.render([])
    picture.bgr[:], picture.ids[:], picture.depth[:] = 0, 7, 0
    again = plain.render([])
    assert (again.bgr == before).all()
    assert not again.ids.any()
    assert again.depth.max() == np.inf


def shapes() -> st.SearchStrategy[Sequence[ObjectShape]]:
    place = st.tuples(st.floats(-12, 12), st.floats(-6, 30), st.floats(0, 3))
    size = st.floats(0.05, 3)
    limb = st.builds(Capsule, place, place, size, size, st.just(RED))
    solid = st.builds(
        lambda at, a, b, c, turn: box(at, (a, b, c), turn, RED), place, size, size, size, st.floats(0, 360)
    )
    patch = st.builds(lambda at, half: GroundPatch(square(at[0], at[1], half), RED, 0.7), place, size)
    puff = st.builds(Puff, place, size, st.just(RED), st.floats(0, 1), st.floats(0, 1))
    parts = st.lists(st.one_of(limb, solid, patch, puff), max_size=4)
    return st.lists(st.builds(ObjectShape, st.integers(0, 9), parts, place), max_size=5)


IN_THE_LENS = ObjectShape(0, [Capsule((0.0, 1.0, 0.0), (0.0, 1.0, 0.0), 0.5, 1.0, RED)], (0.0, 0.0, 0.0))
"""Its shadow has corners in the lens's plane, some of them behind it by rounding."""


@given(bodies=shapes())
@example(bodies=[IN_THE_LENS])
def test_any_bodies_give_a_consistent_picture(plain: Renderer, bodies: Sequence[ObjectShape]) -> None:
    picture: RenderedFrame = plain.render(bodies)
    assert set(picture.objects) == set(np.unique(picture.ids).tolist()) - {0}
    for number, seen in picture.objects.items():
        rows, columns = np.nonzero(picture.ids == number)
        assert seen.area == len(rows)
        assert 0 < seen.visible <= 1
        assert seen.box == pytest.approx(
            (
                columns.min() / WIDTH,
                rows.min() / HEIGHT,
                (columns.max() + 1) / WIDTH,
                (rows.max() + 1) / HEIGHT,
            )
        )
