"""Tailgating: two over one line, close behind each other in the same direction."""

from dataclasses import replace

import pytest

from tests.behaviour.scene import play, rule
from tests.behaviour.yard import going, looks
from tests.detections import rows

DOWN = (0.0, -1.4)
"""Towards the camera, over the door of the test site, which lies across the picture."""


@pytest.mark.parametrize(
    ("behind", "settings", "found"),
    [
        (1.2, {}, True),
        (4.0, {}, False),
        (4.0, {"interval": 5}, True),
        (4.0, {"distance": 7.0}, True),
        (4.0, {"distance": 3.0}, False),
        (1.2, {"direction": "right_to_left"}, False),
        (1.2, {"direction": "left_to_right"}, True),
    ],
    ids=["close", "own pass", "slow door", "near", "not near", "other direction", "this direction"],
)
def test_who_follows(behind: float, settings: dict[str, object], found: bool) -> None:
    first = going(0.0, 16.0, *DOWN)
    second = going(0.2, 16.0, *DOWN, start=behind)
    assert bool(play(rule("tailgating", **settings), looks(13, first, second))) is found


def test_one_alone_and_two_who_meet_do_not_tailgate() -> None:
    alone, other = going(0.0, 16.0, *DOWN), going(0.4, 9.0, 0.0, 1.4)
    assert not play(rule("tailgating"), looks(12, alone))
    assert not play(rule("tailgating"), looks(8, alone, other))


def test_both_are_named_the_second_first() -> None:
    first, last = play(
        rule("tailgating"), looks(11, going(0.0, 16.0, *DOWN), going(0.2, 16.0, *DOWN, start=1.2))
    )
    assert first.id == last.id
    assert [track.number for track in last.tracks] == [2, 1]
    assert last.kind == "tailgating"
    assert last.scores["interval"] == pytest.approx(1.2, abs=0.3)
    assert last.start <= last.triggered


def test_a_third_is_told_too() -> None:
    paths = [going(0.1 * number, 16.0, *DOWN, start=1.2 * number) for number in range(3)]
    assert len(play(rule("tailgating"), looks(13, *paths))) == 4


@pytest.mark.parametrize(
    ("looks_before", "found"), [(8, True), (2, False)], ids=["seen well", "a reflection"]
)
def test_the_second_hides_the_first(looks_before: int, found: bool) -> None:
    """Two are seen behind each other before the line; then the one behind covers the other all the way."""
    both = looks(13, going(0.0, 20.0, *DOWN), going(0.15, 20.6, *DOWN))
    shown = []
    for step, one in enumerate(both):
        ahead = 15 - looks_before <= step < 15
        shown.append(one if ahead else replace(one, detections=rows(one.detections, slice(1, None))))
    assert bool(play(rule("tailgating"), shown)) is found
