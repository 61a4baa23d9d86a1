"""What is planned for each frame: looks, static frames and nothing; and when the plan depends on tracks."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.config.sections.site import GateSettings
from secondsight.sentinel import (
    Attention,
    AttentionView,
    Gate,
    LookPlan,
    RoiSelector,
    StaticFrame,
    TrackerView,
)
from secondsight.sentinel.attention.adaptive_rate import Forecast
from secondsight.sentinel.attention.attention import STATIC_EVERY
from secondsight.sentinel.inference.letterbox import Letterbox, fit
from tests.sentinel.pictures import Picture

NOWHERE = np.empty((0, 4), np.float32)
ROOM = np.full((432, 768), 150, np.uint8)
EMPTY = AttentionView(TrackerView(NOWHERE, NOWHERE))
OCCUPIED = AttentionView(TrackerView(NOWHERE, NOWHERE, alive=1))
NOTHING_MOVES = AttentionView(EMPTY.tracker, Forecast(0.0, (768, 432), ()))


class Views:
    def __init__(self, flexible: bool) -> None:
        self.flexible = flexible

    def whole(self, frame: tuple[int, int]) -> Letterbox:
        return fit(frame, (416, 256), "top-left")


def attention(*, adaptive: bool = False, flexible: bool = True, refresh: float = 60.0) -> Attention:
    gate = Gate(GateSettings(refresh=refresh), fps=5, steady_fps=1)
    return Attention(gate, RoiSelector(Views(flexible)), adaptive=adaptive)


def person(x: int) -> NDArray[np.uint8]:
    picture = ROOM.copy()
    picture[200:265, x : x + 22] = 90
    return picture


def plans(
    made: Attention, pictures: list[NDArray[np.uint8]], view: AttentionView, start: float = 0.0
) -> list[Any]:
    """The plan of each picture, five a second. The view is given only where it is asked for, as a camera does."""
    result = []
    for number, picture in enumerate(pictures):
        frame = Picture(picture, start + number / 5)
        result.append(made.plan(frame, view if made.compare(frame) else None))
    return result


def asked(made: Attention, pictures: list[NDArray[np.uint8]], start: float) -> int:
    """Of how many pictures the plan depends on what is tracked."""
    count = 0
    for number, picture in enumerate(pictures):
        frame = Picture(picture, start + number / 5)
        depends = made.compare(frame)
        made.plan(frame, EMPTY if depends else None)
        count += depends
    return count


def test_static_frames_come_twice_a_second_while_something_is_tracked() -> None:
    planned = plans(attention(), [ROOM] * 26, OCCUPIED)
    assert [plan.reason for plan in planned if isinstance(plan, LookPlan)] == ["first", "recheck", "recheck"]
    static = [plan.time for plan in planned if isinstance(plan, StaticFrame)]
    assert len(static) >= 6
    assert min(np.diff(static)) >= STATIC_EVERY


def test_nothing_is_planned_where_nothing_moves_and_nothing_is_tracked() -> None:
    first, *others = plans(attention(), [ROOM] * 40, EMPTY)
    assert (first.reason, first.still) == ("first", False)
    assert others == [None] * 39


def test_a_new_epoch_begins_with_a_look_at_the_whole_picture() -> None:
    made = attention()
    plans(made, [ROOM] * 10, OCCUPIED)
    frame = Picture(ROOM, 1.0, epoch=1)
    made.compare(frame)
    plan = made.plan(frame, None)
    assert isinstance(plan, LookPlan)
    assert plan.reason == "first"
    assert not plan.letterbox.partial


def test_motion_is_looked_at_in_a_part_of_the_picture() -> None:
    made = attention()
    plans(made, [ROOM] * 5, EMPTY)
    moving = plans(made, [person(100), person(110), person(120)], EMPTY, start=1.0)
    assert all(isinstance(plan, LookPlan) and plan.letterbox.partial for plan in moving)
    cut = AttentionView(EMPTY.tracker._replace(cut=True))
    (plan,) = plans(made, [person(130)], cut, start=1.6)
    assert not plan.letterbox.partial, "the look before cut something off"


def test_expected_motion_gets_the_idle_rate() -> None:
    made = attention(adaptive=True)
    plans(made, [ROOM] * 5, NOTHING_MOVES)
    stands = plans(made, [person(100)] * 20, NOTHING_MOVES, start=1.0)
    assert isinstance(stands[0], LookPlan), "motion outside the forecast"
    assert sum(isinstance(plan, LookPlan) for plan in stands) <= 6
    assert all(
        isinstance(plan, LookPlan)
        for plan in plans(attention(), [person(100 + 9 * n) for n in range(9)], EMPTY)
    )


@pytest.mark.parametrize(
    ("adaptive", "flexible", "depends"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_motion_depends_on_tracks_only_if_fewer_looks_or_a_part_may_do(
    adaptive: bool, flexible: bool, depends: bool
) -> None:
    """A recording waits for its pending looks whenever a plan depends on tracks, which costs it speed."""
    made = attention(adaptive=adaptive, flexible=flexible)
    plans(made, [ROOM] * 5, EMPTY)
    count = asked(made, [person(100 + 10 * number) for number in range(7)], start=1.0)
    assert count == (7 if depends else 0)


def test_plan_refuses_a_frame_that_was_not_compared() -> None:
    made = attention()
    with pytest.raises(AssertionError):
        made.plan(Picture(ROOM, 0.0), None)
