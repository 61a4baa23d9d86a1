"""Line crossing: a person passes a directed, finite segment.

An object is on a side once its bottom centre is farther than the hysteresis from the line. It has crossed
when it settles on the other side and its path last changed sides through the segment, not around its end.
Both conditions follow the path look by look, so jitter on the line counts once and a gap of seconds between
two looks still counts. An object that is lost just beyond the line, before it is clearly there, has crossed too if
it came steadily from as far away as the two sides of the hysteresis are apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.evidence import CandidateEvidence
from secondsight.behaviour.signals.views import TrackSample
from secondsight.behaviour.spatial.geometry import crossing, signed_distance
from secondsight.behaviour.state.track_state import TrackState, TrackStates
from secondsight.config import Fraction, Name, ObjectRule
from secondsight.records import Candidate, FirstSight, Observation


class LineCrossingRule(ObjectRule):
    """A person crosses a directed segment.

    Attributes:
        line: name of a line.
        direction: direction that counts, looking along the line from its first to its second point.
        hysteresis: distance beyond the line at which the other side is reached, as a share of the picture's height.
    """

    only_positions: ClassVar[bool] = True

    behaviour: Literal["line_crossing"]
    line: Name
    direction: Literal["left_to_right", "right_to_left", "any"] = "any"
    hysteresis: Fraction = 0.02

    def make(self, scene: Scene) -> Behaviour:
        return LineCrossing(self, scene)


STEADY = 2
"""Steps in one sense that make a way: a box may jump once."""
_WANTED = {"left_to_right": (1,), "right_to_left": (-1,), "any": (-1, 1)}
"""Sides (-1 left, 1 right) that may be arrived at, by configured direction."""


@dataclass(slots=True)
class LineTrace:
    """One object's way relative to the line.

    Attributes:
        foot: where it stood in the last look that counted, relative.
        left: whether that was left of the line; None before the first.
        side: the side it settled on last: -1 left, 1 right, 0 none yet.
        last: the last look that counted.
        away: distance from the line in that look; < 0 left of it.
        turn: distance from the line at which it last turned towards or away from it.
        steps: looks since then.
        start: the look before its path last changed sides, if that was through the segment.
        evidence: what was seen since `start`.
        silent_until: no new report before this time.
    """

    foot: tuple[float, float] = (0.0, 0.0)
    left: bool | None = None
    side: int = 0
    last: TrackSample | None = None
    away: float = 0.0
    turn: float = 0.0
    steps: int = 0
    start: float | None = None
    evidence: CandidateEvidence = field(default_factory=CandidateEvidence)
    silent_until: float = float("-inf")

    def switch(self, through: bool) -> None:
        """The next step leads to the other side; `through`: by way of the segment."""
        self.start, self.evidence = None, CandidateEvidence()
        if through and self.last is not None:
            self.start = self.last.time
            self.evidence.add(self.last)

    def step(self, sample: TrackSample, foot: tuple[float, float], away: float) -> None:
        """Go on to `foot`, which is `away` from the line."""
        if self.start is not None:
            self.evidence.add(sample)
        if self.left is None:
            self.turn = away
        elif self.steps and (away > self.away) != (self.away > self.turn):
            self.turn, self.steps = self.away, 1
        else:
            self.steps += 1
        self.foot, self.left, self.last, self.away = foot, away < 0, sample, away

    def settle(self, side: int) -> bool:
        """The object is clearly on `side` now. Whether it crossed the segment to get there."""
        crossed = self.side == -side and self.start is not None
        self.side = side
        return crossed


class LineCrossing:
    """Reports every crossing of a segment in a wanted direction.

    A crossing is over as soon as it is certain, so both reports of a candidate come at once.
    """

    def __init__(self, rule: LineCrossingRule, scene: Scene) -> None:
        assert scene.segment is not None
        self._rule, self._writer, self._segment = rule, scene.writer, scene.segment
        self._views = scene.views
        self._states: TrackStates[LineTrace] = TrackStates(LineTrace, patience=scene.patience)
        self._now, self._epoch = float("-inf"), 0

    def update(self, observation: Observation) -> list[Candidate]:
        if observation.held:
            return []
        self._now = time = max(self._now, observation.time)
        self._epoch = observation.epoch
        seen = self._views.view(observation, self._rule, time)
        entries, _, dead = self._states.look(seen, time)
        # Distances are measured in picture heights: relative x and y alone are not at the same scale.
        scale = np.array((observation.width / max(observation.height, 1), 1.0))
        start, end = self._segment * scale
        away_from = signed_distance(seen.feet * scale, start, end).tolist()
        for number, entry, sample in zip(seen.ids, entries, seen.samples, strict=True):
            if number in observation.first and entry.state.left is None:
                self._begin(entry.state, observation.first[number], sample, scale)
        rows = zip(entries, seen.samples, seen.counts.tolist(), seen.feet.tolist(), away_from, strict=True)
        reports = self._lost(dead)
        hysteresis = self._rule.hysteresis
        for entry, sample, counts, (x, y), away in rows:
            if counts:
                walk, foot, left = entry.state, (x, y), away < 0
                if walk.left is not None and walk.left is not left:
                    step = np.array((walk.foot, foot)) * scale
                    walk.switch(not np.isnan(crossing(step[:1], step[1:], start, end)[0]))
                walk.step(sample, foot, away)
                side = 1 if away > 0 else -1
                # Nearly everybody stays on one side, and nothing is new.
                if abs(away) > hysteresis and (side != walk.side or walk.start is not None):
                    reports += self._settle(entry, side, time)
        return reports

    def _begin(
        self, walk: LineTrace, first: FirstSight, sample: TrackSample, scale: NDArray[np.float64]
    ) -> None:
        """Take the first look at an object: it may cross the line before the second."""
        x1, _, x2, foot = first.box
        place = np.array(((x1 + x2) / 2, foot))
        start, end = self._segment * scale
        away = float(signed_distance((place * scale)[None], start, end)[0])
        walk.step(sample._replace(time=first.time), (float(place[0]), foot), away)
        if abs(away) > self._rule.hysteresis:
            walk.side = 1 if away > 0 else -1

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._writer.rule

    def close(self, time: float) -> list[Candidate]:
        return self._lost(self._states.clear())

    def _lost(self, entries: Sequence[TrackState[LineTrace]]) -> list[Candidate]:
        """Crossings of objects that will not come back, and were seen beyond the line but not clearly so."""
        reports: list[Candidate] = []
        for entry in entries:
            walk = entry.state
            steady = walk.steps >= STEADY and abs(walk.away - walk.turn) >= 2 * self._rule.hysteresis
            if walk.start is not None and walk.last is not None and steady:
                reports += self._settle(entry, 1 if walk.away > 0 else -1, walk.last.time)
        return reports

    def _settle(self, entry: TrackState[LineTrace], side: int, time: float) -> list[Candidate]:
        walk = entry.state
        start, evidence = walk.start, walk.evidence
        crossed = walk.settle(side)
        if start is not None:
            walk.start, walk.evidence = None, CandidateEvidence()
        if (
            not crossed
            or start is None
            or side not in _WANTED[self._rule.direction]
            or time < walk.silent_until
        ):
            return []
        walk.silent_until = time + self._rule.cooldown
        extra = {"side": float(side), "duration": time - start}
        reports = []
        for over in (None, time):
            report = self._writer.candidate(
                self._epoch, entry.numbers, start, time, evidence, end=over, extra=extra
            )
            reports.append(report)
        return reports
