"""Lone worker: a person is alone in a zone where nobody may be alone for long.

The definition is that of guidance on lone working (Health and Safety Executive, INDG73, "Protecting lone workers"):
people who work by themselves without close or direct supervision. To a camera, alone is who is the only one in the
zone.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import (
    ENDED,
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.config import Name, ObjectRule, Timespan
from secondsight.records import iou


class LoneWorkerRule(ObjectRule):
    """A person is alone in a zone.

    Attributes:
        duration: minimum seconds alone.
        company: seconds that a second person must stay to end it.
    """

    behaviour: Literal["lone_worker"]
    zone: Name
    duration: Timespan = 60.0
    company: Timespan = 2.0

    def make(self, scene: Scene) -> Behaviour:
        return lone_worker(self, scene)


INERTIA = 3
LINGER = 1.5
"""Seconds for which a person unseen is still there: two who work together hide each other."""
STICKY = 10.0
"""Seconds for which a track is still a person that looks show with little confidence or as something else: people who
bend over their work look like that."""
SAME = 0.25
"""Minimum overlap for a track that is shown as something else to be the person whom another track shows."""
MOVED = 0.25
"""Shift of an edge of the box since it was seen first, in its heights, by which a person is known to be alive."""
SURE = 0.6
"""Confidence of a look that shows a second person for the next `STICKY` seconds: people reach it every few
looks. What a detector takes for a person hardly does, nor what a track clings to when its person has gone."""
FRESH = 15.0
"""Seconds for which a person counts as a second person without having moved: what a detector takes for a
person on a machine never does."""


@dataclass(slots=True)
class Worker:
    """One person.

    Attributes:
        first: the box in the first look, at `since`; `moves` says whether it has shifted since then.
        sure: when a look showed a person without doubt last.
        counted: when a look showed a person last. there: when that was in the zone.
        joined: since when another person is there, None while nobody is; `accompanied`: for how many seconds.
    """

    first: tuple[float, ...] | None = None
    since: float = 0.0
    moves: bool = False
    sure: float = float("-inf")
    counted: float = float("-inf")
    there: float = float("-inf")
    joined: float | None = None
    accompanied: float = 0.0

    def see(
        self,
        time: float,
        box: tuple[float, ...],
        aspect: float,
        confidence: float,
        counts: bool,
        inside: bool,
    ) -> bool:
        """Take the next look. Whether it shows a person in the zone who counts as a second person."""
        if self.first is None:
            self.first, self.since = box, time
        if not self.moves:
            height = max(self.first[3] - self.first[1], 1e-3)
            x1, y1, x2, y2 = (abs(one - other) for one, other in zip(box, self.first, strict=True))
            self.moves = max(y1, y2, aspect * x1, aspect * x2) >= MOVED * height
        self.sure = time if counts and confidence >= SURE else self.sure
        self.counted = time if counts else self.counted
        within = inside and time - self.counted <= STICKY
        self.there = time if within else self.there
        return within and time - self.sure <= STICKY and (self.moves or time - self.since <= FRESH)

    def meet(self, time: float, others: list[float]) -> None:
        """Take note of when each of the others in the zone was seen last."""
        if not others:
            self.joined, self.accompanied = None, 0.0
            return
        if self.joined is None:
            self.joined = time
        self.accompanied = max(others) - self.joined


def lone_worker(rule: LoneWorkerRule, scene: Scene) -> ObjectMonitor[Worker]:
    """Reports everybody who is alone in the zone for `duration`, and again when that is over."""
    # When each person was in the zone last; those out of sight for long are dropped.
    there: dict[int, float] = {}

    def judge(look: LookContext[Worker]) -> TrackAnswers:
        aspect = look.aspect
        seen, inside = look.seen, look.seen.inside(scene.polygon).tolist()
        counting, samples = seen.counts.tolist(), seen.samples
        rows = zip(look.memories, seen.ids, seen.corners, samples, counting, inside, strict=True)
        people = [box for box, counts in zip(seen.corners, counting, strict=True) if counts]
        for worker, number, box, sample, counts, within in rows:
            seconds = worker.see(look.time, box, aspect, sample.confidence, counts, within)
            if seconds and (counts or not any(iou(box, other) >= SAME for other in people)):
                there[number] = look.time
            elif counts or seconds:
                there.pop(number, None)
        for number in [number for number, last in there.items() if look.time - last > LINGER]:
            del there[number]
        answers = []
        for worker, number in zip(look.memories, seen.ids, strict=True):
            others = [last for other, last in there.items() if other != number]
            worker.meet(look.time, others)
            if worker.accompanied >= rule.company or look.time - worker.there > LINGER:
                answers.append(ENDED)
            else:
                answers.append(UNCERTAIN if others or worker.there < look.time else HOLDS)
        return np.array(answers, dtype=np.int8)

    return ObjectMonitor(rule, scene, judge, Worker, inertia=INERTIA, dwell=rule.duration, patient=True)
