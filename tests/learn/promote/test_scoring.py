"""Boxes against labels."""

import pytest

from secondsight.learn import LabelledBox
from secondsight.learn.promote.scoring import differences, score_picture
from secondsight.records import Box

A, B = Box(0.1, 0.1, 0.3, 0.5), Box(0.6, 0.1, 0.8, 0.5)
NEAR_A = Box(0.11, 0.1, 0.31, 0.5)


def box(place: Box, label: str = "car", confidence: float = 0.9) -> LabelledBox:
    return LabelledBox(label, place, confidence)


@pytest.mark.parametrize(
    ("seen", "truth", "found", "false"),
    [
        ([], [box(A)], {}, {}),
        ([box(NEAR_A)], [box(A)], {"car": 1}, {}),
        ([box(NEAR_A, "person")], [box(A)], {}, {"person": 1}),
        ([box(A), box(NEAR_A, confidence=0.5)], [box(A)], {"car": 1}, {"car": 1}),
        ([box(A), box(NEAR_A)], [box(A), box(NEAR_A)], {"car": 2}, {}),
        ([box(B)], [box(A)], {}, {"car": 1}),
    ],
)
def test_a_thing_is_found_once(seen, truth, found, false) -> None:
    score = score_picture(seen, truth)
    assert (dict(score.found), dict(score.false)) == (found, false)


def test_ignored_places_count_neither_way() -> None:
    score = score_picture([box(A), box(B)], [], ignored=(A,))
    assert (dict(score.found), dict(score.false)) == ({}, {"car": 1})


def test_what_two_models_agree_on() -> None:
    agreed, one, other = differences([box(A), box(B)], [box(NEAR_A), box(B, "person")])
    assert (agreed, one, other) == ([box(A)], [box(B)], [box(B, "person")])
