"""What a person left behind, whatever it is: a still patch where there was none, smaller than who brought it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.change import Change
from secondsight.behaviour.signals.image_ops import Mask, opened
from secondsight.behaviour.state.people_nearby import PeopleNearby, only_counted
from secondsight.behaviour.state.region_state import ChangedPatch, RegionMonitor, patches
from secondsight.config import ObjectRule, PixelRule
from secondsight.records import Box, Candidate, Observation, overlap_of_smaller

LEAST, LARGEST = 0.0002, 0.05
"""Smallest and largest patch that is looked at, as shares of the picture."""
APART = 0.95
"""Minimum seconds between two looks that are compared: what is left lies there for many."""
SMALLER = 0.6
"""Largest height of what is left, in heights of the person: else it is a person who is no longer found, or a door."""
SETTLING = 3.0
"""Seconds from the first background in which what appears was there before."""
SAME = 0.3
"""Share of the smaller of two boxes that they have in common if they are one thing."""
KNOWN = HIDDEN = 10.0
"""Seconds for which a thing that was tracked is known to be one, though detectors miss it; and for which passers-by
may hide what lies there."""


class Remains:
    """Reports every still patch that stayed for `duration` where a person had been and nobody is near any more, from
    the moment when its place was last seen without it; and again when it is gone or a person comes to it.

    Args:
        rule: its owners, sizes, zone and cooldown.
        duration: seconds for which it must stand alone.
        distance: people nearer than this may be its owner; in heights of the person's box.
    """

    def __init__(
        self, rule: ObjectRule, owners: ObjectRule, scene: Scene, zone: str, duration: float, distance: float
    ) -> None:
        self._owners, self._cooldown, self._distance = owners, rule.cooldown, distance
        # A background of its own: what the detector takes a bag for must not hide it.
        self._scene = replace(scene, background=scene.background.another(apart=APART))
        self._nearby = PeopleNearby(0.0, SETTLING)
        pixels = PixelRule(
            zone=zone,
            cooldown=rule.cooldown,
            min_area=max(rule.min_area, LEAST),
            max_area=max(min(rule.max_area, LARGEST), rule.min_area, LEAST),
        )
        self._pixels = pixels
        self._regions = RegionMonitor(pixels, self._scene, duration, "object", self._find, hidden=HIDDEN)
        self._known: list[tuple[Box, float]] = []
        self._reported: list[tuple[Box, float]] = []

    def update(self, observation: Observation, known: Sequence[Box]) -> list[Candidate]:
        """Take a look.

        Args:
            known: the boxes of things of the rule's classes, which are followed as tracks.
        """
        time = observation.time
        self._known = [one for one in self._known if one[1] > time] + [(box, time + KNOWN) for box in known]
        if not observation.held and self._scene.background.due(observation):
            observation = only_counted(observation, self._scene.views.view(observation, self._owners, time))
            self._nearby.meet(time, observation)
            change = self._scene.background.compare(observation)
            if change is not None:
                self._nearby.step(time, observation, change.changed)
        reports = self._regions.update(observation)
        self._reported = [one for one in self._reported if one[1] > time]
        self._reported += [(one.box, time + self._cooldown) for one in reports if one.box is not None]
        return reports

    def close(self, time: float) -> list[Candidate]:
        """The epoch is over."""
        return self._regions.close(time)

    def reported(self, box: Box) -> bool:
        """Whether what is in a box was reported of late."""
        return any(overlap_of_smaller(box, other) >= SAME for other, _ in self._reported)

    def _find(self, change: Change, inside: Mask) -> Iterator[tuple[ChangedPatch, float]]:
        lying = self._scene.background.rests(change, ignore_tracks=True)
        for patch in patches(opened(lying & inside), self._pixels):
            if not patch.whole or any(overlap_of_smaller(patch.box, box) >= SAME for box, _ in self._known):
                continue
            if not change.outline(patch.where, patch.mask).there:
                continue
            if not self._nearby.decided(patch, change.time, partial(self._brought, patch, change.time)):
                continue
            if not self._nearby.stands_at(patch.box, self._distance, change.observation):
                began = self._nearby.usual_until(patch)
                yield replace(patch, began=began), change.strength(patch.where, patch.mask)

    def _brought(self, patch: ChangedPatch, time: float) -> bool:
        """Whether a person was there when it came to be who is larger than it."""
        return patch.box.y2 - patch.box.y1 <= SMALLER * self._nearby.tallest(patch.box, time)
