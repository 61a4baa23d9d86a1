"""Jam: vehicles that stand or creep, in metres."""

from dataclasses import replace

import pytest

from secondsight.records import Observation
from tests.behaviour.scene import FPS, T0, play, rule
from tests.behaviour.yard import Path, coming, going, looks, still

PLACES = [(x, 14.0 + 9 * row) for row in range(2) for x in (-2.0, 2.0)]


def traffic(seconds: float, *paths: Path) -> list[Observation]:
    return looks(seconds, *paths, labels=["truck"] * len(paths))


PARKED = [still(*place) for place in PLACES]


STANDING = [coming(*place) for place in PLACES]
DRIVING = [going(x, away, 0.0, 9.0) for x, away in PLACES]
SETTINGS: dict[str, object] = {"zone": "frame", "duration": 5, "min_vehicles": 4}


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (STANDING, True),
        ([going(x, away, 0.0, 0.8) for x, away in PLACES], True),
        ([*STANDING[:2], *PARKED[2:]], True),
        (PARKED, False),
        ([*STANDING[:1], *PARKED[1:]], False),
        (STANDING[:1], False),
        (STANDING[:2], False),
        (DRIVING, False),
        ([*STANDING, *(going(x + 0.5, 10.0, 0.0, 4.0) for x in (-4, -3, 3, 4))], False),
    ],
    ids=[
        "all came and stand",
        "all creep",
        "two come where two stand",
        "a car park",
        "one comes to a car park",
        "one stopped",
        "two wait",
        "all move",
        "half of them move",
    ],
)
def test_jam(paths: list[Path], found: bool) -> None:
    reports = play(rule("jam", **SETTINGS), traffic(10, *paths), close=True)
    assert [one.end is None for one in reports] == ([True, False] if found else [])
    if found:
        assert len(reports[0].tracks) == 4
        assert reports[1].scores["share"] == 1.0


def test_a_short_halt_is_no_jam() -> None:
    paths = [lambda time, x=x, away=away: (x, away + 9 * max(time - 4, 0)) for x, away in PLACES]
    assert not play(rule("jam", **SETTINGS), traffic(9, *paths), close=True)


def test_a_jam_at_rest_goes_on_while_nothing_moves() -> None:
    """The camera's gate holds what does not move; the jam is there still when it is looked at again."""
    shown = traffic(4, *STANDING)
    rest = [replace(shown[-1], time=T0 + 4 + i / FPS, held=True) for i in range(40)]
    again = [replace(shown[-1], time=T0 + 12 + i / FPS) for i in range(10)]
    reports = play(rule("jam", **SETTINGS), [*shown, *rest, *again], close=True)
    assert [one.end is None for one in reports] == [True, False]
    assert reports[1].end == pytest.approx(T0 + 12 + 9 / FPS)
