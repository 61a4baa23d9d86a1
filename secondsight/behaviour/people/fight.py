"""Fight: two or more people close to each other, agitated, whose bodies deform by more than people on their way do.

Agitation is the share of a person's box whose brightness changes strongly from look to look: blows move arms through
a good part of the box several times a second, while people who talk or hold each other change little of it. That is a
plain relative of the violent flows of Hassner, Itcher and Kliper-Gross ("Violent flows: real-time detection of
violent crowd behavior", CVPR Workshops 2012), per person. Walkers change as much; they carry head and trunk along
unchanged, though, where the upper bodies of people who fight deform (`signals.deformation`).

Of two entangled bodies a detector often finds one box. It counts for two if it is as wide as two, and agitated more.
"""

import math
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.motion_energy import Motion
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
    duration: Timespan = 1.0

    def make(self, scene: Scene) -> Behaviour:
        return Fights(self, scene)


INERTIA = 2
MEMORY, LATELY = 1.0, 1.4
"""Seconds over which agitation and deformation are averaged: blows come in bursts."""
KNOWN, ENOUGH = 0.55, 3
"""Seconds of a person's past from which agitation and travel are known; looks from which deformation is."""
LEVEL = 0.5
"""People whose feet are farther apart in the picture's vertical, in heights, are one behind the other."""
DEFORMED, RESISTS = 0.24, 0.15
"""Least deformation of who fights, and of whom they fight with, who may lie or hold out. On real clips, five looks a
second, people who stand and talk have up to 0.1, walkers, also those who turn, up to 0.2, people who fight 0.2 to
0.4."""
ALONE, ROOM = 0.15, 0.6
"""Least agitation, and least width in heights, of a box that may be two entangled bodies: one who stands or walks has
a width of 0.3 to 0.5."""
STILL = 0.02
"""Share of a box that changes below which its body is taken not to deform: it need not be sought."""
TRAVEL, STAYS = 0.4, 0.2
"""Own heights per second, net over the last seconds. Healthy adults walk at 0.94 m/s at least (Bohannon and Andrews,
"Normal walking speed: a descriptive meta-analysis", Physiotherapy 97, 2011), 0.55 heights. Brawls move about, too, so
who travels by more than `TRAVEL` must deform as much more. Who is alone, cut off by the picture's edge and travels by
more than `STAYS` comes in, which deforms as well."""
EDGE = 0.01
"""Nearer to an edge of the picture, in its heights and widths, a box may be cut off there."""
WINDOW = 2.0
MET = 0.5
"""Seconds for which two were close at least, of whom one is not seen any more, to have to do with each other."""
TOGETHER = 2.0
"""Seconds for which two stay a pair when one of them is not seen: who fights is often hidden by the other."""
SAME = 0.5
"""Minimum overlap of two boxes for them to be at the same place."""
STICKY = 3.0
"""Seconds for which a track is still a person that looks are unsure of, or show as something else, as they do
entangled bodies."""
MERGED = 10.0
"""Seconds for which they do if what is left stays agitated: a detector takes two entangled bodies for one."""


class _Look(NamedTuple):
    """One look at a person: when, where the feet were in picture heights, the share of the box that changed since the
    look before, what says how much the upper body deformed (None: nothing does), and the box's width in heights."""

    time: float
    x: float
    y: float
    changed: float
    deformed: Callable[[], float | None] | None
    width: float


@dataclass(slots=True)
class Fighter:
    """One person.

    Attributes:
        past: the looks of the last seconds.
        box: as it was last, relative. height: of it, in picture heights.
        partners: when those close by were so first and last, by track number.
        opponents: those of them it fights with.
        alone: whether nobody else is seen to fight.
        counted: when a look showed it as a person last.
    """

    past: deque[_Look] = field(default_factory=deque)
    box: Sequence[float] | None = None
    height: float = 0.0
    partners: dict[int, tuple[float, float]] = field(default_factory=dict)
    opponents: tuple[int, ...] = ()
    alone: bool = True
    counted: float = float("-inf")

    def step(
        self,
        time: float,
        box: Sequence[float],
        aspect: float,
        changed: float,
        deformed: Callable[[], float | None] | None,
    ) -> None:
        """Take the next look."""
        if self.past and time - self.past[-1].time > MEMORY:
            self.past.clear()
        while self.past and time - self.past[0].time > WINDOW:
            self.past.popleft()
        x1, y1, x2, y2 = box
        self.box, self.height = box, y2 - y1
        width = (x2 - x1) * aspect / max(self.height, 1e-3)
        self.past.append(_Look(time, (x1 + x2) / 2 * aspect, y2, changed, deformed, width))

    @property
    def agitation(self) -> float:
        """Mean share of the box that changes from look to look, of late."""
        shares, now = [], self.past[-1].time
        for look in reversed(self.past):
            if now - look.time > MEMORY:
                break
            shares.append(look.changed)
        return _average(shares)

    @property
    def deformation(self) -> float:
        """Mean deformation of the upper body from look to look, of late; 0 until it is known."""
        shares = [
            0.0 if look.changed < STILL else look.deformed()
            for look in self._lately(LATELY)
            if look.deformed is not None
        ]
        known = [share for share in shares if share is not None]
        return _average(known) if len(known) >= ENOUGH else 0.0

    @property
    def width(self) -> float:
        """Mean width of the box, of late, in its heights."""
        return _average([look.width for look in self._lately(LATELY)])

    def began(self) -> float:
        """Since when it has been so: what the means look back on; half of that for one who is alone, who may also
        have done one quick thing."""
        now, first = self.past[-1].time, self._lately(LATELY)[0].time
        return (first + now) / 2 if self.alone else first

    def travel(self) -> float:
        """Net speed in the picture over the last seconds, in own heights per second; infinite until it is known. From
        the mean place in the older half of the past to that in the newer: arms that go out and in shift one box, but
        not the mean of several.
        """
        past = list(self.past)
        if past[-1].time - past[0].time < KNOWN or len(past) < 4:
            return float("inf")
        older, newer = (
            [
                _average(list(column))
                for column in zip(*((look.time, look.x, look.y) for look in half), strict=True)
            ]
            for half in (past[: len(past) // 2], past[len(past) // 2 :])
        )
        way = math.hypot(newer[1] - older[1], newer[2] - older[2])
        return way / max(newer[0] - older[0], 1e-3) / max(self.height, 1e-3)

    def _lately(self, seconds: float) -> list[_Look]:
        return [look for look in self.past if self.past[-1].time - look.time <= seconds]


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


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
        _remember(look, scene.motion, close, rule)
        rows = dict(zip(look.seen.ids, look.memories, strict=True))
        return np.array(
            [
                HOLDS
                if within
                and look.time - one.counted <= STICKY
                and (one.partners or one.width >= ROOM)
                and fights(one, rule)
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
        scores=lambda one: {"agitation": one.agitation, "deformation": one.deformation},
        others=lambda one: one.opponents,
        since=Fighter.began,
    )


def partners(look: LookContext[Fighter], proximity: float) -> NDArray[np.bool_]:
    """Who is close to whom, bool (n, n): centres within `proximity` heights of the taller one, feet at a level.

    Both must count, or one of them and the other be a box at the same place: of two who are entangled a detector is
    sure of one only, and may take the other for something else.
    """
    boxes, counts, rows = look.seen.boxes, look.seen.counts, look.seen.corners
    height = boxes[:, 3] - boxes[:, 1]
    taller = np.maximum(height[:, None], height)
    x, foot = look.aspect * look.seen.feet[:, 0], boxes[:, 3]
    across, along = np.abs(x[:, None] - x), np.abs(foot[:, None] - foot)
    close: NDArray[np.bool_] = (across <= proximity * taller) & (along <= LEVEL * taller)
    if not counts.all():
        for one, other in np.argwhere(close & (counts[:, None] != counts)).tolist():
            close[one, other] = iou(rows[one], rows[other]) >= SAME
        close &= counts[:, None] | counts
    np.fill_diagonal(close, False)
    return close


def _remember(look: LookContext[Fighter], motion: Motion, close: NDArray[np.bool_], rule: FightRule) -> None:
    time, aspect, boxes, ids = look.time, look.aspect, look.seen.boxes, look.seen.ids
    heights = np.maximum(boxes[:, 3] - boxes[:, 1], 1e-3)
    # Only who is with somebody, or may be two in one box, can be seen to fight: the others need not be sought.
    sought = close.any(axis=1) | ((boxes[:, 2] - boxes[:, 0]) * aspect >= ROOM * heights)
    past = [
        one.box if wanted or one.partners else None
        for one, wanted in zip(look.memories, sought.tolist(), strict=True)
    ]
    changed = motion.shares(look.observation, boxes)
    deformed = motion.deformations(look.observation, boxes, past)
    rows = zip(look.memories, look.seen.corners, changed, deformed, look.seen.counts.tolist(), strict=True)
    for one, box, share, shape, counts in rows:
        one.step(time, box, aspect, share, shape)
        one.counted = time if counts else one.counted
    for row, other in np.argwhere(close).tolist():
        met = look.memories[row].partners
        first, _ = met.get(ids[other], (time, time))
        met[ids[other]] = first, time
    apart = set(compress(ids, look.seen.counts))
    for one in look.memories:
        if one.partners:
            _part(one, time, apart, rule)


def _part(one: Fighter, time: float, apart: Collection[int], rule: FightRule) -> None:
    """Forget partners who were not close of late: later if a person who fights may hide them."""
    for number, (_, last) in list(one.partners.items()):
        away = time - last
        if away > TOGETHER and (number in apart or away > MERGED or not fights(one, rule)):
            del one.partners[number]


def _opposed(one: Fighter, rows: Mapping[int, Fighter], rule: FightRule) -> bool:
    """Whether a person who was close a moment ago fights or resists too or, if nobody does, has vanished as if into
    the same box; or whether that box looks like two anyway. Nobody resists where those who are known are calm.
    Remembers who.
    """
    resisting, unknown = [], []
    for number in one.partners:
        other = rows.get(number)
        if other is None or not math.isfinite(other.travel()):
            unknown.append(number)
        elif other.agitation >= rule.agitation and other.deformation >= RESISTS:
            resisting.append(number)
    # A second box of one body lives for a look or two.
    hidden = [number for number in unknown if one.partners[number][1] - one.partners[number][0] >= MET]
    one.opponents, one.alone = tuple(resisting or hidden), not resisting
    return bool(one.opponents) or (len(unknown) == len(one.partners) and _two_in_one(one))


def _two_in_one(one: Fighter) -> bool:
    """Whether a box may be that of two entangled bodies."""
    assert one.box is not None
    x1, y1, x2, y2 = one.box
    cut = min(x1, y1, 1 - x2, 1 - y2) < EDGE
    return one.agitation >= ALONE and one.width >= ROOM and not (cut and one.travel() > STAYS)


def fights(one: Fighter, rule: FightRule) -> bool:
    """Whether a person is agitated and deforms as who fights: who travels, as much more."""
    if one.agitation < rule.agitation or (deformation := one.deformation) < DEFORMED:
        return False  # most people: how far they go need not be known
    return deformation >= DEFORMED * one.travel() / TRAVEL
