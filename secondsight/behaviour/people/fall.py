"""Fall: a person who stood goes down fast and stays down.

From the box alone, after the bounding-box methods surveyed by Mubashir, Shao and Seed ("A survey on fall detection:
principles and approaches", Neurocomputing 100, 2013): the box becomes low for its person, its top edge, the head,
comes down fast, and both lasts. Lengths are measured in the person's own standing height, so that distance to the
camera does not matter. Quick crouching looks the same, and is meant to: the second look tells them apart. Where a
pose model has looked, the torso decides: who crouches or sits keeps it upright, and who falls towards the camera lies
even though the box stays tall.

Where key points were seen for a while, a network says what each person does (`Observation.postures`), and it alone
decides: a fall, then lying. No box is asked then, so what a detector calls the person who lies plays no part.

Trackers lose people who go down, because the box changes its shape at once, and detectors are unsure of people who
lie. So a box counts for as long as its track was a person a moment ago; and a wide box that comes up where a person
standing was lost, or has just gone down, is that a person.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.pose import LYING, UPRIGHT, torso
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.config import Duration, Fraction, Name, ObjectRule, Positive
from secondsight.records import Posture, Severity


class FallRule(ObjectRule):
    """A person who stood goes down fast and stays down.

    Attributes:
        low_height: height of the box, as a share of the person's own standing height, below which a person is down.
        speed: minimum speed of the head on its way down, in own standing heights per second.
        stillness: minimum seconds on the ground.
        pose: name of a second-stage model of poses; where it sees a person, the trunk decides who lies.
    """

    renamed: ClassVar[Mapping[str, str]] = {"low": "low_height"}
    judges_postures: ClassVar[bool] = True

    behaviour: Literal["fall"]
    severity: Severity = Severity.HIGH
    zone: Name
    low_height: Annotated[Fraction, Field(gt=0)] = 0.65
    speed: Positive = 0.3
    stillness: Duration = 2.0
    pose: Name | None = None

    def make(self, scene: Scene) -> Behaviour:
        return fall(self, scene)


INERTIA = 2
WINDOW = 2.5
"""Seconds of the past that tell where the head was: a fall takes less than 1.5."""
MEMORY = 5.0
"""Seconds of the past that tell how tall a person is: who goes down slowly must not shrink in the meantime."""
STEADY = 0.1
"""Rise of the head, in standing heights, that is still the height from which it fell: walkers bob by less."""
RISEN = 0.15
"""Share of the standing height above `low_height` at which a person is up again."""
FLAT = 1.2
"""A box wider than this many of its heights is that of a person who lies across, however tall it is."""
LEAST_DROP = 0.25
"""Way of the head, in standing heights, below which nobody has fallen: the box only got wider or narrower."""
EDGE = 0.01
"""Nearer to an edge of the picture, in its heights and widths, a box may be cut off there."""
ACROSS = 0.6
"""Width, in standing heights, of a box cut off at an edge that shows a person lying: who walks out of the picture
gets lower, but no wider than with a step, about 0.4 (Winter 2009: strides of 0.8 heights)."""
LEAST = 1e-6
"""A box lower than this, in picture heights, tells nothing: trackers can give such, and nobody's height is none."""
STICKY = 3.0
"""Seconds for which a track is still a person, though looks are unsure of it or show something else."""
SURE, FALLS = 0.5, 0.4
"""Least probability, from the key points, that a person is up, and that a person falls (`training.postures`)."""
SINCE = 3.0
"""Seconds after falling within which who lies has fallen: key points are lost and found again on the way."""
LOST = 8.0
"""Seconds for which a person who was lost standing may be found lying: passers-by hide who lies."""
ASIDE = 1.0
"""Distance of the feet from where a person was lost, in standing heights: who falls measures no more."""


@dataclass(slots=True)
class FallState:
    """One person: (time, top, height) in the last seconds, and whether it went down. Tops are in picture heights,
    heights in those of people who stand at that place: who comes nearer gets taller.

    Attributes:
        tallest: of the heights in the last seconds.
        standing: own standing height at the time of going down, picture heights.
        down: whether it went down and has not risen.
        speed: of the head on its way down, in standing heights per second.
        inside: when it was seen in the zone last. counted: when a look was sure of it.
        at: where the feet were seen last, in picture heights, and when.
        fell: when the key points showed it falling last.
    """

    past: deque[tuple[float, float, float]] = field(default_factory=deque)
    tallest: float = 0.0
    standing: float = 0.0
    down: bool = False
    speed: float = 0.0
    inside: float = float("-inf")
    counted: float = float("-inf")
    at: tuple[float, float, float] = (0.0, 0.0, float("-inf"))
    fell: float = float("-inf")

    def told(self, time: float, posture: Posture, *, cut: bool = False) -> bool:
        """Take what the key points say, and whether an edge of the picture may cut the person off, so that only one
        who is seen lying has fallen; whether a person is down after a fall.
        """
        if posture.falling >= FALLS:
            self.fell = time
        upright = posture.normal + posture.rising >= SURE
        fallen = time - self.fell <= SINCE and (posture.lying >= SURE or not cut)
        self.down = not upright and (self.down or fallen)
        return self.down

    def step(
        self,
        time: float,
        top: float,
        height: float,
        width: float,
        usual: float,
        rule: FallRule,
        pose: int | None = None,
        *,
        cut: bool = False,
    ) -> bool:
        """Take the next look at a box where people are `usual` high, with what the pose says of the torso, and
        whether an edge of the picture may cut it off; whether a person is down after a fall.
        """
        while self.past and time - self.past[0][0] > MEMORY:
            if self.past.popleft()[2] == self.tallest:
                self.tallest = max((known for _, _, known in self.past), default=0.0)
        flat = width >= FLAT * height or pose == LYING
        if self.down:
            self.down = flat or (pose != UPRIGHT and height <= (rule.low_height + RISEN) * self.standing)
        elif self.past and pose != UPRIGHT:
            self._try_fall(time, top, height, width if cut else math.inf, usual, flat, rule)
        if not self.down:
            self.tallest = max(self.tallest, height / usual) if self.past else height / usual
            self.past.append((time, top, height / usual))
        return self.down

    def _try_fall(
        self, time: float, top: float, height: float, width: float, usual: float, flat: bool, rule: FallRule
    ) -> None:
        if not flat and height > rule.low_height * self.tallest * usual:
            return  # nobody so tall is down
        heights = sorted(known for _, _, known in self.past)
        standing = heights[int(0.8 * (len(heights) - 1))] * usual
        if width < ACROSS * standing:
            return  # it leaves the picture
        recent = [(at, known) for at, known, _ in self.past if time - at <= WINDOW]
        highest = min((known for _, known in recent), default=top)
        began, head = max(
            ((at, known) for at, known in recent if known <= highest + STEADY * standing), default=(time, top)
        )
        drop = (top - head) / standing
        speed = drop / max(time - began, 1e-3)
        if drop >= LEAST_DROP and speed >= rule.speed and (flat or height <= rule.low_height * standing):
            self.fall(standing, speed)

    def fall(self, standing: float, speed: float) -> None:
        """It went down, from this height at this speed."""
        self.down, self.standing, self.speed = True, standing, speed
        self.past.clear()


def fall(rule: FallRule, scene: Scene) -> ObjectMonitor[FallState]:
    """Reports everybody who fell in the zone and stays down for `stillness`, and again when that is over."""
    people: dict[int, FallState] = {}
    keyed = False

    def judge(look: LookContext[FallState]) -> TrackAnswers:
        nonlocal keyed
        keyed = keyed or bool(look.observation.postures)
        seen, time, aspect = look.seen, look.time, look.aspect
        scene.perspective.learn(look.observation)
        for number in people.keys() - seen.numbers:
            if time - people[number].at[2] > LOST:
                del people[number]
        inside = (seen.counts & seen.inside(scene.polygon)).tolist()
        answers = []
        poses, postures, usual = look.observation.poses, look.observation.postures, scene.perspective.tall
        rows = zip(look.memories, seen.ids, seen.corners, seen.counts.tolist(), inside, strict=True)
        for posture, number, (x1, y1, x2, y2), counts, within in rows:
            points = poses.get(number)
            pose = None if points is None else torso(points, aspect)
            wide, tall = (x2 - x1) * aspect, y2 - y1
            if tall < LEAST:
                answers.append(UNCERTAIN)
                continue
            at = (x1 + x2) / 2 * aspect, y2, time
            new = not (keyed or posture.past or posture.down)
            if new and pose != UPRIGHT and wide >= FLAT * tall:
                known = [one for other, one in people.items() if one.down or other not in seen.numbers]
                _found_again(known, posture, at, y1)
            posture.at, people[number] = at, posture
            posture.inside = time if within else posture.inside
            posture.counted = time if counts else posture.counted
            # Who falls out of the zone has fallen in it.
            near = posture.down or time - posture.inside <= WINDOW
            sure = time - posture.counted <= STICKY
            told = postures.get(number)
            cut = min(x1, y1, 1 - x2, 1 - y2) < EDGE
            if told is not None:
                fallen = posture.told(time, told, cut=cut) and near
            elif keyed:
                fallen = posture.down  # its key points are not known for long enough
            else:
                fallen = sure and near and posture.step(time, y1, tall, wide, usual(y2), rule, pose, cut=cut)
            answers.append(HOLDS if fallen else UNCERTAIN)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(
        rule,
        scene,
        judge,
        FallState,
        inertia=INERTIA,
        dwell=rule.stillness,
        scores=lambda one: {"speed": one.speed},
    )


def _found_again(
    known: Sequence[FallState], found: FallState, at: tuple[float, float, float], top: float
) -> None:
    """Take a new box that lies for a person who went down at its place, or was lost standing there, if there
    is one."""
    x, y, time = at
    for one in known:
        then_x, then_y, then = one.at
        if one.down and math.hypot(x - then_x, y - then_y) <= ASIDE * one.standing:
            found.inside, found.counted = time, time
            found.fall(one.standing, one.speed)
            return
        if one.down or not one.past:
            continue
        _, head, _ = one.past[-1]
        standing = then_y - head
        if standing < LEAST:
            continue  # it went up the picture outside of the zone
        drop = (top - head) / standing
        if drop >= LEAST_DROP and math.hypot(x - then_x, y - then_y) <= ASIDE * standing:
            found.inside, found.counted = time, time
            found.fall(standing, drop / max(time - then, 1e-3))
            one.past.clear()
            return
