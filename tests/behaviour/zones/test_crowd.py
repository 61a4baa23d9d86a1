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


def from_(start: float, path: Path, end: float = 1e9) -> Path:
    return lambda time: path(time) if start <= time < end else None


@pytest.mark.parametrize(
    ("front", "until", "found"),
    [(still(2.4, 8.7), 11, True), (still(-2.4, 8.7), 11, False), (still(2.4, 8.7), 30, False)],
    ids=["behind somebody", "behind nobody", "for too long"],
)
def test_who_is_lost_behind_somebody_who_stands_there_counts(front: Path, until: float, found: bool) -> None:
    """The fifth was seen for two seconds; the fourth, who stands before that place, has come when the others do."""
    first = [from_(0, still(2.4, 9.2), 2), from_(1.8, front)]
    others = [from_(until - 5, path) for path in gathered(3)]
    watched = rule("crowd", zone="frame", people=5, duration=3)
    assert bool(play(watched, looks(until, *first, *others))) is found


def test_who_was_going_again_when_lost_behind_somebody_does_not_count() -> None:
    """The fifth stood for two seconds, went on for four, and is not seen any more where the fourth stands since."""
    fifth = from_(0, going(-1.6, 9.2, 1.0, 0, start=2), 6.1)
    others = [from_(5.8, still(2.4, 8.7)), *(from_(8, path) for path in gathered(3))]
    assert not play(rule("crowd", zone="frame", people=5, duration=3), looks(13, fifth, *others))


@pytest.mark.parametrize(("left", "lasts"), [(8, True), (7, False)])
def test_a_crowd_lasts_with_a_few_less(left: int, lasts: bool) -> None:
    paths = gathered(10)
    staying = [*paths[10 - left :], *(from_(0, path, 5) for path in paths[: 10 - left])]
    first, *rest = play(rule("crowd", zone="frame", people=10, duration=3, cooldown=60), looks(12, *staying))
    assert first.end is None
    assert [report.end is not None for report in rest] == ([] if lasts else [True])


@pytest.mark.parametrize(("stay", "crowds"), [(0, 2), (2, 2), (3, 1)])
def test_another_crowd_in_the_place_of_the_first(stay: int, crowds: int) -> None:
    """At no moment are there fewer than five; the second five are others, but for who of the first stays."""
    first = [from_(0, path, 10 if number < 5 - stay else 1e9) for number, path in enumerate(gathered(5))]
    second = [from_(7, still(0.8 * (number % 3) - 0.8, 12 + 0.9 * (number // 3))) for number in range(5)]
    found = play(rule("crowd", zone="frame", people=5, duration=3, cooldown=1), looks(20, *first, *second))
    assert len({report.id for report in found}) == crowds


def test_area_of_a_zone() -> None:
    import numpy as np

    from secondsight.behaviour.zones.crowd import area

    class Metres:
        def metres(self, x: float, y: float) -> tuple[float, float]:
            return 10 * x, 20 * y

    square = np.array([(0.1, 0.1), (0.6, 0.1), (0.6, 0.3), (0.1, 0.3)])
    assert area(square, Metres()) == pytest.approx(20.0)
