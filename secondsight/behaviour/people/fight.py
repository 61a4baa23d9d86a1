"""Fight: two or more people close to each other, agitated and not on their way.

Agitation is the share of a person's box whose brightness changes strongly from look to look: blows move arms through
a good part of the box several times a second, while people who talk or hold each other change little of it. That is a
plain relative of the violent flows of Hassner, Itcher and Kliper-Gross ("Violent flows: real-time detection of
violent crowd behavior", CVPR Workshops 2012), per person. Walkers change as much, but their boxes travel.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.config import Name, ObjectRule, Positive, Timespan
from secondsight.records import Candidate, Observation, Severity, iou


class FightRule(ObjectRule):
    """Two or more close to each other, agitated.

    Attributes:
        proximity: maximum distance of two people's centres, in heights of the taller box.
        agitation: minimum agitation, see docs/behaviours.md.
        duration: minimum seconds that it lasts.
    """

    behaviour: Literal["fight"]
    severity: Severity = Severity.HIGH
    zone: Name
    proximity: Positive = 0.6
    agitation: Positive = 0.12
    duration: Timespan = 1.5

    def make(self, scene: Scene) -> Behaviour:
        return Fights(self, scene)


INERTIA = 2
MEMORY = 1.0
"""Seconds over which agitation is averaged: blows come in bursts."""
KNOWN = 0.75
"""Seconds of a person's past from which agitation and travel are known."""
LEVEL = 0.5
"""People whose feet are farther apart in the picture's vertical, in heights, are one behind the other."""
TRAVEL = 0.2
"""Own heights per second, net over the last seconds, of a person who is on the way. The slowest group of healthy
adults walks at 0.94 m/s (Bohannon and Andrews, "Normal walking speed: a descriptive meta-analysis", Physiotherapy 97,
2011), 0.55 heights; who sets off or turns within these seconds comes to less than half of that."""
FORESHORTENED = 0.38
"""How much of a way towards the camera or away from it the picture shows, up and down: the sine of its tilt, which is
some 22 degrees where a camera 3.5 m up looks at people 8 m away."""
WINDOW = 2.0
TOGETHER = 2.0
"""Seconds for which two stay a pair when one of them is not seen: who fights is often hidden by the other."""
SAME = 0.5
"""Minimum overlap of two boxes for them to be at the same place."""
STICKY = 1.0
"""Seconds for which a track is still a person that looks show as something else, as they do entangled bodies."""
MERGED = 10.0
"""Seconds for which they do if what is left stays agitated: a detector takes two entangled bodies for one."""


@dataclass(slots=True)
class Fighter:
    """One person.

    Attributes:
        past: (time, foot x, foot y, share of the box that changed) of the last seconds, in picture heights.
        height: of its box, in picture heights.
        partners: when those close by were so last, by track number. opponents: those of them it fights with.
        counted: when a look showed it as a person last.
    """

    past: deque[tuple[float, float, float, float]] = field(default_factory=deque)
    height: float = 0.0
    partners: dict[int, float] = field(default_factory=dict)
    opponents: tuple[int, ...] = ()
    counted: float = float("-inf")

    def step(self, time: float, x: float, y: float, height: float, changed: float) -> None:
        """Take the next look; `changed` is the share of the box that changed since the one before."""
        if self.past and time - self.past[-1][0] > MEMORY:
            self.past.clear()
        while self.past and time - self.past[0][0] > WINDOW:
            self.past.popleft()
        self.past.append((time, x, y, changed))
        self.height = height

    @property
    def agitation(self) -> float:
        """Mean share of the box that changes from look to look, of late."""
        now = self.past[-1][0]
        lately = [changed for time, _, _, changed in self.past if now - time <= MEMORY]
        return sum(lately) / len(lately)

    def travel(self) -> float:
        """Net speed over the last seconds, in own heights per second, with ways towards the camera and away from it
        as long as they are; infinite until it is known. From the mean place in the older half of the past to that in
        the newer: arms that go out and in shift one box, but not the mean of several.
        """
        past = list(self.past)
        if past[-1][0] - past[0][0] < KNOWN or len(past) < 4:
            return float("inf")
        older, newer = _mean(past[: len(past) // 2]), _mean(past[len(past) // 2 :])
        way = math.hypot(newer[1] - older[1], (newer[2] - older[2]) / FORESHORTENED)
        return way / max(newer[0] - older[0], 1e-3) / max(self.height, 1e-3)


def _mean(points: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(sum(column) / len(points) for column in zip(*points, strict=True))


class Fights:
    """Reports each group whose members in the zone are agitated for `duration`, once, and again when it is over.

    Everybody who fights is watched for themselves, since tracks come and go where bodies are entangled; who shares a
    partner with a group that has been reported is part of it.
    """

    def __init__(self, rule: FightRule, scene: Scene) -> None:
        self._watch, self._cooldown = _watch(rule, scene), rule.cooldown
        self._open: set[str] = set()
        self._told: dict[int, float] = {}

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._watch.rule

    def update(self, observation: Observation) -> list[Candidate]:
        now = observation.time
        self._told = {number: until for number, until in self._told.items() if until > now}
        return [report for report in self._watch.update(observation) if self._first(report, now)]

    def close(self, time: float) -> list[Candidate]:
        return [report for report in self._watch.close(time) if self._first(report, time)]

    def _first(self, report: Candidate, now: float) -> bool:
        """Whether a report is of a group not reported yet, or ends one that was."""
        mine = report.id in self._open
        numbers = {track.number for track in report.tracks}
        known = bool(numbers & self._told.keys())
        if mine or known or report.end is None:
            self._told |= dict.fromkeys(numbers, now + self._cooldown)
        if report.end is not None:
            self._open.discard(report.id)
            return mine
        if not known:
            self._open.add(report.id)
        return not known


def _watch(rule: FightRule, scene: Scene) -> ObjectMonitor[Fighter]:
    def judge(look: LookContext[Fighter]) -> TrackAnswers:
        inside = look.seen.inside(scene.polygon).tolist()
        close = partners(look, rule.proximity)
        _remember(look, scene.motion.shares(look.observation, look.seen.boxes), close, rule)
        rows = dict(zip(look.seen.ids, look.memories, strict=True))
        return np.array(
            [
                HOLDS
                if within
                and look.time - one.counted <= STICKY
                and _fights(one, rule)
                and _opposed(one, rows, rule)
                else UNCERTAIN
                for one, within in zip(look.memories, inside, strict=True)
            ],
            dtype=np.int8,
        )

    return ObjectMonitor(
        rule,
        scene,
        judge,
        Fighter,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda one: {"agitation": one.agitation},
        others=lambda one: one.opponents,
    )


def partners(look: LookContext[Fighter], proximity: float) -> NDArray[np.bool_]:
    """Who is close to whom, bool (n, n): centres within `proximity` heights of the taller one, feet at a level.

    Both must count, or one of them and the other be a box at the same place: of two who are entangled a detector is
    sure of one only, and may take the other for something else.
    """
    boxes = look.seen.boxes * np.array((look.aspect, 1.0, look.aspect, 1.0))
    height = boxes[:, 3] - boxes[:, 1]
    taller = np.maximum(height[:, None], height)
    across = np.abs(np.subtract.outer(boxes[:, 0] + boxes[:, 2], boxes[:, 0] + boxes[:, 2])) / 2
    along = np.abs(np.subtract.outer(boxes[:, 3], boxes[:, 3]))
    close: NDArray[np.bool_] = (across <= proximity * taller) & (along <= LEVEL * taller)
    counts, rows = look.seen.counts, look.seen.boxes.tolist()
    for one, other in np.argwhere(close & (counts[:, None] != counts)).tolist():
        close[one, other] = iou(rows[one], rows[other]) >= SAME
    close &= counts[:, None] | counts
    np.fill_diagonal(close, False)
    return close


def _remember(
    look: LookContext[Fighter], changed: list[float], close: NDArray[np.bool_], rule: FightRule
) -> None:
    time, boxes = look.time, look.seen.boxes.tolist()
    apart = {
        number for number, counts in zip(look.seen.ids, look.seen.counts.tolist(), strict=True) if counts
    }
    for one, counts in zip(look.memories, look.seen.counts.tolist(), strict=True):
        one.counted = time if counts else one.counted
    for one, (x1, y1, x2, y2), share in zip(look.memories, boxes, changed, strict=True):
        one.step(time, (x1 + x2) / 2 * look.aspect, y2, y2 - y1, share)
    for row, other in np.argwhere(close).tolist():
        look.memories[row].partners[look.seen.ids[other]] = time
    for one in look.memories:
        if not one.partners:
            continue
        patience = MERGED if _fights(one, rule) else TOGETHER
        one.partners = {
            number: met
            for number, met in one.partners.items()
            if time - met <= (TOGETHER if number in apart else patience)
        }


def _opposed(one: Fighter, rows: Mapping[int, Fighter], rule: FightRule) -> bool:
    """Whether a person who was close a moment ago fights too or, if nobody does, has vanished as if into the same box
    or appeared so lately that nothing is known of them. Remembers who.
    """
    fighting, unknown = [], []
    for number in one.partners:
        other = rows.get(number)
        if other is None or not math.isfinite(other.travel()):
            unknown.append(number)
        elif _fights(other, rule):
            fighting.append(number)
    one.opponents = tuple(fighting or unknown)
    return bool(one.opponents)


def _fights(one: Fighter, rule: FightRule) -> bool:
    return one.agitation >= rule.agitation and one.travel() <= TRAVEL
