"""Queue: who stands in it, for how long; when it is long."""

import pytest

from secondsight.behaviour import CountingBehaviour
from secondsight.records import Observation
from tests.behaviour.scene import FPS, T0, Being, look, play, rule
from tests.behaviour.yard import Path, being, going, looks, still

WAIT = 20.0


def line_of(count: int, seconds: float = WAIT, then: float = 6.0) -> list[Observation]:
    """So many wait one behind the other, then all have gone."""
    paths = [still(0.0, 7.0 + 0.9 * place) for place in range(count)]
    shown = looks(seconds, *paths)
    gone = [look(T0 + seconds + i / FPS) for i in range(round(then * FPS))]
    return shown + gone


@pytest.mark.parametrize(
    ("settings", "count", "found"),
    [
        ({"people": 3, "duration": 5}, 3, True),
        ({"people": 4, "duration": 5}, 3, False),
        ({"people": 3, "duration": 25}, 3, False),
        ({"people": None, "wait": 12, "duration": 1}, 1, True),
        ({"people": None, "wait": 30, "duration": 1}, 1, False),
        ({"people": 9, "wait": 12, "duration": 1}, 2, True),
    ],
    ids=["long", "too few", "too short a time", "waits long", "waits not long", "either is enough"],
)
def test_when_it_is_long(settings: dict[str, object], count: int, found: bool) -> None:
    reports = play(rule("queue", zone="frame", **settings), line_of(count), close=True)
    assert [report.end is None for report in reports] == ([True, False] if found else [])
    if found:
        assert len(reports[0].tracks) == count
        assert reports[1].scores["people"] == count
        assert 12 < reports[1].scores["wait"] <= WAIT + 1


def test_who_walks_by_does_not_wait() -> None:
    passing = [going(-4.0 - place, 12.0 + place, 1.3, 0.0) for place in range(4)]
    made = rule("queue", zone="frame", people=2, duration=1)
    assert not play(made, looks(7, *passing), close=True)
    assert isinstance(made, CountingBehaviour)
    assert {one.name for one in made.counts(over=True)} == {"queue_watched:watch"}


def test_it_moves_up_and_goes_on() -> None:
    """Everybody takes a step of a metre every eight seconds: nobody's wait begins anew."""

    def shuffling(place: float) -> Path:
        def path(time: float) -> tuple[float, float]:
            step, rest = divmod(time, 8.0)
            return 0.0, place - 0.9 * (step + min(rest / 1.2, 1.0))

        return path

    made = rule("queue", zone="frame", people=3, duration=5)
    reports = play(made, looks(24, *(shuffling(place) for place in (9.0, 10.0, 11.0))), close=True)
    assert [report.end is None for report in reports] == [True, False]
    assert reports[1].scores["wait"] > 18


def test_lengths_and_waits_are_counted() -> None:
    made = rule("queue", zone="frame", people=9)
    play(made, line_of(3), close=True)
    assert isinstance(made, CountingBehaviour)
    sums: dict[str, float] = {}
    for one in made.counts(over=True):
        sums[one.name] = sums.get(one.name, 0.0) + one.value
    assert sums["left:watch"] == 3
    assert sums["waited:watch"] / 3 == pytest.approx(WAIT, abs=2.0)
    assert sums["waiting:watch"] / sums["queue_watched:watch"] == pytest.approx(3 * 19 / 26, rel=0.15)


def test_time_goes_on_while_nothing_moves() -> None:
    shown = looks(4, still(0.0, 8.0), still(0.0, 9.0))
    beings = [being(n, 0.0, away) for n, away in ((1, 8.0), (2, 9.0))]
    held = [look(T0 + 4 + i / 2, *beings, held=True) for i in range(40)]
    reports = play(rule("queue", zone="frame", people=2, duration=10), shown + held)
    assert len(reports) == 1
    assert isinstance(beings[0], Being)
