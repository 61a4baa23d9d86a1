"""Stopped vehicles: alone, and in a queue behind those that stand."""

import pytest

from secondsight.records import Observation
from tests.behaviour.scene import FPS, INSIDE, T0, Being, look, play, resting, rule, times


@pytest.mark.parametrize(("looks", "seldom"), [(2, 0.5), (4, 0.5), (5, 0.4), (8, 0.375)])
def test_stopped_vehicles_are_looked_at_a_few_times_a_second(looks: int, seldom: float) -> None:
    shown = [look(T0 + i / looks, Being(1, *INSIDE, 0.2, 0.1, label="car")) for i in range(8 * looks)]
    (report,) = play(rule("stopped"), shown)
    assert report.scores["looks"] == pytest.approx(report.scores["dwell"] / seldom + 1)


def test_it_is_over_when_it_goes_on() -> None:
    shown = resting(8, label="car", width=0.2, height=0.1)
    shown += [look(T0 + 8 + i / FPS, Being(1, 0.6 + 0.05 * i, 0.6, 0.2, 0.1, label="car")) for i in range(12)]
    (only,) = times(play(rule("stopped"), shown))
    assert only[0] == 0
    assert only[2] in range(39, 44)


def test_somebody_who_passes_in_front_does_not_end_it() -> None:
    shown = resting(4, label="car")
    shown += [look(T0 + 4 + i / FPS, Being(1, 0.66, 0.6, 0.02, 0.3, label="car")) for i in range(2)]
    shown += resting(4, start=4.4, label="car")
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


def test_a_box_of_the_whole_picture_is_no_vehicle() -> None:
    whole = [look(T0 + i / FPS, Being(1, 0.5, 1.0, 0.99, 0.99, label="truck")) for i in range(50)]
    assert not play(rule("stopped", zone="frame"), whole)
    assert not play(rule("jam", zone="frame", min_vehicles=2, duration=1), whole)
    assert play(rule("stopped", zone="frame", max_area=1), whole)
