"""From counts to figures with confidence intervals, which a bootstrap over cameras gives.

Whole cameras are drawn, not events: what happens at one camera hangs together, and events drawn one by one would make
the intervals too narrow. With fewer than two cameras there is no interval; with three it is a hint.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.measure.metrics.events import CAUSES, Occurrence, What

LEVEL = 0.95
ROUNDS = 1000
PERCENTILES = (50, 95)
_COLUMNS = {what: position for position, what in enumerate(What)}
_HOURS = len(_COLUMNS)

Row = NDArray[np.float64]
"""Float64 (..., counts): a column for each `What` in its order, then camera-hours."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the interval that holds it with `LEVEL` confidence; None where undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted at one camera.

    Attributes:
        hours: how long it was watched, under the condition in question if any.
        delays: seconds to the alert of each hit.
    """

    counts: Mapping[What, float]
    delays: tuple[float, ...]
    hours: float


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: its name in JSON, its heading in tables, the way it is written, and whether it is the brain's."""

    name: str
    label: str
    form: str = "{:.3f}"
    of_brain: bool = False

    def text(self, estimate: Interval) -> str:
        """Such as `0.120 (0.050 to 0.210)`; `-` where undefined."""
        if estimate.value is None:
            return "-"
        text = self.form.format(estimate.value)
        if estimate.low is None or estimate.high is None:
            return text
        return f"{text} ({self.form.format(estimate.low)} to {self.form.format(estimate.high)})"


METRICS = (
    Metric("event_accuracy", "event accuracy", "{:.1%}"),
    Metric("scene_accuracy", "scene accuracy", "{:.1%}"),
    Metric("p_miss", "P_miss"),
    Metric("false_alarms_per_hour", "false alarms per camera-hour", "{:.2f}"),
    Metric("precision", "precision"),
    Metric("recall", "recall"),
    Metric("f1", "F1"),
    Metric("delay_p50", "seconds to alert, p50", "{:.1f}"),
    Metric("delay_p95", "seconds to alert, p95", "{:.1f}"),
    Metric("calls_per_day", "large-model calls per camera-day", "{:.1f}", of_brain=True),
    Metric("calls_per_case", "large-model calls per case", "{:.2f}", of_brain=True),
    Metric("cost_per_day", "cost per camera-day", "{:.4f}", of_brain=True),
)


@dataclass(frozen=True, slots=True)
class Scores:
    """All figures of one system over some cameras.

    Attributes:
        counts: sums over the cameras, every `What` but DELAY.
        figures: an estimate for each of `METRICS`, by name.
        causes: why events were missed, with counts.
    """

    cameras: int
    hours: float
    counts: Mapping[What, float]
    figures: Mapping[str, Interval]

    @property
    def causes(self) -> Mapping[What, int]:
        return {cause: int(self.counts[cause]) for cause in CAUSES}


def tally(marks: Iterable[Occurrence], hours: float) -> Tally:
    """Add up the marks of one camera."""
    counts = dict.fromkeys(What, 0.0)
    delays = []
    for mark in marks:
        counts[mark.what] += mark.value
        if mark.what is What.DELAY:
            delays.append(mark.value)
    del counts[What.DELAY]
    return Tally(counts, tuple(delays), hours)


def score(tallies: Sequence[Tally], *, seed: int = 0, rounds: int = ROUNDS) -> Scores:
    """Figures over some cameras; the same seed gives the same intervals."""
    rows = _rows(tallies)
    draws = _draws(len(tallies), seed, rounds)
    whole = rows.sum(axis=0)
    figures = {}
    for name, formula in _FORMULAS.items():
        figures[name] = _estimate(formula(whole), formula(draws @ rows) if draws is not None else None)
    delays = [np.array(one.delays) for one in tallies]
    drawn = np.array([_percentiles(delays, draw) for draw in draws]) if draws is not None else None
    for column, value in enumerate(_percentiles(delays, [1] * len(delays))):
        figures[f"delay_p{PERCENTILES[column]}"] = _estimate(
            value, None if drawn is None else drawn[:, column]
        )
    counts: dict[What, float] = {what: float(whole[column]) for what, column in _COLUMNS.items()}
    del counts[What.DELAY]
    return Scores(len(tallies), float(whole[_HOURS]), counts, figures)


def change(
    before: Sequence[Tally], after: Sequence[Tally], name: str, *, seed: int = 0, rounds: int = ROUNDS
) -> Interval:
    """Relative change of a figure between two systems on the same cameras, such as -0.6; drawn in pairs."""
    if len(before) != len(after):
        raise ValueError("both systems must have watched the same cameras")
    formula = _FORMULAS[name]
    first, second = _rows(before), _rows(after)
    draws = _draws(len(before), seed, rounds)
    drawn = None if draws is None else _ratio(formula(draws @ second), formula(draws @ first)) - 1
    return _estimate(_ratio(formula(second.sum(axis=0)), formula(first.sum(axis=0))) - 1, drawn)


def _rows(tallies: Sequence[Tally]) -> Row:
    rows = np.zeros((len(tallies), _HOURS + 1))
    for row, one in zip(rows, tallies, strict=True):
        for what, count in one.counts.items():
            row[_COLUMNS[what]] = count
        row[_HOURS] = one.hours
    return rows


def _draws(cameras: int, seed: int, rounds: int) -> NDArray[np.float64] | None:
    """How often each camera is drawn in each round, float64 (rounds, cameras)."""
    if cameras < 2:
        return None
    rng = np.random.default_rng(seed)
    return rng.multinomial(cameras, np.full(cameras, 1 / cameras), size=rounds).astype(np.float64)


def _estimate(value: NDArray[np.float64] | float, drawn: NDArray[np.float64] | None) -> Interval:
    if not np.isfinite(value):
        return Interval(None)
    defined = np.empty(0) if drawn is None else drawn[np.isfinite(drawn)]
    if not defined.size:
        return Interval(float(value))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(defined, (tail, 1 - tail))
    return Interval(float(value), float(low), float(high))


def _percentiles(delays: Sequence[NDArray[np.float64]], times: Iterable[float]) -> tuple[float, ...]:
    """Of the delays of all cameras, each taken the given number of times; NaN if there is none."""
    drawn = np.concatenate([np.repeat(one, int(count)) for one, count in zip(delays, times, strict=True)])
    if not drawn.size:
        return (float("nan"),) * len(PERCENTILES)
    return tuple(np.percentile(drawn, PERCENTILES).tolist())


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where there is nothing to divide by."""
    ratio: NDArray[np.float64] = np.divide(
        part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0
    )
    return ratio


def _of(rows: Row, what: What) -> NDArray[np.float64]:
    column: NDArray[np.float64] = rows[..., _COLUMNS[what]]
    return column


def _alerts(rows: Row) -> NDArray[np.float64]:
    return _of(rows, What.HIT) + _of(rows, What.FALSE_ALARM)


def _events(rows: Row) -> NDArray[np.float64]:
    return _of(rows, What.HIT) + _of(rows, What.MISS)


def _scene_accuracy(rows: Row) -> NDArray[np.float64]:
    passed = _of(rows, What.LOOKALIKE) - _of(rows, What.LOOKALIKE_ALERTED)
    return _ratio(_of(rows, What.HIT) + passed, _events(rows) + _of(rows, What.LOOKALIKE))


_FORMULAS: Mapping[str, Callable[[Row], NDArray[np.float64]]] = {
    "event_accuracy": lambda rows: _ratio(_of(rows, What.RIGHT_CASE), _of(rows, What.CASE)),
    "scene_accuracy": _scene_accuracy,
    "p_miss": lambda rows: _ratio(_of(rows, What.MISS), _events(rows)),
    "false_alarms_per_hour": lambda rows: _ratio(_of(rows, What.FALSE_ALARM), rows[..., _HOURS]),
    "precision": lambda rows: _ratio(_of(rows, What.HIT), _alerts(rows)),
    "recall": lambda rows: _ratio(_of(rows, What.HIT), _events(rows)),
    "f1": lambda rows: _ratio(2 * _of(rows, What.HIT), _alerts(rows) + _events(rows)),
    "calls_per_day": lambda rows: _ratio(24 * _of(rows, What.CALLS), rows[..., _HOURS]),
    "calls_per_case": lambda rows: _ratio(_of(rows, What.CALLS), _of(rows, What.CASE)),
    "cost_per_day": lambda rows: _ratio(24 * _of(rows, What.COST), rows[..., _HOURS]),
}
