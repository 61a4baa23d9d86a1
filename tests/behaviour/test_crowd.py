"""Crowd: so many who stay, not so many who pass."""

import pytest

from tests.behaviour.scene import play, rule
from tests.behaviour.yard import Path, going, looks, still


def gathered(count: int) -> list[Path]:
    return [still(0.8 * (number % 3) - 0.8, 9 + 0.9 * (number // 3)) for number in range(count)]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (gathered(5), True),
        (gathered(4), False),
        ([going(0.5 * number - 4, 9, 1.2, 0) for number in range(6)], False),
        ([*gathered(4), going(-4, 9, 1.2, 0), going(4, 10, -1.2, 0)], False),
    ],
    ids=["five", "four", "six pass", "four and two who pass"],
)
def test_how_many(paths: list[Path], found: bool) -> None:
    assert bool(play(rule("crowd", zone="frame", people=5, duration=3), looks(8, *paths))) is found


def test_one_report_for_all_with_the_number_and_an_end() -> None:
    parted: list[Path] = [lambda t, p=path: p(t) if t < 8 else None for path in gathered(6)]  # type: ignore[misc]
    first, last = play(rule("crowd", zone="frame", people=5, duration=3), looks(14, *parted))
    assert first.id == last.id
    assert sorted(track.number for track in first.tracks) == [1, 2, 3, 4, 5, 6]
    assert last.scores["people"] == 6
    assert last.end is not None
    assert 7 <= last.end - first.start <= 11


def test_density_asks_for_room() -> None:
    """Five on 100 square metres are no crowd of one per square metre; five on four are."""
    for area, found in ((100, False), (4, True)):
        watched = rule("crowd", zone="frame", people=5, duration=3, density=1.0, area=area)
        assert bool(play(watched, looks(8, *gathered(5)))) is found


def test_one_hidden_for_a_moment_is_still_there() -> None:
    def blinks(time: float) -> tuple[float, float] | None:
        return None if 4 < time < 5 else (0.8, 9.9)

    first, *rest = play(rule("crowd", zone="frame", people=5, duration=3), looks(9, *gathered(4), blinks))
    assert first.end is None
    assert not rest


def test_area_of_a_zone() -> None:
    import numpy as np

    from secondsight.behaviour.crowd import area

    class Metres:
        def metres(self, x: float, y: float) -> tuple[float, float]:
            return 10 * x, 20 * y

    square = np.array([(0.1, 0.1), (0.6, 0.1), (0.6, 0.3), (0.1, 0.3)])
    assert area(square, Metres()) == pytest.approx(20.0)
