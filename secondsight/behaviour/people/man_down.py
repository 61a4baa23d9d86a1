"""Man down: a person lies and does not get up.

Unlike a fall, nobody need have been seen going down; unlike stillness, a person who lies may move. From the
box, which is wide, or low for its person and place, as in the methods surveyed by Mubashir, Shao and Seed ("A survey
on fall detection: principles and approaches", Neurocomputing 100, 2013), and from key points where a pose model
has looked. Where those were seen for a while, a network says who lies (`Observation.postures`). People who lie to
work, under machines, are left out by a zone drawn around those.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from secondsight.behaviour.people.stillness import FLAT, LOW, touching
from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.pose import LYING, UPRIGHT, torso
from secondsight.behaviour.spatial.geometry import Edges
from secondsight.behaviour.state.object_state import (
    ENDED,
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.config import Name, ObjectRule, Timespan
from secondsight.records import Severity


class ManDownRule(ObjectRule):
    """A person lies and does not get up.

    Attributes:
        exclude_zone: zone in which people lie to work, under machines; people who lie there do not count.
        duration: minimum seconds that a person lies.
        pose: name of a second-stage model of poses; where it sees a person, the trunk decides who lies.
    """

    renamed: ClassVar[Mapping[str, str]] = {"machines": "exclude_zone"}

    judges_postures: ClassVar[bool] = True

    behaviour: Literal["man_down"]
    severity: Severity = Severity.HIGH
    zone: Name
    exclude_zone: Name | None = None
    duration: Timespan = 8.0
    pose: Name | None = None

    def make(self, scene: Scene) -> Behaviour:
        return man_down(self, scene)


INERTIA = 3
SURE = 0.5
"""Probability from which a person does what the key points say."""
RISEN = 0.2
"""Share of the tallest box, above LOW, from which a person has got up."""


@dataclass(slots=True)
class LyingState:
    """One person: the tallest box so far, as a share of what people measure at its place, and whether it lies."""

    tallest: float = 0.0
    lies: bool = False

    def step(self, width: float, height: float, usual: float, pose: int | None) -> int:
        """Answer for a look at a box of this size, where people are `usual` high, with what the pose says."""
        width, height = width / usual, height / usual
        self.tallest = max(self.tallest, height)
        flat = height <= FLAT * width
        if pose is not None:
            self.lies = pose == LYING or (flat and pose != UPRIGHT)
        else:
            self.lies = flat or height <= LOW * self.tallest
        if self.lies:
            return HOLDS
        risen = height >= (LOW + RISEN) * self.tallest and not flat
        return ENDED if risen and pose == UPRIGHT else UNCERTAIN


def man_down(rule: ManDownRule, scene: Scene) -> ObjectMonitor[LyingState]:
    """Reports everybody who lies in the zone for `duration`, and again when they are up."""
    zone = Edges.of([scene.polygon])

    keyed = False

    def judge(look: LookContext[LyingState]) -> TrackAnswers:
        nonlocal keyed
        keyed = keyed or bool(look.observation.postures)
        seen = look.seen
        scene.perspective.learn(look.observation)
        sides = ((seen.boxes[:, 2:] - seen.boxes[:, :2]) * (look.aspect, 1.0)).tolist()
        inside = seen.counts & touching(seen, zone, seen.inside(scene.polygon))
        if scene.excluded is not None:
            # A person who lies beside a machine may touch its zone with an end.
            inside &= ~seen.inside(scene.excluded)
        answers = []
        feet = seen.boxes[:, 3].tolist()
        rows = zip(look.memories, seen.ids, sides, feet, inside.tolist(), strict=True)
        poses, tall = look.observation.poses, scene.perspective.tall
        for body, number, (width, height), foot, within in rows:
            pose, posture = poses.get(number), look.observation.postures.get(number)
            trunk = None if pose is None else torso(pose, look.aspect)
            answer = body.step(width, height, tall(foot), trunk)
            if posture is not None:
                answer = HOLDS if posture.lying >= SURE else ENDED if posture.normal >= SURE else UNCERTAIN
            elif keyed:
                answer = UNCERTAIN  # its key points are not known for long enough
            answers.append(answer if within else UNCERTAIN)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(rule, scene, judge, LyingState, inertia=INERTIA, dwell=rule.duration)
