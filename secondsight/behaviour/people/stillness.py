"""Stillness: a person does not move. A person who lies, sits or stands without moving for long may need help."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.views import TrackView
from secondsight.behaviour.spatial.geometry import Edges
from secondsight.behaviour.state.object_state import UNCERTAIN, LookContext, ObjectMonitor, TrackAnswers
from secondsight.behaviour.state.stationary import RestPosition
from secondsight.config import Name, ObjectRule, Positive, Timespan


class StillnessRule(ObjectRule):
    """A person does not move.

    Attributes:
        duration: minimum seconds without movement.
        tolerance: maximum shift of the centre of a box at rest, in lengths of its longer side.
        lying: whether only people count whose box is wide, or low for their height.
    """

    behaviour: Literal["stillness"]
    zone: Name
    duration: Timespan = 15.0
    tolerance: Positive = 0.15
    lying: bool = False

    def make(self, scene: Scene) -> Behaviour:
        return stillness(self, scene)


INERTIA = 3
FLAT = 1.1
"""A box of at most this height in widths is that of a person who lies across, sits or crouches."""
LOW = 0.65
"""Height, as a share of the tallest box the same person had, below which a person is down."""


@dataclass(slots=True)
class Rest:
    """One person: place of rest, and the tallest box so far in picture heights."""

    anchor: RestPosition = field(default_factory=RestPosition)
    tallest: float = 0.0

    def lies(self, width: float, height: float) -> bool:
        """Whether a box of this size shows a person lying or crouching."""
        self.tallest = max(self.tallest, height)
        return height <= FLAT * width or height <= LOW * self.tallest


def stillness(rule: StillnessRule, scene: Scene) -> ObjectMonitor[Rest]:
    """Reports everybody in the zone who rests (and, if asked for, lies) for `duration`, and when that is over."""
    zone = Edges.of([scene.polygon])

    def judge(look: LookContext[Rest]) -> TrackAnswers:
        seen = look.seen
        aspect, answers = look.aspect, []
        inside = (seen.counts & touching(seen, zone, seen.inside(scene.polygon))).tolist()
        rows = zip(look.memories, seen.corners, inside, strict=True)
        for rest, box, within in rows:
            low = rest.lies((box[2] - box[0]) * aspect, box[3] - box[1])
            answer = rest.anchor.look(box, aspect, rule.tolerance)
            answers.append(answer if within and (low or not rule.lying) else UNCERTAIN)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(rule, scene, judge, Rest, inertia=INERTIA, dwell=rule.duration)


def touching(seen: TrackView, zone: Edges, feet: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows have their feet or an end of their lower edge in a zone, bool (n,): who lies is wide."""
    ends = np.concatenate((seen.boxes[:, [0, 3]], seen.boxes[:, [2, 3]]))
    touch: NDArray[np.bool_] = feet | zone.inside(ends)[0].reshape(2, -1).any(axis=0)
    return touch
