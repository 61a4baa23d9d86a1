"""Figures from counts, and their intervals."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.measure.metrics.events import Occurrence, What
from secondsight.measure.metrics.scores import METRICS, Interval, Tally, change, score, tally
from tests.approx import approx
from tests.table import table


def marks(**counts: float) -> list[Occurrence]:
    return [Occurrence(What(name), "fall", 0.0, value) for name, value in counts.items()]


ONE = tally(
    [
        *marks(
            hit=3,
            miss=1,
            false_alarm=2,
            case=6,
            right_case=4,
            lookalike=4,
            lookalike_alerted=1,
            calls=6,
            cost=0.6,
        ),
        *(Occurrence(What.DELAY, "fall", 0.0, seconds) for seconds in (1.0, 2.0, 9.0)),
    ],
    hours=0.5,
)


@table(
    ("name", "value"),
    [
        ("p_miss", 1 / 4),
        ("recall", 3 / 4),
        ("precision", 3 / 5),
        ("f1", 2 * 3 / (5 + 4)),
        ("false_alarms_per_hour", 4.0),
        ("event_accuracy", 4 / 6),
        ("scene_accuracy", (3 + 3) / (4 + 4)),
        ("delay_p50", 2.0),
        ("delay_p95", 8.3),
        ("calls_per_day", 6 * 48),
        ("calls_per_case", 1.0),
        ("cost_per_day", 0.6 * 48),
    ],
)
def test_figures_by_hand(name: str, value: float) -> None:
    scores = score([ONE])
    assert scores.figures[name] == Interval(approx(value)), "one camera gives no interval"
    assert {metric.name for metric in METRICS} == set(scores.figures)


def test_cameras_add_up() -> None:
    scores = score([ONE, ONE, Tally({}, (), 3.0)])
    assert (scores.cameras, scores.hours, scores.counts[What.HIT]) == (3, 4.0, 6)
    assert scores.figures["false_alarms_per_hour"].value == pytest.approx(1.0)


def test_what_cannot_be_said_is_none() -> None:
    scores = score([Tally({}, (), 1.0), Tally({}, (), 1.0)])
    assert scores.figures["p_miss"] == scores.figures["delay_p50"] == Interval(None)
    assert scores.figures["false_alarms_per_hour"] == Interval(0.0, 0.0, 0.0)


def test_unknown_cost_stays_unknown_without_hurting_the_rest() -> None:
    scores = score([ONE, tally(marks(hit=1, calls=1, cost=math.nan), 0.5)])
    assert scores.figures["cost_per_day"] == Interval(None)
    assert scores.figures["calls_per_day"].value == pytest.approx(7 * 24)


CAMERAS = [tally([*marks(hit=hit, miss=10 - hit, false_alarm=hit)], 1.0) for hit in (1, 4, 5, 6, 9)]


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others() -> None:
    assert score(CAMERAS, seed=3) == score(CAMERAS, seed=3)
    assert score(CAMERAS, seed=3, rounds=9) != score(CAMERAS, seed=4, rounds=9)


def test_intervals_hold_the_figure_and_shrink_with_more_cameras() -> None:
    few, many = (score(CAMERAS * times).figures["recall"] for times in (1, 20))
    assert few.value == many.value == 0.5
    assert None not in (few.low, few.high, many.low, many.high)
    assert 0.1 <= few.low < many.low < 0.5 < many.high < few.high <= 0.9  # type: ignore[operator]


def test_a_change_is_drawn_in_pairs() -> None:
    fewer = [
        Tally({**one.counts, What.FALSE_ALARM: one.counts[What.FALSE_ALARM] * 0.4}, (), 1.0)
        for one in CAMERAS
    ]
    change_ = change(CAMERAS, fewer, "false_alarms_per_hour")
    assert change_ == Interval(approx(-0.6), approx(-0.6), approx(-0.6))
    assert change([ONE], [Tally({}, (), 0.5)], "false_alarms_per_hour").value == -1.0
    assert change([Tally({}, (), 1.0)], [ONE], "false_alarms_per_hour") == Interval(None)


few = st.integers(0, 9)


@given(st.lists(st.tuples(few, few, few, few, few), min_size=1, max_size=5))
def test_shares_lie_in_0_to_1_with_their_intervals(cameras: list[tuple[int, ...]]) -> None:
    tallies = [
        tally(
            marks(
                hit=hit,
                miss=miss,
                false_alarm=false,
                case=hit + false,
                right_case=hit,
                lookalike=like + more,
                lookalike_alerted=like,
            ),
            1.0,
        )
        for hit, miss, false, like, more in cameras
    ]
    scores = score(tallies, rounds=50)
    for name in ("p_miss", "recall", "precision", "f1", "event_accuracy", "scene_accuracy"):
        estimate = scores.figures[name]
        for value in (estimate.value, estimate.low, estimate.high):
            assert value is None or 0 <= value <= 1
    recall, missed = scores.figures["recall"].value, scores.figures["p_miss"].value
    assert (recall is None and missed is None) or recall + missed == pytest.approx(1)  # type: ignore[operator]


def test_writing() -> None:
    p_miss = next(metric for metric in METRICS if metric.name == "p_miss")
    assert p_miss.text(Interval(0.25, 0.1, 0.5)) == "0.250 (0.100 to 0.500)"
    assert p_miss.text(Interval(0.25)) == "0.250"
    assert p_miss.text(Interval(None)) == "-"
