"""Fight: two close to each other, agitated, not on their way."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from secondsight.behaviour.people.fight import Fighter, FightRule, fights
from secondsight.records import Box, Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, Being, look, play, rule, times

ONE, OTHER = Being(1, 0.56, 0.6, 0.08), Being(2, 0.64, 0.6, 0.08)
FAR = Being(2, 0.78, 0.6, 0.08)
WIDE = Being(1, 0.5, 0.6, 0.14)
"""As wide as two who are entangled."""


def looks(
    seconds: float,
    *people: Being,
    agitated: Sequence[int] = (),
    speed: float = 0.0,
    start: float = 0.0,
    nearer: float = 0.0,
    strides: bool = False,
) -> list[Observation]:
    """People who walk to the right at `speed` (picture widths per second) and down it at `nearer` (heights per
    second); the agitated ones' pixels change, or, if it `strides`, their legs' only."""
    rng = np.random.default_rng(1)
    shown = []
    for step in range(round(seconds * FPS)):
        time = T0 + start + step / FPS
        picture = np.full((360, 640, 3), 90, np.uint8)
        moved = [
            Being(p.number, p.x + speed * step / FPS, p.y + nearer * step / FPS, p.width, p.height)
            for p in people
        ]
        for person in moved:
            left, right = (
                max(int((person.x - person.width / 2) * 640), 0),
                int((person.x + person.width / 2) * 640),
            )
            top, foot = int((person.y - person.height) * 360), int(person.y * 360)
            part = picture[top:foot, left:right]
            part[...] = 40
            if strides:
                part[4:12] = 150
                part[12:30, 4:9] = 200
                part[len(part) // 2 :][rng.random(part[len(part) // 2 :].shape[:2]) < 0.4] = 220
            elif person.number in agitated:
                part[rng.random(part.shape[:2]) < 0.4] = 220
        shown.append(look(time, *moved, frame=Painted(picture, time)))
    return shown


@pytest.mark.parametrize(
    ("people", "agitated", "speed", "found"),
    [
        ((ONE, OTHER), (1, 2), 0.0, True),
        ((ONE, OTHER), (), 0.0, False),
        ((ONE, OTHER), (1,), 0.0, False),
        ((ONE, FAR), (1, 2), 0.0, False),
        ((ONE, Being(2, 0.64, 0.85, 0.08)), (1, 2), 0.0, False),
        ((ONE,), (1,), 0.0, False),
        ((ONE, OTHER), (1, 2), 0.07, True),
        ((WIDE,), (1,), 0.0, True),
        ((WIDE,), (), 0.0, False),
    ],
    ids=[
        *("fight", "talk", "one waves", "apart", "one behind the other", "alone", "brawl"),
        *("two in one box", "they hold each other"),
    ],
)
def test_who_fights(people: tuple[Being, ...], agitated: Sequence[int], speed: float, found: bool) -> None:
    shown = looks(4, *people, agitated=agitated, speed=speed)
    assert bool(play(rule("fight", zone="frame"), shown)) is found


@pytest.mark.parametrize("speed", [0.0, 0.03, 0.1])
@pytest.mark.parametrize("nearer", [0.0, 0.05])
def test_who_walks_carries_head_and_trunk_along(speed: float, nearer: float) -> None:
    """Their legs change as much as blows do."""
    shown = looks(3, ONE, OTHER, speed=speed, nearer=nearer, strides=True)
    assert not play(rule("fight", zone="frame"), shown)


def test_two_seconds_are_enough() -> None:
    """Ten looks, of which the tracker gives all but the first."""
    shown = looks(1.8, ONE, OTHER, agitated=(1, 2), start=0.2)
    ((start, triggered, _),) = times(play(rule("fight"), shown))
    assert start == pytest.approx(1)
    assert triggered <= 9


def test_who_comes_in_is_not_two_in_one_box() -> None:
    """The edge cuts the box off, so that it deforms; it is slow, but does not stay."""
    coming = replace(WIDE, x=-0.05)
    assert not play(rule("fight", zone="frame"), looks(2.4, coming, agitated=(1,), speed=0.045))
    assert play(rule("fight", zone="frame"), looks(2.4, replace(WIDE, x=0.05), agitated=(1,)))


def test_a_second_box_of_one_body_is_no_partner() -> None:
    """It lives for a look; what is left is one agitated person."""
    shown = looks(0.4, ONE, OTHER) + looks(3, ONE, agitated=(1,), start=0.4)
    assert not play(rule("fight"), shown)


def test_one_report_for_all_who_take_part() -> None:
    third = Being(3, 0.6, 0.58, 0.08)
    (report,) = play(rule("fight"), looks(6, ONE, OTHER, third, agitated=(1, 2, 3)))
    assert sorted(track.number for track in report.tracks) == [1, 2, 3]
    assert report.scores["agitation"] > 0.3


def test_one_hidden_by_the_other() -> None:
    """Two are seen close to each other, then only one, still agitated."""
    shown = looks(1.2, ONE, OTHER, agitated=(1, 2)) + looks(3, ONE, agitated=(1,), start=1.2)
    assert play(rule("fight"), shown)


def test_it_ends_when_they_calm_down() -> None:
    shown = looks(5, ONE, OTHER, agitated=(1, 2)) + looks(5, ONE, OTHER, start=5)
    ((start, triggered, end),) = times(play(rule("fight"), shown))
    assert start < triggered
    assert end is not None
    assert 24 <= end <= 35


def test_without_pixels_nobody_fights() -> None:
    assert not play(rule("fight"), [look(T0 + i / FPS, ONE, OTHER) for i in range(40)])


def test_a_flash_is_no_agitation() -> None:
    shown = []
    for step in range(30):
        time = T0 + step / FPS
        picture = np.full((360, 640, 3), 200 if step % 2 else 40, np.uint8)
        shown.append(look(time, ONE, OTHER, frame=Painted(picture, time)))
    assert not play(rule("fight"), shown)


def test_rows_in_another_order_do_not_silence_a_fight() -> None:
    """A detector sorts its boxes by confidence: whoever told first must not be silenced before it is told."""
    shown = looks(6, ONE, OTHER, agitated=(1, 2))
    turned = looks(6, OTHER, ONE, agitated=(1, 2))
    mixed = [(shown, turned)[step // 2 % 2][step] for step in range(len(shown))]
    assert len(play(rule("fight"), mixed)) == 1


def test_a_new_number_for_one_of_them_is_no_calm_partner() -> None:
    parts = [looks(1.2, ONE, OTHER, agitated=(1, 2))]
    for number in range(3, 7):
        fresh = Being(number, OTHER.x, OTHER.y, OTHER.width)
        parts.append(looks(0.8, ONE, fresh, agitated=(1, number), start=1.2 + 0.8 * (number - 3)))
    assert play(rule("fight"), [one for part in parts for one in part])


def test_two_bodies_in_one_box() -> None:
    """They were two; for seven seconds the detector sees one, as agitated as before."""
    shown = looks(0.8, ONE, OTHER) + looks(7, ONE, agitated=(1,), start=0.8)
    assert play(rule("fight", duration=4), shown)
    calm = looks(0.8, ONE, OTHER) + looks(7, ONE, start=0.8)
    assert not play(rule("fight", duration=4), calm)


def test_a_box_that_the_detector_takes_for_something_else() -> None:
    """Two boxes at one place, now the one a person, now the other; neither alone looks like two people."""
    start = looks(0.8, ONE, OTHER)
    rest = looks(5, ONE, agitated=(1,), start=0.8)
    shown = []
    for step, one in enumerate(rest):
        person, thing = (1, 2) if step // 2 % 2 else (2, 1)
        beings = [replace(ONE, number=person), replace(ONE, number=thing, label="bicycle")]
        shown.append(look(one.time, *beings, frame=one.frame))
    assert play(rule("fight", duration=3), start + shown)


@pytest.mark.parametrize(("speed", "found"), [(0.0, True), (0.3, True), (0.7, False), (2.0, False)])
def test_who_travels_must_deform_as_much_more(speed: float, found: bool) -> None:
    """Speeds in own heights per second; a deformation of 0.3 is enough for one who stays, or goes slowly."""
    person = Fighter()
    for step in range(round(2 * FPS)):
        left = 0.1 + speed * 0.2 * step / FPS
        person.step(T0 + step / FPS, Box(left, 0.4, left + 0.08, 0.6), 1.0, changed=0.5, deformed=lambda: 0.3)
    assert fights(person, FightRule(behaviour="fight", zone="frame")) is found
