"""Lone worker: somebody is alone in a zone where nobody may be alone for long.

The definition is that of guidance on lone working (Health and Safety Executive, INDG73, "Protecting lone workers"):
whoever works by themselves without close or direct supervision. To a camera, alone is who is the only one in the
zone.
"""

from dataclasses import dataclass

import numpy as np

from secondsight.behaviour.presence import DOUBTFUL, HOLDS, OVER, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import LoneWorkerRule

INERTIA = 3
LINGER = 1.5
"""Seconds for which somebody unseen is still there: two who work together hide each other."""


@dataclass(slots=True)
class Worker:
    """One person.

    Attributes:
        there: when it was in the zone last.
        company: since when somebody else is there, None while nobody is; `accompanied`: for how many seconds.
    """

    there: float = float("-inf")
    company: float | None = None
    accompanied: float = 0.0

    def meet(self, time: float, within: bool, others: list[float]) -> None:
        """Take the next look; `others` is when each of the others there was seen last."""
        if within:
            self.there = time
        if not others:
            self.company, self.accompanied = None, 0.0
            return
        if self.company is None:
            self.company = time
        self.accompanied = max(others) - self.company


def lone_worker(rule: LoneWorkerRule, scene: Scene) -> Watch[Worker]:
    """Reports whoever is alone in the zone for `duration`, and again when that is over."""
    # When each person was in the zone last; those out of sight for long are dropped.
    there: dict[int, float] = {}

    def judge(look: Look[Worker]) -> Answers:
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        for number, within in zip(look.seen.ids, inside, strict=True):
            if within:
                there[number] = look.time
            else:
                there.pop(number, None)
        for number in [number for number, last in there.items() if look.time - last > LINGER]:
            del there[number]
        answers = []
        for worker, number, within in zip(look.memories, look.seen.ids, inside, strict=True):
            others = [last for other, last in there.items() if other != number]
            worker.meet(look.time, within, others)
            if worker.accompanied >= rule.company or look.time - worker.there > LINGER:
                answers.append(OVER)
            else:
                answers.append(DOUBTFUL if others or not within else HOLDS)
        return np.array(answers, dtype=np.int8)

    return Watch(rule, scene, judge, Worker, inertia=INERTIA, dwell=rule.duration, patient=True)
