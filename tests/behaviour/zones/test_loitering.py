"""Loitering: how long is long, and what the clock does in gaps and while nothing moves."""

import pytest

from tests.behaviour.scene import FPS, T0, Being, look, pattern, play, rule, times
from tests.table import table


@table(
    ("letters", "expected"),
    [
        ("i" * 10, []),  # 1.8 s from the first look to the tenth
        ("i" * 11, [(0, 10, None)]),
        ("o" * 4 + "i" * 15 + "ooo", [(4, 14, 18)]),
        ("iiiii" + "o" + "iiiii" + "iiooo", [(0, 10, 12)]),  # a gap shorter than the inertia is bridged
        ("iiiii" + "ooo" + "iiiii" + "ooo", []),  # a longer one is not: the dwell starts again
        ("iiiii" + "---" + "iiiii", [(0, 10, None)]),  # a track that is lost for a moment dwells on
        ("iii" + "H" * 7, []),
        ("iii" + "H" * 8, [(0, 10, None)]),  # time runs while nothing moves
        ("ii" + "H" * 30, []),  # but inertia is not satisfied by waiting
        ("iiiiiiiiio" + "oiii", [(0, 11, None)]),  # not while it is seen outside
        ("ooo" + "H" * 20, []),
    ],
)
def test_time(letters: str, expected: list[tuple[int, int, int | None]]) -> None:
    assert times(play(rule("loitering", loitering_time="2s"), pattern(letters))) == expected


def test_two_seconds_between_looks() -> None:
    assert times(play(rule("loitering", loitering_time=8), pattern("oiiiiii", fps=0.5)), fps=0.5) == [
        (1, 5, None)
    ]


def test_dwell_is_among_the_scores() -> None:
    opened, closed = play(rule("loitering", loitering_time=2), pattern("i" * 16 + "ooo"))
    assert (opened.kind, opened.zone) == ("loitering", "yard")
    assert opened.scores["dwell"] == pytest.approx(2.0)
    assert closed.scores["dwell"] == pytest.approx(3.0)


def test_cooldown_after_the_end() -> None:
    letters = "i" * 11 + "ooo" + "i" * 11 + "ooo"
    assert len(times(play(rule("loitering", loitering_time=2, cooldown=60), pattern(letters)))) == 1
    assert len(times(play(rule("loitering", loitering_time=2, cooldown=0), pattern(letters)))) == 2


def test_passers_by_do_not_add_up() -> None:
    """Ten people who each stay a second are ten passers-by, not one loiterer."""
    behaviour = rule("loitering", loitering_time=3)
    reports = []
    for number in range(10):
        place = (0.45 + 0.1 * (number % 4), 0.6)
        looks = [look(T0 + number + i / 5, Being(number, *place, width=0.05)) for i in range(5)]
        reports += play(behaviour, looks)
    assert reports == []


@pytest.mark.parametrize(
    ("letters", "number", "found"),
    [
        ("i" * 15 + "-" * 30, 2, True),
        ("i" * 15 + "-" * 50, 2, False),
        ("i" * 15 + "ooo" + "-" * 30, 2, False),
    ],
    ids=["stands where the detector does not see", "gone for long", "left the zone before"],
)
def test_found_again_at_the_same_place(letters: str, number: int, found: bool) -> None:
    shown = pattern(letters)
    again = pattern("i" * 15, number=number, start=T0 + len(letters) / FPS)
    assert bool(play(rule("loitering", loitering_time=8), shown + again)) is found
