"""Left bag: whose it is, and for how long nobody is near it."""

import pytest

from secondsight.records import Observation
from tests.behaviour.scene import FPS, INSIDE, T0, Being, look, play, rule


def bag(seconds: float, *people: Being, start: float = 0.0, number: int = 9) -> list[Observation]:
    shown = Being(number, *INSIDE, 0.03, 0.08, label="suitcase")
    return [look(T0 + start + i / FPS, shown, *people) for i in range(round(seconds * FPS))]


@pytest.mark.parametrize(
    ("x", "height", "alone"),
    [(INSIDE[0] + 0.05, 0.3, False), (INSIDE[0] + 0.12, 0.3, True), (INSIDE[0] + 0.12, 0.6, False)],
    ids=["beside it", "one height away", "a person twice as large"],
)
def test_whose_bag(x: float, height: float, alone: bool) -> None:
    assert bool(play(rule("left_bag"), bag(12, Being(1, x, INSIDE[1], 0.06, height)))) is alone


def test_an_owner_who_leaves() -> None:
    near, far = Being(1, INSIDE[0] + 0.03, INSIDE[1]), Being(1, 0.1, 0.6)
    (report,) = play(rule("left_bag"), bag(10, near) + bag(12, far, start=10))
    assert report.start == pytest.approx(T0 + 10, abs=0.1)
    assert [track.number for track in report.tracks] == [9]
    assert report.label == "suitcase"


def test_somebody_who_passes_is_no_owner() -> None:
    near = Being(1, INSIDE[0] + 0.03, INSIDE[1])
    assert play(rule("left_bag"), bag(5) + bag(2, near, start=5) + bag(3, start=7))
    assert not play(rule("left_bag"), bag(5) + bag(7, near, start=5))


def test_a_truck_is_no_owner_unless_told() -> None:
    near = Being(1, INSIDE[0] + 0.03, INSIDE[1], label="truck")
    assert play(rule("left_bag"), bag(12, near))
    assert not play(rule("left_bag", owners=["truck"]), bag(12, near))


@pytest.mark.parametrize(("hidden", "found"), [(4, True), (12, False)])
def test_passers_by_may_hide_a_bag(hidden: float, found: bool) -> None:
    """It comes back under another number, while somebody still passes."""
    passer, back = Being(1, INSIDE[0] + 0.02, INSIDE[1]), 5 + hidden
    again = [*bag(1, passer, start=back, number=8), *bag(4, start=back + 1, number=8)]
    assert bool(play(rule("left_bag"), bag(5) + again)) is found
