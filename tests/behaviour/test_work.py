"""People at work: alone, lying, near vehicles, without a vest, with something forbidden in the hand."""

from dataclasses import replace

import numpy as np
import pytest

from secondsight.behaviour.signals.colours import named
from secondsight.behaviour.spatial.perspective import Perspective
from secondsight.behaviour.work.no_vest import HUES, torso_of, vest_shares
from secondsight.behaviour.work.vehicle_near_person import gap
from secondsight.records import Attribute, Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, INSIDE, OUTSIDE, T0, Being, look, play, rule, times
from tests.behaviour.yard import Path, going, looks, still


def at(seconds: float, *beings: Being, start: float = 0.0) -> list[Observation]:
    return [look(T0 + start + step / FPS, *beings) for step in range(round(seconds * FPS))]


ONE, TWO, AWAY = Being(1, *INSIDE), Being(2, 0.7, 0.6), Being(2, *OUTSIDE)


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (at(8, ONE), True),
        (at(8, ONE, TWO), False),
        (at(8, ONE, AWAY), True),
        (at(3, ONE) + at(5, ONE, TWO, start=3), False),
        (at(4, ONE) + at(1, ONE, TWO, start=4) + at(4, ONE, start=5), True),
        (at(8, ONE, TWO)[::1] + at(1, ONE, start=8), False),
        (at(8, AWAY), False),
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
    shown = at(3, ONE) + bent + other + at(3, ONE, start=9)
    ((start, _, _),) = times(play(rule("lone_worker", duration=10), shown))
    assert start == 0


def test_who_has_two_tracks_is_no_company_to_themselves() -> None:
    """The tracker goes on with a box that the detector takes for a suitcase, beside a new one of the person."""
    doubled = [
        look(T0 + 3 + i / FPS, Being(1, 0.61, 0.62, label="suitcase"), Being(2, *INSIDE)) for i in range(40)
    ]
    reports = play(rule("lone_worker", duration=5, company=2), at(3, ONE) + doubled)
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
    shown = at(7, ONE) + at(5, ONE, TWO, start=7)
    ((start, triggered, end),) = times(play(rule("lone_worker", duration=5, company=2), shown))
    assert (start, triggered) == (0, 25)
    assert end == 34


LYING, UP = Being(1, 0.6, 0.6, 0.2, 0.1), Being(1, 0.6, 0.6, 0.07, 0.35)


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (at(10, LYING), True),
        (at(10, UP), False),
        (at(3, UP) + at(4, LYING, start=3) + at(3, UP, start=7), False),
        (at(3, UP) + at(9, LYING, start=3), True),
        ([look(T0 + i / FPS, replace(LYING, x=0.55 + 0.02 * (i % 4))) for i in range(50)], True),
    ],
    ids=["lies", "stands", "gets up", "goes down", "lies and moves"],
)
def test_man_down(shown: list[Observation], found: bool) -> None:
    assert bool(play(rule("man_down", duration=6), shown)) is found


def test_who_lies_under_a_machine_works() -> None:
    assert not play(rule("man_down", duration=6, exclude_zone="yard"), at(10, LYING))


def pose(angle: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Key points of a body at an angle to the vertical, degrees, at the middle of the yard."""
    points = np.zeros((17, 3), np.float32)
    turn = np.radians(angle)
    for pair, along in (((5, 6), 0.1), ((11, 12), 0.0), ((15, 16), -0.14)):
        for index in pair:
            points[index] = 0.6 + along * np.sin(turn) * 9 / 16, 0.5 - along * np.cos(turn), 0.9
    return points


@pytest.mark.parametrize(("angle", "found"), [(0.0, False), (30.0, False), (80.0, True)])
def test_the_pose_decides(angle: float, found: bool) -> None:
    """The box is that of somebody low; whether the torso lies is for the pose to say."""
    low = Being(1, 0.6, 0.6, 0.09, 0.2)
    shown = at(3, UP) + at(9, low, start=3)
    shown = [
        replace(one, poses={1: pose(0.0 if step < 3 * FPS else angle)}) for step, one in enumerate(shown)
    ]
    assert bool(play(rule("man_down", duration=6), shown)) is found
    fallen = rule("fall", stillness=1)
    assert bool(play(fallen, shown)) is found


@pytest.mark.parametrize(
    ("person", "vehicle", "found"),
    [
        (still(0.0, 9.0), going(2.2, 16.0, 0.0, -3.0), True),
        (still(0.0, 9.0), going(8.0, 16.0, 0.0, -3.0), False),
        (still(0.0, 9.0), still(2.2, 9.0), False),
        (going(-6.0, 9.0, 1.3, 0.0), still(2.2, 9.0), False),
        (going(0.0, 16.0, 0.0, -3.0), going(0.0, 16.0, 0.0, -3.0), False),
    ],
    ids=["passes close", "passes far", "stands", "walks up to one that stands", "drives it"],
)
def test_vehicle_near_person(person: Path, vehicle: Path, found: bool) -> None:
    shown = looks(3.6, person, vehicle, labels=("person", "truck"))
    reports = play(rule("vehicle_near_person", zone="frame"), shown)
    assert bool(reports) is found
    if found:
        assert [track.number for track in reports[0].tracks] == [1, 2]
        assert reports[0].scores["distance"] < 2.5


def test_gap_is_measured_from_where_the_vehicle_stands() -> None:
    plane, box = Perspective(), [0.5, 0.3, 0.7, 0.6]

    def far(x: float, y: float) -> float:
        return gap(plane.metres(x, y), (x, y), box, plane)

    assert far(0.6, 0.58) == 0
    assert far(0.3, 0.6) < far(0.2, 0.6)
    assert far(0.6, 0.4) > 1


LIME, BLUE = (40, 245, 200), (190, 90, 35)


def dressed(colour: tuple[int, int, int], seconds: float = 5.0) -> list[Observation]:
    """Somebody in the yard whose torso has a colour; the rest is grey."""
    shown = []
    for step in range(round(seconds * FPS)):
        picture = np.full((360, 640, 3), 110, np.uint8)
        picture[126 : 126 + 60, 360:410] = colour
        time = T0 + step / FPS
        shown.append(look(time, Being(1, 0.6, 0.6, 0.07, 0.35), frame=Painted(picture, time)))
    return shown


@pytest.mark.parametrize(
    ("colour", "settings", "found"),
    [
        (LIME, {}, False),
        ((30, 120, 240), {}, False),
        (BLUE, {}, True),
        ((45, 75, 115), {}, True),
        (LIME, {"colours": ["orange"]}, True),
    ],
    ids=["lime", "orange", "blue shirt", "brown shirt", "not worn here"],
)
def test_no_vest(colour: tuple[int, int, int], settings: dict[str, object], found: bool) -> None:
    reports = play(rule("no_vest", **settings), dressed(colour))
    assert bool(reports) is found
    assert all("vest" in report.scores for report in reports)


def test_vest_share_and_where_the_torso_is() -> None:
    picture = np.full((4, 4, 3), 128, np.uint8)
    assert vest_shares(picture[None], named(HUES, HUES)) == 0
    picture[:2] = LIME
    assert vest_shares(picture[None], named(HUES, ["yellow"])) == 0.5
    assert vest_shares(picture[None], named(HUES, ["orange"])) == 0
    region = torso_of([0.4, 0.2, 0.6, 0.8], 1.0)
    assert (region.y1, region.y2) == pytest.approx((0.32, 0.488))
    assert region.x2 - region.x1 == pytest.approx(0.132)


def said(label: str, score: float = 0.9, votes: int = 5, name: str = "doing") -> list[Observation]:
    attributes = {1: {name: Attribute(label, score, votes)}}
    return [replace(one, attributes=attributes) for one in at(4, ONE)]


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (said("phone"), True),
        (said("smoking"), True),
        (said("none"), False),
        (said("none", score=0.55), True),
        (said("phone", score=0.35), False),
        (said("phone", votes=2), False),
        (said("phone", name="other"), False),
        (at(4, ONE), False),
    ],
    ids=[
        "phone",
        "smoking",
        "neither",
        "perhaps neither",
        "unsure",
        "too few looks",
        "another model",
        "never asked",
    ],
)
def test_forbidden_operation(shown: list[Observation], found: bool) -> None:
    assert bool(play(rule("forbidden_operation"), shown)) is found


@pytest.mark.parametrize(
    ("label", "votes", "found"), [("bare", 2, True), ("bare", 1, False), ("helmet", 9, False)]
)
def test_a_model_may_judge_helmets(label: str, votes: int, found: bool) -> None:
    shown = said(label, votes=votes, name="hats")
    assert bool(play(rule("no_helmet", attribute="hats"), shown)) is found


@pytest.mark.parametrize(
    ("label", "votes", "found"), [("none", 2, True), ("none", 1, False), ("vest", 9, False)]
)
def test_a_model_may_judge_vests(label: str, votes: int, found: bool) -> None:
    shown = said(label, votes=votes, name="vests")
    assert bool(play(rule("no_vest", attribute="vests"), shown)) is found
