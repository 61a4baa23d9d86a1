"""Queue: how many stand and wait in a zone, and for how long.

Who waits stands, or moves up slowly; who only passes by is faster. A wait begins with the first look that shows
a person standing there and ends when they leave the zone or walk on. It is measured on each person, not inferred from
the length, for which the queue would have to be in balance (Little, "A proof for the queuing formula L = lambda W",
Operations Research 9, 1961).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.views import track_numbers
from secondsight.behaviour.state.minute_counts import MinuteCounter
from secondsight.behaviour.state.speed import SpeedEstimator
from secondsight.behaviour.state.track_state import TrackState, TrackStates
from secondsight.behaviour.state.zone_state import ZoneMonitor, together
from secondsight.behaviour.zones.counting import GAP
from secondsight.config import Name, ObjectRule, Positive, Timespan, Whole
from secondsight.records import Candidate, Counter, Observation, Severity


class QueueRule(ObjectRule):
    """A queue is long, or a person waits long in it; it is also counted, per minute.

    Attributes:
        people: minimum number of people in a long queue; null: only the wait decides.
        wait: minimum wait of any one person that is long; without it the number alone decides.
        passing: people faster than this, in metres per second, only pass by and do not wait.
        duration: minimum seconds for which the queue is that long, or the wait.
    """

    behaviour: Literal["queue"]
    severity: Severity = Severity.LOW
    zone: Name
    people: Annotated[Whole, Field(ge=1)] | None = 5
    wait: Timespan | None = None
    passing: Positive = 0.7
    duration: Timespan = 10.0

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.people is None and self.wait is None:
            raise ValueError("queue needs `people`, `wait`, or both")
        return self

    def make(self, scene: Scene) -> Behaviour:
        return Queue(self, scene)


INERTIA = 3
LINGER = 4.0
"""Seconds for which a person who moves or is not seen still waits: queues move up, and people hide each other."""
LEAST = 5.0
"""A shorter stay is no wait, seconds."""


@dataclass(slots=True)
class Waiting:
    """One person: pace, since when it waits, when it was last seen to, and up to when that is counted."""

    pace: SpeedEstimator = field(default_factory=SpeedEstimator)
    since: float | None = None
    stayed: float = float("-inf")
    counted: float = float("-inf")


class Queue:
    """Reports one candidate while the queue is long or slow, and again when it is not; counts always."""

    def __init__(self, rule: QueueRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._states: TrackStates[Waiting] = TrackStates(Waiting, patience=max(scene.patience, LINGER))
        self._monitor = ZoneMonitor(scene, inertia=INERTIA, duration=rule.duration, cooldown=rule.cooldown)
        self._minutes = MinuteCounter(scene.writer.camera, scene.writer.rule)
        self._now = float("-inf")
        self._epoch = 0
        self.rule = scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        before, self._now = self._now, max(self._now, observation.time)
        self._epoch = observation.epoch
        if self._now - before <= GAP:
            self._minutes.span(before, self._now, "queue_watched")
        if observation.held:
            for entry in self._states.hold(track_numbers(observation), self._now):
                if entry.state.since is not None:
                    self._wait(entry.state)
            self._monitor.holds_still(self._now)
        else:
            self._look(observation)
        return self._monitor.due(self._now, self._epoch)

    def close(self, time: float) -> list[Candidate]:
        for entry in self._states.clear():
            self._leave(entry.state)
        self._monitor.end()
        return self._monitor.due(self._now, self._epoch)

    def counts(self, *, over: bool = False) -> list[Counter]:
        return self._minutes.take(over=over)

    def _look(self, observation: Observation) -> None:
        seen = self._scene.views.view(observation, self._rule, self._now)
        plane = self._scene.plane(observation)
        changes = self._states.look(seen, self._now)
        inside = (seen.counts & seen.inside(self._scene.polygon)).tolist()
        for entry, (x, y), within in zip(changes.present, seen.feet.tolist(), inside, strict=True):
            one = entry.state
            one.pace.step(self._now, *plane.metres(x, y))
            if within and one.pace.known and one.pace.speed <= self._rule.passing:
                self._wait(one)
        for entry in (*changes.present, *changes.missing, *changes.dead):
            if self._now - entry.state.stayed > LINGER:
                self._leave(entry.state)
        there = [one for one in (*changes.present, *changes.missing) if one.state.since is not None]
        rows = [row for row, entry in enumerate(changes.present) if entry.state.since is not None]
        if rows and self._is_long(there):
            waits = self._waits(there)
            scores = {"people": float(len(there)), "wait": max(waits), "mean_wait": sum(waits) / len(waits)}
            numbers = [entry.numbers[-1] for entry in there]
            self._monitor.holds(together(seen, rows, self._now), scores, numbers=numbers)
        else:
            self._monitor.fails()

    def _is_long(self, there: Sequence[TrackState[Waiting]]) -> bool:
        rule = self._rule
        many = rule.people is not None and len(there) >= rule.people
        return many or (rule.wait is not None and max(self._waits(there)) >= rule.wait)

    def _waits(self, there: Sequence[TrackState[Waiting]]) -> list[float]:
        return [self._now - entry.state.since for entry in there if entry.state.since is not None]

    def _wait(self, one: Waiting) -> None:
        if one.since is None:
            one.since = one.counted = self._now
        self._minutes.span(one.counted, self._now, "waiting")
        one.stayed = one.counted = self._now

    def _leave(self, one: Waiting) -> None:
        """The wait is over; note how long it was."""
        if one.since is not None and one.stayed - one.since >= LEAST:
            self._minutes.add(one.stayed, "waited", one.stayed - one.since)
            self._minutes.add(one.stayed, "left")
        one.since = None
