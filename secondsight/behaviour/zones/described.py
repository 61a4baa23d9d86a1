"""Described: a track, or the scene, looks like words of the site's owner, such as a class that no detector knows.

A model of pictures and words in one space scores it (Radford et al. 2021, "Learning transferable visual models from
natural language supervision", zero-shot classification), what is usual on the camera sets the limit, and the second
look decides.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.views import TrackSample
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.zone_state import ZoneMonitor
from secondsight.config import DescriptionNeeds, Fraction, Name, ObjectRule, Real, Timespan, Whole
from secondsight.records import SCENE, Box, Candidate, Likeness, Observation

INERTIA = 2
_STEEP = 40.0
"""How fast the score of a scene goes from a half to one above the limit: 0.88 at 0.05 above."""


class DescribedRule(ObjectRule):
    """A track, or the scene, looks like what a text describes, more than is usual on the camera.

    Attributes:
        text: what to look for, in the words of a caption.
        of: `tracks`: everything that is tracked in the zone; `scene`: the zone's part of the picture as a whole.
        classes: class names of the detector whose tracks are looked at; none means all.
        false_alarms: share of the usual tracks, or of the usual minutes of a scene, that may be taken for it; the
            limit is learned from as many tracks as this needs.
        limit: score above which it is reported, instead of the learned limit.
        every: time between two looks at one track, or at the scene.
        votes: latest looks that decide together; with fewer nothing is reported.
        duration: minimum time that it lasts.
    """

    behaviour: Literal["described"]
    text: Annotated[str, Field(min_length=1, max_length=300)]
    zone: Name
    of: Literal["tracks", "scene"] = "tracks"
    classes: tuple[str, ...] = ()
    false_alarms: Annotated[Fraction, Field(ge=0.001, le=0.5)] = 0.02
    limit: Annotated[Real, Field(ge=-2, le=2)] | None = None
    every: Timespan = 1.0
    votes: Annotated[Whole, Field(ge=1, le=100)] = 3
    duration: Timespan = 1.0

    @model_validator(mode="before")
    @classmethod
    def _asks_for_it(cls, values: Any) -> Any:
        """The second look is asked for the same words."""
        text = values.get("text") if isinstance(values, dict) else None
        if not isinstance(text, str) or not text.strip() or values.get("question") is not None:
            return values
        quoted = " ".join(text.split()).replace('"', "'")
        if any(character > "\u2e7f" for character in text):
            return {**values, "question": f"画面标记处能否看到下列文字所描述的内容：“{quoted}”？"}
        asked = f'Do the frames show, at the marked place, what these words describe: "{quoted}"?'
        return {**values, "question": asked}

    @property
    def description(self) -> DescriptionNeeds:
        """What it asks of the model that compares pictures with words."""
        words = " ".join(self.text.split())
        return DescriptionNeeds(words, self.of == "scene", self.every, self.votes, self.false_alarms)

    def make(self, scene: Scene) -> Behaviour:
        return DescribedScene(self, scene) if self.of == "scene" else described(self, scene)


@dataclass(slots=True)
class Likest:
    """The best score so far, and the limit then."""

    score: float = -math.inf
    limit: float = 0.0

    def scores(self) -> dict[str, float]:
        return {"likeness": self.score, "limit": self.limit} if math.isfinite(self.score) else {}


def _above(rule: DescribedRule, known: Likeness | None) -> float | None:
    """The limit that a score is above; None if it is not, or nothing can be said."""
    if known is None or known.looks < rule.votes:
        return None
    limit = known.limit if rule.limit is None else rule.limit
    return limit if limit is not None and known.score > limit else None


def described(rule: DescribedRule, scene: Scene) -> ObjectMonitor[Likest]:
    """Reports every track in the zone that looks like the text for `duration`, and again when that is over."""
    name = scene.writer.rule

    def judge(look: LookContext[Likest]) -> TrackAnswers:
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        likeness = look.observation.likeness.get(name, {})
        answers = []
        for likest, number, within in zip(look.memories, look.seen.ids, inside, strict=True):
            known = likeness.get(number)
            limit = _above(rule, known) if within else None
            if known is not None and limit is not None and known.score > likest.score:
                likest.score, likest.limit = known.score, limit
            answers.append(UNCERTAIN if limit is None else HOLDS)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(
        rule, scene, judge, Likest, inertia=INERTIA, dwell=rule.duration, scores=Likest.scores
    )


class DescribedScene:
    """Reports that the zone's part of the picture looks like the text for `duration`, and again when that is over."""

    def __init__(self, rule: DescribedRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._monitor = ZoneMonitor(scene, inertia=INERTIA, duration=rule.duration, cooldown=rule.cooldown)
        (x1, y1), (x2, y2) = scene.polygon.min(axis=0).tolist(), scene.polygon.max(axis=0).tolist()
        self._box = Box(x1, y1, x2, y2)
        self._now, self._epoch = -math.inf, 0

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        self._now, self._epoch = max(self._now, observation.time), observation.epoch
        known = observation.likeness.get(self.rule, {}).get(SCENE)
        limit = _above(self._rule, known)
        if observation.held:
            self._monitor.holds_still(self._now)
        elif known is not None and limit is not None:
            sure = 1 / (1 + math.exp(-_STEEP * (known.score - limit)))
            area = (self._box.x2 - self._box.x1) * (self._box.y2 - self._box.y1)
            scores = {"likeness": known.score, "limit": limit}
            self._monitor.holds(TrackSample(self._now, sure, area, True, "scene"), scores, box=self._box)
        else:
            self._monitor.fails()
        return self._monitor.due(self._now, self._epoch)

    def close(self, time: float) -> list[Candidate]:
        self._monitor.end()
        return self._monitor.due(self._now, self._epoch)
