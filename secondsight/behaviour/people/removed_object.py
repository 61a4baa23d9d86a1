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

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import hypot
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.background import SHORT
from secondsight.behaviour.signals.change import RESTING, Change
from secondsight.behaviour.signals.image_ops import Mask
from secondsight.behaviour.state.movements import Movements
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.state.people_nearby import LATELY, LEVEL, PeopleNearby, only_counted
from secondsight.behaviour.state.region_state import ChangedPatch, RegionMonitor, patches
from secondsight.behaviour.state.stationary import OFF
from secondsight.config import Fraction, ObjectRule, PixelRule, Timespan
from secondsight.records import Box, Candidate, Observation


class RemovedObjectRule(PixelRule):
    """Something that was there for long is gone, and a person was near who had not been with it.

    Attributes:
        duration: minimum seconds that it is gone.
        takers: class names of objects that may have taken it.
        things: class names of objects that are also followed while a person carries them off.
        owner: minimum seconds near it before, for a person to be its owner.
        hands: whether a hand may have taken it: something that is not tracked, and reached there from elsewhere.
    """

    behaviour: Literal["removed_object"]
    min_area: Fraction = 0.0002
    max_area: Annotated[Fraction, Field(gt=0)] = 0.05
    duration: Timespan = 3.0
    takers: tuple[str, ...] = ("person",)
    things: tuple[str, ...] = ("suitcase", "backpack", "handbag")
    owner: Timespan = 15.0
    hands: bool = True

    @property
    def lookback(self) -> float:
        """Until it was seen last, if the place is hidden for no longer than people are looked for."""
        return self.duration + LATELY

    def make(self, scene: Scene) -> Behaviour:
        return RemovedObject(self, scene)


SETTLING = 10.0
"""Seconds after the beginning in which nothing has been there for long: people who were not found leave ghosts."""
WHOLE = 1.2
"""Most changed pixels in and about a patch, as a factor of its own, for it to be seen whole."""
CALM, LIVELY = 0.04, 10.0
"""Largest share of the picture that has changed, and largest unrest of the place in grey levels, for a hand to be
told: where traffic goes, or all is seen in another light, something always passes over what has changed."""
AWAY = 2.5
"""A thing has gone when its middle is this many of its longer sides away: who only stood near is not with it then."""


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
        self._nearby, self._movements = PeopleNearby(rule.owner, SETTLING), Movements()
        # A background of its own: a bag that the detector knows belongs to the usual picture too.
        self._scene = replace(scene, background=scene.background.another(heals=False))
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
        people = only_counted(observation, seen)
        if not observation.held:
            self._nearby.meet(observation.time, people)
            change = self._scene.background.compare(people)
            if change is not None:
                self._nearby.step(change.time, people, change.changed)
                self._movements.step(change)
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
                thing.taken = self._carried_off(thing.place, now, time)
            if thing.taken and thing.place:
                self._nearby.mark_reported(thing.place)
            elif thing.place is None or thing.away >= OFF:
                thing.place, thing.since, thing.away = now, time, 0
        return np.array([HOLDS if thing.taken else UNCERTAIN for thing in look.memories], dtype=np.int8)

    def _find(self, change: Change, inside: Mask) -> Iterator[tuple[ChangedPatch, float]]:
        gone = self._scene.background.rests(change, self._rule.ignore_tracks)
        for patch in patches(gone & inside, self._rule):
            if not change.outline(patch.where, patch.mask).gone:
                continue
            if self._nearby.decided(patch, change.time, partial(self._taken, patch, change)):
                yield (
                    replace(patch, began=self._nearby.usual_until(patch)),
                    change.strength(patch.where, patch.mask),
                )

    def _taken(self, patch: ChangedPatch, change: Change) -> bool | None:
        """Whether a person was near a patch when it came to be missing, and nobody who had been there for as long as
        its owner would; or, where no person was found, a hand. None while the patch is not seen whole.
        """
        came = self._nearby.stays(patch.box, change.time)
        if not came:
            return self._by_hand(patch, change) if self._rule.hands else False
        beside = self._nearby.stays(patch.box, change.time, LEVEL)
        return max(beside.values(), default=0.0) < self._rule.owner

    def _by_hand(self, patch: ChangedPatch, change: Change) -> bool | None:
        """Whether a thing with an outline went when something that is not tracked reached it."""
        if change.spread(patch.where, patch.mask) > WHOLE:
            return None
        sway = float(change.sway[patch.where][patch.mask].mean())
        if sway > LIVELY or np.count_nonzero(change.changed) > CALM * change.changed.size:
            return False
        sharp = change.outline(patch.where, patch.mask).sharp
        return sharp and self._movements.reached(patch, change, self._nearby.usual_until(patch))

    def _carried_off(self, place: Box, now: Box, time: float) -> bool:
        """Whether a person who is with a thing now came to where it stood, and had not been there as its owner is."""
        stays = self._nearby.stays(place, time)
        takers = [stays[track] for track in self._nearby.near_now(now) if track in stays]
        return bool(takers) and max(takers) < self._rule.owner


def _apart(a: Box, b: Box, aspect: float) -> float:
    """How far apart two boxes' middles are, in longer sides of the first; `aspect` is the picture's width/height."""
    across, along = aspect * (a.x1 + a.x2 - b.x1 - b.x2) / 2, (a.y1 + a.y2 - b.y1 - b.y2) / 2
    return hypot(across, along) / max(aspect * (a.x2 - a.x1), a.y2 - a.y1, 1e-6)
