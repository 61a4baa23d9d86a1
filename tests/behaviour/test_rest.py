"""Stillness, stopped vehicles and left bags: what does not move, and for how long."""

import numpy as np
import pytest

from secondsight.behaviour.state.object_state import ENDED, HOLDS, UNCERTAIN
from secondsight.behaviour.state.stationary import RestPosition
from secondsight.records import Observation
from tests.behaviour.scene import FPS, INSIDE, T0, Being, look, play, rule, times


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


def staying(seconds: float, start: float = 0.0, jitter: float = 0.004, **being: object) -> list[Observation]:
    """One object that stays at a place, seen with jitter."""
    made = Being(**{"number": 1, "x": INSIDE[0], "y": INSIDE[1], **being})  # type: ignore[arg-type]
    shown, rng = [], np.random.default_rng(5)
    for step in range(round(seconds * FPS)):
        dx, dy = rng.normal(0, jitter, 2)
        moved = Being(made.number, made.x + dx, made.y + dy, made.width, made.height, 0.8, made.label)
        shown.append(look(T0 + start + step / FPS, moved))
    return shown


@pytest.mark.parametrize(
    ("behaviour", "label", "seconds"),
    [("stillness", "person", 15), ("stopped", "car", 5), ("left_bag", "suitcase", 8)],
)
def test_after_so_long(behaviour: str, label: str, seconds: float) -> None:
    size = {"width": 0.1, "height": 0.1}
    (report,) = play(rule(behaviour), staying(seconds + 3, label=label, **size))
    assert report.triggered - report.start == pytest.approx(seconds, abs=0.3)
    assert not play(rule(behaviour), staying(seconds - 1, label=label, **size))
    assert not play(rule(behaviour), staying(seconds + 3, label=label, x=0.2, **size))
    assert not play(rule(behaviour), staying(seconds + 3, label="bicycle", **size))


@pytest.mark.parametrize(("looks", "seldom"), [(2, 0.5), (4, 0.5), (5, 0.4), (8, 0.375)])
def test_stopped_vehicles_are_looked_at_a_few_times_a_second(looks: int, seldom: float) -> None:
    shown = [look(T0 + i / looks, Being(1, *INSIDE, 0.2, 0.1, label="car")) for i in range(8 * looks)]
    (report,) = play(rule("stopped"), shown)
    assert report.scores["looks"] == pytest.approx(report.scores["dwell"] / seldom + 1)


@pytest.mark.parametrize(("behaviour", "label"), [("stillness", "person"), ("stopped", "truck")])
def test_who_goes_on_is_not_still(behaviour: str, label: str) -> None:
    path = [look(T0 + i / FPS, Being(1, 0.42 + 0.002 * i, 0.6, label=label)) for i in range(180)]
    assert not play(rule(behaviour, duration=10), path)


def test_it_is_over_when_it_goes_on() -> None:
    shown = staying(8, label="car", width=0.2, height=0.1)
    shown += [look(T0 + 8 + i / FPS, Being(1, 0.6 + 0.05 * i, 0.6, 0.2, 0.1, label="car")) for i in range(12)]
    (only,) = times(play(rule("stopped"), shown))
    assert only[0] == 0
    assert only[2] in range(39, 44)


def test_somebody_who_passes_in_front_does_not_end_it() -> None:
    shown = staying(4, label="car")
    shown += [look(T0 + 4 + i / FPS, Being(1, 0.66, 0.6, 0.02, 0.3, label="car")) for i in range(2)]
    shown += staying(4, start=4.4, label="car")
    assert len(times(play(rule("stopped", duration=7), shown))) == 1


def queue(arrivals: list[float], seconds: float, leave: dict[int, float] | None = None) -> list[Observation]:
    """Cars that come to rest in the zone one after the other, number 1 first; some leave again."""
    shown = []
    for step in range(round(seconds * FPS)):
        time = step / FPS
        here = [n for n, at in enumerate(arrivals, 1) if at <= time < (leave or {}).get(n, seconds)]
        cars = [Being(n, 0.5 + 0.05 * n, 0.6, 0.04, 0.05, label="car") for n in here]
        shown.append(look(T0 + time, *cars))
    return shown


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (queue([0, 3], 20), {1, 2}),
        (queue([0, 3, 6, 9], 20), {1, 2}),
        (queue([0, 1, 2, 3], 20), {1, 2}),
        (queue([0, 3, 6, 9], 30, {1: 12, 2: 12, 3: 12}), {1, 2, 4}),
    ],
    ids=["two", "a queue behind a stopped car", "a jam", "who still stands when the jam is over"],
)
def test_who_queues_behind_those_that_stand_is_not_told(shown: list[Observation], told: set[int]) -> None:
    reports = play(rule("stopped"), shown)
    assert {track.number for report in reports for track in report.tracks} == told


def test_every_vehicle_of_a_queue_where_that_is_asked() -> None:
    reports = play(rule("stopped", max_queue=10), queue([0, 1, 2, 3], 20))
    assert {track.number for report in reports for track in report.tracks} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("width", "height", "found"), [(0.2, 0.1, True), (0.06, 0.3, False), (0.1, 0.3, False)]
)
def test_who_only_stands_does_not_lie(width: float, height: float, found: bool) -> None:
    assert bool(play(rule("stillness", lying=True), staying(20, width=width, height=height))) is found


def test_who_was_tall_and_is_low_lies() -> None:
    """Seen from the feet, somebody who lies has a box that is tall, but not as tall as before."""
    shown = staying(3, width=0.06, height=0.3) + staying(20, start=3, width=0.06, height=0.16)
    (report,) = play(rule("stillness", lying=True), shown)
    assert report.start >= T0 + 3


def test_who_lies_across_the_zone_s_border_lies_in_it() -> None:
    assert play(rule("stillness", lying=True), staying(20, x=0.35, width=0.2, height=0.05))


def bag(seconds: float, *people: Being, start: float = 0.0, number: int = 9) -> list[Observation]:
    shown = Being(number, *INSIDE, 0.03, 0.08, label="suitcase")
    return [look(T0 + start + i / FPS, shown, *people) for i in range(round(seconds * FPS))]


@pytest.mark.parametrize(
    ("x", "height", "alone"),
    [(INSIDE[0] + 0.05, 0.3, False), (INSIDE[0] + 0.12, 0.3, True), (INSIDE[0] + 0.12, 0.6, False)],
    ids=["beside it", "one height away", "a person twice as large"],
)
def test_whose_bag(x: float, height: float, alone: bool) -> None:
    assert bool(play(rule("left_bag"), bag(12, Being(1, x, INSIDE[1], 0.06, height)))) is alone


def test_an_owner_who_leaves() -> None:
    near, far = Being(1, INSIDE[0] + 0.03, INSIDE[1]), Being(1, 0.1, 0.6)
    (report,) = play(rule("left_bag"), bag(10, near) + bag(12, far, start=10))
    assert report.start == pytest.approx(T0 + 10, abs=0.1)
    assert [track.number for track in report.tracks] == [9]
    assert report.label == "suitcase"


def test_somebody_who_passes_is_no_owner() -> None:
    near = Being(1, INSIDE[0] + 0.03, INSIDE[1])
    assert play(rule("left_bag"), bag(5) + bag(2, near, start=5) + bag(3, start=7))
    assert not play(rule("left_bag"), bag(5) + bag(7, near, start=5))


def test_a_truck_is_no_owner_unless_told() -> None:
    near = Being(1, INSIDE[0] + 0.03, INSIDE[1], label="truck")
    assert play(rule("left_bag"), bag(12, near))
    assert not play(rule("left_bag", owners=["truck"]), bag(12, near))


@pytest.mark.parametrize(("hidden", "found"), [(4, True), (12, False)])
def test_passers_by_may_hide_a_bag(hidden: float, found: bool) -> None:
    """It comes back under another number, while somebody still passes."""
    passer, back = Being(1, INSIDE[0] + 0.02, INSIDE[1]), 5 + hidden
    again = [*bag(1, passer, start=back, number=8), *bag(4, start=back + 1, number=8)]
    assert bool(play(rule("left_bag"), bag(5) + again)) is found
