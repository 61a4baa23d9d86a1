"""From the picture to metres: against pinholes computed by hand, and the simulated city's own geometry."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from secondsight.behaviour.spatial.ground_plane import Ground, homography, make_ground, pinhole
from secondsight.config import SiteConfig, load_site
from secondsight.config.sections.ground import GroundSettings
from secondsight.errors import ConfigError
from secondsight.sim.output.site_file import site_file
from secondsight.sim.world import make_world
from tests.table import table

HEIGHT, TILT, FOV, ASPECT = 5.0, 20.0, 60.0, 16 / 9


def seen(x: float, y: float, z: float = 0.0) -> tuple[float, float]:
    """Where the camera `HEIGHT` m above (0, 0) shows a point of the world, relative; by hand, without matrices."""
    tilt, focal = math.radians(TILT), 0.5 / math.tan(math.radians(FOV / 2))
    down = HEIGHT - z
    forward = y * math.cos(tilt) + down * math.sin(tilt)
    below = down * math.cos(tilt) - y * math.sin(tilt)
    return 0.5 + focal * x / forward, 0.5 + ASPECT * focal * below / forward


PLACES = [(0.0, 12.0), (3.0, 20.0), (-2.0, 9.0), (4.0, 11.0), (-5.0, 25.0), (1.0, 8.0)]


def by_points(places: Sequence[tuple[float, float]]) -> GroundSettings:
    points = [{"picture": seen(*place), "metres": place} for place in places]
    return GroundSettings.model_validate({"points": points})


def by_heights(places: Sequence[tuple[float, float]], tall: float = 1.7) -> GroundSettings:
    boxes = []
    for x, y in places:
        (foot_x, foot), (_, head) = seen(x, y), seen(x, y, tall)
        boxes.append({"box": [foot_x - 0.02, head, foot_x + 0.02, foot], "metres": tall})
    return GroundSettings.model_validate({"heights": boxes, "fov": FOV, "aspect": ASPECT})


@pytest.mark.parametrize(
    "settings",
    [
        by_points(PLACES[:4]),
        by_points(PLACES),
        by_heights(PLACES[:2]),
        by_heights(PLACES),
        GroundSettings(camera_height=HEIGHT, tilt=TILT, fov=FOV, aspect=ASPECT),
    ],
    ids=["four points", "six points", "two heights", "six heights", "hanging"],
)
def test_every_way_gives_the_same_ground(settings: GroundSettings) -> None:
    ground = make_ground(settings)
    there = np.array([seen(*place) for place in PLACES])
    assert ground.points(there) == pytest.approx(np.array(PLACES), abs=1e-3)
    assert ground.metres(*there[1]) == pytest.approx(PLACES[1], abs=1e-3)
    assert ground.picture(np.array(PLACES)) == pytest.approx(there, abs=1e-6)
    assert ground.distance(there[:1], there[1:2]) == pytest.approx([math.dist(*PLACES[:2])], abs=1e-3)
    assert ground.speed(there[:1], there[1:2], 4.0) == pytest.approx([math.dist(*PLACES[:2]) / 4], abs=1e-3)


def test_nothing_is_measured_above_the_horizon() -> None:
    ground = make_ground(GroundSettings(camera_height=3, tilt=5, fov=FOV))
    assert all(map(math.isnan, ground.metres(0.5, 0.3)))
    assert np.isnan(ground.points(np.array([[0.5, 0.3], [0.5, 0.5]]))).tolist() == [[True] * 2, [False] * 2]
    assert np.isnan(ground.picture(np.array([[0.0, -30.0]]))).all()
    assert ground.points(np.empty((0, 2))).shape == (0, 2)


@given(
    st.lists(st.tuples(st.floats(-8, 8), st.floats(6, 40)), min_size=4, max_size=10, unique=True),
    st.randoms(),
)
def test_any_points_that_are_accepted_give_their_ground(
    places: list[tuple[float, float]], random: Any
) -> None:
    try:
        settings = by_points(places)
    except ValidationError:
        assume(False)
    there = (random.uniform(-4, 4), random.uniform(8, 30))
    assert make_ground(settings).metres(*seen(*there)) == pytest.approx(there, rel=1e-3, abs=1e-2)


def test_more_points_average_their_errors() -> None:
    rng = np.random.default_rng(5)
    places = [(x, y) for x in (-5.0, 0.0, 5.0) for y in (8.0, 14.0, 22.0, 32.0)]
    there = np.array([seen(*place) for place in places])
    off = []
    for chosen in ([0, 8, 3, 11], range(12)):
        errors = []
        for _ in range(40):
            noisy = there + rng.normal(0, 0.002, there.shape)
            ground = Ground(homography(noisy[list(chosen)], np.array(places)[list(chosen)]))
            errors.append(np.abs(ground.points(there) - places).mean())
        off.append(np.median(errors))
    assert off[1] < 0.8 * off[0]


Pair = tuple[Sequence[float], Sequence[float]]
"""A place, relative in the picture, and in metres."""
SQUARE: list[Pair] = [
    ([0.1, 0.5], [0, 10]),
    ([0.9, 0.5], [10, 10]),
    ([0.9, 0.9], [8, 0]),
    ([0.1, 0.9], [2, 0]),
]


def points(*pairs: Pair) -> dict[str, Any]:
    return {"points": [{"picture": picture, "metres": metres} for picture, metres in pairs]}


ODD = ((0.3, 1.7), (0.5, 9.0), (0.7, 0.4), (0.75, 5.0))
BOX = {"box": [0.4, 0.3, 0.5, 0.6], "metres": 1.7}


@table(
    ("ground", "words"),
    [
        (points(*SQUARE[:3]), "at least 4 points, got 3"),
        (points(*SQUARE[:3], ([0.5, 0.5], [5, 10])), "no three lie on one line"),
        (points(*SQUARE[:3], ([0.1, 0.9], [9, 5])), "no three lie on one line"),
        (points(*[SQUARE[0]] * 4), "no three lie on one line"),
        (
            points(SQUARE[0], SQUARE[1], (SQUARE[2][0], SQUARE[3][1]), (SQUARE[3][0], SQUARE[2][1])),
            "mixed up",
        ),
        (points(*SQUARE) | {"tilt": 5}, "either `points`"),
        (points(*SQUARE) | {"heights": [BOX]}, "either `points`"),
        ({"heights": [BOX] * 3}, "`fov` is missing"),
        ({"heights": [BOX], "fov": 60}, "at different distances"),
        ({"heights": [BOX] * 3, "fov": 60}, "at different distances"),
        (
            {"heights": [{"box": [0.4, y, 0.5, y + 0.2], "metres": m} for y, m in ODD], "fov": 60},
            "fits no camera",
        ),
        ({"camera_height": 5, "fov": 60}, "belong together"),
        ({"camera_height": 5, "tilt": 20}, "`fov` is missing"),
        (points(([100, 300], [0, 0]), *SQUARE), "outside the picture"),
        ({"heights": [{**BOX, "box": [0.4, 0.6, 0.5, 0.3]}], "fov": 60}, "left, top, right, bottom"),
        ({"heights": [{**BOX, "box": [0.4, 0.6]}], "fov": 60}, "left, top, right, bottom"),
    ],
)
def test_mistakes_name_the_camera(tmp_path: Path, ground: dict[str, Any], words: str) -> None:
    (tmp_path / "site.yaml").write_text(
        f"cameras:\n  hall:\n    source: a.mp4\n    ground: {json.dumps(ground)}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        load_site(tmp_path / "site.yaml", {})
    assert words in str(caught.value)
    assert (caught.value.key or "").startswith("cameras.hall.ground")
    assert caught.value.line == 4


def test_points_that_a_mirror_would_show_are_fine() -> None:
    """Whether metres run to the left or to the right is the user's choice: distances do not change."""
    mirrored: list[Pair] = [(picture, [-x, y]) for picture, (x, y) in SQUARE]
    one, other = (make_ground(GroundSettings.model_validate(points(*pairs))) for pairs in (SQUARE, mirrored))
    here, there = np.array([[0.3, 0.6]]), np.array([[0.6, 0.7]])
    assert one.distance(here, there) == pytest.approx(other.distance(here, there))


def test_pinhole_at_the_middle() -> None:
    assert Ground(pinhole(4.0, 45.0, 70.0, 1.5)).metres(0.5, 0.5) == pytest.approx((0.0, 4.0))


@pytest.mark.parametrize(
    "pack", ["retail", *(pytest.param(pack, marks=pytest.mark.slow) for pack in ("metro", "industrial"))]
)
def test_walking_speeds_in_the_city_are_right(pack: str) -> None:
    """By the points of its site file and the boxes of its labels, lens and all."""
    world = make_world(pack, 11, 1, 40.0, density=0.5)
    site = SiteConfig.model_validate(YAML(typ="safe").load(site_file([world.truth()])))
    assert len(site.cameras[world.camera].ground.points) == 9
    ground = make_ground(site.cameras[world.camera].ground)
    shares = []
    for t in range(2, 36, 2):
        one, other = world.picture(t).objects, world.picture(t + 2).objects
        for actor in world.actors:
            real = math.dist(actor.place(t)[:2], actor.place(t + 2)[:2])
            looks = [seen[actor.number] for seen in (one, other) if actor.number in seen]
            whole = all(
                seen.visible > 0.95 and min(seen.box[:2]) > 0.01 and max(seen.box[2:]) < 0.99
                for seen in looks
            )
            if actor.label == "person" and len(looks) == 2 and whole and real > 1.6:
                before, after = (np.array([[(seen.box.x1 + seen.box.x2) / 2, seen.box.y2]]) for seen in looks)
                shares.append(float(ground.speed(before, after, 2.0)[0]) / (real / 2))
    assert len(shares) >= 5
    assert np.median(shares) == pytest.approx(1.0, abs=0.1)
