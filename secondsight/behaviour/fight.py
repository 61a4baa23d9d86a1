"""Fight: two or more people close to each other, agitated and not on their way.

Agitation is the share of a person's box whose brightness changes strongly from look to look: blows move arms through
a good part of the box several times a second, while people who talk or hold each other change little of it. That is a
plain relative of the violent flows of Hassner, Itcher and Kliper-Gross ("Violent flows: real-time detection of
violent crowd behavior", CVPR Workshops 2012), per person. Walkers change as much, but their boxes travel.
"""

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.geometry import inside_polygon
from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import FightRule
from secondsight.records import Frame, Observation

INERTIA = 2
ROWS = 180
"""Brightness is compared at about so many rows: a person of a quarter of the picture then has 45 of them."""
CHANGED = 24
"""Change of brightness, in grey levels, that is movement: above noise and compression, below clothes on a floor."""
MEMORY = 1.0
"""Seconds over which agitation is averaged: blows come in bursts."""
LEVEL = 0.5
"""People whose feet are farther apart in the picture's vertical, in heights, are one behind the other."""
TRAVEL = 0.12
"""Own heights per second, net over the last seconds, from which on somebody is on the way: walkers do 0.75, of which
the picture shows a third where they come towards the camera; those who fight are below 0.06 for half of the time."""
WINDOW = 2.0
TOGETHER = 2.0
"""Seconds for which two stay a pair when one of them is not seen: who fights is often hidden by the other."""


@dataclass(slots=True)
class Fighter:
    """One person.

    Attributes:
        past: (time, foot x, foot y) of the last seconds, in picture heights.
        agitation: mean share of the box that changes from look to look.
        travel: net speed over the last seconds, in own heights per second; infinite until it is known.
        partners: track numbers of those close by, as last seen; since `met`.
        following: until when somebody else's suspicion is about this person too.
    """

    past: deque[tuple[float, float, float]] = field(default_factory=deque)
    agitation: float = 0.0
    travel: float = float("inf")
    partners: tuple[int, ...] = ()
    met: float = float("-inf")
    following: float = float("-inf")

    def step(self, time: float, x: float, y: float, height: float, changed: float) -> None:
        """Take the next look; `changed` is the share of the box that changed since the one before."""
        gap = time - self.past[-1][0] if self.past else 0.0
        if gap > MEMORY:
            self.past.clear()
            self.agitation = 0.0
        elif gap > 0:
            self.agitation += gap / MEMORY * (changed - self.agitation)
        while self.past and time - self.past[0][0] > WINDOW:
            self.past.popleft()
        self.past.append((time, x, y))
        self.travel = self._net_speed() / max(height, 1e-3)

    def _net_speed(self) -> float:
        """From the mean place in the older half of the past to that in the newer: arms that go out and in shift one
        box, but not the mean of several.
        """
        past = list(self.past)
        if past[-1][0] - past[0][0] < WINDOW / 2 or len(past) < 4:
            return float("inf")
        older, newer = _mean(past[: len(past) // 2]), _mean(past[len(past) // 2 :])
        return math.dist(older[1:], newer[1:]) / max(newer[0] - older[0], 1e-3)


def _mean(points: list[tuple[float, float, float]]) -> tuple[float, ...]:
    return tuple(sum(column) / len(points) for column in zip(*points, strict=True))


def fight(rule: FightRule, scene: Scene) -> Watch[Fighter]:
    """Reports each group whose members in the zone are agitated for `duration`, once, and again when it is over."""
    motion = Motion()

    def judge(look: Look[Fighter]) -> Answers:
        inside = (look.seen.counts & inside_polygon(look.seen.feet, scene.polygon)).tolist()
        close = partners(look, rule.proximity)
        changed = motion.shares(look.observation, look.seen.boxes)
        _remember(look, changed, close)
        return np.array(
            [HOLDS if within and _leads(look, row, rule) else DOUBTFUL for row, within in enumerate(inside)],
            dtype=np.int8,
        )

    return Watch(
        rule,
        scene,
        judge,
        Fighter,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda one: {"agitation": one.agitation},
        others=lambda one: one.partners,
    )


def partners(look: Look[Fighter], proximity: float) -> NDArray[np.bool_]:
    """Who is close to whom, bool (n, n): centres within `proximity` heights of the taller one, feet at a level."""
    boxes = look.seen.boxes * np.array((look.aspect, 1.0, look.aspect, 1.0))
    height = boxes[:, 3] - boxes[:, 1]
    taller = np.maximum(height[:, None], height)
    across = np.abs(np.subtract.outer(boxes[:, 0] + boxes[:, 2], boxes[:, 0] + boxes[:, 2])) / 2
    along = np.abs(np.subtract.outer(boxes[:, 3], boxes[:, 3]))
    close: NDArray[np.bool_] = (across <= proximity * taller) & (along <= LEVEL * taller)
    close &= look.seen.counts[:, None] & look.seen.counts
    np.fill_diagonal(close, False)
    return close


def _remember(look: Look[Fighter], changed: list[float], close: NDArray[np.bool_]) -> None:
    boxes = look.seen.boxes.tolist()
    for one, (x1, y1, x2, y2), share, near in zip(look.memories, boxes, changed, close, strict=True):
        one.step(look.time, (x1 + x2) / 2 * look.aspect, y2, y2 - y1, share)
        if near.any():
            one.partners, one.met = tuple(look.seen.ids[row] for row in np.flatnonzero(near)), look.time
        elif look.time - one.met > TOGETHER:
            one.partners = ()


def _leads(look: Look[Fighter], row: int, rule: FightRule) -> bool:
    """Whether this row fights and its suspicion tells of the group: the lowest number that has not told yet."""
    one, time = look.memories[row], look.time
    if not one.partners or one.following > time or not _fights(one, rule):
        return False
    seen = [
        other for number, other in zip(look.seen.ids, look.memories, strict=True) if number in one.partners
    ]
    group = [other for other in seen if _fights(other, rule)]
    if seen and not group:
        return False
    for other in group:
        other.following = time + rule.cooldown
    return True


def _fights(one: Fighter, rule: FightRule) -> bool:
    return one.agitation >= rule.agitation and one.travel <= TRAVEL


class Motion:
    """Compares the brightness of one look with that of the look before; not thread-safe."""

    def __init__(self) -> None:
        self._before: NDArray[np.int16] | None = None

    def shares(self, observation: Observation, boxes: NDArray[np.float64]) -> list[float]:
        """Share 0..1 of each relative box (n, 4) that changed since the last call; 0 where that is not known."""
        frame = observation.frame
        if frame is None:
            return [0.0] * len(boxes)
        now, before = _luma(frame), self._before
        self._before = now
        if before is None or before.shape != now.shape:
            return [0.0] * len(boxes)
        moved = np.abs(now - before)
        # Lamps and exposure change all of the picture, people less than half of it.
        moved -= np.int16(np.median(moved[::4, ::4]))
        rows, columns = now.shape
        shares = []
        for x1, y1, x2, y2 in (boxes * (columns, rows, columns, rows)).tolist():
            part = moved[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1]
            shares.append(float(np.count_nonzero(part > CHANGED) / part.size) if part.size else 0.0)
        return shares


def _luma(frame: Frame) -> NDArray[np.int16]:
    return frame.luma(max(1, frame.height // ROWS)).astype(np.int16)
