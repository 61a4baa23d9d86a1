"""Two rules of the chaos run: one says what it reported, one floods."""

import os
import time
from pathlib import Path
from typing import Literal

from secondsight.behaviour.signals.evidence import CandidateEvidence
from secondsight.behaviour.signals.views import TrackSample
from secondsight.behaviour.zones.intrusion import IntrusionRule
from secondsight.config import Name, RuleBase

FOLDER = Path(os.environ["CHAOS_FOLDER"])
PER_LOOK = 40


class WitnessedRule(IntrusionRule):
    """Intrusion that writes down what it reports, before anybody else knows of it."""

    behaviour: Literal["witnessed"]  # type: ignore[assignment]

    def make(self, scene):
        return Witnessed(super().make(scene))


class Witnessed:
    def __init__(self, behaviour):
        self._behaviour, self.rule = behaviour, behaviour.rule

    def update(self, observation):
        return self._noted(self._behaviour.update(observation))

    def close(self, time):
        return self._noted(self._behaviour.close(time))

    def _noted(self, candidates):
        for one in candidates:
            if one.end is None:
                with (FOLDER / "reported").open("a") as file:
                    file.write(f"{time.monotonic()} {one.camera} {one.id}\n")
        return candidates


class FloodRule(RuleBase):
    """Reports dozens of candidates a look while a file says so."""

    behaviour: Literal["flood"]
    zone: Name

    def make(self, scene):
        return Flood(scene)


class Flood:
    def __init__(self, scene):
        self._writer, self.rule, self._number = scene.writer, scene.writer.rule, 1_000_000

    def update(self, observation):
        if not (FOLDER / "flood").exists():
            return []
        evidence = CandidateEvidence()
        evidence.add(TrackSample(time=observation.time, confidence=0.9, area=0.1, whole=True, label="person"))
        found, now = [], observation.time
        for _ in range(PER_LOOK):
            self._number += 1
            arguments = (observation.epoch, [self._number], now, now, evidence)
            found += [
                self._writer.candidate(*arguments, extra={}),
                self._writer.candidate(*arguments, end=now, extra={}),
            ]
        return found

    def close(self, time):
        return []
