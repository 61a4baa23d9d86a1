"""What a case looks like, and when two look alike."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from secondsight.cascade.feedback.appearance import (
    LENGTH,
    appearance,
    appearance_vector,
    distance,
    mean,
    same_appearance,
)
from secondsight.config import FilterSettings
from secondsight.records import Box, KeyFrame
from secondsight.store import Appearance
from tests.cascade.conftest import BEGIN, suspicion

PLACE = Box(0.25, 0.25, 0.5, 0.75)
ELSEWHERE = Box(0.6, 0.25, 0.85, 0.75)


def scene(path: Path, thing: str, light: float = 1.0, noise: int = 0) -> Path:
    """A grey hall with a coat stand, or a man, in `PLACE`."""
    picture = Image.new("RGB", (320, 240), (120, 120, 120))
    pen = ImageDraw.Draw(picture)
    if thing == "stand":
        pen.rectangle((112, 70, 128, 178), fill=(90, 60, 30))
        pen.ellipse((88, 62, 152, 110), fill=(20, 40, 140))
    else:
        pen.rectangle((90, 100, 150, 176), fill=(230, 230, 40))
        pen.ellipse((108, 66, 134, 98), fill=(200, 160, 140))
    pixels = np.asarray(picture, np.float64) * light
    pixels += np.random.default_rng(noise).normal(0, 3, pixels.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=85)
    return path


def stripes(direction: float) -> tuple[float, ...]:
    """A patch of stripes, `direction` in half turns."""
    side = round(LENGTH**0.5)
    y, x = np.mgrid[0:side, 0:side] * 0.8
    waves = np.sin(x * np.cos(direction * np.pi) + y * np.sin(direction * np.pi)).ravel()
    return tuple(((waves - waves.mean()) / waves.std()).round(2).tolist())


LOOK = Appearance(PLACE, stripes(0.0))
OTHER_LOOK = Appearance(PLACE, stripes(0.5))
OTHER_PLACE = Appearance(ELSEWHERE, stripes(0.0))


def shown(path: Path, box: Box) -> Appearance:
    vector = appearance_vector(path, box)
    assert vector is not None
    assert len(vector) == LENGTH
    return Appearance(box, vector)


def moved(box: Box, x: float, y: float) -> Box:
    """By shares of its size."""
    dx, dy = x * (box.x2 - box.x1), y * (box.y2 - box.y1)
    return Box(box.x1 + dx, box.y1 + dy, box.x2 + dx, box.y2 + dy)


def test_a_look_bears_light_and_noise_but_not_another_thing(tmp_path: Path) -> None:
    ways: list[tuple[Any, ...]] = [("stand",), ("stand", 0.6, 1), ("stand", 0.3, 2), ("man", 1.0, 3)]
    stand, darker, night, man = (
        shown(scene(tmp_path / f"{number}.jpg", *way), PLACE) for number, way in enumerate(ways)
    )
    radius = FilterSettings().radius
    assert distance(stand, stand) == pytest.approx(0, abs=1e-9)
    assert distance(stand, darker) < radius
    assert distance(stand, night) < radius
    assert distance(stand, man) > radius
    assert distance(man, darker) > radius


@given(st.floats(-0.12, 0.12), st.floats(-0.12, 0.12))
@settings(max_examples=25)
def test_boxes_that_differ_a_little_are_of_one_place(tmp_path_factory, x: float, y: float) -> None:
    """What is compared is one place of both pictures, whatever the boxes were."""
    folder = tmp_path_factory.mktemp("shifted")
    one = shown(scene(folder / "1.jpg", "stand"), PLACE)
    other = shown(scene(folder / "2.jpg", "stand", 0.8, 5), moved(PLACE, x, y))
    assert same_appearance(one, other, 0.5, FilterSettings().radius)
    man = shown(scene(folder / "3.jpg", "man", 0.8, 5), moved(PLACE, x, y))
    assert not same_appearance(one, man, 0.5, FilterSettings().radius)


def test_a_box_at_the_edge_of_the_picture_has_a_look(tmp_path: Path) -> None:
    picture = scene(tmp_path / "1.jpg", "stand")
    for box in (Box(0, 0, 1, 1), Box(0, 0.1, 0.001, 0.2), Box(0.9, 0.9, 1, 1), Box(1, 1, 1, 1)):
        vector = appearance_vector(picture, box)
        if vector is not None:
            assert distance(Appearance(box, vector), Appearance(box, vector)) <= 1


@given(st.integers(0, 2**32 - 1))
def test_any_picture_has_a_look_or_none(tmp_path_factory, seed: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = np.sort(rng.integers(0, 256, 2))
    path = tmp_path_factory.mktemp("any") / "any.png"
    Image.fromarray(rng.integers(low, high + 1, (48, 64, 3)).astype(np.uint8)).save(path)
    x1, x2 = np.sort(rng.random(2))
    y1, y2 = np.sort(rng.random(2))
    found = appearance_vector(path, box := Box(x1, y1, x2, y2))
    if found is not None:
        assert np.mean(found) == pytest.approx(0, abs=0.01)
        assert np.std(found) == pytest.approx(1, abs=0.01)
        assert -1e-9 <= distance(Appearance(box, found), Appearance(box, found[::-1])) <= 1 + 1e-9


def test_looks_of_an_earlier_version_are_like_nothing() -> None:
    old = Appearance(PLACE, (1.0, 0.0, 0.0))
    assert distance(old, old) == 1.0
    assert distance(LOOK, old) == 1.0
    assert not same_appearance(old, LOOK, 0.5, 1.0), "at the widest radius neither"


def test_one_grey_and_unreadable_pictures_have_no_look(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), "grey").save(tmp_path / "grey.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8nothing")
    assert appearance_vector(tmp_path / "grey.jpg", PLACE) is None
    assert appearance_vector(tmp_path / "broken.jpg", PLACE) is None
    assert appearance_vector(tmp_path / "missing.jpg", PLACE) is None


def test_the_look_is_that_of_the_best_view(tmp_path: Path) -> None:
    scene(tmp_path / "0.jpg", "stand")
    scene(tmp_path / "1.jpg", "man")
    candidate = replace(suspicion(0.0), peak=BEGIN + 1)
    frames = [
        KeyFrame("0.jpg", BEGIN, PLACE),
        KeyFrame("1.jpg", BEGIN + 1.1, PLACE),
        KeyFrame("2.jpg", BEGIN + 1, None),
    ]
    found = appearance(tmp_path, candidate, frames)
    assert found is not None
    assert found.vector == appearance_vector(tmp_path / "1.jpg", PLACE)
    assert appearance(tmp_path, candidate, frames[2:]) is None


def test_the_middle_of_looks_is_a_look() -> None:
    middle = mean([LOOK, OTHER_LOOK, OTHER_PLACE])
    assert len(middle.vector) == LENGTH
    assert middle.box.x1 == pytest.approx((2 * PLACE.x1 + ELSEWHERE.x1) / 3)
    assert mean([LOOK]).box == pytest.approx(LOOK.box)
    assert distance(mean([LOOK, LOOK]), LOOK) == pytest.approx(0, abs=1e-3)
    against = replace(LOOK, vector=tuple(-one for one in LOOK.vector))
    assert len(mean([LOOK, against]).vector) == LENGTH
