"""Landslide: a large part of the ground has changed, part after part, and keeps its new look.

Large and at rest is what tells it from vehicles (tracked, and left out), from a change of light (common to the
picture, and followed by the background) and from shadows of clouds, which go on. Dust is never at rest.
"""

from collections.abc import Iterator
from typing import Literal

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.background import SHORT
from secondsight.behaviour.signals.change import RESTING, Change
from secondsight.behaviour.signals.image_ops import Mask
from secondsight.behaviour.state.region_state import ChangedPatch, RegionMonitor, patches
from secondsight.config import Fraction, PixelRule, Timespan
from secondsight.records import Severity


class LandslideRule(PixelRule):
    """A large part of the ground has changed, and keeps its new look.

    Attributes:
        duration: minimum seconds that it stays changed.
    """

    behaviour: Literal["landslide"]
    severity: Severity = Severity.HIGH
    ignore_tracks: bool = False
    min_area: Fraction = 0.0025
    duration: Timespan = 4.0

    def make(self, scene: Scene) -> Behaviour:
        return landslide(self, scene)


CLOSE = 9
"""Gaps of fewer pixels (of 320) between clods are bridged."""
SOLID = 0.5
"""Minimum share of the region that has changed itself, between the bridged gaps: of earth two thirds and more."""
KNOWN = 0.5
"""A larger share that lies under the boxes of sure detections is a vehicle that has parked."""
NOISE, QUIET = 1.5, 0.8
"""Earth that has come to rest changes from look to look by no more than this factor of the noise and this
number of grey levels; dust changes by 1.3 and more."""


FLOWED = 0.8
"""Least that the place has moved of late, in grey levels: earth comes down before it rests; light, a curtain that was
drawn and a picture on a wall have not moved."""
FULL = 0.3
"""Minimum share of its box that it fills: edges that were moved fill little."""
ELSEWHERE = 0.05
"""Largest share of the picture that has changed beside it: where more has, it is the light, or something large that
moves before the camera."""
PERSON = 0.3
"""A larger share of it where people were of late is a person who lies or sits there."""


def landslide(rule: LandslideRule, scene: Scene) -> RegionMonitor:
    """Reports every large change of the ground in the zone that lasts for `duration`, and when it is gone."""

    def find(change: Change, inside: Mask) -> Iterator[tuple[ChangedPatch, float]]:
        lying = scene.background.rests(change, rule.ignore_tracks)
        if change.unsettled:
            return
        for patch in patches(lying & inside, rule, CLOSE):
            calm = float(change.step[patch.where][patch.mask].mean()) <= NOISE * change.noise + QUIET
            solid = float(lying[patch.where][patch.mask].mean()) >= SOLID
            known = float(change.sure[patch.where][patch.mask].mean()) > KNOWN
            if calm and solid and not known and _is_earth(change, patch):
                yield patch, change.strength(patch.where, patch.mask)

    return RegionMonitor(rule, scene, max(rule.duration - RESTING - SHORT, 0.0), "ground", find, spreads=True)


def _is_earth(change: Change, patch: ChangedPatch) -> bool:
    """Whether a patch at rest has come down, as far as its place and what is beside it tell."""
    moved = float(change.sway[patch.where][patch.mask].mean())
    # Where something is tracked, doubtfully, nothing is known of that.
    hidden = float(change.tracked[patch.where][patch.mask].mean()) > KNOWN
    return (
        not change.outline(patch.where, patch.mask).gone
        and float(patch.mask.mean()) >= FULL
        and (moved >= FLOWED or hidden)
        and change.elsewhere(patch.mask) <= ELSEWHERE
        and change.of_people(patch.where, patch.mask) <= PERSON
    )
