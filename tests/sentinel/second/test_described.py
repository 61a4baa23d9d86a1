"""Words compared with tracks and scenes: by whom, when, and that no live camera waits."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from supervision import Detections

from secondsight.errors import ModelError
from secondsight.records import SCENE, Box
from secondsight.sentinel.second.described import (
    LEAST_HEIGHT,
    MOST,
    Description,
    WordMatcher,
    WordScorer,
    square,
    tiles,
)
from secondsight.sentinel.second.usual import UsualScores
from tests.sentinel.frames import Picture, drawn

GREY = (90, 90, 90)


class Colours:
    """Pictures are their mean colour; `a red thing` is red, and ordinary things are grey."""

    side = 8

    def __init__(self) -> None:
        self.looks: list[int] = []
        self.go = threading.Event()
        self.go.set()
        self.fails = False

    def words(self, text: str) -> NDArray[np.float32]:
        grey = np.full(3, 3**-0.5, np.float32)
        return np.array([1, 0, 0], np.float32) if "red" in text else grey

    def pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        self.go.wait()
        if self.fails:
            raise ModelError("broken")
        self.looks.append(len(pictures))
        means = np.stack([one.astype(np.float32).mean(axis=(0, 1))[::-1] for one in pictures])
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


def everybody(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.ones(len(boxes), bool)


def description(model: Colours, **change: object) -> Description:
    usual = UsualScores(0.5)
    made = Description("red", model.words("a red thing"), None, (), 1.0, 2, everybody, usual)
    return replace(made, **change)  # type: ignore[arg-type]


def picture(time: float) -> Picture:
    """Red on the left, grey on the right."""
    pixels = np.full((120, 240, 3), 90, np.uint8)
    pixels[:, :120] = (220, 10, 10)
    return replace(drawn(pixels), time=time)


def tracks(*boxes: tuple[float, float, float, float], label: int = 0) -> Detections:
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.full(len(boxes), 0.9, np.float32),
        class_id=np.full(len(boxes), label),
        tracker_id=np.arange(len(boxes)),
    )


LEFT, RIGHT = (40.0, 40.0, 60.0, 80.0), (180.0, 40.0, 200.0, 80.0)


@pytest.fixture
def model() -> Colours:
    return Colours()


def matcher(model: Colours, *descriptions: Description, block: bool = True) -> WordMatcher:
    return WordMatcher(WordScorer(model), descriptions, ("person", "car"), (), block=block)


def test_what_looks_like_the_words_scores_higher(model: Colours) -> None:
    one = matcher(model, description(model))
    for step in range(6):
        one.look(picture(step / 2), tracks(LEFT, RIGHT))
    known = one.known()["red"]
    assert known[0].score > 0.2 > known[1].score
    assert {each.looks for each in known.values()} == {2}
    assert model.looks == [4, 4, 4], "two views of two tracks, once a second"


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"classes": ("car",)}, tracks(LEFT)),
        ({"wanted": lambda boxes: boxes[:, 0] > 0.5}, tracks(LEFT)),
        ({}, tracks((40, 40, 60, 40 + LEAST_HEIGHT - 1))),
        ({}, Detections.empty()),
    ],
    ids=["another class", "outside", "too small", "nothing"],
)
def test_what_no_rule_could_count_is_not_looked_at(
    model: Colours, change: dict[str, object], shown: Detections
) -> None:
    one = matcher(model, description(model, **change))
    one.look(picture(0.0), shown)
    assert (model.looks, one.known()) == ([], {"red": {}})


def test_two_rules_share_a_look(model: Colours) -> None:
    one = matcher(model, description(model), description(model, rule="grey", words=model.words("grey")))
    one.look(picture(0.0), tracks(LEFT))
    assert model.looks == [2]
    known = one.known()
    assert known["red"][0].score > 0 >= known["grey"][0].score - 1e-6


def test_a_crowd_has_its_turns(model: Colours) -> None:
    boxes = [(10.0 * i, 40.0, 10.0 * i + 9, 90.0) for i in range(MOST + 2)]
    one = matcher(model, description(model))
    one.look(picture(0.0), tracks(*boxes))
    one.look(picture(0.2), tracks(*boxes))
    assert model.looks == [2 * MOST, 4]


def test_the_scene_is_looked_at_as_a_whole_and_learned_by_minutes(model: Colours) -> None:
    left = description(model, scene=Box(0.0, 0.0, 0.5, 1.0), every=20.0)
    one = matcher(model, left)
    for step in range(10):
        one.look(picture(20.0 * step), Detections.empty())
    assert model.looks == [5] * 10, "the whole, and its quarters"
    assert one.known()["red"][SCENE].score > 0.2
    assert len(left.usual.scores) == 3
    assert one.known()["red"][SCENE].limit == left.usual.limit


def test_what_tracks_looked_like_is_learned_when_they_are_gone(model: Colours) -> None:
    one = description(model)
    made = matcher(model, one)
    for step in range(3):
        made.look(picture(float(step)), tracks(LEFT, RIGHT))
    best = made.known()["red"][0].score
    made.over([0, 7])
    assert one.usual.scores == pytest.approx((best,))
    made.close()
    assert len(one.usual.scores) == 2
    assert made.known() == {"red": {}}


def test_a_track_with_too_few_looks_teaches_nothing(model: Colours) -> None:
    one = description(model)
    made = matcher(model, one)
    made.look(picture(0.0), tracks(LEFT))
    made.close()
    assert one.usual.scores == ()


def test_a_live_camera_does_not_wait(model: Colours) -> None:
    """While the model is busy looks go on; its answer comes with a later one, and what was due stayed due."""
    one = matcher(model, description(model), block=False)
    model.go.clear()
    one.look(picture(0.0), tracks(LEFT))
    one.look(picture(5.0), tracks(LEFT, RIGHT))
    assert one.known() == {"red": {}}
    pending = one._asked[0][0].answer
    model.go.set()
    pending.result(timeout=30)
    one.look(picture(5.2), tracks(LEFT, RIGHT))
    assert set(one.known()["red"]) == {0}
    one._asked[0][0].answer.result(timeout=30)
    one.look(picture(5.4), tracks(LEFT, RIGHT))
    assert {number: each.looks for number, each in one.known()["red"].items()} == {0: 2, 1: 1}


def test_a_model_that_fails_is_told_and_asked_again(model: Colours) -> None:
    one = matcher(model, description(model))
    model.fails = True
    with pytest.raises(ModelError, match="broken"):
        one.look(picture(0.0), tracks(LEFT))
    model.fails = False
    one.look(picture(1.0), tracks(LEFT))
    assert one.known()["red"][0].looks == 1


@pytest.mark.parametrize(
    ("box", "factor", "expected"),
    [
        ((40, 40, 60, 80), 1.0, (30 / 200, 40 / 100, 70 / 200, 80 / 100)),
        ((0, 0, 10, 10), 2.0, (0, 0, 0.1, 0.2)),
        ((190, 90, 200, 100), 2.0, (0.9, 0.8, 1, 1)),
        ((0, 0, 200, 100), 3.0, (0, 0, 1, 1)),
    ],
    ids=["inside", "upper left corner", "lower right corner", "larger than the picture"],
)
def test_views_are_squares_within_the_picture(
    box: tuple[float, ...], factor: float, expected: tuple[float, ...]
) -> None:
    assert tuple(square(box, factor, (200, 100))) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scene", "count"),
    [
        (Box(0, 0, 1, 1), 2 + 8),
        (Box(0.25, 0, 0.75, 1), 1 + 4),
        (Box(0, 0.45, 1, 0.5), 8 + 16),
        (Box(0.5, 0.5, 0.5, 0.5), 2),
    ],
    ids=["wide", "square", "strip", "a point"],
)
def test_tiles_cover_the_scene(scene: Box, count: int) -> None:
    parts = tiles(scene, (200, 100))
    assert len(parts) == count
    assert all(0 <= one.x1 < one.x2 <= 1 and 0 <= one.y1 < one.y2 <= 1 for one in parts)
    assert min(one.x1 for one in parts) <= scene.x1
    assert max(one.x2 for one in parts) >= scene.x2
