"""Stillness: who lies, and who only stands."""

import pytest

from tests.behaviour.scene import T0, play, resting, rule


@pytest.mark.parametrize(
    ("width", "height", "found"), [(0.2, 0.1, True), (0.06, 0.3, False), (0.1, 0.3, False)]
)
def test_who_only_stands_does_not_lie(width: float, height: float, found: bool) -> None:
    assert bool(play(rule("stillness", lying=True), resting(20, width=width, height=height))) is found


def test_who_was_tall_and_is_low_lies() -> None:
    """Seen from the feet, somebody who lies has a box that is tall, but not as tall as before."""
    shown = resting(3, width=0.06, height=0.3) + resting(20, start=3, width=0.06, height=0.16)
    (report,) = play(rule("stillness", lying=True), shown)
    assert report.start >= T0 + 3


def test_who_lies_across_the_zone_s_border_lies_in_it() -> None:
    assert play(rule("stillness", lying=True), resting(20, x=0.35, width=0.2, height=0.05))
