"""Lone worker: who is company, and who only seems to be."""

import pytest

from secondsight.records import Observation
from tests.behaviour.scene import FPS, INSIDE, OUTSIDE, T0, Being, look, play, rule, staying, times

ONE, TWO, AWAY = Being(1, *INSIDE), Being(2, 0.7, 0.6), Being(2, *OUTSIDE)


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (staying(8, ONE), True),
        (staying(8, ONE, TWO), False),
        (staying(8, ONE, AWAY), True),
        (staying(3, ONE) + staying(5, ONE, TWO, start=3), False),
        (staying(4, ONE) + staying(1, ONE, TWO, start=4) + staying(4, ONE, start=5), True),
        (staying(8, ONE, TWO)[::1] + staying(1, ONE, start=8), False),
        (staying(8, AWAY), False),
    ],
    ids=["alone", "two", "one outside", "company comes", "one passes", "one unseen", "nobody inside"],
)
def test_lone_worker(shown: list[Observation], found: bool) -> None:
    assert bool(play(rule("lone_worker", duration=5, company=2), shown)) is found


def test_a_machine_that_is_taken_for_a_person_is_no_company() -> None:
    """It is there all the time and never moves; somebody works beside it."""
    machine = Being(2, 0.7, 0.6)
    alone = [look(T0 + i / FPS, Being(1, 0.5 + 0.01 * (i % 9), 0.6), machine) for i in range(150)]
    reports = play(rule("lone_worker", duration=5, company=2), alone)
    assert {track.number for report in reports for track in report.tracks} == {1}


def test_who_bends_over_the_work_is_still_there() -> None:
    """The detector is unsure of them, or takes them for something else, for six seconds."""
    bent = [look(T0 + 3 + i / FPS, Being(1, *INSIDE, confidence=0.3)) for i in range(15)]
    other = [look(T0 + 6 + i / FPS, Being(1, *INSIDE, label="suitcase")) for i in range(15)]
    shown = staying(3, ONE) + bent + other + staying(3, ONE, start=9)
    ((start, _, _),) = times(play(rule("lone_worker", duration=10), shown))
    assert start == 0


def test_who_has_two_tracks_is_no_company_to_themselves() -> None:
    """The tracker goes on with a box that the detector takes for a suitcase, beside a new one of the person."""
    doubled = [
        look(T0 + 3 + i / FPS, Being(1, 0.61, 0.62, label="suitcase"), Being(2, *INSIDE)) for i in range(40)
    ]
    reports = play(rule("lone_worker", duration=5, company=2), staying(3, ONE) + doubled)
    assert {track.number for report in reports for track in report.tracks} == {2}


def test_what_a_track_clings_to_when_its_person_has_gone_is_no_company() -> None:
    """The detector is half sure of a machine, where a colleague was seen last."""
    shown = []
    for i in range(150):
        here = Being(1, 0.5 + 0.01 * (i % 9), 0.6)
        other = Being(2, 0.55 + 0.01 * i, 0.6) if i < 15 else Being(2, 0.7, 0.6, confidence=0.45)
        shown.append(look(T0 + i / FPS, here, other))
    reports = play(rule("lone_worker", duration=5, company=2), shown)
    assert {track.number for report in reports for track in report.tracks} == {1}


def test_company_ends_it() -> None:
    shown = staying(7, ONE) + staying(5, ONE, TWO, start=7)
    ((start, triggered, end),) = times(play(rule("lone_worker", duration=5, company=2), shown))
    assert (start, triggered) == (0, 25)
    assert end == 34
