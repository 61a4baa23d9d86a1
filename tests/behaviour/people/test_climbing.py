"""Climbing: over the line, and above the straight way."""

from dataclasses import replace

import pytest

from secondsight.behaviour import make_behaviours
from secondsight.records import Candidate, Observation
from tests.behaviour.scene import FPS, T0, Being, look, play, site
from tests.detections import track_ids

DOOR = ((0.5, 0.2), (0.5, 0.9))
"""The barrier: away from the camera, in the middle of the picture."""


def over(lift: float, *, far: float = 0.7, across: bool = False, hidden: float = 0.0) -> list[Observation]:
    """Four seconds from one side to the other, with the feet up to `lift` own heights above the ground half-way."""
    shown = []
    for step in range(round(4 * FPS)):
        share = min(max((step / FPS - 1) / 2, 0.0), 1.0)
        up = lift * (1 - abs(2 * share - 1)) * 0.3
        x, y = (0.5, 0.75 - 0.15 * share) if across else (0.3 + (far - 0.3) * share, 0.7)
        foot = y - up - (hidden if across and share > 0.5 else 0.0)
        height = 0.3 - (hidden if across and share > 0.5 else 0.0)
        shown.append(look(T0 + step / FPS, Being(1, x, foot, 0.08, height)))
    return shown


def play_over(door: object, path: list[Observation], clear: float = 0.12) -> list[Candidate]:
    """What is reported of a path by a rule whose barrier is `door`."""
    made_for = site(door=door, behaviour="climbing", line="door", clear=clear)
    (made,) = make_behaviours("hall", made_for, "file:abc")
    return play(made, path)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (over(0.6), True),
        (over(0.0), False),
        (over(0.6, far=0.45), False),
    ],
    ids=["climbs", "walks through", "climbs up and down on one side"],
)
def test_who_climbs(path: list[Observation], found: bool) -> None:
    assert bool(play_over(DOOR, path)) is found


@pytest.mark.parametrize("hidden", [0.0, 0.1], ids=["seen whole", "legs hidden behind it"])
def test_a_barrier_across_the_picture(hidden: float) -> None:
    door = ((0.2, 0.68), (0.8, 0.68))
    assert play_over(door, over(0.8, across=True, hidden=hidden))
    assert not play_over(door, over(0.0, across=True, hidden=hidden))


def test_around_the_end_is_no_climbing() -> None:
    assert not play_over(((0.5, 0.2), (0.5, 0.4)), over(0.6))


def test_both_reports_come_at_once() -> None:
    first, last = play_over(DOOR, over(0.6))
    assert first.id == last.id
    assert last.end is not None
    assert last.scores["rise"] >= 0.15


def test_a_climber_who_is_found_again_under_another_number() -> None:
    """Half-way a second box appears beside the first, which then is lost: the tracker knows no better."""
    whole = over(0.6)
    shown = []
    for step, one in enumerate(whole):
        (x1, y1, x2, y2), size = one.detections.xyxy[0].tolist(), (640, 360)
        first = Being(1, (x1 + x2) / 2 / size[0], y2 / size[1], (x2 - x1) / size[0], (y2 - y1) / size[1])
        second = replace(first, number=2, x=first.x - 0.01)
        beings = [first] if step < 12 else [first, second] if step < 13 else [second]
        shown.append(look(one.time, *beings))
    assert play_over(DOOR, shown)
    assert not play_over(DOOR, [one for one in shown if track_ids(one.detections)[0] == 2])


def renumbered(
    path: list[Observation], gap: int, *, both: bool = False, aside: float = 0.05
) -> list[Observation]:
    """The same path, with somebody unseen for `gap` looks when over the line, and then under another number, a little
    aside; or seen under `both` for that long.
    """
    shown = []
    for step, one in enumerate(path):
        x1, y1, x2, y2 = (one.detections.xyxy[0] / (640, 360, 640, 360)).tolist()
        first = Being(1, (x1 + x2) / 2, y2, x2 - x1, y2 - y1)
        second = replace(first, number=2, x=first.x + aside, y=first.y - 0.05)
        early, late = step < 12, step >= 12 + gap
        beings = [first] if early else [second] if late else [first, second] if both else []
        shown.append(look(one.time, *beings))
    return shown


@pytest.mark.parametrize("both", [False, True], ids=["lost between", "seen twice between"])
def test_a_climber_whose_box_is_elsewhere_when_found_again(both: bool) -> None:
    """Boxes of climbers are poor: too little overlap, but near to where somebody went through the line."""
    shown = renumbered(over(0.6), 2, both=both)
    assert len({report.id for report in play_over(DOOR, shown, clear=0.4)}) == 1


def test_whoever_is_found_far_from_a_climber_is_somebody_else() -> None:
    assert not play_over(DOOR, renumbered(over(0.6), 2, aside=0.3), clear=0.4)


def test_somebody_may_walk_up_to_it_from_anywhere() -> None:
    """Along the barrier, towards the camera, then over it: the way as a whole is not straight."""
    near = [look(T0 - 2 + step / FPS, Being(1, 0.3, 0.35 + 0.035 * step, 0.08, 0.3)) for step in range(10)]
    assert play_over(DOOR, near + over(0.4))
