"""Conditions on a real frame of the city: each changes what it should, never the truth, and always alike."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondsight.errors import ConfigError
from secondsight.ground_truth import Condition
from secondsight.sim.conditions.conditions import CONDITIONS, active, apply, parse_conditions, shift, shifted
from secondsight.sim.rendering.render import RenderedFrame
from secondsight.sim.world import make_world
from tests.table import table

MOMENT = {"light_change": 17.0}
"""The lights are off by then; the others show at any time."""


@pytest.fixture(scope="module")
def picture() -> RenderedFrame:
    return make_world("metro", 3, 0, 30.0).picture(12.0)


def look(picture: RenderedFrame, name: str, strength: float = 0.7, seed: int = 5) -> NDArray[np.uint8]:
    return apply(picture, [(name, strength)], MOMENT.get(name, 3.7), seed)


def sharpness(image: NDArray[np.uint8]) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_32F).std())


def colourfulness(image: NDArray[np.uint8]) -> float:
    return float(np.ptp(image.astype(int), axis=2).mean())


@table("name", CONDITIONS)
def test_the_same_seed_time_and_picture_give_the_same_frame(picture: RenderedFrame, name: str) -> None:
    before = picture.bgr.copy()
    frame = look(picture, name)
    assert (frame.shape, frame.dtype) == (picture.bgr.shape, np.dtype(np.uint8))
    assert np.array_equal(frame, look(picture, name))
    assert np.array_equal(picture.bgr, before)


@table("name", CONDITIONS)
def test_stronger_is_further_from_the_clear_picture(picture: RenderedFrame, name: str) -> None:
    clear = picture.bgr.astype(int)
    away = [np.abs(look(picture, name, strength) - clear).mean() for strength in (0.2, 0.6, 1.0)]
    assert 0 < away[0] < away[1] < away[2]
    assert np.array_equal(look(picture, name, 0.0), picture.bgr)


@table("name", sorted({*CONDITIONS} - {"low_bitrate", "infrared"}))
def test_another_seed_looks_different(picture: RenderedFrame, name: str) -> None:
    assert not np.array_equal(look(picture, name, seed=5), look(picture, name, seed=6))


@table("name", ["night", "infrared", "rain", "snow", "fog", "headlights", "shake", "reflections"])
def test_moves_with_time(picture: RenderedFrame, name: str) -> None:
    one, other = (apply(picture, [(name, 0.7)], t, 5) for t in (4.0, 5.1))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", ["dirty_lens", "backlight"])
def test_stays_where_it_is(picture: RenderedFrame, name: str) -> None:
    assert np.array_equal(apply(picture, [(name, 0.7)], 4.0, 5), apply(picture, [(name, 0.7)], 9.0, 5))


def test_each_has_its_own_look(picture: RenderedFrame) -> None:
    clear = picture.bgr
    assert look(picture, "night").mean() < 0.5 * clear.mean()
    assert colourfulness(look(picture, "infrared")) == 0
    assert look(picture, "light_change").mean() < 0.8 * clear.mean()
    assert sharpness(look(picture, "motion_blur")) < 0.6 * sharpness(clear)
    assert sharpness(look(picture, "dirty_lens")) < 0.9 * sharpness(clear)
    assert sharpness(look(picture, "rain")) > sharpness(clear)
    assert look(picture, "snow").mean() > clear.mean() + 20
    assert look(picture, "headlights").max(axis=2).max() == 255
    people, against = picture.ids > 0, look(picture, "backlight", 1.0)
    as_ground = look(replace(picture, ids=np.zeros_like(picture.ids)), "backlight", 1.0)
    assert against[people].mean() < as_ground[people].mean() - 10
    assert np.array_equal(against[~people], as_ground[~people])
    assert against.max() == 255


def at_distances(picture: RenderedFrame, name: str, grey: int) -> list[float]:
    """Brightness of a flat grey wall at 5, 20 and 60 metres, and of a grey sky."""
    wall = replace(picture, bgr=np.full_like(picture.bgr, grey), depth=picture.depth.copy())
    seen = []
    for distance in (5, 20, 60, np.inf):
        wall.depth[:] = distance
        seen.append(float(look(wall, name).mean()))
    return seen


def test_fog_hides_by_distance(picture: RenderedFrame) -> None:
    seen = at_distances(picture, "fog", 0)
    assert seen[0] < 60 < seen[1] < seen[2] < seen[3]
    assert seen[3] == pytest.approx(204, abs=3)


def test_the_infrared_lamp_lights_what_is_near(picture: RenderedFrame) -> None:
    seen = at_distances(picture, "infrared", 150)
    assert seen[0] > 2 * seen[1] > 4 * seen[2]
    assert seen[3] < 25


def test_the_light_goes_off_and_on_again(picture: RenderedFrame) -> None:
    levels = [apply(picture, [("light_change", 0.7)], t, 5).mean() for t in np.arange(0, 40, 0.5)]
    clear = picture.bgr.mean()
    assert levels[0] == pytest.approx(clear, abs=1)
    assert min(levels) < 0.5 * clear
    assert max(levels) > 1.3 * clear
    assert levels[-1] == pytest.approx(clear, rel=0.1)


def test_truth_follows_the_shaking_picture(picture: RenderedFrame) -> None:
    strengths, moves = [("shake", 1.0)], set()
    for t in np.arange(0, 6, 0.1):
        by = shift(strengths, t, 5)
        moves.add(by)
        frame, ids = apply(picture, strengths, t, 5), shifted(picture.ids, by)
        assert frame[ids > 0].tobytes() == picture.bgr[shifted(ids, (-by[0], -by[1])) > 0].tobytes()
    assert len(moves) > 10
    assert 4 <= max(max(abs(dx), abs(dy)) for dx, dy in moves) <= 9
    assert shift([("night", 1.0)], 1.0, 5) == (0, 0)


def test_the_order_in_which_they_are_named_does_not_matter(picture: RenderedFrame) -> None:
    several = [("night", 0.5), ("rain", 0.5), ("shake", 0.5), ("low_bitrate", 0.5)]
    assert np.array_equal(apply(picture, several, 2.0, 5), apply(picture, several[::-1], 2.0, 5))


@settings(max_examples=20)
@given(t=st.floats(0, 1e5), seed=st.integers(0, 1 << 40), size=st.sampled_from([(90, 160), (122, 206)]))
def test_any_time_seed_and_size(t: float, seed: int, size: tuple[int, int]) -> None:
    clear = np.full((*size, 3), 120, np.uint8)
    nobody = RenderedFrame(clear, np.zeros(size, np.uint16), np.full(size, np.inf, np.float32))
    everything = [(name, 0.5) for name in CONDITIONS]
    assert apply(nobody, everything, t, seed).shape == clear.shape


def test_texts_become_conditions() -> None:
    assert parse_conditions(["night", " rain:0.25"]) == (("night", 0.7), ("rain", 0.25))


@table(
    ("text", "expected"),
    [
        ("nigth", "no condition is called `nigth`; did you mean `night`?"),
        ("motion-blurr", "did you mean `motion_blur`?"),
        ("xyz", "known here: backlight, dirty_lens, fog"),
        ("rain:2", "rain: write a strength from 0 to 1, as in rain:0.5"),
        ("rain:", "rain: write a strength"),
        ("rain:nan", "rain: write a strength"),
    ],
)
def test_a_wrong_condition_is_explained(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_conditions([text])
    assert expected in str(caught.value)


def test_unknown_conditions_are_refused(picture: RenderedFrame) -> None:
    with pytest.raises(ConfigError, match="did you mean `fog`"):
        apply(picture, [("fogg", 0.5)], 0.0, 1)


def test_conditions_hold_from_start_to_end() -> None:
    both = [Condition("night", 0.5, 0.0, 10.0), Condition("rain", 0.7, 5.0, 20.0)]
    assert [active(both, t) for t in (0, 5, 10, 20)] == [
        (("night", 0.5),),
        (("night", 0.5), ("rain", 0.7)),
        (("rain", 0.7),),
        (),
    ]


def test_a_world_under_conditions_labels_what_is_seen() -> None:
    clear, shaken = (make_world("metro", 3, 0, 4.0, names) for names in ((), ("shake:1",)))
    for index in (17, 31):
        _, before, _ = clear.frame(index)
        _, after, picture = shaken.frame(index)
        dx, dy = shift([("shake", 1.0)], index / 10, shaken.seed)
        for one, other in zip(before.boxes, after.boxes, strict=True):
            if one.box.x1 > 0.05 and one.box.x2 < 0.95 and one.box.y2 < 0.95 and one.box.y1 > 0.05:
                assert other.box.x1 - one.box.x1 == pytest.approx(dx / 640, abs=2e-4)
                assert other.box.y2 - one.box.y2 == pytest.approx(dy / 360, abs=2e-4)
            rows, columns = np.nonzero(picture.ids == other.object)
            assert other.box.x1 * 640 == pytest.approx(columns.min(), abs=2)
            assert other.box.y2 * 360 == pytest.approx(rows.max() + 1, abs=2)
