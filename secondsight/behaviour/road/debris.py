"""Debris: something lies on the ground that was not there.

A pixel that differs from the usual picture but not from that of a second ago belongs to something that has come to
rest (Porikli, Ivanov and Haga, 2008, see `background`); it must do so for as long as the rule says. Shadows that
stay, puddles and new patches of road look the same, and are for the second look.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.background import SHORT
from secondsight.behaviour.signals.change import RESTING, Change
from secondsight.behaviour.signals.image_ops import Mask, opened
from secondsight.behaviour.state.region_state import ChangedPatch, RegionMonitor, TrackedRegion, patches
from secondsight.config import Fraction, PixelRule, Timespan
from secondsight.records import Severity


class DebrisRule(PixelRule):
    """Something lies on the ground that was not there.

    Attributes:
        duration: minimum seconds that it lies there.
    """

    behaviour: Literal["debris"]
    severity: Severity = Severity.HIGH
    min_area: Fraction = 0.0002
    max_area: Annotated[Fraction, Field(gt=0)] = 0.05
    duration: Timespan = 3.0

    def make(self, scene: Scene) -> Behaviour:
        return debris(self, scene)


OUTLINE = 1.6
"""The outline of a thing on the ground is this many times as steep now as in the background: that of moved leaves, of
a hedge in other light and of worn edges less."""
STEADY = 0.5
"""Its smallest area in any look as a share of its largest: it lies still; edges that sway come and go."""
ELSEWHERE = 0.1
"""Largest share of the picture that has changed beside it: where more is going on it is part of that."""
PERSON = 0.5
"""A larger share of it where people were of late is a person who lies or sits there, or is theirs."""


def debris(rule: DebrisRule, scene: Scene) -> RegionMonitor:
    """Reports everything that has come to rest in the zone and lies there for `duration`, and when it is gone."""

    def find(change: Change, inside: Mask) -> Iterator[tuple[ChangedPatch, float]]:
        lying = scene.background.rests(change, rule.ignore_tracks)
        for patch in patches(opened(lying & inside), rule):
            if not patch.whole or change.of_people(patch.where, patch.mask) > PERSON:
                continue
            seen = change.outline(patch.where, patch.mask)
            if seen.there and seen.now >= OUTLINE * seen.usual and change.elsewhere(patch.mask) <= ELSEWHERE:
                yield patch, change.strength(patch.where, patch.mask)

    def ripe(region: TrackedRegion) -> bool:
        return min(region.areas) >= STEADY * max(region.areas)

    return RegionMonitor(rule, scene, max(rule.duration - RESTING - SHORT, 0.0), "object", find, ripe)
