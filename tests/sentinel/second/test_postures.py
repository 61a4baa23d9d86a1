"""What people do by their key points: the windows that the network gets, and what it says of computed skeletons."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondsight.records import Posture
from secondsight.sentinel.second.postures import (
    FILE,
    LOOKS,
    STEP,
    PostureMemory,
    PostureModel,
    normalised,
    window,
)
from training.postures.acts import BACK, RATE, SIT, STAND, Timeline, varied
from training.postures.body import joints
from training.postures.seen import Camera

CAMERA = Camera(height=2.5, distance=6.0, aim=0.8, field=50.0, roll=0.0, aspect=1.0)


def looks(*acts: str) -> NDArray[np.float32]:
    """Key points (n, 17, 3) of a person seen from the side, `RATE` looks a second."""
    line = Timeline(np.random.default_rng(4), varied(STAND.angles, np.random.default_rng(4), 2.0), 90.0)
    for act in acts:
        if act == "stand":
            line.stay(2.0, 0)
        elif act == "sit":
            line.to(SIT, 1.0, 0)
            line.stay(2.0, 0)
        elif act == "fall":
            line.to(BACK, 0.7, 1, falls=True)
        else:
            line.stay(2.0, 2, 0.3)
    body = joints(np.array(line.angles), np.array(line.yaws), 1.7)
    flat = CAMERA.project(body)
    return np.concatenate((flat, np.full((*flat.shape[:2], 1), 0.7)), axis=2).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> PostureModel:
    return PostureModel()


def said(
    model: PostureModel, points: NDArray[np.float32], *, renumber: int | None = None, aside: float = 0.0
):
    """What is said of each look; from look `renumber` on the track has another number and lies `aside`."""
    memory, found = PostureMemory(model), []
    for row in range(0, len(points), 2):
        number = 1 if renumber is None or row < renumber else 2
        shown = points[row] + (np.float32(aside if number == 2 else 0), 0, 0)
        found.append(memory.look(row / RATE, {number: shown.astype(np.float32)}, 1.0).get(number))
    return found


def kinds(found: list[Posture | None]) -> set[str]:
    """Everything that it was ever thought to do, more likely than not."""
    return {name for one in found if one for name, value in one._asdict().items() if value >= 0.5}


def test_who_stands_and_sits_does_not_fall(model: PostureModel) -> None:
    assert kinds(said(model, looks("stand", "sit", "stand"))) == {"normal"}


def test_who_falls_lies(model: PostureModel) -> None:
    found = said(model, looks("stand", "fall", "lie"))
    assert max(one.falling for one in found if one) >= 0.4
    last = found[-1]
    assert last is not None
    assert last.lying >= 0.5
    assert sum(last) == pytest.approx(1, abs=1e-3)


def test_a_fall_goes_on_under_another_number_at_its_place_only(model: PostureModel) -> None:
    points = looks("stand", "fall", "lie")
    at = round(2.5 * RATE)
    near, far = said(model, points, renumber=at), said(model, points, renumber=at, aside=2.0)
    assert near == said(model, points)
    assert None not in near[4:]
    assert far[at // 2 + 1] is None  # nothing is known of it yet


def test_too_little_says_nothing(model: PostureModel) -> None:
    points = looks("stand")
    points[:, 3:, 2] = 0.05  # three points seen
    assert said(model, points) == [None] * (len(points) // 2)
    memory = PostureMemory(model)
    assert memory.look(0.0, {}, 1.0) == {}
    assert memory.look(0.2, {1: np.zeros((17, 3), np.float32)}, 1.0) == {}


def test_key_points_of_an_earlier_look_are_not_taken_for_new_ones(model: PostureModel) -> None:
    """As of a second-stage model that looks once a second: too seldom to tell anything."""
    shown, memory = looks("stand", "stand", "stand"), PostureMemory(model)
    slices = [shown[row].copy() for row in range(0, len(shown), 10)]
    assert [memory.look(row / RATE, {1: slices[row // 10]}, 1.0) for row in range(0, len(shown), 2)] == [
        {}
    ] * 30


points = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).random((LOOKS, 17, 3)).astype(np.float32)
)


@given(points, st.floats(-3, 3), st.floats(-3, 3), st.floats(0.2, 5))
def test_place_and_distance_do_not_matter(
    shown: NDArray[np.float32], x: float, y: float, scale: float
) -> None:
    moved = shown.copy()
    moved[..., 0], moved[..., 1] = shown[..., 0] * scale + x, shown[..., 1] * scale + y
    assert normalised(moved) == pytest.approx(normalised(shown), abs=2e-4)


@given(points)
def test_what_is_not_seen_is_nothing(shown: NDArray[np.float32]) -> None:
    shown[3, :, 2] = 0.0
    shown[5, 14:, 2], shown[5, :14, 2] = 0.9, 0.0  # too few
    unseen = shown[..., 2] < 0.1
    rows = normalised(shown).reshape(LOOKS, 17, 3)
    assert not rows[unseen].any()
    assert not rows[3].any()
    assert not rows[5].any()
    assert np.isfinite(rows).all()


def test_a_window_takes_the_nearest_looks_and_leaves_gaps_empty() -> None:
    times = np.array([0.0, 0.2, 0.41, 1.0, 1.2])
    shown = np.random.default_rng(2).random((5, 17, 3)).astype(np.float32)
    shown[..., 2] = 0.9
    rows = window(times, shown, 1.2).reshape(LOOKS, 17, 3)
    filled = rows.any(axis=(1, 2))
    assert np.flatnonzero(filled).tolist() == [LOOKS - 1 - n for n in (6, 5, 4, 1, 0)]
    assert STEP * (LOOKS - 1) == 3.0


def test_the_card_is_that_of_the_network() -> None:
    import hashlib

    card = FILE.with_suffix(".md").read_text(encoding="utf-8")
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() in card
    assert FILE.stat().st_size <= 300_000
    assert re.search(r"Limits", card)
