"""Counting: how many cross a line in either direction, and how many are in a zone for how long.

Crossings are those of line crossing, so jitter on the line counts nothing. In a zone, the seconds of everybody's
presence add up; divided by the seconds watched they are the mean occupancy (Little, "A proof for the queuing formula
L = lambda W", Operations Research 9, 1961). Presence is counted from look to look of the same object, so one that
the detector misses for a moment is counted through, and one that has left is not.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.views import track_numbers
from secondsight.behaviour.state.minute_counts import MinuteCounter
from secondsight.behaviour.state.object_state import DebouncedState
from secondsight.behaviour.state.track_state import TrackStates
from secondsight.behaviour.zones.line_crossing import LineCrossing, LineCrossingRule
from secondsight.config import Fraction, Inertia, Name, ObjectRule
from secondsight.records import Candidate, Counter, Observation, Severity


class CountingRule(ObjectRule):
    """Counts per minute of what crosses a line or is in a zone; makes no events.

    Attributes:
        line: counts `in` and `out` over this line; either `line` or `zone` is required.
        zone: or visits and presence in this zone.
        inward: direction that counts as in, looking along the line from its first to its second point.
        hysteresis: distance beyond the line at which the other side is reached, as a share of the picture's height.
        inertia: looks in a row that must agree before presence begins, and before it ends (against jitter).
        heat: whether it also counts where in the zone they are, per cell of a grid.
    """

    only_counts: ClassVar[bool] = True

    behaviour: Literal["counting"]
    severity: Severity = Severity.LOW
    line: Name | None = None
    zone: Name | None = None
    inward: Literal["left_to_right", "right_to_left"] = "left_to_right"
    hysteresis: Fraction = 0.02
    inertia: Inertia = 2
    heat: bool = False

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if (self.line is None) == (self.zone is None):
            raise ValueError("counting needs either `line` or `zone`")
        if self.heat and self.zone is None:
            raise ValueError("`heat` needs `zone`; write `zone: frame` for the whole picture")
        return self

    def make(self, scene: Scene) -> Behaviour:
        return counting(self, scene)


GRID = (16, 9)
"""Columns and rows of the heat map: cells of about a person's width in the middle of the picture."""
GAP = 30.0
"""Seconds without a look that count as watched; a camera that is away for longer is not watching."""
CELLS = tuple(tuple(f"heat.{column}.{row}" for row in range(GRID[1])) for column in range(GRID[0]))
"""What the cells are counted as, by column and row."""
RIGHT = 1.0


@dataclass(slots=True)
class Stay:
    """One object: its visit, up to when its presence is counted, and where it was seen last."""

    debounced: DebouncedState = field(default_factory=DebouncedState)
    counted: float | None = None
    foot: tuple[float, float] = (0.0, 0.0)


class LineCount:
    """Counts `in` and `out` over a line; reports nothing."""

    def __init__(self, rule: CountingRule, scene: Scene) -> None:
        same = rule.model_dump(include={"classes", "min_score", "min_area", "max_area", "hysteresis", "line"})
        settings = LineCrossingRule.model_validate({**same, "behaviour": "line_crossing", "cooldown": 0.0})
        self._crossings = LineCrossing(settings, scene)
        self._inward = RIGHT if rule.inward == "left_to_right" else -RIGHT
        self._minutes = MinuteCounter(scene.writer.camera, scene.writer.rule)
        self.rule = scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        for one in self._crossings.update(observation):
            if one.end is not None:
                self._minutes.add(one.end, "in" if one.scores["side"] == self._inward else "out")
        self._minutes.reach(observation.time)
        return []

    def close(self, time: float) -> list[Candidate]:
        return self._crossings.close(time)

    def counts(self, *, over: bool = False) -> list[Counter]:
        return self._minutes.take(over=over)


class ZoneCount:
    """Counts visits and seconds of presence in a zone, and where; reports nothing."""

    def __init__(self, rule: CountingRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._states: TrackStates[Stay] = TrackStates(Stay, patience=scene.patience)
        self._minutes = MinuteCounter(scene.writer.camera, scene.writer.rule)
        self._now = float("-inf")
        self.rule = scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        before, self._now = self._now, max(self._now, observation.time)
        if self._now - before <= GAP:
            self._minutes.span(before, self._now, "watched")
        if observation.held:
            held = self._states.hold(track_numbers(observation), self._now)
            self._count([entry.state for entry in held if entry.state.debounced.inside])
        else:
            self._look(observation)
        return []

    def close(self, time: float) -> list[Candidate]:
        self._states.clear()
        return []

    def counts(self, *, over: bool = False) -> list[Counter]:
        return self._minutes.take(over=over)

    def _look(self, observation: Observation) -> None:
        seen = self._scene.views.view(observation, self._rule, self._now)
        changes = self._states.look(seen, self._now)
        inside = (seen.counts & seen.inside(self._scene.polygon)).tolist()
        rows, counted = zip(changes.present, seen.samples, seen.feet.tolist(), inside, strict=True), []
        for entry, sample, (x, y), within in rows:
            stay = entry.state
            if not within:
                stay.debounced.leave(self._rule.inertia, missing=False)
                if not stay.debounced.confirmed:
                    stay.counted = None
                continue
            stay.foot = (x, y)
            stay.debounced.enter(sample, self._rule.inertia)
            if stay.debounced.confirmed:
                counted.append(stay)
        self._count(counted)

    def _count(self, stays: Sequence[Stay]) -> None:
        """Count presence up to now; with the first look that is sure of it, the visit."""
        spans: dict[float, dict[str, float]] = {}
        (columns, rows), heat = GRID, self._rule.heat
        for stay in stays:
            if stay.counted is None:
                stay.counted = stay.debounced.since
                self._minutes.add(stay.debounced.since, "visits")
            sums = spans.get(stay.counted)
            if sums is None:
                sums = spans[stay.counted] = defaultdict(float)
            sums["dwell"] += 1
            if heat:
                x, y = stay.foot
                sums[CELLS[min(int(x * columns), columns - 1)][min(int(y * rows), rows - 1)]] += 1
            stay.counted = self._now
        for since, sums in spans.items():
            self._minutes.spans(since, self._now, sums)


def counting(rule: CountingRule, scene: Scene) -> LineCount | ZoneCount:
    """What counts at the rule's line or zone."""
    return LineCount(rule, scene) if rule.line is not None else ZoneCount(rule, scene)
