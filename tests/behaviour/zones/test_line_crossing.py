"""Line crossing: directions, the finite segment, jitter, gaps.

The line `door` runs from (0.3, 0.5) to (0.7, 0.5): its left is above, its right below.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.records import Box, FirstSight
from tests.behaviour.scene import T0, Being, line, look, play, rule, times, walk
from tests.table import table

ABOVE, BELOW = (0.5, 0.3), (0.5, 0.8)
DOWN, UP = line(ABOVE, BELOW, 11), line(BELOW, ABOVE, 11)


@table(
    ("direction", "points", "crossings"),
    [
        ("any", DOWN, 1),
        ("any", UP, 1),
        ("left_to_right", DOWN, 1),
        ("left_to_right", UP, 0),
        ("right_to_left", DOWN, 0),
        ("right_to_left", UP, 1),
        ("any", DOWN + UP, 2),
        ("left_to_right", DOWN + UP, 1),
        ("right_to_left", DOWN + UP, 1),
        ("any", [ABOVE, BELOW], 1),  # one step over the whole way
        ("any", [ABOVE, (0.5, 0.5), BELOW], 1),  # through a point on the line itself
        ("any", [BELOW, (0.5, 0.5), ABOVE], 1),
        ("any", [ABOVE, (0.5, 0.5), ABOVE], 0),  # touched, not crossed
        ("any", [ABOVE, (0.5, 0.51), ABOVE], 0),  # within the hysteresis and back
        ("any", line((0.1, 0.3), (0.1, 0.8), 11), 0),  # passes beside the segment
        ("any", line((0.9, 0.3), (0.9, 0.8), 11), 0),
        ("any", [ABOVE, (0.8, 0.4), (0.8, 0.6), BELOW], 0),  # goes around its end
        ("any", [ABOVE, (0.8, 0.4), (0.8, 0.6), BELOW, ABOVE], 1),
        ("any", [(0.72, 0.3), (0.6, 0.7)], 1),  # slanting through near the end
        ("any", [(0.72, 0.3), (0.9, 0.7)], 0),
        ("any", line((0.0, 0.45), (1.0, 0.45), 11), 0),  # walks along it
        ("any", [(0.5, 0.505), (0.5, 0.8)], 0),  # appears on the line: nobody knows from where
        ("any", [(0.5, 0.495), (0.5, 0.8)], 0),
        ("any", [ABOVE], 0),
    ],
)
def test_paths(direction: str, points: list[tuple[float, float]], crossings: int) -> None:
    reports = play(rule("line_crossing", direction=direction, cooldown=0), walk(points))
    assert len(times(reports)) == crossings
    assert len(reports) == 2 * crossings


def test_slow_walk_around_the_end_within_the_hysteresis() -> None:
    """The path decides, not the chord between the two sides."""
    around = [ABOVE, (0.6, 0.49), (0.75, 0.49), (0.75, 0.51), (0.6, 0.51), BELOW]
    assert not play(rule("line_crossing"), walk(around))


def test_report_says_everything() -> None:
    looks = walk([ABOVE, (0.5, 0.48), (0.5, 0.51), (0.5, 0.6), BELOW])
    opened, closed = play(rule("line_crossing"), looks)
    assert (opened.kind, opened.zone, opened.label) == ("line_crossing", "door", "person")
    assert times([opened, closed]) == [(1, 3, 3)]  # from the last look before to the first clearly beyond
    assert opened.id == closed.id
    assert opened.scores["side"] == 1.0
    assert opened.scores["duration"] == pytest.approx(0.4)
    assert opened.scores["looks"] == 3
    assert opened.start <= opened.peak <= opened.triggered


def test_hysteresis_is_a_share_of_the_height() -> None:
    """On a wide picture a vertical line keeps the same distance in pixels as a level one."""
    for settle, crossings in ((0.512, 1), (0.511, 0)):
        behaviour = rule("line_crossing", door=((0.5, 0.7), (0.5, 0.3)), hysteresis=0.02)
        looks = [look(T0 + i, Being(1, x, 0.5), size=(720, 405)) for i, x in enumerate((0.4, settle))]
        assert len(play(behaviour, looks)) == 2 * crossings, settle


def test_cooldown() -> None:
    path = DOWN + UP + DOWN  # 6.6 s
    assert len(play(rule("line_crossing", cooldown=60), walk(path))) == 2
    assert len(play(rule("line_crossing", cooldown=4), walk(path))) == 4
    assert len(play(rule("line_crossing", cooldown=0), walk(path))) == 6


@pytest.mark.parametrize("fps", [0.5, 1, 5, 25])
def test_any_pace_of_looks(fps: float) -> None:
    steps = max(2, int(4 * fps))
    assert len(play(rule("line_crossing"), walk(line(ABOVE, BELOW, steps), fps=fps))) == 2


def test_unfit_looks_are_passed_over() -> None:
    """A look in which the person is taken for a car, or is too faint, neither makes nor hides a crossing."""
    odd = [Being(1, 0.5, 0.7, label="car"), Being(1, 0.5, 0.7, confidence=0.1)]
    for slip in odd:
        away = [look(T0, Being(1, *ABOVE)), look(T0 + 1, slip), look(T0 + 2, Being(1, *ABOVE))]
        assert not play(rule("line_crossing"), away)
        through = [look(T0, Being(1, *ABOVE)), look(T0 + 1, slip), look(T0 + 2, Being(1, *BELOW))]
        assert len(play(rule("line_crossing"), through)) == 2


def test_held_observations_change_nothing() -> None:
    looks = walk(DOWN)
    held = [look(o.time + 0.1, Being(1, *p), held=True) for o, p in zip(looks, DOWN, strict=True)]
    both = [o for pair in zip(looks, held, strict=True) for o in pair]
    assert play(rule("line_crossing"), both) == play(rule("line_crossing"), looks)


@given(st.lists(st.floats(-0.019, 0.019), min_size=1, max_size=60), st.floats(0.31, 0.69))
def test_jitter_within_the_hysteresis_never_fires(shake: list[float], x: float) -> None:
    points = [(x, 0.4)] + [(x, 0.5 + s) for s in shake] + [(x, 0.4)]
    assert not play(rule("line_crossing", cooldown=0), walk(points))


@given(st.lists(st.floats(-0.019, 0.019), max_size=60), st.booleans())
def test_jitter_on_the_way_counts_once(shake: list[float], downwards: bool) -> None:
    middle = [(0.5, 0.5 + s) for s in shake]
    points = [ABOVE, *middle, BELOW] if downwards else [BELOW, *middle, ABOVE]
    assert len(play(rule("line_crossing", cooldown=0), walk(points))) == 2


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=30))
def test_directions_add_up(points: list[tuple[float, float]]) -> None:
    """Every crossing goes one way or the other."""
    counts = {
        direction: len(play(rule("line_crossing", direction=direction, cooldown=0), walk(points)))
        for direction in ("any", "left_to_right", "right_to_left")
    }
    assert counts["any"] == counts["left_to_right"] + counts["right_to_left"]


@pytest.mark.parametrize(("before", "crossings"), [((0.5, 0.4), 1), ((0.5, 0.7), 0), ((0.0, 0.4), 0)])
def test_the_look_before_a_track_is_confirmed_counts(before: tuple[float, float], crossings: int) -> None:
    """Fast objects cross between their first look and the second, in which they are confirmed."""
    crossing = rule("line_crossing", line="door")
    x, y = before
    first = FirstSight(T0 - 0.2, Box(x - 0.05, y - 0.3, x + 0.05, y))
    looks = [replace(look(T0, Being(1, 0.5, 0.6)), first={1: first}), look(T0 + 0.2, Being(1, 0.5, 0.7))]
    found = play(crossing, looks)
    assert sum(one.end is None for one in found) == crossings


@table(
    ("points", "crossings"),
    [
        ([(0.5, 0.44), (0.5, 0.48), (0.5, 0.515)], 1),  # came steadily, was lost beyond the line
        ([(0.5, 0.56), (0.5, 0.52), (0.5, 0.485)], 1),
        ([(0.5, 0.44), (0.5, 0.515)], 0),  # one jump of a box is no way
        ([(0.5, 0.47), (0.5, 0.485), (0.5, 0.505)], 0),  # less far than the hysteresis is wide
        ([(0.5, 0.44), (0.5, 0.52), (0.5, 0.505), (0.5, 0.51)], 0),  # turned back before it was lost
        ([(0.5, 0.4), (0.5, 0.44), (0.5, 0.48)], 0),  # did not reach the line
        ([(0.1, 0.44), (0.1, 0.48), (0.1, 0.515)], 0),  # passed beside the segment
    ],
)
@pytest.mark.parametrize("ends", ["lost", "closed"])
def test_what_is_lost_just_beyond_the_line_crossed_if_it_came_steadily(
    points: list[tuple[float, float]], crossings: int, ends: str
) -> None:
    looks = walk(points)
    seen = looks[-1].time
    if ends == "lost":
        looks += [look(seen + step) for step in range(1, 12)]
    reports = play(rule("line_crossing", cooldown=0), looks, close=ends == "closed")
    assert len(reports) == 2 * crossings
    assert all(one.triggered == seen for one in reports)  # when it was beyond, not when it was given up
