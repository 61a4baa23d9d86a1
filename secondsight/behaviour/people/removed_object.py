"""Removed object: something that belonged to the usual picture is gone, and a person was there when it went.

Where the picture differs from the background and has come to rest, something was left or taken away. If the
outline of the region is an edge of the background and not of the picture any more, the thing was in the
background: it is gone. (Such edge tests are older than Tian, Feris, Liu, Hampapur and Sun, "Robust detection
of abandoned and removed objects in complex surveillance videos", IEEE Transactions on Systems, Man, and
Cybernetics C 41, 2011, who find a test on what surrounds the region better.) What was put down a moment ago
is not in the background yet, so a person who takes it up again takes away nothing; and a person who had been with it
for long is its owner. Things do not vanish by themselves: where nobody came near, it was the light.

In a crowd the place may be hidden for longer than anybody waits. There a thing that is tracked helps: it stood, and
goes along with a person.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import compress
from math import hypot
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.background import SHORT, Background
from secondsight.behaviour.signals.change import RESTING, Change, covered
from secondsight.behaviour.signals.image_ops import Mask
from secondsight.behaviour.signals.views import track_numbers
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.region_state import ChangedPatch, RegionMonitor, patches
from secondsight.behaviour.state.stationary import OFF
from secondsight.config import Fraction, ObjectRule, PixelRule, Timespan
from secondsight.records import Box, Candidate, Observation

if TYPE_CHECKING:
    from supervision import Detections


class RemovedObjectRule(PixelRule):
    """Something that was there for long is gone, and a person was near who had not been with it.

    Attributes:
        duration: minimum seconds that it is gone.
        takers: class names of objects that may have taken it.
        things: class names of objects that are also followed while a person carries them off.
        owner: minimum seconds near it before, for a person to be its owner.
    """

    behaviour: Literal["removed_object"]
    min_area: Fraction = 0.0002
    max_area: Annotated[Fraction, Field(gt=0)] = 0.05
    duration: Timespan = 3.0
    takers: tuple[str, ...] = ("person",)
    things: tuple[str, ...] = ("suitcase", "backpack", "handbag")
    owner: Timespan = 15.0

    def make(self, scene: Scene) -> Behaviour:
        return RemovedObject(self, scene)


REACH = 0.3
"""Share of a person's box by which it is grown on each side to say who is near: an arm's length."""
LEVEL = 0.25
"""People who stand beside a thing have their feet where it stands, within this share of their height: else it
is a person before or behind it.
"""
BREAK = 2.0
"""Seconds unseen that do not end a person's stay: detectors miss a look or two."""
LONG = 10.0
"""Seconds after the beginning in which nothing has been there for long: people who were not found leave ghosts."""
AWAY = 2.5
"""A thing has gone when its middle is this many of its longer sides away: who only stood near is not with it then."""
LATELY = 8.0 + RESTING + SHORT
"""Seconds before it is found missing within which a person must have been near it."""


class PeopleNearby:
    """Who has been near what and for how long, and whether a person took what is gone.

    Args:
        owner: seconds for which its owner has been with a thing.
    """

    def __init__(self, owner: float) -> None:
        self._owner = owner
        self._first = float("inf")
        self._verdict: NDArray[np.int8] | None = None
        self._usual: NDArray[np.float64] | None = None
        self._looks: deque[tuple[float, NDArray[np.float64]]] = deque()

    def meet(self, time: float, people: Observation) -> None:
        """Take a look at people."""
        self._looks.append((time, _reach(people)))
        while time - self._looks[0][0] > self._owner + LATELY + BREAK:
            self._looks.popleft()

    def step(self, time: float, people: Observation, gone: Mask) -> None:
        """Take a look at pixels; `gone` says where something is missing."""
        if self._verdict is None or self._usual is None or self._verdict.shape != gone.shape:
            self._verdict, self._usual = np.zeros(gone.shape, np.int8), np.full(gone.shape, time)
        usual = ~(gone | covered(people, gone.shape, REACH))
        self._verdict[usual], self._usual[usual] = 0, time
        if time < self._first + LONG:
            self._first = min(self._first, time)
            self._verdict[gone] = -1

    def taken(self, patch: ChangedPatch, time: float) -> bool:
        """Whether a person was near a patch when it came to be missing, and nobody who had been there for as long as
        its owner would. Judged once: a person who comes later has not taken it.
        """
        if self._verdict is None or time - self._first < LONG:
            return False
        verdict = self._verdict[patch.where]
        known = verdict[patch.mask]
        if np.count_nonzero(known) >= known.size / 2:
            return bool(known.sum() > 0)
        came, beside = self._stays(patch.box, time), self._stays(patch.box, time, LEVEL)
        took = bool(came) and max(beside.values(), default=0.0) < self._owner
        verdict[patch.mask] = 1 if took else -1
        return took

    def went(self, patch: ChangedPatch) -> float:
        """When a missing thing was last seen in its place, before people hid it; no earlier than people are known."""
        assert self._usual is not None
        last = float(np.median(self._usual[patch.where][patch.mask]))
        return max(last, self._looks[0][0]) if self._looks else last

    def carried_off(self, place: Box, now: Box, time: float) -> bool:
        """Whether a person who is with a thing now came to where it stood, and had not been there as its owner is."""
        stays = self._stays(place, time)
        rows = self._looks[-1][1] if self._looks else np.empty((0, 6))
        takers = [stays[track] for track in rows[_near(rows, now), 0].tolist() if track in stays]
        return bool(takers) and max(takers) < self._owner

    def _stays(self, box: Box, time: float, level: float = np.inf) -> dict[float, float]:
        """For how many seconds each track had been near a box, of those that were of late, with the feet at most
        `level` of their height above or below its foot.
        """
        seen: dict[float, tuple[float, float]] = {}
        for moment, rows in self._looks:
            stands = abs(rows[:, 4] - box.y2) <= level * rows[:, 5]
            for track in rows[_near(rows, box) & stands, 0].tolist():
                first, last = seen.get(track, (moment, moment))
                seen[track] = (first if moment - last <= BREAK else moment, moment)
        return {track: last - first for track, (first, last) in seen.items() if time - last <= LATELY}

    def mark_reported(self, box: Box) -> None:
        """What is missing in a box has been reported; that it is hidden for a while and seen again is no news."""
        if self._verdict is not None:
            rows, columns = self._verdict.shape
            where = (
                slice(int(box.y1 * rows), int(box.y2 * rows) + 1),
                slice(int(box.x1 * columns), int(box.x2 * columns) + 1),
            )
            self._verdict[where] = -1


def _reach(people: Observation) -> NDArray[np.float64]:
    """Rows (n, 6) of tracked people: number of the track, how far they reach to the left, up and to the right, where
    they stand, and how tall they are; all but the first relative to the picture.
    """
    found = people.detections
    if found.tracker_id is None:
        return np.empty((0, 6))
    left, top, right, foot = (found.xyxy / np.array((people.width, people.height) * 2, dtype=np.float64)).T
    wide, tall = REACH * (right - left), foot - top
    return np.column_stack((found.tracker_id, left - wide, top - REACH * tall, right + wide, foot, tall))


def _near(rows: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Which rows of `_reach` reach a box, bool (n,)."""
    _, left, top, right, foot, tall = rows.T
    return np.asarray(
        (left < box.x2) & (top < box.y2) & (right > box.x1) & (foot + REACH * tall > box.y1), dtype=bool
    )


@dataclass(slots=True)
class Standing:
    """A thing that is tracked: where it stands and since when, and whether it was taken from there.

    Attributes:
        away: looks in a row that showed it away from its place.
    """

    place: Box | None = None
    since: float = 0.0
    away: int = 0
    taken: bool = False


class RemovedObject:
    """Reports every place in the zone where something is missing for `duration`, and when it is back."""

    def __init__(self, rule: RemovedObjectRule, scene: Scene) -> None:
        self._people = ObjectRule(classes=rule.takers)
        self._nearby = PeopleNearby(rule.owner)
        # A background of its own: a bag that the detector knows belongs to the usual picture too.
        self._scene = replace(scene, background=Background(heals=False))
        duration = max(rule.duration - RESTING - SHORT, 0.0)
        self._rule = rule
        self._watch = RegionMonitor(rule, self._scene, duration, "object", self._find)
        things = ObjectRule(classes=rule.things, cooldown=rule.cooldown)
        self._things = ObjectMonitor(things, scene, self._goes, Standing, inertia=1, dwell=0.0, patient=True)

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._watch.rule

    def update(self, observation: Observation) -> list[Candidate]:
        seen = self._scene.views.view(observation, self._people, observation.time)
        people = replace(observation, detections=_rows(observation, set(compress(seen.ids, seen.counts))))
        if not observation.held:
            self._nearby.meet(observation.time, people)
            change = self._scene.background.compare(people)
            if change is not None:
                self._nearby.step(change.time, people, change.changed)
        reports = self._watch.update(people)
        for report in reports:
            if report.end is not None and report.box is not None:
                self._nearby.mark_reported(report.box)
        return reports + self._things.update(observation)

    def close(self, time: float) -> list[Candidate]:
        return self._watch.close(time) + self._things.close(time)

    def _goes(self, look: LookContext[Standing]) -> TrackAnswers:
        """Of every tracked thing, whether a person has taken it from where it stood."""
        seen, time = look.seen, look.time
        wanted = (seen.counts & seen.inside(self._scene.polygon)).tolist()
        for thing, corners, here in zip(look.memories, seen.corners, wanted, strict=True):
            if thing.taken or not (here or thing.place):
                continue
            now = Box(*corners)
            far = _apart(thing.place, now, look.aspect) > AWAY if thing.place else False
            thing.away = thing.away + 1 if far else 0
            if thing.place and thing.away >= OFF and time - thing.since >= self._rule.owner:
                thing.taken = self._nearby.carried_off(thing.place, now, time)
            if thing.taken and thing.place:
                self._nearby.mark_reported(thing.place)
            elif thing.place is None or thing.away >= OFF:
                thing.place, thing.since, thing.away = now, time, 0
        return np.array([HOLDS if thing.taken else UNCERTAIN for thing in look.memories], dtype=np.int8)

    def _find(self, change: Change, inside: Mask) -> Iterator[tuple[ChangedPatch, float]]:
        gone = self._scene.background.rests(change, self._rule.ignore_tracks)
        for patch in patches(gone & inside, self._rule):
            if change.outline(patch.where, patch.mask).gone and self._nearby.taken(patch, change.time):
                yield (
                    replace(patch, began=self._nearby.went(patch)),
                    change.strength(patch.where, patch.mask),
                )


def _rows(observation: Observation, numbers: set[int]) -> "Detections":
    """The detections of some tracks."""
    from supervision import (
        Detections,  # takes a second to load, which a site without this rule need not wait for
    )

    found = observation.detections
    rows = [row for row, number in enumerate(track_numbers(observation)) if number in numbers]
    return Detections(
        xyxy=found.xyxy[rows], tracker_id=None if found.tracker_id is None else found.tracker_id[rows]
    )


def _apart(a: Box, b: Box, aspect: float) -> float:
    """How far apart two boxes' middles are, in longer sides of the first; `aspect` is the picture's width/height."""
    across, along = aspect * (a.x1 + a.x2 - b.x1 - b.x2) / 2, (a.y1 + a.y2 - b.y1 - b.y2) / 2
    return hypot(across, along) / max(aspect * (a.x2 - a.x1), a.y2 - a.y1, 1e-6)
