"""Climbing: a person goes over a barrier: feet leave the ground on one side of it and come down on the other.

Nobody passes a barrier on foot, so the path of the box must cross its line; and on the way the box rises
above the straight way from side to side. Yu and Aggarwal ("Detection of fence climbing from monocular video",
ICPR 2006) follow a climber's silhouette through walking, climbing up, crossing over and dropping down; here
that is reduced to the two edges of the box. The head counts as the feet do: a solid barrier hides feet.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.evidence import CandidateEvidence
from secondsight.behaviour.signals.views import TrackSample
from secondsight.behaviour.spatial.geometry import crossing, signed_distance
from secondsight.behaviour.state.track_state import TrackState, TrackStates
from secondsight.config import Name, ObjectRule, Positive
from secondsight.records import Candidate, Observation, Severity, iou


class ClimbingRule(ObjectRule):
    """A person climbs over a barrier.

    Attributes:
        line: line along the barrier's foot; both directions count.
        rise: minimum height of the feet on their way over it, above the straight way from side to side, in the
            person's own height.
        clear: distance beyond the line, in the person's own height, at which a side is reached.
    """

    behaviour: Literal["climbing"]
    severity: Severity = Severity.HIGH
    line: Name
    rise: Positive = 0.15
    clear: Positive = 0.12

    def make(self, scene: Scene) -> Behaviour:
        return Climbing(self, scene)


BEFORE = 3.0
"""Seconds before the line is crossed for which the way over it is looked at."""
RUN_UP = 0.5
"""Seconds before the line is crossed until which a person may still walk up to it, and not straight."""
SAME = 0.3
"""Minimum overlap of a new track's box with another's for them to be one person: climbers are lost and found."""
NEAR = 0.6
"""So near, in heights, to a person who is on the way over a new track is the same person: a detector knows few who
climb, and boxes them badly."""
UNKNOWN = (np.nan, np.nan)
AFTER = 3.0
"""Seconds after the line was crossed in which a person must come down."""


@dataclass(slots=True)
class ClimbTrace:
    """One person's way of the last seconds.

    Attributes:
        past: (sample, x of the foot, y of the foot, y of the head), lengths in picture heights.
        side: on which the person was last, clear of the line: -1, 1, or 0 before that is known.
        crossed: when the path went through the line, while it is not known yet whether by climbing.
        highest: rise of the last way over the line, in own heights.
        box: where the person was seen last, relative corners.
    """

    past: deque[tuple[TrackSample, float, float, float]] = field(default_factory=deque)
    side: int = 0
    crossed: float | None = None
    highest: float = 0.0
    silent_until: float = float("-inf")
    box: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)

    def step(self, seen: TrackSample, x: float, foot: float, head: float, through: bool) -> None:
        """Take the next look; `through` says whether the step led through the line."""
        while self.past and seen.time - self.past[0][0].time > BEFORE + AFTER:
            self.past.popleft()
        self.past.append((seen, x, foot, head))
        if through:
            self.crossed = seen.time

    def settle(self, side: int, time: float, rise: float) -> bool:
        """Where the person is now: `side`, or 0 too near to the line to tell. Whether it has just come over it."""
        over = False
        if self.crossed is not None and self.side:
            if time - self.crossed > AFTER:
                self.crossed = None
            elif side == -self.side:
                self.highest = self._rise(self.crossed)
                over = self.highest >= rise
        if over:
            self.crossed = None
        if side and self.crossed is None:
            self.side = side
        return over

    def _rise(self, crossed: float) -> float:
        """The greatest rise of the way since any moment from BEFORE to RUN_UP seconds before the line was crossed."""
        path = [one for one in self.past if one[0].time >= crossed - BEFORE]
        starts = [i for i, one in enumerate(path) if one[0].time <= crossed - RUN_UP] or [0]
        return max(_rise(path[i:]) for i in starts)

    def follow(self, other: "ClimbTrace") -> None:
        """Go on with what is known of a person who turns out to be the same person."""
        self.past, self.side, self.crossed = deque(other.past), other.side, other.crossed


class Climbing:
    """Reports everybody who climbed over the line, once it is certain; both reports of a candidate come at once."""

    def __init__(self, rule: ClimbingRule, scene: Scene) -> None:
        assert scene.segment is not None
        self._rule, self._writer, self._segment = rule, scene.writer, scene.segment
        self._views = scene.views
        self._states: TrackStates[ClimbTrace] = TrackStates(ClimbTrace, patience=scene.patience)
        self._now = float("-inf")

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        if observation.held:
            return []
        self._now = time = max(self._now, observation.time)
        seen = self._views.view(observation, self._rule, time)
        changes = self._states.look(seen, time)
        entries = changes.present
        ways = [entry.state for entry in entries]
        for way, corners in zip(ways, seen.corners, strict=True):
            way.box = corners
        _recognise(ways, [*ways, *(entry.state for entry in changes.missing)])
        scale = np.array((observation.width / max(observation.height, 1), 1.0))
        start, end = self._segment * scale
        feet, heads = seen.feet * scale, seen.boxes[:, 1]
        last = [way.past[-1][1:3] if way.past else UNKNOWN for way in ways]
        through = ~np.isnan(crossing(np.array(last).reshape(-1, 2), feet, start, end))
        away = signed_distance(feet, start, end) / np.maximum(feet[:, 1] - heads, 1e-3)
        rows = zip(
            entries,
            seen.samples,
            seen.counts.tolist(),
            feet.tolist(),
            heads.tolist(),
            through.tolist(),
            away.tolist(),
            strict=True,
        )
        reports: list[Candidate] = []
        for entry, sample, counts, (x, foot), head, hit, far in rows:
            if counts:
                entry.state.step(sample, x, foot, head, hit)
                side = 0 if abs(far) < self._rule.clear else 1 if far > 0 else -1
                if entry.state.settle(side, time, self._rule.rise):
                    reports += self._report(entry, observation.epoch)
                    for other in ways:
                        if other.crossed is not None and _likeness(other, entry.state) >= SAME:
                            other.crossed = None  # the same person's other track
        return reports

    def close(self, time: float) -> list[Candidate]:
        self._states.clear()
        return []

    def _report(self, entry: TrackState[ClimbTrace], epoch: int) -> list[Candidate]:
        way, time = entry.state, self._now
        if time < way.silent_until:
            return []
        way.silent_until = time + self._rule.cooldown
        evidence = CandidateEvidence()
        for sample, *_ in way.past:
            evidence.add(sample)
        start = way.past[0][0].time
        extra = {"rise": way.highest, "duration": time - start}
        return [
            self._writer.candidate(epoch, entry.numbers, start, time, evidence, end=over, extra=extra)
            for over in (None, time)
        ]


def _recognise(ways: list[ClimbTrace], known: list[ClimbTrace]) -> None:
    """Let tracks that have not been clear of the line yet go on where another one is or was a moment ago."""
    for way in ways:
        if not way.side:
            best = max(
                (other for other in known if other.past and other is not way),
                key=lambda other: _likeness(other, way),
                default=None,
            )
            if best is not None and _likeness(best, way) >= SAME:
                way.follow(best)


def _likeness(known: ClimbTrace, new: ClimbTrace) -> float:
    """The overlap of two tracks' boxes; 1 where a person on the way over is near."""
    _, top, _, foot = known.box
    x, y = (abs(known.box[i] + known.box[i + 2] - new.box[i] - new.box[i + 2]) / 2 for i in (0, 1))
    if known.crossed is not None and max(x, y) <= NEAR * (foot - top):
        return 1.0
    return iou(known.box, new.box)


def _rise(path: list[tuple[TrackSample, float, float, float]]) -> float:
    """How far the feet or the head of a path rise above the straight way from its beginning to its end, in heights.

    A way up the picture may lead away from the camera, so there only what is above both ends is a rise.
    """
    (_, x0, foot0, head0), (_, x1, foot1, head1) = path[0], path[-1]
    height = max((foot0 - head0 + foot1 - head1) / 2, 1e-3)
    across = abs(x1 - x0) >= max(abs(foot1 - foot0), 1e-6)
    highest = 0.0
    for _, x, foot, head in path[1:-1]:
        share = min(max((x - x0) / (x1 - x0), 0.0), 1.0) if across else 0.0
        for one, other, here in ((foot0, foot1, foot), (head0, head1, head)):
            ground = one + (other - one) * share if across else min(one, other)
            highest = max(highest, ground - here)
    return highest / height
