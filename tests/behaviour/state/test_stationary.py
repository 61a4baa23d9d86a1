"""What does not move, and for how long: common to stillness, stopped vehicles and left bags."""

import pytest

from secondsight.behaviour.state.object_state import ENDED, HOLDS, UNCERTAIN
from secondsight.behaviour.state.stationary import RestPosition
from tests.behaviour.scene import FPS, T0, Being, look, play, resting, rule


def test_anchor() -> None:
    anchor = RestPosition()
    assert [anchor.rest(0.5, 0.5, 0.1) for _ in range(6)] == [HOLDS] * 6
    assert anchor.rest(0.7, 0.5, 0.1) == UNCERTAIN
    assert anchor.rest(0.55, 0.55, 0.1) == HOLDS
    assert [anchor.rest(0.7, 0.5, 0.1) for _ in range(4)] == [UNCERTAIN, UNCERTAIN, ENDED, HOLDS]
    assert anchor.x == pytest.approx(0.7)


def test_anchor_does_not_creep() -> None:
    anchor = RestPosition()
    answers = [anchor.rest(0.5 + 0.005 * i, 0.5, 0.1) for i in range(200)]
    assert ENDED in answers


@pytest.mark.parametrize(
    ("behaviour", "label", "seconds"),
    [("stillness", "person", 15), ("stopped", "car", 5), ("left_bag", "suitcase", 8)],
)
def test_after_so_long(behaviour: str, label: str, seconds: float) -> None:
    size = {"width": 0.1, "height": 0.1}
    (report,) = play(rule(behaviour), resting(seconds + 3, label=label, **size))
    assert report.triggered - report.start == pytest.approx(seconds, abs=0.3)
    assert not play(rule(behaviour), resting(seconds - 1, label=label, **size))
    assert not play(rule(behaviour), resting(seconds + 3, label=label, x=0.2, **size))
    assert not play(rule(behaviour), resting(seconds + 3, label="bicycle", **size))


@pytest.mark.parametrize(("behaviour", "label"), [("stillness", "person"), ("stopped", "truck")])
def test_who_goes_on_is_not_still(behaviour: str, label: str) -> None:
    path = [look(T0 + i / FPS, Being(1, 0.42 + 0.002 * i, 0.6, label=label)) for i in range(180)]
    assert not play(rule(behaviour, duration=10), path)
