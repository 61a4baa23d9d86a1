"""Forbidden operation: a person phones, smokes or does something else that is forbidden here.

What hands do at the head is beyond boxes and colours, so a second-stage model classifies the upper body, and its
votes over the last looks decide, as decisions of still-image action classifiers are pooled over a track (Simonyan and
Zisserman, "Two-stream convolutional networks for action recognition in videos", NeurIPS 2014, average over sampled
frames).
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.config import Fraction, Name, ObjectRule, Timespan, Whole


class ForbiddenOperationRule(ObjectRule):
    """A person does what is forbidden here, such as phoning or smoking, as a second-stage model sees it.

    Attributes:
        attribute: name of the second-stage model that classifies the upper body.
        answers: the model's answers that are forbidden here.
        score: minimum score of a forbidden answer; for another answer, 1 minus its score counts.
        votes: minimum number of looks in the vote.
        duration: minimum seconds that it lasts.
    """

    behaviour: Literal["forbidden_operation"]
    zone: Name
    attribute: Name
    answers: Annotated[tuple[str, ...], Field(min_length=1)] = ("phone", "smoking")
    score: Fraction = 0.4
    votes: Annotated[Whole, Field(ge=1)] = 3
    duration: Timespan = 1.0

    def make(self, scene: Scene) -> Behaviour:
        return forbidden_operation(self, scene)


INERTIA = 2


@dataclass(slots=True)
class Doing:
    """The best score of a forbidden answer so far."""

    best: float = 0.0


def forbidden_operation(rule: ForbiddenOperationRule, scene: Scene) -> ObjectMonitor[Doing]:
    """Reports everybody in the zone whom the model sees doing it for `duration`, and again when that is over."""

    def judge(look: LookContext[Doing]) -> TrackAnswers:
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        answers = []
        for doing, number, within in zip(look.memories, look.seen.ids, inside, strict=True):
            predicted = look.observation.attributes.get(number, {}).get(rule.attribute)
            if not within or predicted is None or predicted.votes < rule.votes:
                answers.append(UNCERTAIN)
                continue
            # Who smokes has the hand at the mouth for moments only: what is left open counts against them.
            score = predicted.score if predicted.label in rule.answers else 1 - predicted.score
            forbidden = score >= rule.score
            doing.best = max(doing.best, score if forbidden else 0.0)
            answers.append(HOLDS if forbidden else UNCERTAIN)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(
        rule,
        scene,
        judge,
        Doing,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda doing: {"attribute": doing.best},
    )
