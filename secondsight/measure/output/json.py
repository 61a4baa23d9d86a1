"""The JSON form of an evaluation: versioned, documented in docs/measuring.md."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from secondsight.measure.metrics.evaluation import Evaluation, System, density
from secondsight.measure.metrics.scores import Interval, Scores

VERSION = 1
"""Within one version keys may be added, never removed or given another meaning."""


def evaluation_to_json(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation as plain values for `json.dumps`; what is undefined is null."""
    first = evaluation.systems[0].overall
    change = evaluation.false_alarm_change
    return {
        "schema": VERSION,
        "type": "evaluation",
        "name": evaluation.name,
        "simulated": evaluation.simulated,
        "seed": evaluation.seed,
        "cameras": first.cameras,
        "hours": _number(first.hours),
        "things_per_hour": _number(density(evaluation)),
        "systems": [_system(system) for system in evaluation.systems],
        "false_alarm_change": None if change is None else _estimate(change),
        "things": [_values(asdict(thing)) for thing in evaluation.things],
        "objects": None if evaluation.objects is None else _values(asdict(evaluation.objects)),
    }


def _system(system: System) -> dict[str, Any]:
    return {
        "name": system.name,
        "overall": _scores(system.overall),
        "kinds": {kind: _scores(scores) for kind, scores in system.kinds.items()},
        "conditions": {name: _scores(scores) for name, scores in system.conditions.items()},
        "det": [_values(asdict(point)) for point in system.det],
        "reliability": None if system.reliability is None else _values(asdict(system.reliability)),
    }


def _scores(scores: Scores) -> dict[str, Any]:
    return {
        "cameras": scores.cameras,
        "hours": _number(scores.hours),
        "counts": {what.value: _number(count) for what, count in scores.counts.items()},
        "figures": {name: _estimate(estimate) for name, estimate in scores.figures.items()},
    }


def _estimate(estimate: Interval) -> dict[str, float | None]:
    return {"value": _number(estimate.value), "low": _number(estimate.low), "high": _number(estimate.high)}


def _values(value: Any) -> Any:
    """Plain values all the way down."""
    if isinstance(value, Mapping):
        return {str(key): _values(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_values(one) for one in value]
    return _number(value) if isinstance(value, float) else value


def _number(value: float | None) -> float | None:
    return round(float(value), 6) if value is not None and math.isfinite(value) else None
