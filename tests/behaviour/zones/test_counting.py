"""Counting: crossings by direction, presence by seconds, all of it by the minute of the looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.behaviour import Behaviour, CountingBehaviour, MinuteCounter
from secondsight.config import SiteConfig
from secondsight.errors import ConfigError
from secondsight.records import Counter, Observation
from tests.behaviour.scene import FPS, INSIDE, OUTSIDE, T0, Being, line, look, pattern, play, rule, walk

MINUTE = int(T0 // 60 * 60)


def counted(behaviour: Behaviour, looks: list[Observation]) -> dict[str, float]:
    """Sums of everything that a rule counts over some looks."""
    assert not play(behaviour, looks, close=True), "counting reports nothing"
    assert isinstance(behaviour, CountingBehaviour)
    sums: dict[str, float] = {}
    for one in behaviour.counts(over=True):
        assert (one.camera, one.minute % 60) == ("hall", 0)
        sums[one.name] = sums.get(one.name, 0.0) + one.value
    return sums


def over_the_door(*, inward: str = "left_to_right") -> Behaviour:
    return rule("counting", zone=None, line="door", inward=inward)


DOWN, UP = line((0.5, 0.3), (0.5, 0.7), 12), line((0.5, 0.7), (0.5, 0.3), 12)


@pytest.mark.parametrize(
    ("path", "inward", "counts"),
    [
        (DOWN, "left_to_right", {"in:watch": 1}),
        (UP, "left_to_right", {"out:watch": 1}),
        (DOWN, "right_to_left", {"out:watch": 1}),
        (DOWN + UP + DOWN, "left_to_right", {"in:watch": 2, "out:watch": 1}),
        (line((0.5, 0.49), (0.5, 0.49), 20, jitter=(0.0, 0.015)), "left_to_right", {}),
        (line((0.9, 0.3), (0.9, 0.7), 12), "left_to_right", {}),
    ],
    ids=["in", "out", "other way round", "to and fro", "jitter on the line", "past its end"],
)
def test_crossings(path: list[tuple[float, float]], inward: str, counts: dict[str, float]) -> None:
    assert counted(over_the_door(inward=inward), walk(path)) == counts


def test_a_minute_is_over_though_nobody_crosses_any_more() -> None:
    made = over_the_door()
    assert not play(made, [*walk(DOWN), look(T0 + 120)])
    assert isinstance(made, CountingBehaviour)
    assert [(one.name, one.value) for one in made.counts()] == [("in:watch", 1)]


def test_several_at_once_count_each() -> None:
    steps = [[Being(n, 0.35 + 0.1 * n, y) for n in range(3)] for _, y in DOWN]
    looks = [look(T0 + i / FPS, *beings) for i, beings in enumerate(steps)]
    assert counted(over_the_door(), looks) == {"in:watch": 3}


def test_presence_in_a_zone() -> None:
    """Two seconds inside, a second missed by the detector, a second inside: one visit; then gone."""
    sums = counted(rule("counting"), pattern("ooo" + "i" * 10 + "-----" + "i" * 6 + "ooooo" + "-" * 11))
    assert sums["visits:watch"] == 1
    assert sums["dwell:watch"] == pytest.approx(20 / FPS)
    assert sums["watched:watch"] == pytest.approx(39 / FPS)


def test_who_is_gone_is_not_counted_on() -> None:
    assert counted(rule("counting"), pattern("iiiii" + "-" * 100))["dwell:watch"] == pytest.approx(4 / FPS)


def test_one_look_is_no_visit() -> None:
    assert counted(rule("counting"), pattern("oooioooo")).keys() == {"watched:watch"}


def test_held_looks_count() -> None:
    assert counted(rule("counting"), pattern("iii" + "H" * 20))["dwell:watch"] == pytest.approx(22 / FPS)


def test_heat_says_where() -> None:
    sums = counted(rule("counting", heat=True), pattern("i" * 11))
    column, row = int(INSIDE[0] * 16), int(INSIDE[1] * 9)
    assert sums[f"heat.{column}.{row}:watch"] == pytest.approx(2.0)
    assert sum(value for name, value in sums.items() if name.startswith("heat")) == sums["dwell:watch"]


def test_a_camera_that_was_away_was_not_watching() -> None:
    looks = [look(T0), look(T0 + 3600), look(T0 + 3601)]
    assert counted(rule("counting"), looks)["watched:watch"] == pytest.approx(1.0)


def test_minutes_are_handed_out_once_and_when_they_are_past() -> None:
    made = rule("counting")
    assert isinstance(made, CountingBehaviour)
    play(made, [look(MINUTE + 50 + t, Being(1, *INSIDE)) for t in range(10)])
    assert made.counts() == []
    play(made, [look(MINUTE + 60 + t, Being(1, *INSIDE)) for t in range(5)])
    first = {one.name: one.value for one in made.counts()}
    assert first == {"visits:watch": 1, "dwell:watch": 10, "watched:watch": 10}
    assert made.counts() == []
    rest = {(one.minute, one.name): one.value for one in made.counts(over=True)}
    assert rest == {(MINUTE + 60, "dwell:watch"): 4, (MINUTE + 60, "watched:watch"): 4}


@given(st.floats(0, 600), st.floats(0, 600), st.floats(0.1, 5))
def test_a_span_is_split_and_lost_nowhere(begin: float, lasts: float, value: float) -> None:
    minutes = MinuteCounter("hall", "watch")
    minutes.span(begin, begin + lasts, "dwell", value)
    parts = minutes.take(over=True)
    assert sum(one.value for one in parts) == pytest.approx(lasts * value, abs=1e-4)
    assert all(one.value <= 60 * value + 1e-5 and one.minute % 60 == 0 for one in parts)
    assert [one.minute for one in parts] == sorted({one.minute for one in parts})


def test_it_counts_within_its_hours() -> None:
    """A rule with hours hands out what it counted before they ended."""
    made = rule("counting", when="daily 22:13-22:14")  # T0 is 22:13:20 UTC
    looks = [*pattern("i" * 11), look(T0 + 60, Being(1, *OUTSIDE)), look(T0 + 61)]
    sums = counted(made, looks)
    assert sums["dwell:watch"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "either `line` or `zone`"),
        ({"line": "door", "zone": "yard"}, "either `line` or `zone`"),
        ({"line": "door", "heat": True}, "`heat` needs `zone`"),
    ],
)
def test_mistakes(settings: dict[str, object], words: str) -> None:
    with pytest.raises((ValueError, ConfigError), match=words):
        SiteConfig.model_validate(
            {
                "cameras": {
                    "hall": {
                        "source": "a.mp4",
                        "zones": {"yard": {"coordinates": "0,0,1,0,1,1"}},
                        "lines": {"door": {"coordinates": "0,0,1,1"}},
                    }
                },
                "rules": {"watch": {"behaviour": "counting", **settings}},
            }
        )


def test_counters_are_records() -> None:
    minutes = MinuteCounter("hall", "till")
    minutes.add(MINUTE + 1, "left")
    assert minutes.take(over=True) == [Counter("hall", MINUTE, "left:till", 1.0)]
