"""Removed object: gone from the background, and somebody was there who had not been with it."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour.signals.change import Change, ScaledPicture
from secondsight.behaviour.signals.image_ops import furthest, planes
from secondsight.behaviour.state.region_state import ChangedPatch
from secondsight.records import Box, Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, Being, look, play, rule

BAG = (slice(240, 290), slice(380, 420))


def scene(
    seconds: float,
    *,
    bag: tuple[float, float] = (0.0, 99.0),
    people: tuple[tuple[float, float], ...] = (),
    before: tuple[float, float] = (0.0, 0.0),
) -> list[Observation]:
    """A bag that is there from when to when, people who stand beside it, and somebody nearer to the camera."""
    rng = np.random.default_rng(4)
    floor = rng.integers(100, 110, (360, 640, 3)).astype(np.uint8)
    shown = []
    for step in range(round(seconds * FPS)):
        time = step / FPS
        picture = floor + rng.integers(0, 4, floor.shape).astype(np.uint8)
        if bag[0] <= time < bag[1]:
            picture[BAG] = (30, 30, 160)
        beings = []
        for number, (begin, end) in enumerate(people, 1):
            if begin <= time < end:
                beings.append(Being(number, 0.55, 0.8, 0.07, 0.4))
                picture[144:288, 332:372] = 40
        if before[0] <= time < before[1]:
            beings.append(Being(99, 0.6, 0.97, 0.07, 0.45))
        shown.append(look(T0 + time, *beings, frame=Painted(picture, T0 + time)))
    return shown


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (scene(26, bag=(0, 15), people=((13, 17),)), True),
        (scene(26, people=((13, 17),)), False),
        (scene(26, bag=(0, 15), people=((-1, 17),)), False),
        (scene(26, bag=(0, 15)), False),
        (scene(30, bag=(9, 20), people=((8, 10), (19, 22))), False),
        (scene(24, bag=(12, 99), people=((10, 14),)), False),
        (scene(26, bag=(0, 15), people=((-1, 5), (4, 9), (8, 13), (13, 17))), True),
        (scene(26, bag=(0, 15), people=((13, 17),), before=(-1, 26)), True),
        (scene(26, bag=(0, 15), before=(12, 17)), True),
    ],
    ids=[
        "taken",
        "left alone",
        "its owner's",
        "nobody near",
        "brought and taken again",
        "brought",
        "one after the other, and none for long",
        "somebody waits before it all the time",
        "taken unseen behind somebody",
    ],
)
def test_what_is_removed(shown: list[Observation], found: bool) -> None:
    assert bool(play(rule("removed_object", zone="frame", duration=3, owner=8), shown)) is found


def test_it_is_told_where() -> None:
    first, *_ = play(
        rule("removed_object", zone="frame", owner=8), scene(26, bag=(0, 15), people=((13, 17),))
    )
    assert first.box is not None
    assert first.box.x1 == pytest.approx(380 / 640, abs=0.02)
    assert first.box.y2 == pytest.approx(290 / 360, abs=0.02)


@pytest.mark.parametrize(
    ("shown", "start"),
    [
        (scene(26, bag=(0, 15), people=((13, 17),)), 15),
        (scene(28, bag=(0, 15), before=(12, 20)), 12),
    ],
    ids=["in sight", "behind somebody who stands there from second 12 to 20"],
)
def test_it_starts_when_the_thing_was_seen_last(shown: list[Observation], start: float) -> None:
    reports = play(rule("removed_object", zone="frame", owner=8, duration=3), shown, close=True)
    assert len({report.id for report in reports}) == 1
    for report in reports:
        assert report.start - T0 == pytest.approx(start, abs=1.0)


def test_it_does_not_start_before_anybody_is_remembered() -> None:
    """Somebody stands before the place for more than half a minute."""
    first, *_ = play(
        rule("removed_object", zone="frame", owner=8, duration=3), scene(58, bag=(0, 40), before=(12, 50))
    )
    assert 20 < first.start - T0 < 40


def test_who_comes_later_has_not_taken_it() -> None:
    """The owner leaves with the bag after 12 s; somebody else stands there for a moment after that."""
    shown = scene(40, bag=(0, 15), people=((-1, 16), (24, 26)))
    assert not play(rule("removed_object", zone="frame", owner=8), shown)


def test_missing_is_told_from_left_by_its_outline() -> None:
    thing, floor = np.full((40, 60, 3), 90, np.uint8), np.full((40, 60, 3), 90, np.uint8)
    thing[10:30, 20:40] = 200
    mask = np.ones((20, 20), bool)
    patch = ChangedPatch(Box(0.33, 0.25, 0.67, 0.75), 0.16, (slice(10, 30), slice(20, 40)), mask)
    nothing, still = np.zeros((40, 60), bool), np.zeros((40, 60), np.float32)

    def change(now: NDArray[np.uint8], usual: NDArray[np.uint8]) -> Change:
        shown, usually = ScaledPicture(planes(now)), ScaledPicture(planes(usual))
        difference = furthest(shown.planes, usually.planes)
        return Change(
            T0, 0.2, shown, usually, shown, shown, difference, 16, nothing, nothing, still, look(T0)
        )

    gone = change(floor, thing).outline(patch.where, patch.mask)
    left = change(thing, floor).outline(patch.where, patch.mask)
    assert gone.gone
    assert not gone.there
    assert left.there
    assert not left.gone


def test_what_was_there_for_a_moment_only_leaves_a_ghost_and_no_suspicion() -> None:
    """Somebody whom the detector does not find stands there at the beginning, and goes."""
    assert not play(rule("removed_object", zone="frame", owner=8), scene(16, bag=(0, 5), people=((4, 6),)))


def test_hidden_for_a_while_and_seen_again_is_no_news() -> None:
    shown = scene(50, bag=(0, 14), people=((13, 16), (22, 30), (36, 38)))
    reports = play(rule("removed_object", zone="frame", owner=8, cooldown=1), shown, close=True)
    assert len({report.id for report in reports}) == 1


def crowd(*, stands: float = 20.0, beside: tuple[int, ...] = (), takes: int = 1) -> list[Observation]:
    """A tracked suitcase stands in a crowd, beside some who stand there too, and then goes off with one of them, or
    with a stranger. There are no pixels: whoever passes hides the place.
    """
    shown = []
    for step in range(round((stands + 6) * FPS)):
        time = step / FPS
        gone = max(time - stands, 0.0)
        shift = min(gone * 0.06, 0.3)
        beings = [
            Being(number, 0.55 + shift if number == takes else 0.62, 0.8, 0.07, 0.4) for number in beside
        ]
        if takes not in beside and time >= stands - 3:
            beings.append(Being(takes, 0.65 + shift, 0.8, 0.07, 0.4))
        beings.append(Being(50, 0.6 + shift, 0.82, 0.04, 0.12, label="suitcase"))
        shown.append(look(T0 + time, *beings))
    return shown


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (crowd(), True),
        (crowd(beside=(7,)), True),
        (crowd(beside=(1,)), False),
        (crowd(beside=(7, 1)), False),
        (crowd(stands=6.0), False),
    ],
    ids=[
        "by a stranger",
        "by a stranger, while somebody waits beside it",
        "by its owner",
        "by its owner, while somebody waits beside it",
        "brought a moment ago",
    ],
)
def test_a_tracked_thing_that_is_carried_off_needs_no_pixels(shown: list[Observation], found: bool) -> None:
    reports = play(rule("removed_object", zone="frame", owner=12), shown, close=True)
    assert bool(reports) is found
    if found:
        assert {report.tracks[0].number for report in reports} == {50}
        assert T0 + 20 < reports[0].triggered < T0 + 25


def test_a_thing_half_hidden_for_a_moment_stays_where_it_is() -> None:
    shown = []
    for step in range(round(30 * FPS)):
        time = step / FPS
        wide = 0.02 if 20 <= time < 24 else 0.04
        beings = [Being(50, 0.6 + (0.04 - wide) / 2, 0.82, wide, 0.12, label="suitcase")]
        if 19 <= time < 25:
            beings.append(Being(1, 0.57, 0.85, 0.07, 0.4))
        shown.append(look(T0 + time, *beings))
    assert not play(rule("removed_object", zone="frame", owner=12), shown, close=True)


GOODS = [(slice(150, 200), slice(left, left + 34)) for left in range(200, 440, 42)]
TAKEN = GOODS[3]


def shelf(*, gone: float = 99.0, hand: tuple[float, float] = (0.0, 0.0), back: int = 60) -> list[Observation]:
    """Goods on a shelf, one of them gone from a time on; a hand reaches there from when to when. Nobody is found."""
    rng = np.random.default_rng(7)
    wood = rng.integers(back - 4, back + 5, (360, 640, 3)).astype(np.uint8)
    shown = []
    for step in range(round(24 * FPS)):
        time = step / FPS
        picture = wood + rng.integers(0, 4, wood.shape).astype(np.uint8)
        for number, place in enumerate(GOODS):
            if number != 3 or time < gone:
                picture[place] = (40 + 25 * number, 170 - 20 * number, 90 + 10 * number)
                picture[place[0], place[1].start + 8 : place[1].start + 26 : 6] = 230
        if hand[0] <= time < hand[1]:
            reach = round(640 - 300 * min(1.0, 2 * (time - hand[0]), 2 * (hand[1] - time)))
            picture[160:190, reach:] = (120, 150, 205)
        shown.append(look(T0 + time, frame=Painted(picture, T0 + time)))
    return shown


def test_a_picture_of_another_shape_begins_anew() -> None:
    """The camera changes its resolution shortly before the hand comes."""
    before = after = shelf(gone=16, hand=(15, 17))
    other = [
        replace(one, frame=Painted(one.frame.bgr()[:, :500], one.time), width=500)
        for one in after
        if one.frame is not None and one.time > T0 + 11
    ]
    (report,) = play(rule("removed_object", zone="frame"), [*before[: round(11 * FPS)], *other])
    assert report.start == pytest.approx(T0 + 15.5, abs=0.7)


@pytest.mark.parametrize(
    ("shown", "settings", "found"),
    [
        (shelf(gone=14, hand=(13, 15)), {}, True),
        (shelf(gone=14, hand=(13, 15), back=20), {}, True),
        (shelf(gone=14, hand=(13, 15)), {"hands": False}, False),
        (shelf(hand=(13, 15)), {}, False),
        (shelf(gone=14), {}, False),
        (shelf(gone=18, hand=(12, 14)), {}, False),
    ],
    ids=[
        "taken",
        "from a dark shelf",
        "hands do not count",
        "only touched",
        "nobody came",
        "long after the hand",
    ],
)
def test_a_hand_at_a_shelf(shown: list[Observation], settings: dict[str, object], found: bool) -> None:
    reports = play(rule("removed_object", zone="frame", **settings), shown)
    assert bool(reports) is found
    for report in reports:
        assert report.box is not None
        assert report.box.x1 == pytest.approx(TAKEN[1].start / 640, abs=0.03)
        assert report.start - T0 == pytest.approx(13.5, abs=0.7)
