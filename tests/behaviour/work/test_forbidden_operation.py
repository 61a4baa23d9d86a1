"""Forbidden operation: what a model says is in the hand."""

import pytest

from secondsight.records import Observation
from tests.behaviour.scene import INSIDE, Being, play, rule, staying
from tests.behaviour.work.said import said


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (said("phone"), True),
        (said("smoking"), True),
        (said("none"), False),
        (said("none", score=0.55), True),
        (said("phone", score=0.35), False),
        (said("phone", votes=2), False),
        (said("phone", name="other"), False),
        (staying(4, Being(1, *INSIDE)), False),
    ],
    ids=[
        "phone",
        "smoking",
        "neither",
        "perhaps neither",
        "unsure",
        "too few looks",
        "another model",
        "never asked",
    ],
)
def test_forbidden_operation(shown: list[Observation], found: bool) -> None:
    assert bool(play(rule("forbidden_operation"), shown)) is found
